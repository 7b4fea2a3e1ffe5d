"""The page on which staff write the plan of the windows: one day of the week, a row for each window."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.instant import day_in_japan, parse_instant
from kaiteki.model.words import Words
from kaiteki.services.counter.model import Roster, roster_id
from kaiteki.services.counter.pages.browse import faults_of, first_of, no_office
from kaiteki.services.counter.pages.standing import office_in
from kaiteki.services.counter.planning import TEXT_MAX, mark_of, text_of
from kaiteki.services.counter.settings import EVERY_DAY, weekday_of

WEEKDAYS: Final = {
    1: Words("月曜", "Monday", "月（げつ）"),
    2: Words("火曜", "Tuesday", "火（か）"),
    3: Words("水曜", "Wednesday", "水（すい）"),
    4: Words("木曜", "Thursday", "木（もく）"),
    5: Words("金曜", "Friday", "金（きん）"),
    6: Words("土曜", "Saturday", "土（ど）"),
    7: Words("日曜", "Sunday", "日（にち）"),
}
KEPT: Final = Words("予定を保存しました。", "The plan was saved.", "よていを のこしました。")


async def show_roster(ask: PageAsk) -> PageReply:
    """窓口の予定: the times of each window on a day of the week."""
    return await _roster(ask, ())


async def _roster(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    office = office_in(ask, ask.path["office"])
    if office is None:
        return no_office(ask)
    roster = await ask.city.get(Roster, roster_id(office.code))
    weekday = _weekday(ask)
    typed = bool(faults)
    return Shown(
        {
            "title": office.words.say(ask.language),
            "office": office,
            "weekdays": [(one, WEEKDAYS[one]) for one in EVERY_DAY],
            "weekday": weekday,
            "day": WEEKDAYS[weekday],
            "rows": [
                (one, first_of(ask, f"w-{one.code}") if typed else text_of(roster, weekday, one.code))
                for one in office.windows
            ],
            "working_days": typed and first_of(ask, "working_days") == "yes",
            "seen": mark_of(roster),
            "faults": faults,
            "wrong": {one.field: one.words for one in faults if one.field},
        },
        422 if faults else 200,
    )


def _weekday(ask: PageAsk) -> int:
    """The day that the address names, else today."""
    asked = ask.query.get("weekday", "")
    if asked in {str(one) for one in EVERY_DAY}:
        return int(asked)
    start = parse_instant(f"{day_in_japan(ask.now)}T00:00:00+09:00")
    return weekday_of(start) if start is not None else 1


async def act_on_roster(ask: PageAsk) -> PageReply:
    """Keep the plan of a day of the week."""
    office = office_in(ask, ask.path["office"])
    if office is None:
        return no_office(ask)
    weekday = _weekday(ask)
    times = [
        f"{one.code} {text[:TEXT_MAX]}" for one in office.windows if (text := first_of(ask, f"w-{one.code}"))
    ]
    form = {
        "office": office.code,
        "weekday": weekday,
        "times": times,
        "working_days": first_of(ask, "working_days") == "yes",
        "seen": first_of(ask, "seen"),
    }
    done = await ask.city.run("counter.plan", form)
    if isinstance(done, Refused):
        return await _roster(ask, faults_of(done))
    return Moved(f"counter/{office.code}/roster?weekday={weekday}", KEPT.say(ask.language))
