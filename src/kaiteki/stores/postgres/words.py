"""Texts as arrays of pairs of characters, so that any part of any word of any language is found by an index.

The pairs narrow down, the text decides. A NUL, which the database cannot keep, stands as U+FFFD.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from kaiteki.stores.plan import Way

_REPLACED: Final = "\ufffd"


def stored(text: str) -> str:
    """A folded text as the database keeps it."""
    return text.replace("\x00", _REPLACED)


def pairs_of(text: str) -> list[int]:
    """The characters of the words of a folded text and their pairs, each once, as numbers in order."""
    found: set[int] = set()
    for word in stored(text).split():
        found.update(map(ord, word))
        found.update(_pair(one, other) for one, other in pairwise(word))
    return sorted(found)


def _pair(one: str, other: str) -> int:
    return (ord(one) << 21) | ord(other) | (1 << 42)


def way_of_text(text: str) -> Way | None:
    """The texts in which every word of a folded search occurs; None where there is no word."""
    words = stored(text).split()
    if not words:
        return None
    pairs = sorted({number for word in words for number in _sought(word)})
    listed = "{" + ",".join(map(str, pairs)) + "}"
    condition = "pairs @> ?::text::bigint[]" + " AND strpos(text, ?)>0" * len(words)
    exact = _REPLACED not in "".join(words)
    return Way((("words", condition, (listed, *words)),), ordered=False, exact=exact, what="text")


def _sought(word: str) -> list[int]:
    return [_pair(one, other) for one, other in pairwise(word)] or [ord(word)]
