"""In which order to visit places: the nearest next, then crossings untangled (2-opt). Good enough for a day on foot or by car."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from kaiteki.services.reports.geography import Point, distance_m

STOPS_MAX: Final = 60
TURNS_MAX: Final = 200
"""Improvements after which the order is taken as it is."""


def order_of(start: Point, stops: Sequence[Point]) -> list[int]:
    """The indexes of the stops in the order of a round that begins at `start` and ends at its last stop."""
    left = set(range(min(len(stops), STOPS_MAX)))
    here, order = start, list[int]()
    while left:
        nearest = min(left, key=lambda n: (distance_m(here, stops[n]), n))
        left.remove(nearest)
        order.append(nearest)
        here = stops[nearest]
    for _ in range(TURNS_MAX):
        better = _shorter(start, stops, order)
        if better is None:
            break
        order = better
    return order


def length_m(start: Point, stops: Sequence[Point], order: Sequence[int]) -> float:
    """Metres of a round as the crow flies."""
    places = [start, *(stops[n] for n in order)]
    return sum(distance_m(one, other) for one, other in pairwise(places))


def _shorter(start: Point, stops: Sequence[Point], order: list[int]) -> list[int] | None:
    """The order with one stretch turned round that is shorter; None when there is none."""
    places = [start, *(stops[n] for n in order)]
    for first in range(len(order) - 1):
        for last in range(first + 1, len(order)):
            before, begin, end = places[first], places[first + 1], places[last + 1]
            old, new = distance_m(before, begin), distance_m(before, end)
            if last + 2 < len(places):
                old += distance_m(end, places[last + 2])
                new += distance_m(begin, places[last + 2])
            if new < old - 0.5:
                return [*order[:first], *reversed(order[first : last + 1]), *order[last + 1 :]]
    return None
