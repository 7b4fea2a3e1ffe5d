"""Subscriptions, pure: what they want, which change of an entity concerns them, what they are told (ETSI GS CIM 009 clause 5.8)."""
