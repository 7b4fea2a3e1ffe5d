"""Places in the simple location format of NGSI v2 (latitude first) as GeoJSON (longitude first) and back, and geo queries."""

from __future__ import annotations

import re
from typing import Final

from kaiteki.model.entity import Json, is_array
from kaiteki.model.place import check_geometry
from kaiteki.model.problem import Problem
from kaiteki.model.query import GeoFilter, GeoRelation

GEO_TYPES: Final = frozenset({"geo:point", "geo:line", "geo:box", "geo:polygon", "geo:json"})
"""The attribute types whose value is a place."""
PAIRS_MAX: Final = 10_000
"""Positions of one place or of one geo query."""

_PAIR: Final = re.compile(
    r"\s*([+-]?\d{1,3}(?:\.\d{1,30})?)\s*,\s*([+-]?\d{1,3}(?:\.\d{1,30})?)\s*", re.ASCII
)
_MODIFIER: Final = re.compile(r"(maxDistance|minDistance):(\d{1,9}(?:\.\d{1,9})?)", re.ASCII)
_RELATIONS: Final[dict[str, GeoRelation]] = {
    "near": "near",
    "coveredBy": "within",
    "intersects": "intersects",
    "equals": "equals",
    "disjoint": "disjoint",
}


def read_place(kind: str, value: Json, field: str) -> dict[str, Json]:
    """The checked GeoJSON of a value of a geo type. Raises BadRequestData."""
    if kind == "geo:json":
        check_geometry(value, field)
        return value
    texts: list[Json] = [value] if kind == "geo:point" else value if is_array(value) else []
    geometry = _geometry(kind.removeprefix("geo:"), [_position(text, field) for text in texts], field)
    check_geometry(geometry, field)
    return geometry


def write_place(kind: str, geometry: dict[str, Json]) -> Json:
    """The value of a geo type for a geometry, None where the geometry is not of this kind."""
    at, shape = geometry.get("coordinates"), geometry.get("type")
    if kind == "geo:point" and shape == "Point":
        return _pair(at)
    if kind == "geo:line" and shape == "LineString":
        return [_pair(one) for one in at or ()]
    if kind in ("geo:polygon", "geo:box") and shape == "Polygon" and is_array(at) and len(at) == 1:
        ring: list[Json] = at[0]
        if kind == "geo:polygon":
            return [_pair(one) for one in ring]
        if len(ring) == 5 and _box(ring[0], ring[2]) == ring:
            return [_pair(ring[0]), _pair(ring[2])]
    return None


def _geometry(kind: str, positions: list[list[float]], field: str) -> dict[str, Json]:
    """A geometry of the simple format; `kind` is point, line, box or polygon."""
    match kind:
        case "point" if len(positions) == 1:
            return {"type": "Point", "coordinates": positions[0]}
        case "line":
            return {"type": "LineString", "coordinates": positions}
        case "polygon":
            return {"type": "Polygon", "coordinates": [positions]}
        case "box" if len(positions) == 2:
            return {"type": "Polygon", "coordinates": [_box(*positions)]}
        case _:
            raise Problem("BadRequestData", f"{field} is no {kind} of latitude, longitude pairs", field)


def _box(low: list[float], high: list[float]) -> list[list[float]]:
    return [low, [high[0], low[1]], high, [low[0], high[1]], low]


def _position(text: Json, field: str) -> list[float]:
    found = _PAIR.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise Problem("BadRequestData", f"{field} has a position that is no 'latitude, longitude'", field)
    return [_number(found[2]), _number(found[1])]


def _number(text: str) -> float:
    return float(text) if "." in text else int(text)


def _pair(position: Json) -> str:
    lon, lat = position[:2]
    return f"{lat}, {lon}"


def read_geo(georel: str, geometry: str, coords: str, geoproperty: str) -> GeoFilter:
    """The three parameters of a geo query; `geoproperty` is the (expanded) attribute that is looked at. Raises BadRequestData."""
    name, *modifiers = georel.split(";")
    relation = _RELATIONS.get(name)
    if relation is None:
        raise Problem("BadRequestData", f"georel is one of {', '.join(_RELATIONS)}", "georel")
    distances: dict[str, float] = {}
    for modifier in modifiers:
        found = _MODIFIER.fullmatch(modifier)
        if found is None or relation != "near":
            raise Problem("BadRequestData", f"{modifier} does not go with {name}", "georel")
        distances[found[1]] = float(found[2])
    if (relation == "near") != bool(distances):
        raise Problem("BadRequestData", "near goes with maxDistance: or minDistance:", "georel")
    pairs = coords.split(";")
    if len(pairs) > PAIRS_MAX:
        raise Problem("BadRequestData", f"coords has up to {PAIRS_MAX} positions", "coords")
    shape = _geometry(geometry, [_position(pair, "coords") for pair in pairs], "coords")
    check_geometry(shape, "coords")
    return GeoFilter(relation, shape, geoproperty, distances.get("maxDistance"), distances.get("minDistance"))
