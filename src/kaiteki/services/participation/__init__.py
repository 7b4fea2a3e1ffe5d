"""People say what they think of drafts of the city, before it decides, and read what became of each opinion."""
