"""What the city is made of, as types and pure functions: no input or output, no clock."""
