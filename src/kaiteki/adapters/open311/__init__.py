"""Open311 GeoReport v2: other programs report, look up and update what residents reported."""
