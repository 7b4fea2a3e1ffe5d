"""Geo query, ETSI GS CIM 009 V1.9.1 clause 4.10: `georel=near;maxDistance==2000&geometry=Point&coordinates=[8,40]`."""

from __future__ import annotations

import re
from typing import Final, get_args

import msgspec

from kaiteki.model.entity import Json
from kaiteki.model.language.scan import Expand
from kaiteki.model.place import QUERY_GEOMETRIES, check_geometry
from kaiteki.model.problem import Problem
from kaiteki.model.query import GeoFilter, GeoRelation

_NEAR_PART: Final = re.compile(r"(maxDistance|minDistance)==(.*)", re.DOTALL)
_NUMBER: Final = re.compile(r"(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_RELATIONS: Final[dict[str, GeoRelation]] = {name: name for name in get_args(GeoRelation)}


def parse_geo(
    georel: str, geometry: str, coordinates: Json, expand: Expand, geoproperty: str = "location"
) -> GeoFilter:
    """Read the four parameters of a geo query; `coordinates` is JSON or its text. Refuses with BadRequestData."""
    name, *parts = georel.split(";")
    relation = _RELATIONS.get(name)
    if relation is None:
        raise Problem("BadRequestData", f"georel is one of {', '.join(_RELATIONS)}", "georel")
    bounds = _distances(parts)
    if (relation == "near") != bool(bounds):
        raise Problem(
            "BadRequestData",
            "near needs maxDistance or minDistance, and only near has them: near;maxDistance==2000",
            "georel",
        )
    return GeoFilter(
        relation=relation,
        geometry=parse_reference(geometry, coordinates),
        geoproperty=expand(geoproperty),
        max_distance_m=bounds.get("maxDistance"),
        min_distance_m=bounds.get("minDistance"),
    )


def parse_reference(
    geometry: str, coordinates: Json, fields: tuple[str, str] = ("geometry", "coordinates")
) -> dict[str, Json]:
    """The reference geometry of a query as checked GeoJSON; `fields` are the parameters named in refusals."""
    if geometry not in QUERY_GEOMETRIES:
        raise Problem("BadRequestData", f"{fields[0]} is one of {', '.join(QUERY_GEOMETRIES)}", fields[0])
    if isinstance(coordinates, str):
        try:
            coordinates = msgspec.json.decode(coordinates)
        except (msgspec.DecodeError, RecursionError):
            raise Problem("BadRequestData", f"{fields[1]} is a JSON array", fields[1]) from None
    shape = {"type": geometry, "coordinates": coordinates}
    check_geometry(shape, fields[1])
    return shape


def _distances(parts: list[str]) -> dict[str, float]:
    """The distances in metres by modifier."""
    found: dict[str, float] = {}
    for part in parts:
        read = _NEAR_PART.fullmatch(part)
        if read is None or read[1] in found or not _NUMBER.fullmatch(read[2]):
            raise Problem(
                "BadRequestData",
                "a modifier of near is maxDistance== or minDistance== with a positive number of metres",
                "georel",
            )
        distance = float(read[2])
        if not 0 < distance < 1e9:
            raise Problem("BadRequestData", "a distance is greater than 0 and below 1e9 metres", "georel")
        found[read[1]] = distance
    return found
