"""Tables of records as files of other programs: GeoPackage and GeoParquet."""
