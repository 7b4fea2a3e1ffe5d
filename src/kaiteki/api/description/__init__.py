"""The OpenAPI 3.1 document of a node, made from the table of NGSI-LD operations and the manifests of the services."""
