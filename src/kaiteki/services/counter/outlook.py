"""How long the waits of a half hour of the week usually are, out of the days that an office has seen. Pure.

The expected wait of a half hour is a mean over days, not over people, as what makes one day different (staff, weather, season) is common to all
who come in it. Days of long ago count less (half as much after HALF_LIFE_DAYS). The same half hour of the other days of the week, with its
neighbours, counts as OTHERS days more, so that a weekday with little history is told like the week, and one with much by its own.
"""

from __future__ import annotations

import bisect
import statistics
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

SLOT_MIN: Final = 30
HALF_LIFE_DAYS: Final = 28.0
OTHERS: Final = 2.0
BESIDE: Final = 0.5
"""The weight of a neighbouring half hour in what is common to all days."""
DAYS_MIN: Final = 5
"""From so many days of an office on something is told."""
SAME_MIN: Final = 2
"""So many of them must have been on that day of the week …"""
PEOPLE_MIN: Final = 5
"""… with so many people in that half hour on whichever day."""
QUIET_SHOWN: Final = 3
WORTH_MIN: Final = 3.0
"""A half hour is called quiet where one waits so many minutes less than in the middle of the week."""


class DayWaits(NamedTuple):
    """The waits (minutes) of one matter on a past day, by the minute of the day in which their half hour begins."""

    age_days: int
    weekday: int
    waits: Mapping[int, Sequence[float]]


class Usual(NamedTuple):
    """A half hour of the week: the expected wait, what one in ten falls below and what one in ten exceeds (minutes), how many people come,
    and on how many days of this day of the week it was seen."""

    weekday: int
    at_min: int
    people: float
    low_min: float
    middle_min: float
    high_min: float
    days: int


def slot_of(minute: float) -> int:
    """The minute of the day in which the half hour of a minute begins."""
    return int(minute) // SLOT_MIN * SLOT_MIN


def usual_week(days: Sequence[DayWaits]) -> list[Usual]:
    """The half hours of the week of which enough was seen, by weekday and time; none from fewer than DAYS_MIN days."""
    if len(days) < DAYS_MIN:
        return []
    found: list[Usual] = []
    weekdays: dict[int, list[DayWaits]] = {}
    for day in days:
        weekdays.setdefault(day.weekday, []).append(day)
    for weekday, same in sorted(weekdays.items()):
        if len(same) < SAME_MIN:
            continue
        for at_min in sorted({at for day in same for at in day.waits}):
            one = _usual(weekday, at_min, same, days)
            if one is not None:
                found.append(one)
    return found


def _usual(weekday: int, at_min: int, same: Sequence[DayWaits], days: Sequence[DayWaits]) -> Usual | None:
    here = [(_weight(day), day.waits[at_min]) for day in same if day.waits.get(at_min)]
    around: list[tuple[float, Sequence[float]]] = []
    for day in days:
        for beside, weight in ((0, 1.0), (-SLOT_MIN, BESIDE), (SLOT_MIN, BESIDE)):
            if some := day.waits.get(at_min + beside):
                around.append((weight * _weight(day), some))
    if not here or sum(len(day.waits.get(at_min, ())) for day in days) < PEOPLE_MIN:
        return None
    common = _mean(around)
    own = sum(weight for weight, _ in here)
    middle = (sum(weight * statistics.fmean(some) for weight, some in here) + OTHERS * common) / (
        own + OTHERS
    )
    # (the spread is that of the people themselves, those of other days as far as these count above)
    rest = OTHERS / sum(weight for weight, _ in around)
    spread = [*here, *((rest * weight, some) for weight, some in around)]
    each = sorted((wait, weight / len(some)) for weight, some in spread for wait in some)
    people = sum(weight * len(some) for weight, some in here) / sum(_weight(day) for day in same)
    low, high = _quantile(each, 0.1), _quantile(each, 0.9)
    return Usual(weekday, at_min, people, min(low, middle), middle, max(high, middle), len(here))


def _weight(day: DayWaits) -> float:
    return 0.5 ** (day.age_days / HALF_LIFE_DAYS)


def _mean(days: Sequence[tuple[float, Sequence[float]]]) -> float:
    return sum(weight * statistics.fmean(some) for weight, some in days) / sum(weight for weight, _ in days)


def _quantile(each: Sequence[tuple[float, float]], share: float) -> float:
    """The smallest of sorted, weighted values that the share does not exceed."""
    sums: list[float] = []
    for _, weight in each:
        sums.append((sums[-1] if sums else 0.0) + weight)
    return each[min(bisect.bisect_left(sums, share * sums[-1]), len(each) - 1)][0]


def quiet_of(week: Sequence[Usual]) -> list[Usual]:
    """The half hours to come at: the shortest waits of the week, one of each day; none where it makes no difference worth a change of plan."""
    if not week:
        return []
    middle = statistics.median(one.middle_min for one in week)
    best: dict[int, Usual] = {}
    for one in sorted(week, key=lambda one: (one.middle_min, one.high_min, one.at_min)):
        best.setdefault(one.weekday, one)
    worth = [one for one in best.values() if one.middle_min <= middle - WORTH_MIN]
    return worth[:QUIET_SHOWN]
