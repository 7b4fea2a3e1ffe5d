"""How moments and intervals lie to one another: the relations of Allen as CQL2 names them (OGC 21-065r2, clause 7.6.2, table 8)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeAlias

from kaiteki.model.cql2.terms import Moment

Ends: TypeAlias = tuple[Moment | None, Moment | None]
Stretch: TypeAlias = tuple[float, float]

_RELATIONS: Final[dict[str, Callable[[float, float, float, float], bool]]] = {
    "t_after": lambda a, b, c, d: a > d,
    "t_before": lambda a, b, c, d: b < c,
    "t_disjoint": lambda a, b, c, d: b < c or a > d,
    "t_intersects": lambda a, b, c, d: b >= c and a <= d,
    "t_equals": lambda a, b, c, d: a == c and b == d,
    "t_contains": lambda a, b, c, d: a < c and b > d,
    "t_during": lambda a, b, c, d: a > c and b < d,
    "t_starts": lambda a, b, c, d: a == c and b < d,
    "t_startedBy": lambda a, b, c, d: a == c and b > d,
    "t_finishes": lambda a, b, c, d: a > c and b == d,
    "t_finishedBy": lambda a, b, c, d: a < c and b == d,
    "t_meets": lambda a, b, c, d: b == c,
    "t_metBy": lambda a, b, c, d: a == d,
    "t_overlaps": lambda a, b, c, d: a < c < b < d,
    "t_overlappedBy": lambda a, b, c, d: c < a < d < b,
}


def relate(op: str, one: Ends, other: Ends) -> bool:
    """Whether a relation holds of two stretches of time; None: an open end.

    Where all ends are dates, days are compared as points. Where a date meets a timestamp, it is the whole of its day.
    """
    are_days = all(end is None or end.is_date for end in (*one, *other))
    return _RELATIONS[op](*_stretch(one, are_days), *_stretch(other, are_days))


def _stretch(ends: Ends, are_days: bool) -> Stretch:
    start, end = ends
    first = -math.inf if start is None else float(start.first)
    if end is None:
        return first, math.inf
    return first, float(end.first if are_days else end.last)
