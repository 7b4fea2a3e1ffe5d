"""職員の予定: which windows are planned to be open at which times of a day of the week; staff write it, residents see what follows from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.words import Words
from kaiteki.services.counter.board import office_of
from kaiteki.services.counter.model import Roster, Shift, roster_id
from kaiteki.services.counter.settings import WORKING_DAYS, Office, minutes_of
from kaiteki.services.counter.taking import may_work, refused

SHIFTS_A_DAY: Final = 6
"""Stretches of one window on a day."""
TEXT_MAX: Final = 120
HALF_HOUR_MIN: Final = 30
_STRETCH: Final = re.compile(r"(\d{1,2}:\d{2})\s*[-–〜~～]\s*(\d{1,2}:\d{2})", re.ASCII)
_BETWEEN: Final = re.compile(r"[\s,、，]+")
WRONG: Final = Words(
    "「09:00-12:00 13:00-17:00」のように、30分きざみで、重ならない時間を書いてください。",
    "Write times that do not overlap, in half hours, as “09:00-12:00 13:00-17:00”.",
    "「09:00-12:00 13:00-17:00」の ように 書（か）いて ください。30分（ぷん）ごとです。",
)
CROSSED: Final = Words(
    "開いているあいだに、ほかの方が予定を変えました。いまの予定を確かめてから、もう一度保存してください。",
    "Somebody changed the plan meanwhile. Look at it as it is now and save again.",
    "ほかの 人（ひと）が よていを かえました。見（み）てから もう いちど おして ください。",
)


class Plan(msgspec.Struct, frozen=True):
    """The plan of one day of the week: for each window its times, `1 09:00-12:00 13:00-17:00`; a window that is not named is not open.

    `seen` is the moment of the last change that whoever writes has seen (its microseconds, empty for none).
    """

    office: Annotated[str, Label(Words("役所", "Office", "やくしょ")), msgspec.Meta(max_length=24)]
    weekday: Annotated[int, Label(Words("曜日", "Day of the week", "ようび")), msgspec.Meta(ge=1, le=7)]
    times: Annotated[
        tuple[Annotated[str, msgspec.Meta(max_length=TEXT_MAX)], ...],
        Label(Words("窓口の時間", "Times of the windows", "まどぐちの 時間（じかん）")),
        msgspec.Meta(max_length=60),
    ] = ()
    working_days: Annotated[
        bool,
        Label(
            Words(
                "月曜から金曜まで同じにする",
                "The same from Monday to Friday",
                "月（げつ）から 金（きん）まで おなじ",
            )
        ),
    ] = False
    seen: Annotated[
        str,
        Label(Words("見た予定の時刻", "Change that was seen", "見（み）た よてい")),
        msgspec.Meta(max_length=24),
    ] = ""


def needs_of_plan(form: Plan, asked: Asked) -> Sequence[str]:
    """The plan as it is."""
    return (roster_id(form.office),)


def plan(state: State, form: Plan, asked: Asked) -> Accepted | Refused:
    """Write the plan of a day of the week. Refused: not_allowed, not_found, invalid (no times), conflict (changed meanwhile)."""
    office = office_of(asked, form.office)
    if office is None:
        return Refused("not_found")
    if not may_work(asked, form.office):
        return Refused("not_allowed")
    known = state.get(roster_id(office.code))
    before = known if isinstance(known, Roster) else Roster(roster_id(office.code), office.code)
    if form.seen != mark_of(before):
        return refused("conflict", CROSSED)
    days = WORKING_DAYS if form.working_days and form.weekday in WORKING_DAYS else (form.weekday,)
    shifts: list[Shift] = []
    for row in form.times:
        window, _, text = row.partition(" ")
        read = shifts_of(office, window, text)
        if read is None:
            return refused("invalid", WRONG, f"w-{window}")
        shifts += [Shift(day, window, *one) for day in days for one in read]
    kept = tuple(one for one in before.shifts if one.weekday not in days)
    changed = msgspec.structs.replace(before, shifts=(*kept, *shifts), changed_at=asked.now)
    return Accepted((changed,), answer={"office": office.code, "weekday": form.weekday})


def mark_of(roster: Roster | None) -> str:
    """What names the last change of a plan."""
    return str(roster.changed_at) if roster is not None and roster.changed_at is not None else ""


def shifts_of(office: Office, window: str, text: str) -> list[tuple[str, str]] | None:
    """The times of a window on a day in order (none: it stays shut); None where the text is none, or there is no such window."""
    parts = _STRETCH.findall(text)
    rest = _BETWEEN.sub("", _STRETCH.sub("", text))
    if office.window(window) is None or rest or len(parts) > SHIFTS_A_DAY:
        return None
    try:
        times = sorted((minutes_of(f"{a:0>5}"), minutes_of(f"{b:0>5}")) for a, b in parts)
    except ValueError:
        return None
    last = 0
    for begins, ends in times:
        if begins % HALF_HOUR_MIN or ends % HALF_HOUR_MIN or not last <= begins < ends:
            return None
        last = ends
    return [(clock(begins), clock(ends)) for begins, ends in times]


def clock(minute: int) -> str:
    """HH:MM of a minute of the day."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def text_of(roster: Roster | None, weekday: int, window: str) -> str:
    """The times of a window on a day of the week, as they are written."""
    shifts = roster.shifts if roster is not None else ()
    return " ".join(
        f"{one.begins}-{one.ends}" for one in shifts if (one.weekday, one.window) == (weekday, window)
    )
