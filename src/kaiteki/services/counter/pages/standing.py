"""What pages say of the lines of an office now: what everybody may know, read as whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import PageAsk
from kaiteki.kit.views import every, where
from kaiteki.model.decision import digest_of
from kaiteki.model.instant import Instant, day_in_japan
from kaiteki.model.query import Query
from kaiteki.services.counter.expectation import Expectation, Scene, expectation_of
from kaiteki.services.counter.model import (
    At,
    Holding,
    Line,
    Pace,
    Roster,
    WindowState,
    holding_id,
    new_line,
    pace_id,
    roster_id,
)
from kaiteki.services.counter.roster import next_opening, stretches_on
from kaiteki.services.counter.settings import (
    OFFICES_MAX,
    SERVICES_MAX,
    WINDOWS_MAX,
    Matter,
    Office,
    Settings,
)

NEXT_SHOWN: Final = 3
"""Numbers that are shown as the next ones."""


class Stand(msgspec.Struct, frozen=True):
    """One matter of an office: its line today; None on a day on which the office does not open."""

    matter: Matter
    line: Line | None
    open_windows: int
    expected: Expectation
    """When somebody who took a number now would be called."""

    @property
    def waiting(self) -> tuple[str, ...]:
        """The numbers that wait, in the order in which they are called."""
        return self.line.waiting if self.line is not None else ()

    @property
    def at_windows(self) -> tuple[At, ...]:
        """The numbers that were called and have not come yet, the latest call first."""
        return self.line.called if self.line is not None else ()

    @property
    def served(self) -> tuple[At, ...]:
        """The numbers that are at a window."""
        return self.line.serving if self.line is not None else ()

    @property
    def next(self) -> tuple[str, ...]:
        """The first of those who wait."""
        return self.waiting[:NEXT_SHOWN]


def settings_in(ask: PageAsk) -> Settings:
    """What the area says of its counters."""
    return ask.settings if isinstance(ask.settings, Settings) else Settings()


def office_in(ask: PageAsk, code: str) -> Office | None:
    """An office of the area."""
    return settings_in(ask).office(code)


async def windows_of(ask: PageAsk, office: Office) -> dict[str, WindowState]:
    """The windows of an office that were ever opened, by their numbers."""
    asked = Query(q=where(WindowState, "office", "==", office.code), limit=WINDOWS_MAX)
    return {one.window: one for one in (await ask.city.find(WindowState, asked)).items}


async def scene_of(ask: PageAsk, office: Office) -> Scene:
    """An office now: its lines today, its windows, what was learned of it and what is planned."""
    day = day_in_japan(ask.now)
    asked = every(where(Line, "office", "==", office.code), where(Line, "day", "==", day))
    kept = {one.matter: one for one in (await ask.city.find(Line, Query(q=asked, limit=SERVICES_MAX))).items}
    lines = {one.code: kept.get(one.code) or new_line(office, one, ask.now) for one in office.matters}
    roster = await ask.city.get(Roster, roster_id(office.code))
    return Scene(
        office,
        ask.now,
        {code: line for code, line in lines.items() if line is not None},
        await windows_of(ask, office),
        await ask.city.get(Pace, pace_id(office.code)),
        stretches_on(roster, day),
        roster,
    )


async def stands_of(ask: PageAsk, office: Office) -> list[Stand]:
    """Every matter of an office with its line today."""
    return stands_in(await scene_of(ask, office))


def stands_in(scene: Scene) -> list[Stand]:
    """Every matter of an office at a moment."""
    return [
        Stand(
            matter,
            scene.lines.get(matter.code),
            len(scene.open_of(matter.code)),
            expectation_of(scene, matter.code),
        )
        for matter in scene.office.matters
    ]


async def waiting_by_office(ask: PageAsk) -> dict[str, int]:
    """How many wait in each office."""
    counts: dict[str, int] = {}
    asked = where(Line, "day", "==", day_in_japan(ask.now))
    for offset in range(0, OFFICES_MAX * SERVICES_MAX, PAGE):
        found = await ask.city.find(Line, Query(q=asked, limit=PAGE, offset=offset))
        for line in found.items:
            counts[line.office] = counts.get(line.office, 0) + line.waiting_count
        if not found.more:
            break
    return counts


PAGE: Final = 100


def version_of(stands: Sequence[Stand], office: Office, now: Instant) -> str:
    """What changes with anything that a page shows of these lines."""
    told = [
        (
            one.line.changed_at if one.line is not None else None,
            one.open_windows,
            one.expected.span,
            one.expected.change,
            one.expected.ahead,
            one.expected.opens,
        )
        for one in stands
    ]
    return digest_of(str(told), str(office.hours.is_open(now)))[:16]


class Whereabouts(msgspec.Struct, frozen=True):
    """Where a number is: in which line, in which place, how many are before it, at which window."""

    number: str
    place: str
    matter: Matter | None = None
    before: int = 0
    at: At | None = None


def find_number(stands: Sequence[Stand], number: str) -> Whereabouts:
    """Where a number is now; `over` where it stands in no line any more, or never did."""
    for stand in stands:
        line = stand.line
        if line is None:
            continue
        if number in line.waiting:
            return Whereabouts(number, "waiting", stand.matter, line.waiting.index(number))
        for place, there in (("called", line.called), ("serving", line.serving)):
            at = next((one for one in there if one.number == number), None)
            if at is not None:
                return Whereabouts(number, place, stand.matter, at=at)
        for place, numbers in (("held", line.held), ("absent", line.absent)):
            if number in numbers:
                return Whereabouts(number, place, stand.matter)
    return Whereabouts(number, "over")


async def held_in(ask: PageAsk, office: Office) -> Holding | None:
    """The number of an office that whoever asks holds today, by their account or by this browser."""
    day = day_in_japan(ask.now)
    for owner in (ask.person.account_id, ask.browser):
        held = await ask.city.get(Holding, holding_id(owner, office.code, day)) if owner else None
        if held is not None:
            return held
    return None


def hours_of(office: Office, now: Instant) -> dict[str, Any]:
    """Whether an office gives out numbers now, and from when to when it does today."""
    span = office.hours.span(day_in_japan(now))
    return {
        "is_open": office.hours.is_open(now),
        "span": span,
        "before": span is not None and now < span[0],
        "reopens": next_opening(office.hours, now),
    }
