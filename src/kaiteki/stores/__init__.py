"""Where entities, history, events, files and accounts are kept; every store passes the same suite per port."""
