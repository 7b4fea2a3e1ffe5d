"""「come now」: who said how far away they are is told when it is time to leave, by the time that they would be called.

    every LOOK_EVERY_S: who said how many minutes the way takes ─► when would they be called? ─► nine in ten not before they are there ─► a letter

Only minutes are known, never a place. The letter is the same threshold as “so many before you”: whichever comes first, it is told once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import msgspec

from kaiteki.kit.line import find
from kaiteki.kit.manifest import State
from kaiteki.kit.pages import PageAsk
from kaiteki.kit.views import where
from kaiteki.model.decision import Accepted, Asked, Message
from kaiteki.model.query import Query
from kaiteki.services.counter.board import board_of, lines_of, office_of
from kaiteki.services.counter.expectation import Scene, beside_lines, expectation_of, scene_in
from kaiteki.services.counter.model import Bell
from kaiteki.services.counter.pages.standing import scene_of, settings_in
from kaiteki.services.counter.settings import OFFICES_MAX
from kaiteki.services.counter.telling import LETTERS, SOON
from kaiteki.services.counter.waiting import Wait

LOOK_EVERY_S: Final = 20
SPARE_MIN: Final = 1.0
"""Minutes between the look and the foot on the stairs."""
BATCH: Final = 500
BELLS_MAX: Final = 10_000
DUE_MAX: Final = 500


class Due(msgspec.Struct, frozen=True):
    """Somebody who is to leave now: their bell, and the line and the number that it is for."""

    bell: Annotated[str, msgspec.Meta(max_length=120)]
    office: Annotated[str, msgspec.Meta(max_length=24)]
    matter: Annotated[str, msgspec.Meta(max_length=24)]
    number: Annotated[str, msgspec.Meta(max_length=24)]


class ComeNow(msgspec.Struct, frozen=True):
    """Who is to leave now."""

    due: Annotated[tuple[Due, ...], msgspec.Meta(max_length=DUE_MAX)]


def is_time(wait: Wait | None, travel_min: int) -> bool:
    """Whether somebody who leaves now is there in time nine times in ten, and later is not: by the bound that one in ten falls below."""
    return wait is not None and wait.low_min <= travel_min + SPARE_MIN


async def survey(ask: PageAsk) -> ComeNow | None:
    """Who is to leave now in any office; None where nobody is."""
    bells = await _bells(ask)
    if not bells:
        return None
    due: list[Due] = []
    for office in settings_in(ask).offices:
        if office.hours.is_open(ask.now):
            due += _due(await scene_of(ask, office), bells)
    return ComeNow(tuple(due[:DUE_MAX])) if due else None


async def _bells(ask: PageAsk) -> dict[str, Bell]:
    """Who said how far away they are, and was not told yet."""
    found: dict[str, Bell] = {}
    for offset in range(0, BELLS_MAX, BATCH):
        page = await ask.city.find(
            Bell, Query(q=where(Bell, "travel_min", ">", 0), limit=BATCH, offset=offset)
        )
        found |= {one.id: one for one in page.items if SOON not in one.told}
        if not page.more:
            break
    return found


def _due(scene: Scene, bells: dict[str, Bell]) -> Iterator[Due]:
    for code, line in scene.lines.items():
        for place, number in enumerate(line.waiting):
            ticket = find(line.tickets, number)
            bell = bells.get(ticket.mark) if ticket is not None else None
            if bell is None or bell.travel_min is None:
                continue
            if is_time(expectation_of(scene, code, place).wait, bell.travel_min):
                yield Due(bell.id, scene.office.code, code, number)


def needs_of_come_now(form: ComeNow, asked: Asked) -> Sequence[str]:
    """The bells, and the offices as they are now."""
    found: dict[str, None] = dict.fromkeys(one.bell for one in form.due)
    for code in list(dict.fromkeys(one.office for one in form.due))[:OFFICES_MAX]:
        office = office_of(asked, code)
        if office is not None:
            found |= dict.fromkeys((*lines_of(office, asked), *beside_lines(office)))
    return tuple(found)


def come_now(state: State, form: ComeNow, asked: Asked) -> Accepted:
    """Tell each of them, once, with the mark of it; who was called, told or gone meanwhile is not told."""
    rung: list[Bell] = []
    messages: list[Message] = []
    for due in form.due:
        said = _say(state, due, asked)
        if said is not None:
            rung.append(said[0])
            messages.append(said[1])
    return Accepted(tuple(rung), messages=tuple(messages))


def _say(state: State, due: Due, asked: Asked) -> tuple[Bell, Message] | None:
    bell, office = state.get(due.bell), office_of(asked, due.office)
    if not isinstance(bell, Bell) or office is None or bell.travel_min is None or SOON in bell.told:
        return None
    board = board_of(state, office, asked)
    line = board.line(due.matter)
    ticket = find(line.tickets, due.number) if line is not None else None
    if line is None or ticket is None or ticket.mark != bell.id or due.number not in line.waiting:
        return None
    place = line.waiting.index(due.number)
    expected = expectation_of(scene_in(state, office, board.lines, asked.now), due.matter, place)
    if expected.span is None or not is_time(expected.wait, bell.travel_min):
        return None
    high = "" if expected.span.high is None else str(expected.span.high)
    title, body = LETTERS["leave"].told(
        office=office.words, number=due.number, low=expected.span.low, high=high, travel=bell.travel_min
    )
    message = Message(
        to=bell.holder,
        title=title,
        body=body,
        link=f"counter/{office.code}/numbers/{due.number}",
        urgent=True,
        until=line.ends_at,
        instead_of=bell.id,
        glance=title,
    )
    return msgspec.structs.replace(bell, told=(*bell.told, SOON)), message
