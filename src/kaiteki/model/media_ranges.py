"""Which of the forms of a document an asker likes best: the header Accept (RFC 9110, 12.5.1), with its weights. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

HEADER_LENGTH_MAX: Final = 8192
_QUALITY: Final = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.ASCII)


@lru_cache(maxsize=256)
def prefer(accept: str | None, offered: Sequence[str]) -> str | None:
    """The offered media type (lower case, without parameters) that `accept` likes best, on a draw the first; None where it likes none.
    A header that is missing or says nothing likes all."""
    parts = [part for part in (accept or "")[:HEADER_LENGTH_MAX].split(",") if part.strip()]
    if not parts:
        return offered[0]
    ranges = [_range(part) for part in parts]
    best = max(offered, key=lambda one: _liking(one, ranges))
    return best if _liking(best, ranges) > 0 else None


def _range(text: str) -> tuple[str, float]:
    """A range and its weight; one that nobody can read counts as 0."""
    media, *parameters = (part.strip() for part in text.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            quality = float(value) if _QUALITY.fullmatch(value.strip()) else 0.0
    return media.lower(), quality


def _liking(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The weight of the most specific range that covers a media type."""
    for pattern in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        for media, quality in ranges:
            if media == pattern:
                return quality
    return 0.0
