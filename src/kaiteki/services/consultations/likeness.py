"""Which texts say nearly the same: sketches by one permutation hashing, and groups around the first of each. Pure.

A sketch says of a text's shingles (three letters each, NFKC, without blanks and signs) the least hash in each of BINS bins; the share of
bins in which two sketches agree estimates the Jaccard likeness of their shingles (P. Li, A. Owen, C.-H. Zhang, One Permutation Hashing,
NeurIPS 2012). It is kept instead of the text, so that texts of people need not be opened to be compared. Groups are suggestions: a
member is alike to the first of its group, so that likeness does not wander from one to the next.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

BINS: Final = 64
SHINGLE: Final = 3
EMPTY: Final = -1
ALIKE_MIN: Final = 0.5
_HASH_BYTES: Final = 6


def sketch(text: str) -> tuple[int, ...]:
    """The sketch of a text, BINS numbers; EMPTY where a bin has no shingle."""
    slim = "".join(mark for mark in unicodedata.normalize("NFKC", text).lower() if mark.isalnum())
    least = [EMPTY] * BINS
    for at in range(max(1, len(slim) - SHINGLE + 1) if slim else 0):
        digest = hashlib.blake2b(slim[at : at + SHINGLE].encode("utf-8", "replace"), digest_size=_HASH_BYTES)
        number = int.from_bytes(digest.digest(), "big")
        place, value = number % BINS, number // BINS
        if least[place] == EMPTY or value < least[place]:
            least[place] = value
    return tuple(least)


def likeness(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """How alike two sketches are, 0 to 1; two of nothing are not alike."""
    pairs = [(a, b) for a, b in zip(one, other, strict=False) if a != EMPTY or b != EMPTY]
    return sum(a == b for a, b in pairs) / len(pairs) if pairs else 0.0


def groups(sketches: Mapping[int, tuple[int, ...]]) -> dict[int, int]:
    """For each text by number the number of the first one that it is alike to (its own, where to none before it)."""
    first: dict[int, int] = {}
    leaders: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number in sorted(sketches):
        told = sketches[number]
        shared = Counter(
            leader for cell in enumerate(told) if cell[1] != EMPTY for leader in leaders.get(cell, ())
        )
        alike = [one for one in shared if likeness(told, sketches[one]) >= ALIKE_MIN]
        if alike:
            first[number] = min(alike)
            continue
        first[number] = number
        for cell in enumerate(told):
            if cell[1] != EMPTY:
                leaders[cell].append(number)
    return first
