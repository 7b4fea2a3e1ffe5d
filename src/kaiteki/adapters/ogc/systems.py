"""Coordinate reference systems of the answers: WGS84, JGD2011, the nineteen plane systems, Web Mercator (OGC 18-058r1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias, cast

import msgspec
import numpy as np
import pyproj

from kaiteki.model.cql2.literals import envelope_of
from kaiteki.model.entity import Json
from kaiteki.model.problem import Problem

CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG: Final = "http://www.opengis.net/def/crs/EPSG/0/"
EDGE_POINTS: Final = 21
"""Points by which an edge of a box is followed into another system."""


class System(msgspec.Struct, frozen=True):
    """A reference system: its URI, its EPSG code (0: CRS84), whether north (or latitude) comes first, digits behind the point."""

    uri: str
    code: int = 0
    north_first: bool = False
    digits: int = 9


DEGREES: Final = System(CRS84)
PLANE_FIRST: Final = 6669
"""JGD2011 / Japan Plane Rectangular CS I; the nineteenth is 6687 (平成14年国土交通省告示第9号)."""
SYSTEMS: Final[dict[str, System]] = {
    one.uri: one
    for one in (
        DEGREES,
        System(_EPSG + "4326", 4326, True),
        System(_EPSG + "6668", 6668, True),
        *(System(f"{_EPSG}{code}", code, True, 4) for code in range(PLANE_FIRST, PLANE_FIRST + 19)),
        System(_EPSG + "3857", 3857, False, 3),
    )
}
"""The systems that are offered, by URI; the first one is that of the store."""

Turn: TypeAlias = Callable[[Sequence[float], Sequence[float]], tuple[Any, Any]]


def system_of(uri: str | None, field: str) -> System:
    """A system by its URI (also in the short form `[EPSG:6668]`). Raises BadRequestData."""
    if not uri:
        return DEGREES
    told = uri.strip("[]")
    if told.upper().startswith("EPSG:"):
        told = _EPSG + told[5:]
    found = SYSTEMS.get(told)
    if found is None:
        raise Problem("BadRequestData", f"{field} is none of the systems of this collection", field)
    return found


@lru_cache(maxsize=64)
def _transformer(source: int, target: int) -> pyproj.Transformer:
    named = ["OGC:CRS84" if code == 0 else f"EPSG:{code}" for code in (source, target)]
    return pyproj.Transformer.from_crs(*named, always_xy=True)


def told_in(geometry: dict[str, Json], system: System) -> dict[str, Json]:
    """A GeoJSON geometry (longitude, latitude) with its coordinates in another system, in the order of its axes."""
    if system is DEGREES:
        return geometry
    return _moved(geometry, system)


def _moved(geometry: dict[str, Json], system: System) -> dict[str, Json]:
    if geometry.get("type") == "GeometryCollection":
        parts = cast(list[dict[str, Json]], geometry["geometries"])
        return {**geometry, "geometries": [_moved(part, system) for part in parts]}
    positions: list[list[float]] = []
    _collect(geometry["coordinates"], positions)
    xs, ys = _transformer(0, system.code).transform(
        np.array([one[0] for one in positions]), np.array([one[1] for one in positions])
    )
    pairs = zip(ys, xs, strict=True) if system.north_first else zip(xs, ys, strict=True)
    rounded = [[round(float(a), system.digits), round(float(b), system.digits)] for a, b in pairs]
    moved = iter([[*pair, *one[2:3]] for pair, one in zip(rounded, positions, strict=True)])
    return {**geometry, "coordinates": _replaced(geometry["coordinates"], moved)}


def _collect(value: Json, positions: list[list[float]]) -> None:
    items = cast(list[Json], value)
    if items and isinstance(items[0], int | float):
        positions.append(cast(list[float], items))
        return
    for item in items:
        _collect(item, positions)


def _replaced(value: Json, positions: Any) -> Json:
    items = cast(list[Json], value)
    if items and isinstance(items[0], int | float):
        return next(positions)
    return [_replaced(item, positions) for item in items]


def box_of(numbers: list[float], system: System, field: str) -> dict[str, Json]:
    """A box of four or six numbers in the axis order of a system, as a GeoJSON geometry in degrees. Raises BadRequestData."""
    if len(numbers) not in (4, 6):
        raise Problem("BadRequestData", f"{field} has four numbers or six", field)
    half = len(numbers) // 2
    (a, b), (c, d) = numbers[:2], numbers[half : half + 2]
    west, south, east, north = (b, a, d, c) if system.north_first else (a, b, c, d)
    if system.code not in (0, 4326, 6668):
        if west > east or south > north:
            raise Problem("BadRequestData", f"{field}: its first corner is its south-west", field)
        west, south, east, north = _transformer(system.code, 0).transform_bounds(
            west, south, east, north, densify_pts=EDGE_POINTS
        )
    try:
        return envelope_of([west, south, east, north]).value
    except Problem as problem:
        raise Problem("BadRequestData", f"{field}: {problem.detail}", field) from problem
