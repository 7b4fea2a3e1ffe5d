"""What NGSI-LD lets a client do with entities, one module per resource of the standard, free of HTTP."""
