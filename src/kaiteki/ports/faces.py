"""What the core asks of whoever finds faces in pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Box(msgspec.Struct, frozen=True):
    """A rectangle of a picture in pixels from its upper left corner; right and bottom are outside of it."""

    left: int
    top: int
    right: int
    bottom: int


class Faces(Protocol):
    """Finds faces. It may load itself at the first question, and takes up to seconds: ask it off the event loop."""

    def find(self, rgb: bytes, width_px: int, height_px: int) -> Sequence[Box]:
        """The faces of a picture, given as rows of red, green, blue bytes; each box lies inside of the picture."""
        ...
