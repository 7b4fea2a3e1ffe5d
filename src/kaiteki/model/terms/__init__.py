"""Names of the city's data: JSON-LD @contexts, their terms, and the core vocabulary of NGSI-LD."""
