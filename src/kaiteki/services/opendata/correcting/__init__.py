"""One record is corrected by hand: by the rules of an import, with a reason, and against the next file."""
