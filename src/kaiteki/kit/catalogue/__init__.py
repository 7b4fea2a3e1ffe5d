"""The open data of an area as one catalogue: what types declare, imported tables, released statistics; read as nobody, kept by the event log."""
