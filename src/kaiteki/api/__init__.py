"""The HTTP edge: NGSI-LD and command bindings, problem details, OpenAPI, health, metrics."""
