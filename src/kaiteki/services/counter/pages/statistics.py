"""How a day went at the counters of an office: waits by hour, who was served, who did not come, and the time that nobody had to stand.

A wait is counted from when somebody came to stand in a line to the call; quantiles are of the waits themselves (nearest rank). Nothing here
is of a person: visits do not say whose they were.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import Missing, PageAsk, PageReply, Shown
from kaiteki.kit.views import every, where
from kaiteki.model.instant import Instant, day_in_japan, is_day
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.counter.model import Visit
from kaiteki.services.counter.pages.standing import office_in
from kaiteki.services.counter.settings import MINUTE_US

PAGE: Final = 500
VISITS_MAX: Final = 10_000
"""Visits of a day that are looked at."""
HOUR_MIN: Final = 60
FINE_H: Final = 9.95
DAY_US: Final = 24 * 60 * MINUTE_US
JAPAN_US: Final = 9 * 60 * MINUTE_US


class Hour(msgspec.Struct, frozen=True):
    """Those who were called in an hour of the day: how many, and within how many minutes half and nine in ten of them."""

    hour: int
    called: int
    half_min: float
    most_min: float


class Day(msgspec.Struct, frozen=True):
    """A day at an office."""

    outcomes: dict[str, int]
    hours: tuple[Hour, ...]
    half_min: float | None
    most_min: float | None
    saved_min: float
    """Minutes that those who took their number by phone did not stand in the hall: from the number to the call, together."""
    by_phone: int


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of the values does not exceed; there must be one."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def day_of(visits: Sequence[Visit]) -> Day:
    """What a day of visits comes to."""
    outcomes: dict[str, int] = {}
    waits: dict[int, list[float]] = {}
    saved: list[float] = []
    for one in visits:
        outcomes[one.outcome] = outcomes.get(one.outcome, 0) + 1
        if one.called_at is None:
            continue
        waits.setdefault(_hour(one.called_at), []).append(_minutes(one.since or one.taken_at, one.called_at))
        if one.origin == "phone" and one.outcome == "done":
            saved.append(_minutes(one.taken_at, one.called_at))
    every_wait = [wait for hour in waits.values() for wait in hour]
    return Day(
        outcomes,
        tuple(
            Hour(hour, len(some), quantile(some, 0.5), quantile(some, 0.9))
            for hour, some in sorted(waits.items())
        ),
        quantile(every_wait, 0.5) if every_wait else None,
        quantile(every_wait, 0.9) if every_wait else None,
        sum(saved),
        len(saved),
    )


def said_time(minutes: float) -> tuple[str, bool]:
    """A time as a figure, and whether it is one of hours: whole minutes below an hour, then hours with a tenth below ten."""
    if minutes < HOUR_MIN - 0.5:
        return f"{minutes:.0f}", False
    hours = minutes / HOUR_MIN
    return (f"{hours:.1f}" if hours < FINE_H else f"{hours:,.0f}"), True


def _hour(at: Instant) -> int:
    return (at + JAPAN_US) % DAY_US // (60 * MINUTE_US)


def _minutes(since: Instant, until: Instant) -> float:
    return max(0, until - since) / MINUTE_US


async def visits_of(ask: PageAsk, office: str, day: str) -> list[Visit]:
    """What became of the tickets of an office on a day, as far as whoever asks may know."""
    asked = every(where(Visit, "office", "==", office), where(Visit, "day", "==", day))
    visits: list[Visit] = []
    for offset in range(0, VISITS_MAX, PAGE):
        found = await ask.city.find(Visit, Query(q=asked, limit=PAGE, offset=offset))
        visits += found.items
        if not found.more:
            break
    return visits


async def show_statistics(ask: PageAsk) -> PageReply:
    """窓口の統計: how a day went at an office."""
    office = office_in(ask, ask.path["office"])
    if office is None:
        return Missing(Words("役所", "office", "やくしょ"), ask.path["office"])
    day = ask.query.get("day", "")
    day = day if is_day(day) else day_in_japan(ask.now)
    told = day_of(await visits_of(ask, office.code, day))
    rows: list[list[Any]] = [
        [f"{one.hour}:00", *({"text": said, "number": True} for said in _said(one))] for one in told.hours
    ]
    return Shown(
        {
            "title": office.words.say(ask.language),
            "office": office,
            "day": day,
            "told": told,
            "rows": rows,
            "saved": said_time(told.saved_min) if told.by_phone else (None, False),
        }
    )


def _said(hour: Hour) -> tuple[str, ...]:
    return str(hour.called), f"{hour.half_min:.1f}", f"{hour.most_min:.1f}"
