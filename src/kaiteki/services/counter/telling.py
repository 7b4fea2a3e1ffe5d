"""Who is told that it is nearly or now their turn: once for each threshold, however often the line changes.

    CounterLine changes ─► numbers that are called, and those that wait with few before them ─► their bells ─► a letter, and the mark of it

The mark is kept with the letter in one decision, so a line that changes twice at once, or an event that comes again, tells nobody twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.letters import read_letters
from kaiteki.kit.line import Ticket, waiting
from kaiteki.kit.manifest import Reaction, State
from kaiteki.model.decision import Accepted, Asked, Message, Refused
from kaiteki.services.counter.board import office_of
from kaiteki.services.counter.model import AHEAD_MAX, Bell, Line, TellMe, bell_id
from kaiteki.services.counter.settings import Office
from kaiteki.services.counter.taking import own

LETTERS: Final = read_letters("kaiteki.services.counter")

SOON: Final = "soon"


def near(line: Line) -> tuple[tuple[Ticket, int], ...]:
    """The tickets somebody holds of whom somebody may have to be told, with how many are before them (-1: called)."""
    called = [(one, -1) for one in line.tickets if one.place == "called"]
    there = [(one, before) for before, one in enumerate(waiting(line.tickets)[: AHEAD_MAX + 1])]
    return tuple((one, before) for one, before in (*called, *there) if one.mark)


def bells_of(line: Line, asked: Asked) -> Sequence[str]:
    """The bells of those tickets."""
    return tuple(dict.fromkeys(one.mark for one, _ in near(line)))


def ring(state: State, line: Line, asked: Asked) -> Accepted | Refused:
    """Tell who is called, and who has as few before them as they wished to be told at; each of it once."""
    office = office_of(asked, line.office)
    rung: list[Bell] = []
    messages: list[Message] = []
    for ticket, before in near(line) if office is not None and line.status == "open" else ():
        bell = state.get(ticket.mark)
        if not isinstance(bell, Bell) or office is None:
            continue
        mark = SOON if before >= 0 else f"called-{ticket.called_at}"
        if mark in bell.told or before > bell.ahead:
            continue
        rung.append(msgspec.structs.replace(bell, told=(*bell.told, mark)))
        messages.append(_message(bell, line, office, ticket, before))
    return Accepted(tuple(rung), messages=tuple(messages))


def _message(bell: Bell, line: Line, office: Office, ticket: Ticket, before: int) -> Message:
    letter = LETTERS["called" if before < 0 else "soon"]
    title, body = letter.told(office=office.words, number=ticket.number, window=ticket.counter, before=before)
    return Message(
        to=bell.holder,
        title=title,
        body=body,
        link=f"counter/{office.code}/numbers/{ticket.number}",
        urgent=True,
        until=line.ends_at,
        instead_of=bell.id,
        glance=title,
    )


REACTIONS: Final = (
    Reaction(
        on="counter.line_moved",
        type="CounterLine",
        attributes=("tickets",),
        input=Line,
        decide=ring,
        needs=bells_of,
    ),
)


# When somebody wants to be told ----------------------------------------------------------------------------------


def needs_of_tell_me(form: TellMe, asked: Asked) -> Sequence[str]:
    """One's own bells in the office today."""
    return own(bell_id, form.office, asked)


def tell_me(state: State, form: TellMe, asked: Asked) -> Accepted | Refused:
    """Be told when so many are before one, and when it is time to leave for whoever says how long the way takes."""
    bells = [one for one in state.values() if isinstance(one, Bell)]
    if not bells:
        return Refused("not_found")
    changed = tuple(
        msgspec.structs.replace(one, ahead=form.ahead, travel_min=form.travel_min) for one in bells
    )
    return Accepted(changed, answer={"ahead": form.ahead})
