"""What copies are taken of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from kaiteki.main.copies.packs import Shelf
from kaiteki.main.copies.repository import Copy, Repository
from kaiteki.main.copies.tree import Leaf, Told
from kaiteki.ports.keys import Tombstone


class CannotCopy(Exception):
    """A copy cannot be taken or brought back, for a reason that a person can change."""


class Origin(Protocol):
    """A city: a data folder, or a database with the folder of a node on it."""

    source: str
    """What a copy says that it is of."""
    data: Path
    """The folder in which it is written down where copies are."""

    def name(self) -> str:
        """Of its node; empty where none has run on it yet."""
        ...

    def newest_erasure(self) -> int:
        """The number of its newest erasure. Asked before its data are read, so that they know of it."""
        ...

    def erasures(self) -> Sequence[Tombstone]:
        """Who was erased, oldest first, as its ring says."""
        ...

    def size(self) -> int:
        """The bytes that a copy reads, as far as can be told before."""
        ...

    def ring(self) -> bytes | None:
        """Its ring of personal keys at this moment, as it comes back with a copy; None where there is none."""
        ...

    def take(self, newest: Copy | None, shelf: Shelf, told: Told) -> dict[str, Leaf]:
        """Keep its files as they are at one moment; `newest` is the copy before this one. Raises CannotCopy, OSError."""
        ...

    def cleansed(self, repository: Repository, copy: Copy, shelf: Shelf, told: Told) -> dict[str, Leaf]:
        """Keep the files of an older copy anew, without whom the ring says was erased since. Raises CannotCopy, Damaged, NoKek, OSError."""
        ...
