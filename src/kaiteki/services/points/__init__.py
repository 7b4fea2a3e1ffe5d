"""What somebody has of city points, until when, and giving them on to non-profits; one ledger that auditors of others read."""
