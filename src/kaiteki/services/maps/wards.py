"""The wards of an area on its map: in which of them a place lies, and where on the drawn map their names stand so that they hide nothing.

A name is tried at its ward's middle and around it, and stands where no line and no point is drawn: on areas a name hides nothing. Where every
place is taken it is left out: the data are what people came for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, cast

import msgspec
import shapely

from kaiteki.model.area import Area, Ward
from kaiteki.model.place import shape_of
from kaiteki.services.maps.in_view import Feature
from kaiteki.services.maps.viewport import (
    HEIGHT_PX,
    WIDTH_PX,
    LonLat,
    View,
    across,
    down,
    latitude_at,
)

WIDE_PX: Final = 15.0
NARROW_PX: Final = 8.5
"""About the width of a Japanese and of a Latin letter of a name."""
TALL_PX: Final = 20.0
CLEAR_PX: Final = 12.0
"""So far from its place a sign reaches."""
_STEPS: Final = (0, -1, 1, -2, 2, -3, 3)
_STEP_PX: Final = 30.0
_THIN: Final = ("Point", "MultiPoint", "LineString", "MultiLineString")
_BEYOND_BASIC: Final = 0x2E7F


class Name(msgspec.Struct, frozen=True):
    """A name on the drawn map: its text, and the middle of its base line in pixels of the picture."""

    text: str
    x: float
    y: float


def ward_at(town: Area | None, at: LonLat) -> Ward | None:
    """The ward in which a place lies; None where none is known."""
    return next((one for one in town.wards if _holds(one.polygon, at)), None) if town is not None else None


def _holds(ring: Sequence[LonLat], at: LonLat) -> bool:
    """Whether a closed ring surrounds a place (even-odd rule)."""
    x, y = at
    odd = False
    for (ax, ay), (bx, by) in pairwise(ring):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            odd = not odd
    return odd


def tell_apart(features: Sequence[Feature], town: Area | None, language: str) -> list[Feature]:
    """Features of one list; those that share their name are told with the ward in which they lie, those that share this too (or lie in
    none) with their position."""
    titles = Counter(one.title for one in features)
    wards = [_ward_of(one, town, language) if titles[one.title] > 1 else "" for one in features]
    shared = Counter((one.title, ward) for one, ward in zip(features, wards, strict=True))
    told: list[Feature] = []
    for one, ward in zip(features, wards, strict=True):
        alone = titles[one.title] == 1
        named = bool(ward) and shared[one.title, ward] == 1
        where = "" if alone else ward if named else f"{ward} {_position_of(one)}".strip()
        told.append(msgspec.structs.replace(one, where=where))
    return told


def _middle(feature: Feature) -> LonLat:
    """A point that surely lies on it."""
    middle: Any = shape_of(dict(feature.geometry)).representative_point()
    return middle.x, middle.y


def _ward_of(feature: Feature, town: Area | None, language: str) -> str:
    ward = ward_at(town, _middle(feature))
    return "" if ward is None else ward.words.say(language)


def _position_of(feature: Feature) -> str:
    lon, lat = _middle(feature)
    return f"{lat:.5f}, {lon:.5f}"


def place_names(view: View, parts: Sequence[Ward], language: str, features: Sequence[Feature]) -> list[Name]:
    """The names of the wards, or of other parts of the town, that have room in the picture, clear of what is drawn."""
    tools = cast(Any, shapely)
    shapes = [shape_of(dict(one.geometry)) for one in features if one.geometry["type"] in _THIN]
    covered = tools.STRtree(shapes)
    placed: list[Name] = []
    taken: list[Any] = []
    for ward in parts:
        text = ward.words.say(language)
        for name, box in _tries(view, ward, text):
            if covered.query(box, predicate="intersects").size or any(box.intersects(one) for one in taken):
                continue
            placed.append(name)
            taken.append(box)
            break
    return placed


def _tries(view: View, ward: Ward, text: str) -> Iterator[tuple[Name, Any]]:
    """Places of a name within its ward and the picture, the middle first, each with the box in degrees that it covers."""
    west, south, east, north = view.window
    wide, high = across(east) - across(west), down(south) - down(north)
    x = (across(ward.centre[0]) - across(west)) / wide * WIDTH_PX
    y = (down(ward.centre[1]) - down(north)) / high * HEIGHT_PX
    half = sum(WIDE_PX if ord(letter) > _BEYOND_BASIC else NARROW_PX for letter in text) / 2
    sideways = [step * (half + _STEP_PX) for step in (0, -1, 1)]
    for right, low in ((right, step * _STEP_PX) for step in _STEPS for right in sideways):
        to = (x + right, y + low)
        if not (half < to[0] < WIDTH_PX - half and TALL_PX < to[1] < HEIGHT_PX):
            continue

        def degrees(left: float, top: float) -> LonLat:
            lon = west + left / WIDTH_PX * (east - west)
            return lon, latitude_at(down(north) + top / HEIGHT_PX * high)

        if ward.polygon and not _holds(ward.polygon, degrees(*to)):
            continue
        corner = degrees(to[0] - half - CLEAR_PX, to[1] + CLEAR_PX)
        other = degrees(to[0] + half + CLEAR_PX, to[1] - TALL_PX - CLEAR_PX)
        yield Name(text, *to), cast(Any, shapely).box(*corner, *other)
