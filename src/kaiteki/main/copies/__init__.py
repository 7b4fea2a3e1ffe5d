"""Copies of a city: a repository of encrypted pieces, each kept once, of which any copy can be brought back."""
