"""NGSI-LD over HTTP (ETSI GS CIM 009 clause 6): how requests become use cases and their answers become bytes."""
