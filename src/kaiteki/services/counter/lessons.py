"""What an office learns from its visits, now and then, so that no page reads them: a survey of the newest ones, kept as one entity.

    every LEARN_EVERY_S: did a line of today change since? ─► the newest VISITS of LEARN_DAYS ─► `pace` ─► CounterPace

A service is counted from the call to its end, as a window is not free while somebody walks to it.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.manifest import State
from kaiteki.kit.pages import PageAsk
from kaiteki.kit.views import every, ordered, where
from kaiteki.model.decision import Accepted, Asked
from kaiteki.model.instant import Instant, day_in_japan
from kaiteki.model.query import Query
from kaiteki.services.counter.model import Line, MatterPace, Pace, Visit, pace_id
from kaiteki.services.counter.pace import (
    Called,
    Lengths,
    Past,
    Told,
    factor_of_day,
    lengths_of,
    scales,
    silent_per_min,
    told_per_min,
)
from kaiteki.services.counter.pages.standing import settings_in
from kaiteki.services.counter.settings import DAY_MIN, MINUTE_US, OFFICES_MAX, SERVICES_MAX, Matter, Office
from kaiteki.services.counter.waiting import Wait

LEARN_EVERY_S: Final = 300
LEARN_DAYS: Final = 30
VISITS: Final = 2_000
"""The newest visits of an office that are learned from."""
BATCH: Final = 500
LENGTHS: Final = 400
"""Services of each window and matter that count."""
TOLD: Final = 400
SERVICES_MIN: Final = 10
"""Where the office expects nothing of a matter: from so many services of the office on something is known of it."""
QUANTILES: Final = 3


class KeepPace(msgspec.Struct, frozen=True):
    """What was learned of the offices of the area."""

    paces: tuple[Pace, ...]


def needs_of_keep(form: KeepPace, asked: Asked) -> Sequence[str]:
    """What was known of them."""
    return tuple(one.id for one in form.paces)


def keep_pace(state: State, form: KeepPace, asked: Asked) -> Accepted:
    """Keep it."""
    return Accepted(form.paces[:OFFICES_MAX])


async def survey(ask: PageAsk) -> KeepPace | None:
    """Learn from the visits of each office where something happened since; None where there is nothing new."""
    paces: list[Pace] = []
    for office in settings_in(ask).offices:
        known = await ask.city.get(Pace, pace_id(office.code))
        if known is not None and await _changed_at(ask, office) <= (known.at or 0):
            continue
        visits = await _visits(ask, office)
        if visits:
            learned = pace_of(office, visits, day_in_japan(ask.now))
            paces.append(msgspec.structs.replace(learned, at=ask.now))
    return KeepPace(tuple(paces)) if paces else None


async def _changed_at(ask: PageAsk, office: Office) -> int:
    """When a line of the office changed last today; 0 where none did."""
    asked = every(where(Line, "office", "==", office.code), where(Line, "day", "==", day_in_japan(ask.now)))
    lines = (await ask.city.find(Line, Query(q=asked, limit=SERVICES_MAX))).items
    return max((one.changed_at or 0 for one in lines), default=0)


async def _visits(ask: PageAsk, office: Office) -> list[Visit]:
    """The newest visits of an office, the newest first."""
    since = Instant(ask.now - LEARN_DAYS * DAY_MIN * MINUTE_US)
    wanted = every(where(Visit, "office", "==", office.code), where(Visit, "ended_at", ">=", since))
    found: list[Visit] = []
    while len(found) < VISITS:
        asked = Query(
            q=wanted,
            order=(ordered(Visit, "ended_at", descending=True),),
            limit=BATCH,
            offset=len(found),
        )
        page = await ask.city.find(Visit, asked)
        found += page.items
        if not page.more or not page.items:
            break
    return found


def pace_of(office: Office, visits: Sequence[Visit], today: str) -> Pace:
    """What visits, the newest first, teach of an office; there must be one."""
    lengths = {one.code: _lengths(one.code, visits) for one in office.matters}
    everything = [length for seen in lengths.values() for some in seen.values() for length in some]
    usual = statistics.fmean(everything) if len(everything) >= SERVICES_MIN else None
    learned = [
        _matter(matter, lengths[matter.code], usual, visits, today)
        for matter in office.matters
        if (matter.service_min or usual) is not None
    ]
    called = [
        Called(_minutes(one, "since", "called_at"), one.outcome != "no_show")
        for one in visits
        if one.called_at is not None and one.outcome in ("done", "transferred", "no_show")
    ]
    back = [_minutes(one, "since", "ended_at") for one in visits if one.outcome == "left"]
    waited = sum(back) + sum(one.waited_min for one in called)
    until = max(one.ended_at for one in visits)
    return Pace(
        pace_id(office.code),
        office.code,
        today,
        until,
        tuple(learned),
        silent_per_min(called),
        told_per_min(len(back), waited),
    )


def _lengths(matter: str, visits: Sequence[Visit]) -> dict[str, list[float]]:
    """Minutes from the call to the end by window, the latest LENGTHS of each."""
    seen: dict[str, list[float]] = {}
    for one in visits:
        if one.matter == matter and one.outcome == "done" and one.called_at is not None:
            known = seen.setdefault(one.window, [])
            if len(known) < LENGTHS:
                known.append(_minutes(one, "called_at", "ended_at"))
    return seen


def _matter(
    matter: Matter, seen: dict[str, list[float]], usual: float | None, visits: Sequence[Visit], today: str
) -> MatterPace:
    known = lengths_of(seen, matter.service_min or usual or 0.0)
    here = [one for one in visits if one.matter == matter.code]
    low, high = scales([told for one in here if (told := _told(one)) is not None][:TOLD])
    return MatterPace(
        matter.code,
        sum(map(len, seen.values())),
        known.mean_min,
        known.cv,
        dict(known.by_counter),
        low,
        high,
        _factor(known, here, today),
    )


def _factor(known: Lengths, visits: Sequence[Visit], today: str) -> float:
    """How many times as long services take today."""
    ratios: dict[str, list[float]] = {}
    for one in visits:
        if one.outcome == "done" and one.called_at is not None:
            ratio = _minutes(one, "called_at", "ended_at") / known.at(one.window)
            ratios.setdefault(one.day, []).append(ratio)
    days = {day: Past(len(some), statistics.fmean(some)) for day, some in ratios.items()}
    past = [one for day, one in days.items() if day != today]
    return factor_of_day(past, days.get(today, Past(0, 1.0)), known.cv)


def _told(visit: Visit) -> Told | None:
    """What was told of a ticket that was called, unless it was called at once."""
    if len(visit.told) < QUANTILES - 1 or visit.called_at is None:
        return None
    low, middle, *high = visit.told
    return Told(Wait(low, middle, high[0] if high else None), _minutes(visit, "taken_at", "called_at"))


def _minutes(visit: Visit, since: str, until: str) -> float:
    """Minutes between two moments of a visit; from when it was taken, where the first is not known."""
    begins: Any = getattr(visit, since)
    ends: Any = getattr(visit, until)
    return max(0.0, ends - (visit.taken_at if begins is None else begins)) / MINUTE_US
