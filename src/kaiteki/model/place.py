"""Where things are: GeoJSON geometries, their validity, their relations, distances in metres on the WGS84 ellipsoid.

Source: RFC 7946; ETSI GS CIM 009 V1.9.1 clauses 4.7.1 and 4.10.
"""

from __future__ import annotations

import math
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pyproj
import shapely

from kaiteki.model.entity import Json
from kaiteki.model.problem import Problem
from kaiteki.model.query import GeoFilter, GeoRelation

if TYPE_CHECKING:
    import shapely.geometry
    import shapely.geometry.base

POSITIONS_MAX: Final = 100_000
"""Positions of one geometry."""
METRES_PER_DEGREE: Final = 111_320.0

_LEVELS: Final = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""Levels of arrays above a position."""
_POSITIONS_MIN: Final = {"LineString": 2, "MultiLineString": 2, "Polygon": 4, "MultiPolygon": 4}
QUERY_GEOMETRIES: Final = tuple(_LEVELS)
"""The geometry types a query may use; entities may also have a GeometryCollection."""

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


def is_geometry(value: Json) -> bool:
    """Whether a JSON value claims to be a GeoJSON geometry."""
    if not isinstance(value, dict):
        return False
    kind = cast(dict[str, Json], value).get("type")
    return isinstance(kind, str) and (kind in _LEVELS or kind == "GeometryCollection")


def check_geometry(value: Json, field: str) -> None:
    """Raise BadRequestData unless `value` is a valid GeoJSON geometry: positions in range, lines long enough, rings closed."""
    if not isinstance(value, dict):
        raise _refuse(field, "a GeoJSON geometry is an object")
    geometry = cast(dict[str, Json], value)
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        parts = geometry.get("geometries")
        if not isinstance(parts, list) or not parts:
            raise _refuse(field, "a GeometryCollection has geometries")
        for index, part in enumerate(cast(list[Json], parts)):
            check_geometry(part, f"{field}.geometries[{index}]")
        return
    if not isinstance(kind, str) or kind not in _LEVELS:
        raise _refuse(field, f"the type of a geometry is one of {', '.join(_LEVELS)}, GeometryCollection")
    if _check_level(geometry.get("coordinates"), _LEVELS[kind], kind, field) > POSITIONS_MAX:
        raise _refuse(field, f"a geometry has up to {POSITIONS_MAX} positions")


def _check_level(value: Json, level: int, kind: str, field: str) -> int:
    """Check one level of arrays; the answer counts its positions."""
    if level == 0:
        _check_position(value, field)
        return 1
    if not isinstance(value, list) or not value:
        raise _refuse(
            field, f"the coordinates of a {kind} have {_LEVELS[kind]} levels of arrays around a position"
        )
    items = cast(list[Json], value)
    total = sum(_check_level(item, level - 1, kind, field) for item in items)
    if level == 1:
        least = _POSITIONS_MIN.get(kind, 1)
        if len(items) < least:
            raise _refuse(field, f"a {kind} needs {least} positions")
        if kind.endswith("Polygon") and items[0] != items[-1]:
            raise _refuse(field, "a ring is closed: its first position is also its last")
    return total


def _check_position(value: Json, field: str) -> None:
    if not isinstance(value, list):
        raise _refuse(field, "a position is [longitude, latitude]")
    numbers = cast(list[Json], value)
    if not 2 <= len(numbers) <= 4:
        raise _refuse(field, "a position is [longitude, latitude] or [longitude, latitude, altitude]")
    for number in numbers:
        # compared, not converted: a whole number may be larger than any double
        fits = (
            isinstance(number, int | float)
            and not isinstance(number, bool)
            and abs(number) <= sys.float_info.max
        )
        if not fits:
            raise _refuse(field, "the members of a position are numbers")
    if not (-180 <= numbers[0] <= 180 and -90 <= numbers[1] <= 90):
        raise _refuse(field, "longitude lies in -180…180 and latitude in -90…90, in this order")


def _refuse(field: str, detail: str) -> Problem:
    return Problem("BadRequestData", detail, field)


def shape_of(geometry: dict[str, Json]) -> shapely.geometry.base.BaseGeometry:
    """The shapely geometry (plane, degrees; altitude plays no part) of a checked GeoJSON geometry; invalid rings are repaired."""
    drawn = _drawn(geometry)
    return drawn if drawn.is_valid else shapely.make_valid(drawn)


def bounds_of(geometry: dict[str, Json]) -> Bounds:
    """West, south, east, north of a checked geometry, for indexes."""
    if geometry["type"] == "Point":
        lon, lat = geometry["coordinates"][:2]
        return lon, lat, lon, lat
    return _drawn(geometry).bounds


def _drawn(geometry: dict[str, Json]) -> shapely.geometry.base.BaseGeometry:
    """The geometry as it is drawn; where only some positions have an altitude, all are drawn without."""
    try:
        return shapely.geometry.shape(geometry)
    except ValueError:
        return shapely.geometry.shape(_flat(geometry))


def _flat(value: Json) -> Json:
    """A geometry with longitude and latitude alone."""
    if isinstance(value, dict):
        return {name: _flat(part) for name, part in cast(dict[str, Json], value).items()}
    if not isinstance(value, list):
        return value
    parts = cast(list[Json], value)
    return parts[:2] if parts and isinstance(parts[0], int | float) else [_flat(part) for part in parts]


def reach(geometry: dict[str, Json], distance_m: float) -> Bounds:
    """A box that holds everything within a distance of a geometry (a little larger; whole longitudes near poles and 180°)."""
    west, south, east, north = bounds_of(geometry)
    up = distance_m / 110_000.0
    south, north = south - up, north + up
    widest = max(abs(south), abs(north))
    if widest >= 89.0:
        return -180.0, max(south, -90.0), 180.0, min(north, 90.0)
    across = up / math.cos(math.radians(widest)) * 1.02
    if west - across < -180.0 or east + across > 180.0:
        return -180.0, south, 180.0, north
    return west - across, south, east + across, north


@cache
def _earth() -> pyproj.Geod:
    return pyproj.Geod(ellps="WGS84")


def distance_m(one: dict[str, Json], other: dict[str, Json]) -> float:
    """Metres between the nearest points of two geometries along the ellipsoid; 0 when they touch."""
    if one["type"] == "Point" and other["type"] == "Point":
        a, b = one["coordinates"], other["coordinates"]
        return float(cast(float, _earth().inv(a[0], a[1], b[0], b[1])[2]))
    return _shape_distance_m(shape_of(one), shape_of(other))


def bearing_of(point: dict[str, Json], other: dict[str, Json]) -> float | None:
    """In which direction the nearest of a geometry lies from a point: degrees clockwise from north (0 to 360); None where it touches it."""
    one, shape = shape_of(point), shape_of(other)
    if one.intersects(shape):
        return None
    squeeze = max(math.cos(math.radians(one.centroid.y)), 0.01)
    line = cast(Any, shapely).shortest_line(_squeezed(one, squeeze), _squeezed(shape, squeeze))
    (west, south), (east, north) = cast("list[list[float]]", shapely.get_coordinates(line).tolist())
    return math.degrees(math.atan2(east - west, north - south)) % 360.0


def size_of(geometry: dict[str, Json]) -> tuple[float, float]:
    """Metres along the lines of a geometry, and square metres of its areas, on the ellipsoid; 0 where it has none."""
    shape, earth = shape_of(geometry), cast(Any, _earth())
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return 0.0, abs(float(earth.geometry_area_perimeter(shape)[0]))
    return float(earth.geometry_length(shape)), 0.0


def edge_of(area: dict[str, Json], point: dict[str, Json]) -> tuple[bool, float] | None:
    """Whether a point lies in an area (on its boundary too), and metres to that boundary; None where the geometry is no area."""
    if area["type"] not in ("Polygon", "MultiPolygon"):
        return None
    one, other = shape_of(area), shape_of(point)
    return bool(one.covers(other)), _shape_distance_m(one.boundary, other)


def _shape_distance_m(
    one: shapely.geometry.base.BaseGeometry, other: shapely.geometry.base.BaseGeometry
) -> float:
    """Nearest points are looked for in a plane in which a degree of longitude is as long as at their middle latitude."""
    if one.intersects(other):
        return 0.0
    middle = (one.centroid.y + other.centroid.y) / 2
    squeeze = max(math.cos(math.radians(middle)), 0.01)
    line = cast(Any, shapely).shortest_line(_squeezed(one, squeeze), _squeezed(other, squeeze))
    near, far = cast("list[list[float]]", shapely.get_coordinates(line).tolist())
    return float(cast(float, _earth().inv(near[0] / squeeze, near[1], far[0] / squeeze, far[1])[2]))


def _squeezed(
    geometry: shapely.geometry.base.BaseGeometry, factor: float
) -> shapely.geometry.base.BaseGeometry:
    return shapely.transform(geometry, lambda points: points * np.array([factor, 1.0]))


def relates(relation: GeoRelation, target: dict[str, Json], reference: dict[str, Json]) -> bool:
    """Whether a topological relation other than near holds of target and reference (clause 4.10)."""
    known = None if relation == "disjoint" else _known(relation, target, reference)
    if known is not None:
        # most candidates of a search lie elsewhere or have a corner in the box, and to make shapes of them costs ten times as much
        return known
    one, other = shape_of(target), shape_of(reference)
    try:
        match relation:
            case "within":
                return one.within(other)
            case "contains":
                return one.contains(other)
            case "intersects":
                return one.intersects(other)
            case "disjoint":
                return one.disjoint(other)
            case "overlaps":
                return one.overlaps(other)
            case _:
                return one.equals(other)
    except shapely.GEOSException:
        return False


def _known(relation: GeoRelation, target: dict[str, Json], reference: dict[str, Json]) -> bool | None:
    """What the positions say of a relation (none of `disjoint`): nothing where their boxes are apart, and that what has one in a box touches it."""
    here, there = _positions(target), _positions(reference)
    if not here or not there:
        return None
    xs, ys = [one[0] for one in here], [one[1] for one in here]
    further_xs, further_ys = [one[0] for one in there], [one[1] for one in there]
    west, south, east, north = min(further_xs), min(further_ys), max(further_xs), max(further_ys)
    if min(xs) > east or max(xs) < west or min(ys) > north or max(ys) < south:
        return False
    if relation != "intersects" or not is_box(reference):
        return None
    return any(west <= x <= east and south <= y <= north for x, y in zip(xs, ys, strict=True)) or None


def is_box(geometry: dict[str, Json]) -> bool:
    """Whether a checked geometry is an area between two longitudes and two latitudes, drawn anticlockwise from the south-west."""
    if geometry["type"] != "Polygon" or len(geometry["coordinates"]) != 1:
        return False
    corners = [position[:2] for position in geometry["coordinates"][0]]
    if len(corners) != 5:
        return False
    (west, south), (east, north) = corners[0], corners[2]
    return corners == [[west, south], [east, south], [east, north], [west, north], [west, south]]


def _positions(geometry: dict[str, Json]) -> list[list[float]]:
    """All positions of a geometry; nothing of a collection of geometries."""
    level = _LEVELS.get(geometry["type"])
    if level is None:
        return []
    found: list[Any] = geometry["coordinates"]
    if level == 0:
        return [found]
    for _ in range(level - 1):
        found = [one for part in found for one in part]
    return found


def satisfies(geo: GeoFilter, target: dict[str, Json]) -> bool:
    """Whether a checked target geometry satisfies a geo query."""
    if geo.relation != "near":
        return relates(geo.relation, target, geo.geometry)
    distance = distance_m(target, geo.geometry)
    if geo.max_distance_m is not None and distance > geo.max_distance_m:
        return False
    return geo.min_distance_m is None or distance >= geo.min_distance_m
