"""The estimators that others use, beside which the one of `services/counter` is measured (Ibrahim and Whitt 2009, M&SOM 11(3), 397–415).

Each answers with minutes, for somebody who takes a ticket and finds no free desk.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple


class Sight(NamedTuple):
    """What they look at: people ahead, desks that are open now, mean minutes of a service, rate of giving up per minute, and the delays
    of the last one called, of the head of the line, and of who came last among those whose service ended recently; and the desks by the roster, from a minute from now on."""

    ahead: int
    desks: int
    mean_min: float
    leaving_per_min: float
    last_min: float
    head_min: float
    ended_min: float
    later: tuple[tuple[float, int], ...]


def number_times_mean(sight: Sight) -> float:
    """What a ticket machine without thought says."""
    return sight.ahead * sight.mean_min


def queue_length(sight: Sight) -> float:
    """QL: each of the desks that are open now ends 1 / mean services a minute."""
    return (sight.ahead + 1) * sight.mean_min / max(1, sight.desks)


def queue_length_leaving(sight: Sight) -> float:
    """QL with abandonment: 1 / (s·μ + k·θ) for each k from 0 to the people ahead."""
    rate = max(1, sight.desks) / sight.mean_min
    return math.fsum(1 / (rate + behind * sight.leaving_per_min) for behind in range(sight.ahead + 1))


def queue_length_roster(sight: Sight) -> float:
    """QLr: the same, with the desks that the roster says for the moment when k are left."""
    wait = 0.0
    for behind in range(sight.ahead, -1, -1):
        desks = next((many for since, many in reversed(sight.later) if since <= wait), sight.desks)
        wait += 1 / (max(1, desks) / sight.mean_min + behind * sight.leaving_per_min)
    return wait


def last_to_enter(sight: Sight) -> float:
    """LES: as long as the last one called waited."""
    return sight.last_min


def head_of_line(sight: Sight) -> float:
    """HOL: as long as the first in line has waited by now."""
    return sight.head_min


def recently_served(sight: Sight) -> float:
    """RCS: as long as the latest comer waited among the √s whose service ended last."""
    return sight.ended_min


ESTIMATORS: Final[Mapping[str, Callable[[Sight], float]]] = {
    "number × mean service": number_times_mean,
    "LES, the last called": last_to_enter,
    "HOL, the head of the line": head_of_line,
    "RCS, the last served": recently_served,
    "QL, queue length": queue_length,
    "QL with abandonment": queue_length_leaving,
    "QL with abandonment and roster": queue_length_roster,
}
