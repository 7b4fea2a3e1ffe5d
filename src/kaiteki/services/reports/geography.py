"""Distances and zones on the ground, small enough for a flat earth (an error under 0.5 % within 5 km)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from kaiteki.services.reports.settings import Zone

METRES_PER_DEGREE: Final = 111_195.0

Point = tuple[float, float]
"""(longitude, latitude) in degrees, WGS84."""


def distance_m(one: Point, other: Point) -> float:
    """Metres between two near points."""
    x, y = _flat(other, one)
    return math.hypot(x, y)


def _flat(point: Point, origin: Point) -> tuple[float, float]:
    shrink = math.cos(math.radians(origin[1]))
    return (
        (point[0] - origin[0]) * shrink * METRES_PER_DEGREE,
        (point[1] - origin[1]) * METRES_PER_DEGREE,
    )


def inside(point: Point, polygon: Sequence[Point]) -> bool:
    """Whether a point lies in a polygon (even-odd rule; the ring may be open or closed)."""
    x, y = point
    odd = False
    for (ax, ay), (bx, by) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            odd = not odd
    return odd


def to_line_m(point: Point, line: Sequence[Point]) -> float:
    """Metres from a point to a line of at least one point."""
    corners = [_flat(corner, point) for corner in line]
    if len(corners) == 1:
        return math.hypot(*corners[0])
    return min(_to_segment(a, b) for a, b in pairwise(corners))


def _to_segment(a: tuple[float, float], b: tuple[float, float]) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else max(0.0, min(1.0, -(a[0] * dx + a[1] * dy) / length))
    return math.hypot(a[0] + along * dx, a[1] + along * dy)


def road_under(zones: Sequence[Zone], point: Point | None) -> Zone | None:
    """The road on which a place lies, as far as the zones of the area tell."""
    if point is None:
        return None
    return next((zone for zone in zones if zone.kind == "road" and covers(zone, point)), None)


def out_of_reach(zones: Sequence[Zone], point: Point | None, reach_m: float) -> bool:
    """Whether a place lies farther than `reach_m` from every ward; never where the area tells of no ward's place."""
    if point is None:
        return False
    away = [metres for zone in zones if zone.kind == "ward" for metres in _away_m(zone, point)]
    return bool(away) and min(away) > reach_m


def _away_m(zone: Zone, point: Point) -> Iterator[float]:
    """Metres from a point to the edge and the centre of a zone, 0 inside."""
    if covers(zone, point):
        yield 0.0
    if zone.polygon:
        yield to_line_m(point, (*zone.polygon, zone.polygon[0]))
    if zone.centre is not None:
        yield distance_m(zone.centre, point)


def covers(zone: Zone, point: Point) -> bool:
    """Whether a zone with a polygon or a line covers a point; a zone with only a centre never does."""
    if zone.polygon:
        return inside(point, zone.polygon)
    return bool(zone.line) and to_line_m(point, zone.line) <= zone.within_m
