"""The map of a day, and two days compared."""
