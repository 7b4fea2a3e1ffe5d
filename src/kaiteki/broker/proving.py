"""Roots and proofs of the log out of the hashes that its store keeps: a few reads for each level, however long the log is."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

import msgspec

from kaiteki.model.merkle import (
    Part,
    Range,
    consistency_ranges,
    inclusion_ranges,
    join_parts,
    parts_of,
    perfect_root,
)
from kaiteki.ports.ledger import TILE_BITS, Entry, Leaf, Ledger


class Proof(msgspec.Struct, frozen=True):
    """That a line stands in the log: what it says, its salt and place, and the hashes that lead to the root of so many leaves.

    The leaf is SHA-256(0x00 || SHA-256(salt || text)). A line that was emptied by an erasure has no proof of what it says now.
    """

    entry: Entry
    leaf: Leaf
    place: int
    size: int
    hashes: Sequence[bytes]

    def told(self, head: str) -> dict[str, object]:
        """The proof as it is given to people, under a head; bytes as base64, the line as the text that is hashed."""
        return {
            "line": self.entry.text.decode("utf-8", "replace"),
            "salt": b64encode(self.leaf.salt).decode("ascii"),
            "leaf": b64encode(self.leaf.hash).decode("ascii"),
            "index": self.place,
            "size": self.size,
            "proof": [b64encode(one).decode("ascii") for one in self.hashes],
            "head": head,
        }


async def root_of(ledger: Ledger, size: int) -> bytes:
    """The root of the first so many leaves."""
    return await _hash_of(ledger, (0, size))


async def edge_of(ledger: Ledger, size: int) -> list[bytes]:
    """The hashes of the parts of the first so many leaves (model.merkle.Grown goes on from them)."""
    return [await _part(ledger, part) for part in parts_of((0, size))]


async def prove_growth(ledger: Ledger, before: int, size: int) -> list[bytes]:
    """What shows that the log of a size begins with that of a size before; ValueError where it is not as long as that."""
    if size > await ledger.size():
        raise ValueError(f"the log has no {size} leaves")
    return [await _hash_of(ledger, one) for one in consistency_ranges(before, size)]


async def prove_line(ledger: Ledger, number: int, size: int) -> Proof | None:
    """What shows that a line stands among the first so many leaves; None for one that does not."""
    place = await ledger.place_of(number)
    found = await ledger.lines(number - 1, 1)
    if place is None or place >= size or not found.lines or found.lines[0].number != number:
        return None
    (leaf,) = await ledger.leaves(place, 1)
    hashes = [await _hash_of(ledger, one) for one in inclusion_ranges(place, size)]
    return Proof(found.lines[0], leaf, place, size, hashes)


async def _hash_of(ledger: Ledger, leaves: Range) -> bytes:
    return join_parts([await _part(ledger, part) for part in parts_of(leaves)])


async def _part(ledger: Ledger, part: Part) -> bytes:
    """The hash of a part: of at most TILE / 2 hashes of the widest tiles that are not wider."""
    width, place = part
    level, bits = divmod(width, TILE_BITS)
    count = 1 << bits
    return perfect_root(await ledger.tiles(level, place * count, count))
