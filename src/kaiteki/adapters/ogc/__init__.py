"""OGC API Features and Tiles over the city's public places: every located type a collection, filtered by CQL2, in any system of Japan."""
