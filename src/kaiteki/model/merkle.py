"""A tree of hashes over a list that only grows (RFC 9162 section 2.1): roots, proofs, and what checks them.

A *part* of the tree is (width, place): the perfect subtree over 2**width leaves that begins at leaf place * 2**width. Everything
that a root or a proof needs is the hashes of some parts, at most two for each level, so who keeps hashes of parts needs no leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, TypeAlias

Part: TypeAlias = tuple[int, int]
Range: TypeAlias = tuple[int, int]
"""Leaves from one place up to another, that one not among them."""

EMPTY: Final = sha256(b"").digest()
"""The root of no leaves."""
HASH_BYTES: Final = 32


def leaf_hash(content: bytes) -> bytes:
    """What stands in the tree for some content: SHA-256 over a zero byte and it (2.1.1)."""
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """What stands for two subtrees side by side: SHA-256 over a one byte and both (2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The hash over perfect subtrees of one width, whose number is a power of two."""
    level = list(hashes)
    if not level or len(level) & (len(level) - 1):
        raise ValueError(f"{len(level)} subtrees make no perfect one")
    while len(level) > 1:
        level = [node_hash(level[place], level[place + 1]) for place in range(0, len(level), 2)]
    return level[0]


def join_parts(hashes: Sequence[bytes]) -> bytes:
    """The hash over the parts of a range, widest first (`parts_of`); of none that of an empty tree."""
    if not hashes:
        return EMPTY
    joined = hashes[-1]
    for one in reversed(hashes[:-1]):
        joined = node_hash(one, joined)
    return joined


def parts_of(leaves: Range) -> list[Part]:
    """The parts that a range is made of, from its first leaf on, each narrower than the one before it.

    A range of a proof begins where a perfect subtree as wide as its widest part does; ValueError for another one.
    """
    first, end = leaves
    parts: list[Part] = []
    while first < end:
        width = (end - first).bit_length() - 1
        if first % (1 << width):
            raise ValueError(f"the leaves from {leaves[0]} to {leaves[1]} are no subtree")
        parts.append((width, first >> width))
        first += 1 << width
    return parts


def inclusion_ranges(place: int, size: int) -> list[Range]:
    """The ranges whose hashes prove that a leaf stands at a place of a tree of a size, the narrowest first (2.1.3.1)."""
    if not 0 <= place < size:
        raise ValueError(f"there is no leaf {place} in a tree of {size}")
    first, end = 0, size
    ranges: list[Range] = []
    while end - first > 1:
        middle = first + _split(end - first)
        if place < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((first, middle))
            first = middle
    return ranges[::-1]


def consistency_ranges(before: int, size: int) -> list[Range]:
    """The ranges whose hashes prove that a tree of a size begins with one of a size before, the narrowest first (2.1.4.1)."""
    if not 0 < before <= size:
        raise ValueError(f"a tree of {size} does not begin with one of {before}")
    first, end, whole = 0, size, True
    ranges: list[Range] = []
    while before != end:
        middle = first + _split(end - first)
        if before <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((first, middle))
            first, whole = middle, False
    if not whole:
        ranges.append((first, end))
    return ranges[::-1]


def _split(count: int) -> int:
    """The largest power of two that is smaller."""
    return 1 << (count - 1).bit_length() - 1


def is_included(leaf: bytes, place: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows that a leaf of a hash stands at a place of the tree of a size and root (2.1.3.2)."""
    if not 0 <= place < size:
        return False
    at, last, found = place, size - 1, leaf
    for one in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(one, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, one)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


class Grown:
    """A tree that leaves are added to, of which only the parts of its right edge are remembered."""

    def __init__(self, hashes: Iterable[bytes] = (), size: int = 0) -> None:
        """Go on behind a tree of a size, whose parts (`parts_of`) have these hashes."""
        self._edge = list(hashes)
        self.size = size
        if len(self._edge) != size.bit_count():
            raise ValueError(f"a tree of {size} is made of {size.bit_count()} parts, not {len(self._edge)}")

    def add(self, leaf: bytes) -> None:
        """Add the hash of a leaf."""
        place, one = self.size, leaf
        while place & 1:
            one = node_hash(self._edge.pop(), one)
            place >>= 1
        self._edge.append(one)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The root by now."""
        return join_parts(self._edge)


def is_consistent(before: int, size: int, proof: Sequence[bytes], roots: tuple[bytes, bytes]) -> bool:
    """Whether a proof shows that the tree of a size begins with that of a size before; `roots` are before and now (2.1.4.2)."""
    was, now = roots
    if before == size:
        return not proof and was == now
    if not 0 < before < size:
        return False
    path = [was, *proof] if not before & (before - 1) else list(proof)
    if not path:
        return False
    at, last = before - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(one, old), node_hash(one, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, one)
        at, last = at >> 1, last >> 1
    return last == 0 and old == was and new == now
