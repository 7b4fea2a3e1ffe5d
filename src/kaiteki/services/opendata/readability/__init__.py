"""How well a machine can read a file of a town hall: the thirty rules for administrative data, and what mends each fault."""
