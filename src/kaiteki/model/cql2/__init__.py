"""CQL2, the filter language of OGC API Features: read from text and JSON, checked, planned, evaluated (OGC 21-065r2).

text or JSON -> `terms` -> `checking` (names and kinds) -> `planning` (what an index can narrow) and `evaluating` (whether it holds).
"""
