"""Queries that differ from each other in one number, or in one point, alone: what was worked out for one serves them all."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from kaiteki.model.query import Comparison, GeoFilter, Query

Point: TypeAlias = tuple[float, float]
"""Longitude and latitude."""
Hole: TypeAlias = int | float | Point
"""The number that the one comparison of a query (`==`) compares with, or the point around which it looks."""


def hole_of(wanted: Query) -> Hole | None:
    """What the hole of a query is filled with; None for a query that has none, or more than one."""
    geo, q = wanted.geo, wanted.q
    if geo is not None:
        return point_of(geo) if q is None else None
    if not isinstance(q, Comparison) or q.operator != "==" or isinstance(q.operand, bool):
        return None
    return q.operand if isinstance(q.operand, int | float) else None


def point_of(geo: GeoFilter) -> Point | None:
    """The point that a geo query names, None where it names another geometry or an altitude."""
    geometry = geo.geometry
    if geometry["type"] != "Point" or len(geometry["coordinates"]) != 2:
        return None
    lon, lat = geometry["coordinates"]
    return lon, lat


def fill(wanted: Query, hole: Hole) -> Query:
    """The query with another filling. `wanted` has a hole of this sort."""
    if isinstance(hole, tuple):
        return wanted if wanted.geo is None else msgspec.structs.replace(wanted, geo=around(wanted.geo, hole))
    q = wanted.q
    if not isinstance(q, Comparison):
        return wanted
    return msgspec.structs.replace(wanted, q=msgspec.structs.replace(q, operand=hole))


def around(geo: GeoFilter, point: Point) -> GeoFilter:
    """The geo query around another point."""
    return msgspec.structs.replace(geo, geometry={"type": "Point", "coordinates": [*point]})
