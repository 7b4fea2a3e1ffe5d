"""Literals of CQL2 that both encodings share: moments, intervals, geometries, envelopes."""

from __future__ import annotations

import math
from datetime import date
from typing import Any, Final, cast

import shapely

from kaiteki.model.cql2.terms import Geometry, Interval, Moment, Named
from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.place import check_geometry
from kaiteki.model.problem import Problem

FIELD: Final = "filter"
"""The parameter that refusals name."""
DAY_US: Final = 86_400_000_000
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


def refuse(detail: str) -> Problem:
    """The refusal of an expression."""
    return Problem("BadRequestData", detail, FIELD)


def date_of(text: str) -> Moment:
    """A literal date (RFC 3339 full-date): its day in UTC."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is None:
        raise refuse(f"'{text[:40]}' is no date like 2026-11-23")
    start = (day.toordinal() - _EPOCH_DAY) * DAY_US
    return Moment(text, Instant(start), Instant(start + DAY_US - 1))


def timestamp_of(text: str) -> Moment:
    """A literal timestamp (RFC 3339 date-time)."""
    instant = parse_instant(text)
    if instant is None:
        raise refuse(f"'{text[:40]}' is no timestamp like 2026-11-23T09:00:00Z")
    return Moment(text, instant, instant)


def moment_of(text: str) -> Moment:
    """A date or a timestamp, as an interval holds them."""
    return date_of(text) if len(text) == 10 else timestamp_of(text)


def written_moment(value: Json) -> Moment | None:
    """The moment that others wrote as a text; None for what is none."""
    try:
        return moment_of(value) if isinstance(value, str) else None
    except Problem:
        return None


def interval_of(start: Moment | Named | None, end: Moment | Named | None) -> Interval:
    """An interval whose end does not come before its start."""
    if isinstance(start, Moment) and isinstance(end, Moment) and start.first > end.last:
        raise refuse(f"the interval ends ({end.text}) before it starts ({start.text})")
    return Interval(start, end)


def geometry_of(value: Json) -> Geometry:
    """A literal geometry, checked."""
    check_geometry(value, FIELD)
    return Geometry(cast(dict[str, Json], value))


def geometry_of_text(text: str) -> Geometry:
    """A literal geometry in Well-Known Text (OGC 06-103r4); a third coordinate plays no part."""
    try:
        shape = cast(Any, shapely).force_2d(shapely.from_wkt(text))
    except shapely.GEOSException as wrong:
        raise refuse(f"'{text[:60]}' is no geometry in Well-Known Text") from wrong
    if shape.is_empty:
        raise refuse("a geometry is not empty")
    return geometry_of(_listed(cast(Any, shapely).geometry.mapping(shape)))


def envelope_of(numbers: list[float]) -> Geometry:
    """A BBOX of four or six numbers; one that crosses 180° is two boxes."""
    if len(numbers) not in (4, 6) or not all(math.isfinite(one) for one in numbers):
        raise refuse("an envelope has four numbers (west, south, east, north) or six")
    west, south = numbers[0], numbers[1]
    east, north = (numbers[2], numbers[3]) if len(numbers) == 4 else (numbers[3], numbers[4])
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise refuse("an envelope is west, south, east, north in degrees, the south not above the north")
    boxes = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    rings = [[[[w, south], [e, south], [e, north], [w, north], [w, south]]] for w, e in boxes]
    value: dict[str, Json] = (
        {"type": "Polygon", "coordinates": rings[0]}
        if len(rings) == 1
        else {"type": "MultiPolygon", "coordinates": rings}
    )
    return Geometry(value, (west, south, east, north))


def _listed(value: Json) -> Json:
    """GeoJSON with arrays where the library gives tuples."""
    if isinstance(value, dict):
        return {name: _listed(part) for name, part in cast(dict[str, Json], value).items()}
    if isinstance(value, list | tuple):
        return [_listed(part) for part in cast(list[Json], value)]
    return value
