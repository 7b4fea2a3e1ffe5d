"""In which order matches come, ETSI GS CIM 009 V1.9.1 clause 4.23. Every store orders as this module says."""

from __future__ import annotations

import math
from typing import Any, TypeAlias, cast

from kaiteki.model.collation import Collation, collated
from kaiteki.model.entity import Entity, Json
from kaiteki.model.matching import beside, geometries_of, nothing
from kaiteki.model.place import distance_m
from kaiteki.model.query import DateTimeValue, Order, Query
from kaiteki.model.reading import Look, targets_of

OrderKey: TypeAlias = tuple[Any, ...]
"""Compares with `<`; equal only for the same entity."""

NUMBER, TEXT, OBJECT, ARRAY, BOOLEAN, DATE_TIME, NULL, ABSENT = range(8)
"""Ranks of data types, clause 4.23.2; null and absent values come last in both directions."""


class _Descending:
    """A key that compares the other way round."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __lt__(self, other: _Descending) -> bool:
        return other.key < self.key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def order_key(entity: Entity, query: Query, look: Look = nothing) -> OrderKey:
    """What the entities of a query are sorted by: its `order`, then the id."""
    look = beside(query.link_fence, look)
    return (*(_key(entity, order, query, look) for order in query.order), entity.id)


def _key(entity: Entity, order: Order, query: Query, look: Look) -> Any:
    if order.distance and query.order_geometry is not None:
        metres = _distance(entity, order, query.order_geometry)
        if metres < math.inf:
            return (-1, _Descending(metres) if order.descending else metres)
    target = next(iter(targets_of(entity, order.path, look)), None)
    if target is None:
        return (ABSENT, 0)
    value = target.value
    if target.sort == "words":
        value = next(iter(cast(list[Json], value)), None)
    rank, key = _rank(value, query.collation)
    if rank in (NULL, ABSENT):
        return (rank, 0)
    return (0, _Descending((rank, key))) if order.descending else (0, (rank, key))


def _distance(entity: Entity, order: Order, reference: dict[str, Json]) -> float:
    """Metres to the nearest geometry at the path, infinite when there is none."""
    found = (distance_m(geometry, reference) for geometry in geometries_of(entity, order.path))
    return min(found, default=math.inf)


def _rank(value: Json, collation: Collation) -> tuple[int, Any]:
    if isinstance(value, DateTimeValue):
        return DATE_TIME, value.instant
    if isinstance(value, bool):
        return BOOLEAN, value
    if isinstance(value, int | float):
        return NUMBER, value
    if isinstance(value, str):
        return TEXT, collated(value, collation)
    if isinstance(value, dict):
        return OBJECT, repr(sorted(cast(dict[str, Json], value)))
    if isinstance(value, list):
        return ARRAY, repr(cast(list[Json], value))
    return NULL, 0
