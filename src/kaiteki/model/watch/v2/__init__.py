"""Subscriptions in the words of NGSI v2: read, shown, and their notifications (decision 20)."""
