"""What everybody reads of public comments and says to them, and the desk where they are answered."""
