"""Feeds of public transport (GTFS, GTFS-JP) as operators deliver them: checked whole, kept byte for byte, published at a stable address."""
