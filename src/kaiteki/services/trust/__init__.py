"""People see what is held about them, on what ground and who read it, decide what it may be used for, and ask for it."""
