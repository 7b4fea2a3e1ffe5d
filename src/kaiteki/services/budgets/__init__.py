"""Votes on a budget, counted by equal shares: anybody reads who paid for what, and counts it again."""
