"""`python -m kaiteki.main` is `kaiteki`."""

from kaiteki.main.cli import app

app()
