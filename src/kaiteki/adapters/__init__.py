"""Protocols in and out of the city, one folder each; none knows another, none knows a service by name."""
