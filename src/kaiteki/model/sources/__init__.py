"""Context sources: what others have registered that they know, and which requests concern them (ETSI GS CIM 009 V1.9.1 clause 4.3.6)."""
