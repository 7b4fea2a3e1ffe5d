"""What the core asks of the log as a whole: all its lines in order, and the tree of hashes that is kept beside them.

A leaf of the tree does not hold a line but a commitment to it (`commitment`): a hash over the line and a salt that only the leaf knows. When
a line is erased its salt is destroyed with it, so that nobody can find out from the leaf what the line was; the tree stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final, Protocol

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.model.merkle import leaf_hash
from kaiteki.model.retired import NODE, RETIRE, read_stretches

SALT_BYTES: Final = 16
TILE: Final = 256
"""Leaves under one hash of level 1, hashes of a level under one of the next."""
TILE_BITS: Final = 8
LINES_MAX: Final = 1_000
"""Lines, leaves or hashes that are read together."""

CHANGE: Final = "change"
READ: Final = "read"
ERASED: Final = "erased"
"""What a line tells of: a decision, an access to personal data, lines that were emptied because what they named is erased."""


class Entry(msgspec.Struct, frozen=True):
    """A line of the log: its number, and as `text` all that it says, as JSON whose members have one order, without interned names."""

    number: int
    at: Instant
    area: str
    what: str
    text: bytes


class Entries(msgspec.Struct, frozen=True):
    """Lines in order, and the newest line of an erasing when they were read (0: none)."""

    lines: Sequence[Entry]
    erasing: int


class Leaf(msgspec.Struct, frozen=True):
    """A leaf: the line that it commits to, the salt (b"": destroyed), the hash in the tree."""

    number: int
    salt: bytes
    hash: bytes


class Batch(msgspec.Struct, frozen=True):
    """Leaves from a place on, with the hashes of the tiles that they complete: (level, place, hash), level 1 upwards."""

    first: int
    leaves: Sequence[Leaf]
    tiles: Sequence[tuple[int, int, bytes]]


class Head(msgspec.Struct, frozen=True):
    """A signed note over the first so many leaves, and the public key that checks it."""

    size: int
    at: Instant
    note: str
    public: bytes


class Named(msgspec.Struct, frozen=True):
    """A line that an erasing emptied, and the commitment (as hex) to what is left of it."""

    number: int
    left: str


class Erasing(msgspec.Struct, frozen=True):
    """What a line of an erasing says: the events of the erasure, and the lines from before that were emptied."""

    causes: tuple[int, ...]
    lines: tuple[Named, ...]


def commitment(salt: bytes, text: bytes) -> bytes:
    """What a leaf holds of a line. Salts have one length, so no other salt and text have the same bytes."""
    return sha256(salt + text).digest()


def is_commitment(leaf: Leaf, text: bytes) -> bool:
    """Whether a leaf commits to a line as it stands."""
    return bool(leaf.salt) and leaf_hash(commitment(leaf.salt, text)) == leaf.hash


class _Aside(msgspec.Struct):
    told: msgspec.Raw


def erasing_of(entry: Entry) -> Erasing | None:
    """What the line of an erasing says; None for one that is damaged."""
    try:
        return msgspec.json.decode(msgspec.json.decode(entry.text, type=_Aside).told, type=Erasing)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class _By(msgspec.Struct):
    actor: str
    action: str = ""


class _Retired(msgspec.Struct):
    by: _By
    entities: tuple[str, ...] = ()


class _Read(msgspec.Struct):
    told: _Retired


def retirement_of(entry: Entry) -> list[range]:
    """The lines that a line says to have been let go; none where it says nothing of the kind."""
    try:
        told = msgspec.json.decode(entry.text, type=_Read).told
        is_one = told.by.actor == NODE and told.by.action == RETIRE
        return read_stretches(told.entities) if is_one else []
    except (ValueError, msgspec.DecodeError):
        return []


class Ledger(Protocol):
    """The log of a store, of all areas, and its tree."""

    async def lines(self, after: int, limit: int = LINES_MAX) -> Entries:
        """Lines behind a number, oldest first. One that is damaged has a text that no sound line has."""
        ...

    async def size(self) -> int:
        """How many leaves there are."""
        ...

    async def leaves(self, first: int, count: int) -> Sequence[Leaf]:
        """Leaves from a place on."""
        ...

    async def tiles(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """Hashes of completed tiles of a level from a place on; level 0 are the hashes of leaves."""
        ...

    async def place_of(self, number: int) -> int | None:
        """The place of the leaf of a line; None where it has none yet."""
        ...

    async def append(self, batch: Batch, erasing: int) -> bool:
        """Keep leaves durably; False, and nothing kept, where others were appended or lines erased since they were read."""
        ...

    async def sign(self, head: Head) -> None:
        """Keep a signed head; one of the same size is kept once."""
        ...

    async def heads(self, before: int = 0, limit: int = 100) -> Sequence[Head]:
        """Signed heads of fewer leaves than `before` (0: any), longest first."""
        ...
