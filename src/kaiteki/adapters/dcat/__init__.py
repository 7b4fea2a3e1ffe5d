"""The catalogue of an area as DCAT-AP 3.0.1, in JSON-LD and Turtle, whole by pages and a data set at a time."""
