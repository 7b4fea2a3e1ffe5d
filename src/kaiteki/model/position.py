"""A position as people and programs write it: two numbers in degrees, read in the order that the place asks for or, where only that can
be meant, the other way round.

People write latitude first (as maps and signs in Japan do), addresses and GeoJSON longitude first (RFC 7946, 3.1.1). East of 90° the longitude
cannot be a latitude, so in Japan whoever swaps them is understood, and told.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import msgspec

LATITUDE_MAX: Final = 90.0
LONGITUDE_MAX: Final = 180.0
_NUMBER: Final = r"[+-]?\d{1,3}(?:\.\d{0,18})?"
_PAIR: Final = re.compile(rf"({_NUMBER})\s*[,、\s]\s*({_NUMBER})", re.ASCII)


class Position(msgspec.Struct, frozen=True):
    """Longitude and latitude in degrees; `swapped`: they were written in the other order than was asked for."""

    at: tuple[float, float]
    swapped: bool = False


def read_position(text: str, *, latitude_first: bool) -> Position | None:
    """Two numbers with a comma or a space between (full width is understood); None for what is no position on earth."""
    found = _PAIR.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    one, other = float(found[1]), float(found[2])
    lon, lat = (other, one) if latitude_first else (one, other)
    if _fits(lon, lat):
        return Position((lon, lat))
    return Position((lat, lon), True) if _fits(lat, lon) else None


def _fits(lon: float, lat: float) -> bool:
    return abs(lon) <= LONGITUDE_MAX and abs(lat) <= LATITUDE_MAX
