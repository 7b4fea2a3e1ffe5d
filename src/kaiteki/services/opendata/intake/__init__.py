"""How files come to be published: they are taken in, mended where staff say so, looked through for people, and only then brought in."""
