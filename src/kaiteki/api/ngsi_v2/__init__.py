"""The NGSI v2 face of the data plane: the paths below /v2, in the way of Orion (decision 14)."""
