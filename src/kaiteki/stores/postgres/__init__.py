"""The store for several nodes: one PostgreSQL database with PostGIS, with state, history, events, registers and files."""
