"""What is noticed in the contents of a table, beside the thirty rules of its form: totals, keys that stand twice, days that do not exist."""
