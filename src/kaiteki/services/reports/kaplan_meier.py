"""How long people wait for an answer, with those who still wait counted in (Kaplan and Meier 1958).

Leaving out who still waits would make a slow office look fast. The bounds are those of Greenwood on the log-log scale, and of
Brookmeyer and Crowley for the median: no random draws, so the same reports always say the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Final, NamedTuple

import msgspec

Z95: Final = 1.959964
"""The normal quantile of a 95 % interval."""


class Case(NamedTuple):
    """How many days somebody waited, and whether the answer came then (else the wait still goes on)."""

    days: float
    answered: bool


class Stage(NamedTuple):
    """From a day on: the share that still waits, and its bounds."""

    days: float
    waiting: float
    low: float
    high: float


class Wait(msgspec.Struct, frozen=True):
    """Days until half have an answer, and the share answered within some days, both with 95 % bounds.

    `half` None: fewer than half have an answer so far. `half_high` None: no upper bound can be said yet.
    """

    cases: int
    half: float | None
    half_low: float | None
    half_high: float | None
    within: float
    within_low: float
    within_high: float


def stages(cases: Sequence[Case]) -> list[Stage]:
    """The steps of the curve, at each day on which answers came."""
    found: list[Stage] = []
    left, waiting, greenwood = len(cases), 1.0, 0.0
    for days, group in groupby(sorted(cases), key=lambda case: case.days):
        same = list(group)
        answers = sum(case.answered for case in same)
        if answers:
            waiting *= 1 - answers / left
            greenwood = math.inf if answers == left else greenwood + answers / (left * (left - answers))
            found.append(Stage(days, waiting, *_bounds(waiting, greenwood)))
        left -= len(same)
    return found


def _bounds(waiting: float, greenwood: float) -> tuple[float, float]:
    """95 % bounds of a share that still waits; where nobody waits any more the curve itself."""
    if waiting <= 0 or waiting >= 1 or math.isinf(greenwood):
        return waiting, waiting
    spread = Z95 * math.sqrt(greenwood) / abs(math.log(waiting))
    return waiting ** math.exp(spread), waiting ** math.exp(-spread)


def wait_of(cases: Sequence[Case], within_days: float) -> Wait:
    """What the cases say; at least one."""
    curve = stages(cases)
    reached = [stage for stage in curve if stage.days <= within_days]
    last = reached[-1] if reached else Stage(0.0, 1.0, 1.0, 1.0)
    return Wait(
        cases=len(cases),
        half=next((stage.days for stage in curve if stage.waiting <= 0.5), None),
        half_low=next((stage.days for stage in curve if stage.low <= 0.5), None),
        half_high=next((stage.days for stage in curve if stage.high <= 0.5), None),
        within=1 - last.waiting,
        within_low=1 - last.high,
        within_high=1 - last.low,
    )
