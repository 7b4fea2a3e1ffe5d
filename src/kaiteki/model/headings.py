"""Headings of tables as people write them: folded, so that one is known in every spelling, and compared in their order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

_JOINTS: Final = re.compile(r"[\s_()（）「」『』\[\].・:：/／'\"、，,]")
_DASHES: Final = re.compile(r"[―‐‑–—−-]")


def fold(name: str) -> str:
    """A heading without what people write differently: width, case, blanks, brackets, dashes."""
    slim = unicodedata.normalize("NFKC", name).lower()
    return _JOINTS.sub("", _DASHES.sub("ー", slim))


def has_all_in_order(header: Iterable[str], headings: Sequence[str]) -> bool:
    """Whether a header has all headings, one after the other; others may stand between them."""
    left = (fold(one) for one in header)
    return bool(headings) and all(fold(heading) in left for heading in headings)


def shared(header: Iterable[str], headings: Sequence[str]) -> int:
    """How many of the headings a header has."""
    there = {fold(one) for one in header}
    return sum(1 for one in headings if fold(one) in there)
