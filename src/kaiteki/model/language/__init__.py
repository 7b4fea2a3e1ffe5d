"""The small languages of NGSI-LD queries, each read from text into the tree of `kaiteki.model.query`."""
