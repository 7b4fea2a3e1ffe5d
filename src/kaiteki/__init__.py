"""Kaiteki (快・適): a city OS, one data plane and the services on it."""
