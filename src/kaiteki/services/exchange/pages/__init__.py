"""What everybody reads of votes on budgets, and the desk that takes them in."""
