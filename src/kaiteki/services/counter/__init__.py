"""People see how long the line is at a counter of the town hall, take a number without standing there, and hear when it is their turn."""
