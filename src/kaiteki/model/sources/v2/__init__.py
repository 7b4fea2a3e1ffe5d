"""Registrations in the words of NGSI v2, and what a source that speaks NGSI v2 is asked and answers (decision 24). Pure."""
