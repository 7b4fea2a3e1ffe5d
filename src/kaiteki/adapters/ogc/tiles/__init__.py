"""Vector tiles of collections, made on demand from their entities: chosen by one order, generalised, at most 500 kB each (decision 36).

`grid` where a tile lies -> `ground` the layers in memory, kept right by the event log -> `layer` which features it shows, in the order of
`ranking` -> `press` reads them -> `making` shapes and values -> `drawing` on the grid of the tile -> `encoding` the bytes.
`answers` are its addresses, `documents` and `pages` what describes them.
"""
