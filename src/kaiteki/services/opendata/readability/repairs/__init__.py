"""What mends a table: one pure function for each kind of fault, from a sheet to the sheets that come of it, with every change named."""
