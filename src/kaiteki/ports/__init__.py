"""What the core asks of the outside, as Protocols of at most eight methods."""
