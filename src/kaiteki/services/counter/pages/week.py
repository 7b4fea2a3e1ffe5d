"""The usual week of an office: how long one waits in each half hour, when it is quiet, and the time that numbers by phone saved."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import PageAsk, PageReply, Plain, Shown
from kaiteki.model.instant import day_in_japan, parse_instant
from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.services.counter.days import DAYS, HalfHour, Week, week_id
from kaiteki.services.counter.outlook import DAYS_MIN, SLOT_MIN, Usual, quiet_of
from kaiteki.services.counter.pages.browse import no_office
from kaiteki.services.counter.pages.roster_desk import WEEKDAYS
from kaiteki.services.counter.pages.standing import office_in
from kaiteki.services.counter.pages.statistics import said_time
from kaiteki.services.counter.settings import EVERY_DAY, Matter, Office, weekday_of
from kaiteki.services.counter.spans import Span, ceil_min, floor_min

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 200, 40, 24, 8
GRID_MIN: Final = (5, 10, 20, 30, 60, 120, 240)


class Bar(msgspec.Struct, frozen=True):
    """A half hour in the picture: its place, the tops of the expected wait and of the range, in units of the picture."""

    x: float
    width: float
    top: float
    height: float
    high: float
    low: float
    label: str


def clock_of(at_min: int) -> str:
    """HH:MM of a minute of the day."""
    return f"{at_min // 60:02d}:{at_min % 60:02d}"


def span_of_half(one: HalfHour) -> Span:
    """The range of a half hour, rounded outwards as all waits are."""
    return Span(floor_min(one.low_min), ceil_min(one.high_min))


def bars_of(halves: Sequence[HalfHour]) -> tuple[list[Bar], list[tuple[float, int]]]:
    """The picture of a day: a bar for each half hour, and lines with their minutes."""
    if not halves:
        return [], []
    first, last = min(one.at_min for one in halves), max(one.at_min for one in halves) + SLOT_MIN
    most = max(5.0, *(one.high_min for one in halves))
    wide, tall = (WIDTH - LEFT) / ((last - first) / SLOT_MIN), HEIGHT - BOTTOM - TOP

    def y(minutes: float) -> float:
        return round(TOP + tall * (1 - minutes / most), 1)

    bars = [
        Bar(
            round(LEFT + (one.at_min - first) / SLOT_MIN * wide + wide * 0.15, 1),
            round(wide * 0.7, 1),
            y(one.middle_min),
            round(HEIGHT - BOTTOM - y(one.middle_min), 1),
            y(one.high_min),
            y(one.low_min),
            clock_of(one.at_min) if one.at_min % 60 == 0 else "",
        )
        for one in halves
    ]
    step = next((one for one in GRID_MIN if most / one <= 4), GRID_MIN[-1])
    return bars, [(y(n), n) for n in range(0, int(most) + 1, step)]


async def show_week(ask: PageAsk) -> PageReply:
    """いつもの混み具合: a day of the usual week for one matter, as a table and a picture."""
    office = office_in(ask, ask.path["office"])
    if office is None:
        return no_office(ask)
    week = await ask.city.get(Week, week_id(office.code))
    matter = office.matter(ask.query.get("matter", "")) or office.matters[0]
    weekday = _weekday(ask, office)
    mine = [one for one in week.halves if one.matter == matter.code] if week is not None else []
    there = [one for one in mine if one.weekday == weekday]
    bars, lines = bars_of(there)
    quiet = quiet_of([Usual(*msgspec.structs.astuple(one)[1:]) for one in mine])
    found = {(one.weekday, one.at_min): one for one in mine}
    return Shown(
        {
            "title": office.words.say(ask.language),
            "office": office,
            "matter": matter,
            "week": week,
            "weekdays": [(one, WEEKDAYS[one]) for one in EVERY_DAY if one in office.hours.days],
            "weekday": weekday,
            "day": WEEKDAYS[weekday],
            "known": {one.weekday for one in mine},
            "halves": [(clock_of(one.at_min), span_of_half(one), one) for one in there],
            "quiet": [
                (WEEKDAYS[one.weekday], clock_of(one.at_min), clock_of(one.at_min + SLOT_MIN), span_of_half(found[one.weekday, one.at_min]), one)
                for one in quiet
            ],
            "any": bool(mine),
            "picture": {"width": WIDTH, "height": HEIGHT, "left": LEFT, "floor": HEIGHT - BOTTOM, "bars": bars, "lines": lines},
            "days_min": DAYS_MIN,
            "days_max": DAYS,
            **saved_of(week),
        }
    )  # fmt: skip


def saved_of(week: Week | None) -> dict[str, Any]:
    """What numbers by phone saved lately, as it is said; nothing where nobody took one."""
    known = week is not None and week.by_phone > 0
    return {
        "saved": said_time(week.saved_min) if week is not None and known else None,
        "saved_by": week.by_phone if week is not None else 0,
    }


def _weekday(ask: PageAsk, office: Office) -> int:
    """The day that the address names, else today or the next one on which the office opens."""
    asked = ask.query.get("weekday", "")
    if asked in {str(one) for one in EVERY_DAY}:
        return int(asked)
    start = parse_instant(f"{day_in_japan(ask.now)}T00:00:00+09:00")
    today = weekday_of(start) if start is not None else 1
    return min(office.hours.days, key=lambda one: (one - today) % 7, default=today)


async def week_csv(ask: PageAsk) -> PageReply:
    """The usual week of an office as a table: every matter, day and half hour of which enough was seen."""
    office = office_in(ask, ask.path["office"])
    if office is None:
        return no_office(ask)
    week = await ask.city.get(Week, week_id(office.code))
    out = io.StringIO(newline="")
    table = SheetWriter(out)
    table.writerow(
        [
            "matter",
            "matter_name",
            "weekday",
            "from",
            "to",
            "wait_min",
            "low_min",
            "high_min",
            "people",
            "days",
        ]
    )
    names: dict[str, Matter] = {one.code: one for one in office.matters}
    for one in week.halves if week is not None else ():
        if one.matter in names:
            name = names[one.matter].words.say(ask.language)
            clocks = (clock_of(one.at_min), clock_of(one.at_min + SLOT_MIN))
            figures = (f"{figure:.1f}" for figure in (one.middle_min, one.low_min, one.high_min, one.people))
            table.writerow([one.matter, name, one.weekday, *clocks, *figures, one.days])
    return Plain(
        ("\ufeff" + out.getvalue()).encode(), "text/csv; charset=utf-8", f"counter-week-{office.code}.csv"
    )
