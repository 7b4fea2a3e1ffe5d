"""Vector tiles of collections, made on demand from their entities: generalised, at most 500 kB each (decision 36).

`grid` where a tile lies -> `press` what lies in it, as who asks sees it -> `making` shapes and values -> `drawing` on the grid of the
tile -> `encoding` the bytes. `answers` are its addresses, `documents` and `pages` what describes them.
"""
