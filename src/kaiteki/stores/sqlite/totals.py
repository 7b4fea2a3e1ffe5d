"""Counting what lies in a box: most boxes of places lie inside, which the R*Tree says by itself; only those over its edge are looked at."""

from __future__ import annotations

import sys

from kaiteki.model.entity import Entity, decode_entity
from kaiteki.model.matching import Look, matches
from kaiteki.model.query import Query
from kaiteki.stores.plan import Plan, Way, looked_at
from kaiteki.stores.sqlite.reader import ReadConnection
from kaiteki.stores.sqlite.statements import perhaps, surely


def count_placed(read: ReadConnection, plan: Plan, place: Way, wanted: Query, look: Look) -> int:
    """How many entities match, counted up to `total_max`. Raises OutOfTime, TooComplexQuery."""
    others = [way for way in plan.ways if way is not place]
    if not all(way.arms for way in others):
        return 0
    most = sys.maxsize if wanted.total_max is None else wanted.total_max
    inside: set[int] = {row for (row,) in read.connection.execute(*surely(place, others, most))}
    number, edge = len(inside), perhaps(place, others)
    if edge is None or number >= most:
        return number
    left = wanted.looked_max
    for row, doc in read.connection.execute(*edge):
        if row in inside:
            continue
        read.check_time()
        left = looked_at(left)
        entity: Entity = decode_entity(doc)
        number += matches(entity, wanted, look)
        if number >= most:
            break
    return number
