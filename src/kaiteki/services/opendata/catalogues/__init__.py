"""Catalogues of others: what they offer is listed, and chosen files become sources that are fetched by rhythm."""
