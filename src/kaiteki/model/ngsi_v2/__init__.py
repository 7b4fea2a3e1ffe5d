"""FIWARE-NGSI v2 as another wording of the same entities: names, values, documents, queries. Pure (decision 14)."""
