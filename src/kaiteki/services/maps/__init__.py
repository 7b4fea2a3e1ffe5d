"""Maps: what the town hall draws of the town, layer by layer, and everything that holds at a place, with its ground."""
