"""The standard types of municipal open data, as files of data and the module that reads them."""
