"""A position as people and programs write it: two numbers in degrees, with minutes and seconds or without, read in the order that the
place asks for or, where only that can be meant, the other way round. Letters and 北緯, 東経 say themselves which is which.

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
LENGTH_MAX: Final = 200
"""Characters; a longer text is no position."""
_ANGLE: Final = re.compile(
    r"(?P<before>[NSEW北南東西])?[緯経]?\s*(?P<degrees>[+-]?\d{1,3}(?:\.\d{0,18})?)"
    r"(?:\s*[°度]\s*(?:(?P<minutes>\d{1,2}(?:\.\d{1,12})?)\s*['′分]\s*)?"
    r"(?:(?P<seconds>\d{1,2}(?:\.\d{1,12})?)\s*(?:\"|′′|''|秒)\s*)?)?(?P<after>[NSEW])?(?![\w.])",
    re.ASCII,
)
_BETWEEN: Final = re.compile(r"\s*[,、/]\s*|\s*")
_LETTERS: Final = {"北": "N", "南": "S", "東": "E", "西": "W"}


class Position(msgspec.Struct, frozen=True):
    """Longitude and latitude in degrees; `swapped`: they were written in the other order than was asked for, and no letter said so."""

    at: tuple[float, float]
    swapped: bool = False


def read_position(text: str, *, latitude_first: bool) -> Position | None:
    """`35.35, 141.05`, `N35.35 E141.05`, `35°21′00″ 141°03′00″`, 北緯35度21分 東経141度3分 (full width is understood); None for what is no
    position on earth."""
    if len(text) > LENGTH_MAX:
        return None
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    first = _ANGLE.match(plain)
    between = _BETWEEN.match(plain, first.end()) if first is not None else None
    second = _ANGLE.fullmatch(plain, between.end()) if between is not None else None
    if first is None or second is None:
        return None
    one, other = _degrees(first), _degrees(second)
    letters = _letter(first), _letter(second)
    if all(letters) and (letters[0] in "NS") == (letters[1] in "NS"):
        return None
    told = (letters[0] in "NS") if letters[0] else (letters[1] in "EW") if letters[1] else None
    if one is None or other is None:
        return None
    lon, lat = (other, one) if (latitude_first if told is None else told) else (one, other)
    if _fits(lon, lat):
        return Position((lon, lat))
    return Position((lat, lon), True) if told is None and _fits(lat, lon) else None


def _degrees(angle: re.Match[str]) -> float | None:
    """An angle, south and west negative; None where its minutes or seconds are sixty and more."""
    degrees, minutes, seconds = (float(angle[part] or 0) for part in ("degrees", "minutes", "seconds"))
    if minutes >= 60 or seconds >= 60:
        return None
    size = abs(degrees) + minutes / 60 + seconds / 3600
    return -size if angle["degrees"].startswith("-") or _letter(angle) in ("S", "W") else size


def _letter(angle: re.Match[str]) -> str:
    told = angle["before"] or angle["after"] or ""
    return _LETTERS.get(told, told)


def _fits(lon: float, lat: float) -> bool:
    return abs(lon) <= LONGITUDE_MAX and abs(lat) <= LATITUDE_MAX
