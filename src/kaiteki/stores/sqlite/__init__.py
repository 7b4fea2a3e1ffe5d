"""The default engine: one durable SQLite file per node, write-ahead log, fsync on."""
