"""What everybody reads of proposals and does with them, and the desk of the office."""
