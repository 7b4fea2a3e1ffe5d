"""Readers of the files that towns publish: each turns one file into tables of rows, in constant memory."""
