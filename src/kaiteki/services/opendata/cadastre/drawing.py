"""From the elements of a 地図XML to the shape of each parcel: rings of curves closed, metres of a plane made degrees of JGD2011.

Only maps in one of the nineteen plane-rectangular systems (公共座標1系 to 19系, 平成14年国土交通省告示第9号) have a place on the earth; a map in
任意座標系 says how parcels lie to each other and nothing else. JGD2000 and JGD2011 are taken for one datum, as the Digital Agency's converter
does: where the ground moved in an earthquake, the Ministry has corrected its maps (測地系判別 変換).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import pyproj

from kaiteki.model.entity import Json
from kaiteki.services.opendata.cadastre.elements import Elements, Position

EPSG_BEFORE_PLANE_1: Final = 6668
"""JGD2011 plane-rectangular system n is EPSG 6668 + n."""
JOINED_M: Final = 0.005
"""Curves whose ends are nearer than this meet; coordinates are written to the millimetre."""
_PUBLIC: Final = re.compile(r"公共座標(\d{1,2})系")


def plane_of(system: str) -> int | None:
    """The number of the plane-rectangular system of a 座標系; None for 任意座標系 and what nobody knows."""
    found = _PUBLIC.fullmatch(unicodedata.normalize("NFKC", system).strip())
    return int(found[1]) if found is not None and 1 <= int(found[1]) <= 19 else None


def is_arbitrary(system: str) -> bool:
    """Whether a map says of itself that it has no place on the earth."""
    return unicodedata.normalize("NFKC", system).strip() == "任意座標系"


def draw(found: Elements, surface: str, plane: int) -> dict[str, Json] | str:
    """The GeoJSON polygon (degrees) of a surface; a text says what it lacks."""
    rings = found.surfaces.get(surface)
    if not rings:
        return f"no surface {surface}" if surface else "no 形状"
    drawn: list[Json] = []
    for ring in rings:
        corners = _close(found, ring)
        if isinstance(corners, str):
            return corners
        drawn.append(_degrees(corners, plane))
    return {"type": "Polygon", "coordinates": drawn}


def _close(found: Elements, ring: Sequence[str]) -> list[Position] | str:
    """The corners of a ring whose curves may run either way, the first one again at the end."""
    lines: list[list[Position]] = []
    for name in ring:
        columns = found.curves.get(name)
        if columns is None:
            return f"no curve {name}"
        line: list[Position] = []
        for one in columns:
            position = found.points.get(one) if isinstance(one, str) else one
            if position is None:
                return f"no point {one}"
            line.append(position)
        if line:
            lines.append(line)
    corners = _joined(lines)
    if len(corners) < 3 or not all(map(math.isfinite, (number for one in corners for number in one))):
        return "a ring of fewer than three corners"
    return corners if corners[0] == corners[-1] else [*corners, corners[0]]


def _joined(lines: Sequence[list[Position]]) -> list[Position]:
    """Lines one behind the other, each turned round where only its end meets what is there. Where neither end does, it stands as it is."""
    corners: list[Position] = []
    for number, line in enumerate(lines):
        if not corners:
            beyond = lines[number + 1] if number + 1 < len(lines) else line
            turned = not _meets(line[-1], beyond) and _meets(line[0], beyond)
            corners += line[::-1] if turned else line
            continue
        onward = line[::-1] if not _near(corners[-1], line[0]) and _near(corners[-1], line[-1]) else line
        corners += onward[1:] if _near(corners[-1], onward[0]) else onward
    if len(corners) > 1 and _near(corners[0], corners[-1]):
        corners[-1] = corners[0]
    return corners


def _meets(one: Position, line: Sequence[Position]) -> bool:
    return _near(one, line[0]) or _near(one, line[-1])


def _near(one: Position, other: Position) -> bool:
    return abs(one[0] - other[0]) <= JOINED_M and abs(one[1] - other[1]) <= JOINED_M


def _degrees(corners: Sequence[Position], plane: int) -> list[Json]:
    """Longitude and latitude of corners whose X points north and whose Y points east."""
    xs, ys = [one[1] for one in corners], [one[0] for one in corners]
    longitudes, latitudes = _projection(plane)(xs, ys, inverse=True)
    return [[longitude, latitude] for longitude, latitude in zip(longitudes, latitudes, strict=True)]


@cache
def _projection(plane: int) -> Any:
    return pyproj.Proj(EPSG_BEFORE_PLANE_1 + plane)
