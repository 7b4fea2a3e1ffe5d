"""How much the data of the town are used: counted by month, way and data set, told to everybody in round numbers, to staff as they are."""
