"""Records as GeoJSON (RFC 7946) and as GeoJSON features line by line; properties are the items of the standard by their English names.

Longitude and latitude are WGS84. Rings go round as the standard wants it (3.1.6), the outer ones against the clock.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from itertools import pairwise
from typing import Any, Final, cast

import msgspec

from kaiteki.services.opendata.finder import type_of

GEOJSON_TYPE: Final = "application/geo+json"
LINES_TYPE: Final = "application/x-ndjson; charset=utf-8"
_NO_PROPERTIES: Final = ("id", "location", "details", "data_set")


async def write_geojson(
    pages: AsyncIterator[Sequence[Any]], told: Callable[[Any], dict[str, Any]] | None = None
) -> AsyncGenerator[bytes, None]:
    """A FeatureCollection, page by page; `told` makes a record a feature."""
    feature = told or feature_of
    joint = b""
    yield b'{"type":"FeatureCollection","features":['
    async for records in pages:
        yield joint + b",\n".join(msgspec.json.encode(feature(record)) for record in records)
        joint = b",\n"
    yield b"]}"


async def write_lines(
    pages: AsyncIterator[Sequence[Any]], told: Callable[[Any], dict[str, Any]] | None = None
) -> AsyncGenerator[bytes, None]:
    """A feature a line, each a JSON text of its own."""
    feature = told or feature_of
    async for records in pages:
        yield b"".join(msgspec.json.encode(feature(record)) + b"\n" for record in records)


def feature_of(record: Any) -> dict[str, Any]:
    """A record as a feature. What it does not say is not there; a detail of the name of an item stands where the item is empty."""
    properties = {
        name: value
        for name, value in msgspec.structs.asdict(record).items()
        if name not in _NO_PROPERTIES and value not in (None, "", ())
    }
    return {
        "type": "Feature",
        "id": record.id,
        "geometry": None if record.location is None else wound(record.location),
        "properties": {"type": type_of(record), **record.details, **properties},
    }


def wound(geometry: dict[str, Any]) -> dict[str, Any]:
    """A geometry whose rings go round as the standard wants it; the same object where they do."""
    if geometry.get("type") == "Polygon":
        rings = _wound(geometry["coordinates"])
        return geometry if rings is geometry["coordinates"] else {**geometry, "coordinates": rings}
    if geometry.get("type") == "MultiPolygon":
        parts = [_wound(one) for one in geometry["coordinates"]]
        as_they_were = all(new is old for new, old in zip(parts, geometry["coordinates"], strict=True))
        return geometry if as_they_were else {**geometry, "coordinates": parts}
    return geometry


def _wound(rings: list[Any]) -> list[Any]:
    wrong = [(_area(ring) < 0) is (at == 0) for at, ring in enumerate(rings)]
    if not any(wrong):
        return rings
    return [list(reversed(ring)) if turn else ring for ring, turn in zip(rings, wrong, strict=True)]


def _area(ring: Sequence[Any]) -> float:
    """Twice the area of a ring, positive against the clock."""
    points = cast(Sequence[Sequence[float]], ring)
    x0, y0 = points[0][0], points[0][1]
    return sum((one[0] - x0) * (two[1] - y0) - (two[0] - x0) * (one[1] - y0) for one, two in pairwise(points))
