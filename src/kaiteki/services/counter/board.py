"""All lines of an office today, as one decision sees and changes them: what a rule does to tickets, it does here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import msgspec

from kaiteki.kit.line import Ticket, at_counter, find, handed_on, move, put, waiting
from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.instant import Instant, day_in_japan
from kaiteki.services.counter.model import (
    Deed,
    Line,
    WindowState,
    keep,
    line_id,
    new_line,
    settled,
    window_id,
)
from kaiteki.services.counter.settings import Office, Settings

Deeds = tuple[Deed, ...]


class Board(msgspec.Struct, frozen=True):
    """The lines of an office by matter, and what was done to them so far in this decision."""

    office: Office
    now: Instant
    lines: dict[str, Line]
    deeds: Deeds = ()

    def line(self, matter: str) -> Line | None:
        """The line of a matter; None where there is none today."""
        return self.lines.get(matter)

    def where(self, number: str) -> tuple[str, Ticket] | None:
        """In which line a number stands, with its ticket; None where it stands in none."""
        found = ((matter, find(line.tickets, number)) for matter, line in self.lines.items())
        return next(((matter, ticket) for matter, ticket in found if ticket is not None), None)

    def at(self, window: str) -> tuple[str, Ticket] | None:
        """Whom a window has called or serves, with the line it comes from."""
        found = ((matter, at_counter(line.tickets, window)) for matter, line in self.lines.items())
        return next(((matter, ticket) for matter, ticket in found if ticket is not None), None)

    def next_of(self, matters: Sequence[str]) -> tuple[str, Ticket] | None:
        """Who is to be called next of some matters: of all who stand first in their lines the one of the highest rank who waits longest."""
        firsts = [
            (matter, there[0])
            for matter in matters
            if (line := self.lines.get(matter)) is not None and (there := waiting(line.tickets))
        ]
        return min(firsts, key=lambda one: (-one[1].rank, one[1].since, one[1].number), default=None)

    def with_deed(self, deed: Deed) -> Board | Refused:
        """The board after one ticket changed. Refused: conflict, too_many, not_found (no such line)."""
        line = self.lines.get(deed.matter)
        if line is None:
            return Refused("not_found")
        tickets = put(line.tickets, deed.before, deed.after)
        if isinstance(tickets, Refused):
            return tickets
        return msgspec.structs.replace(
            self,
            lines={**self.lines, deed.matter: keep(line, tickets, self.now)},
            deeds=(*self.deeds, deed),
        )

    def moved(self, matter: str, ticket: Ticket, name: str, window: str = "") -> Board | Refused:
        """The board after a move of a ticket."""
        after = move(ticket, name, self.now, window)
        return after if isinstance(after, Refused) else self.with_deed(Deed(matter, ticket, after))

    def passed(self, ticket: Ticket, to: str, then: tuple[str, ...]) -> Board | Refused:
        """The board with a ticket that comes from another line."""
        return self.with_deed(Deed(to, None, handed_on(ticket, self.now, then)))

    def undone(self, deeds: Deeds) -> Board | Refused:
        """The board as if these deeds had not been done. Refused: conflict, where others went on from there."""

        def back(board: Board | Refused, deed: Deed) -> Board | Refused:
            reverse = Deed(deed.matter, deed.after, deed.before)
            return board if isinstance(board, Refused) else board.with_deed(reverse)

        begin: Board | Refused = self
        return reduce(back, reversed(deeds), begin)

    def kept(self, before: Board, asked: Asked, window: WindowState | None = None) -> Accepted:
        """What is to be written: the lines that changed, the window, and what became of tickets that cannot be taken back any more."""
        writes: list[msgspec.Struct] = [] if window is None else [window]
        for matter, line in self.lines.items():
            if line == before.lines.get(matter):
                continue
            over = Instant(self.now - settings_of(asked).undo_s * 1_000_000)
            left, visits = settled(line, over, str(asked.seed))
            writes += [left, *visits]
        return Accepted(tuple(writes), answer=self._answer())

    def _answer(self) -> dict[str, str | int | None]:
        last = self.deeds[-1] if self.deeds else None
        ticket = (last.after or last.before) if last is not None else None
        if last is None or ticket is None:
            return {"number": None}
        return {
            "number": ticket.number,
            "matter": last.matter,
            "place": ticket.place,
            "window": ticket.counter,
        }


def settings_of(asked: Asked) -> Settings:
    """What the area says of its counters."""
    return asked.settings if isinstance(asked.settings, Settings) else Settings()


def office_of(asked: Asked, code: str) -> Office | None:
    """An office of the area."""
    return settings_of(asked).office(code)


def board_of(state: State, office: Office, asked: Asked) -> Board:
    """The lines of an office as they are; a line that nobody stood in yet is empty. None of them on a day on which it is shut."""
    day = day_in_japan(asked.now)
    lines: dict[str, Line] = {}
    for matter in office.matters:
        known = state.get(line_id(office.code, matter.code, day))
        line = known if isinstance(known, Line) else new_line(office, matter, asked.now)
        if line is not None and line.status == "open":
            lines[matter.code] = line
    return Board(office, asked.now, lines)


def window_of(state: State, office: Office, window: str) -> WindowState | None:
    """A window as it is; one that was never opened is closed. None where the office has no such window."""
    told = office.window(window)
    known = state.get(window_id(office.code, window))
    if told is None:
        return None
    if isinstance(known, WindowState):
        return known
    return WindowState(window_id(office.code, window), office.code, window, "closed", told.matters)


def lines_of(office: Office, asked: Asked) -> tuple[str, ...]:
    """The ids of all lines of an office today."""
    day = day_in_japan(asked.now)
    return tuple(line_id(office.code, matter.code, day) for matter in office.matters)
