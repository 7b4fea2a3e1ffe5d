"""What an office keeps of its past days, so that no page reads their visits: the waits by half hour, and the usual week out of them.

    every LOOK_EVERY_S: the days since the last one that was looked at, DAYS_AT_ONCE at most ─► visits ─► CounterDay ─► CounterWeek

Nothing here is of a person. A day is looked at when its last line is closed for sure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.manifest import EntityType, State, Survey
from kaiteki.kit.pages import PageAsk
from kaiteki.kit.views import every, ordered, where
from kaiteki.model.access import ADMIN, STAFF
from kaiteki.model.decision import Accepted, Asked
from kaiteki.model.instant import Instant, day_in_japan, parse_instant
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.counter.kinds import DAY, OFFICE, codes_of
from kaiteki.services.counter.model import Visit
from kaiteki.services.counter.outlook import DayWaits, slot_of, usual_week
from kaiteki.services.counter.pages.standing import settings_in
from kaiteki.services.counter.settings import DAY_MIN, MINUTE_US, OFFICES_MAX, Office, weekday_of

LOOK_EVERY_S: Final = 1800
DAYS_AT_ONCE: Final = 7
DAYS: Final = 56
"""Past days of which the usual week is made."""
SAVED_DAYS: Final = 30
PAGE: Final = 500
VISITS_MAX: Final = 10_000
CLOSED_AFTER_MIN: Final = 15
JAPAN_MIN: Final = 9 * 60


class Half(msgspec.Struct, frozen=True):
    """Those who came for a matter in a half hour and were called: for how many minutes each waited, the shortest first."""

    matter: str
    at_min: int
    waits: tuple[float, ...]


class PastDay(msgspec.Struct, frozen=True):
    """A past day of an office. `saved_min`: from the number to the call, of those who took theirs by phone and were served, together."""

    id: str
    office: str
    day: str
    halves: tuple[Half, ...] = ()
    saved_min: float = 0.0
    by_phone: int = 0


class HalfHour(msgspec.Struct, frozen=True):
    """A half hour of the usual week of a matter (`outlook.Usual`)."""

    matter: str
    weekday: int
    at_min: int
    people: float
    low_min: float
    middle_min: float
    high_min: float
    days: int


class Week(msgspec.Struct, frozen=True):
    """The usual week of an office, out of `days` past days (`since` to `until`), and what numbers by phone saved in the last SAVED_DAYS."""

    id: str
    office: str
    until: str
    since: str = ""
    days: int = 0
    halves: tuple[HalfHour, ...] = ()
    saved_min: float = 0.0
    by_phone: int = 0
    at: Instant | None = None


def past_day_id(office: str, day: str) -> str:
    """A past day of an office."""
    return f"urn:ngsi-ld:CounterDay:{office}-{day}"


def week_id(office: str) -> str:
    """The usual week of an office."""
    return f"urn:ngsi-ld:CounterWeek:{office}"


def day_after(day: str, days: int = 1) -> str:
    """So many days after a day in Japan (before it, where they are negative)."""
    return day_in_japan(Instant(_noon(day) + days * DAY_MIN * MINUTE_US))


def _noon(day: str) -> Instant:
    found = parse_instant(f"{day}T12:00:00+09:00")
    if found is None:
        raise ValueError(f"no day: {day}")
    return found


def past_day(office: str, day: str, visits: Sequence[Visit]) -> PastDay:
    """What is kept of a day."""
    halves: dict[tuple[str, int], list[float]] = {}
    saved: list[float] = []
    for one in visits:
        if one.called_at is None:
            continue
        since = one.since or one.taken_at
        at_min = slot_of((since // MINUTE_US + JAPAN_MIN) % DAY_MIN)
        halves.setdefault((one.matter, at_min), []).append(_minutes(since, one.called_at))
        if one.origin == "phone" and one.outcome == "done":
            saved.append(_minutes(one.taken_at, one.called_at))
    kept = tuple(
        Half(matter, at_min, tuple(sorted(some))) for (matter, at_min), some in sorted(halves.items())
    )
    return PastDay(past_day_id(office, day), office, day, kept, round(sum(saved), 1), len(saved))


def _minutes(since: Instant, until: Instant) -> float:
    return round(max(0, until - since) / MINUTE_US, 1)


def week_of(office: Office, days: Sequence[PastDay], until: str) -> Week:
    """The usual week after the days of an office up to `until`."""
    counted = [one for one in days if one.halves and day_after(until, -DAYS) < one.day <= until]
    lately = [one for one in days if day_after(until, -SAVED_DAYS) < one.day <= until]
    halves: list[HalfHour] = []
    for matter in office.matters:
        seen = [_waits(one, matter.code, until) for one in counted]
        halves += (HalfHour(matter.code, *one) for one in usual_week(seen))
    return Week(
        week_id(office.code),
        office.code,
        until,
        min((one.day for one in counted), default=""),
        len(counted),
        tuple(halves),
        round(sum(one.saved_min for one in lately), 1),
        sum(one.by_phone for one in lately),
    )


def _waits(one: PastDay, matter: str, until: str) -> DayWaits:
    noon = _noon(one.day)
    age = (_noon(until) - noon) // (DAY_MIN * MINUTE_US)
    return DayWaits(
        age, weekday_of(noon), {half.at_min: half.waits for half in one.halves if half.matter == matter}
    )


# How it is kept --------------------------------------------------------------------------------------------------


class KeepDays(msgspec.Struct, frozen=True):
    """Days that were looked at, and the weeks that follow from them."""

    days: tuple[PastDay, ...]
    weeks: tuple[Week, ...]


def needs_of_keep(form: KeepDays, asked: Asked) -> Sequence[str]:
    """What was kept of them."""
    return tuple(one.id for one in (*form.days, *form.weeks))


def keep_days(state: State, form: KeepDays, asked: Asked) -> Accepted:
    """Keep it."""
    return Accepted((*form.days[: OFFICES_MAX * DAYS_AT_ONCE], *form.weeks[:OFFICES_MAX]))


async def survey(ask: PageAsk) -> KeepDays | None:
    """Look at the days that are over, of each office; None where there is none."""
    days: list[PastDay] = []
    weeks: list[Week] = []
    for office in settings_in(ask).offices:
        known = await ask.city.get(Week, week_id(office.code))
        over = Instant(ask.now - (office.hours.grace_min + CLOSED_AFTER_MIN) * MINUTE_US)
        last = day_after(day_in_japan(over), -1)
        first = day_after(known.until) if known is not None else await _first_day(ask, office.code)
        if first is None or first > last:
            continue
        until = min(last, day_after(first, DAYS_AT_ONCE - 1))
        new: list[PastDay] = []
        while first <= until:
            seen = await _visits(ask, office.code, first)
            new += [past_day(office.code, first, seen)] if seen else []
            first = day_after(first)
        weeks.append(
            msgspec.structs.replace(
                week_of(office, [*await _kept(ask, office.code), *new], until), at=ask.now
            )
        )
        days += new
    return KeepDays(tuple(days), tuple(weeks)) if weeks else None


async def _first_day(ask: PageAsk, office: str) -> str | None:
    """The first day of an office that counts: that of its oldest visit, at most DAYS ago."""
    asked = Query(q=where(Visit, "office", "==", office), order=(ordered(Visit, "ended_at"),), limit=1)
    found = (await ask.city.find(Visit, asked)).items
    return max(found[0].day, day_after(day_in_japan(ask.now), -DAYS)) if found else None


async def _kept(ask: PageAsk, office: str) -> list[PastDay]:
    asked = Query(
        q=where(PastDay, "office", "==", office),
        order=(ordered(PastDay, "day", descending=True),),
        limit=DAYS,
    )
    return list((await ask.city.find(PastDay, asked)).items)


async def _visits(ask: PageAsk, office: str, day: str) -> list[Visit]:
    wanted = every(where(Visit, "office", "==", office), where(Visit, "day", "==", day))
    visits: list[Visit] = []
    for offset in range(0, VISITS_MAX, PAGE):
        found = await ask.city.find(Visit, Query(q=wanted, limit=PAGE, offset=offset))
        visits += found.items
        if not found.more:
            break
    return visits


SURVEY: Final = Survey("days", LOOK_EVERY_S, survey, "keep_days")
_SAVED: Final = Words(
    "並ばずに過ごせた時間（分）", "Time not spent standing (minutes)", "ならばなかった 時間（じかん）"
)
_PHONE: Final = Words("スマートフォンで番号をとった人", "Numbers by phone", "スマホで とった 人（ひと）")
PAST_DAY: Final = EntityType(
    name="CounterDay",
    view=PastDay,
    words=Words("窓口の過ぎた日", "Past days of counters", "まどぐちの まえの 日（ひ）"),
    title="id",
    columns=("office", "day", "by_phone", "saved_min"),
    labels={"office": OFFICE, "day": DAY, "saved_min": _SAVED, "by_phone": _PHONE},
    public=("office", "day", "saved_min", "by_phone"),
    roles=(STAFF, ADMIN),
    workings=frozenset({"halves"}),
    codes=codes_of,
    desk="counter/desk",
)
WEEK: Final = EntityType(
    name="CounterWeek",
    view=Week,
    words=Words(
        "窓口のいつもの1週間", "The usual week at counters", "まどぐちの いつもの 1週間（しゅうかん）"
    ),
    title="id",
    columns=("office", "since", "until", "days"),
    labels={
        "office": OFFICE,
        "since": Words("記録の初め", "Seen since", "はじめの 日（ひ）"),
        "until": Words("記録の終わり", "Seen until", "おわりの 日（ひ）"),
        "days": Words("もとにした日数", "Days it is made of", "なん日（にち）ぶんか"),
        "saved_min": _SAVED,
        "by_phone": _PHONE,
        "at": Words("計算した日時", "Worked out", "けいさん した とき"),
    },
    public=("office", "since", "until", "days", "halves", "saved_min", "by_phone", "at"),
    public_past=(),
    workings=frozenset({"halves"}),
    codes=codes_of,
    desk="counter/desk",
)
