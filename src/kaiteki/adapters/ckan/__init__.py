"""The open data of an area by the Action API of CKAN (v3), for reading: clients and harvesters of CKAN find, page and query it."""
