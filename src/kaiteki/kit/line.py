"""The line shape (窓口の列): tickets, their order with priority, the places a ticket goes through, and how they can be taken back.

Pure: a line is a tuple of tickets, a move answers a new one or a refusal. Who asks, where it is kept and who is told is the service's.

    waiting ─call► called ─begin► serving ─finish► done        called: again (recall) · not there (miss) ─► absent
       ▲  ▲          │   └────────────────finish►──┘           waiting, called, absent, held: leave ─► left
       │  └─resume── held ◄──hold── waiting, called, serving   waiting, called, serving, held: transfer ─► another line
       └────resume── absent                                    all that are open: close ─► closed (absent: no_show)

A ticket is called from one place only, so nobody is called twice by two counters: whoever comes second finds it called and is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.model.decision import Refused
from kaiteki.model.instant import Instant

Place: TypeAlias = Literal[
    "waiting", "called", "serving", "held", "absent", "done", "left", "transferred", "no_show", "closed"
]
OPEN: Final[tuple[Place, ...]] = ("waiting", "called", "serving", "held", "absent")
AT_COUNTER: Final[tuple[Place, ...]] = ("called", "serving")
TICKETS_MAX: Final = 500
"""Tickets of one line that are open at once."""
CALLS_MAX: Final = 20
"""How often one ticket may be called again."""


class Ticket(msgspec.Struct, frozen=True, omit_defaults=True):
    """One number in a line. `since` is the moment by which it stands in it; `rank` above 0 comes before all of a lower one.

    `then` are further services that the same person wants, in order; `mark` leads to whoever holds it and is empty for paper.
    `told` are the minutes within which one in ten, half, and nine in ten such tickets were expected to be called when it was taken.
    """

    number: str
    taken_at: Instant
    since: Instant
    place: Place = "waiting"
    rank: int = 0
    counter: str = ""
    called_at: Instant | None = None
    again_at: Instant | None = None
    began_at: Instant | None = None
    ended_at: Instant | None = None
    calls: int = 0
    then: tuple[str, ...] = ()
    origin: str = ""
    mark: str = ""
    told: tuple[float, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether something is still to come of it."""
        return self.place in OPEN


Tickets: TypeAlias = tuple[Ticket, ...]


class Move(msgspec.Struct, frozen=True):
    """What can become of a ticket: from which places, and to which one."""

    sources: tuple[Place, ...]
    target: Place


MOVES: Final[dict[str, Move]] = {
    "call": Move(("waiting", "held", "absent"), "called"),
    "recall": Move(("called",), "called"),
    "begin": Move(("called",), "serving"),
    "miss": Move(("called",), "absent"),
    "hold": Move(("waiting", "called", "serving"), "held"),
    "resume": Move(("held", "absent"), "waiting"),
    "finish": Move(("called", "serving"), "done"),
    "leave": Move(("waiting", "called", "held", "absent"), "left"),
    "transfer": Move(("waiting", "called", "serving", "held"), "transferred"),
    "close": Move(("waiting", "called", "serving", "held"), "closed"),
}


def waiting(tickets: Iterable[Ticket]) -> Tickets:
    """Those who wait, in the order in which they are called: by rank, then by when they came to stand there."""
    there = (one for one in tickets if one.place == "waiting")
    return tuple(sorted(there, key=_turn))


def _turn(ticket: Ticket) -> tuple[int, Instant, Instant, str]:
    return (-ticket.rank, ticket.since, ticket.taken_at, ticket.number)


def find(tickets: Iterable[Ticket], number: str) -> Ticket | None:
    """The open ticket of a number."""
    return next((one for one in tickets if one.number == number and one.is_open), None)


def at_counter(tickets: Iterable[Ticket], counter: str) -> Ticket | None:
    """The ticket that a counter has called or serves."""
    return next((one for one in tickets if one.place in AT_COUNTER and one.counter == counter), None)


def join(tickets: Tickets, ticket: Ticket) -> Tickets | Refused:
    """A ticket more. Refused: conflict (the number is there already), too_many."""
    if find(tickets, ticket.number) is not None:
        return Refused("conflict")
    if sum(one.is_open for one in tickets) >= TICKETS_MAX:
        return Refused("too_many")
    return (*tickets, ticket)


def move(ticket: Ticket, name: str, now: Instant, counter: str = "") -> Ticket | Refused:
    """A ticket after a move of MOVES. Refused: not_found (no such move), conflict (not from this place, or of another counter)."""
    known = MOVES.get(name)
    if known is None:
        return Refused("not_found")
    elsewhere = counter and ticket.place in AT_COUNTER and ticket.counter != counter
    if ticket.place not in known.sources or elsewhere:
        return Refused("conflict")
    if name == "recall":
        if ticket.calls >= CALLS_MAX:
            return Refused("too_many")
        return msgspec.structs.replace(ticket, again_at=now, calls=ticket.calls + 1)
    return msgspec.structs.replace(ticket, place=known.target, **_stamps(ticket, name, now, counter))


def _stamps(ticket: Ticket, name: str, now: Instant, counter: str) -> dict[str, object]:
    """What else a move changes: who has the ticket, and when."""
    if name == "call":
        return {
            "counter": counter,
            "called_at": now,
            "again_at": now,
            "began_at": None,
            "calls": ticket.calls + 1,
        }
    if name == "begin":
        return {"began_at": now}
    if name in ("hold", "resume", "miss"):
        return {"counter": ""}
    # (what was called and never said to have begun began when it was called)
    began = (ticket.began_at or ticket.called_at) if name == "finish" else ticket.began_at
    return {"ended_at": now, "began_at": began}


def end(ticket: Ticket, now: Instant) -> Ticket:
    """An open ticket when the line is closed: nobody waits for ever, and whoever did not come did not come."""
    place: Place = "no_show" if ticket.place == "absent" else "closed"
    return msgspec.structs.replace(ticket, place=place, ended_at=now) if ticket.is_open else ticket


def handed_on(ticket: Ticket, now: Instant, then: tuple[str, ...]) -> Ticket:
    """The ticket as it comes to stand in another line: with its number, and with the time that it has waited already.

    What one waited counts, what one was served does not: so nobody who is sent on begins at the end, and nobody overtakes those who
    came while somebody else was served.
    """
    waited = max(0, (ticket.called_at or now) - ticket.since)
    return Ticket(
        number=ticket.number,
        taken_at=ticket.taken_at,
        since=Instant(now - waited),
        rank=ticket.rank,
        then=then,
        origin=ticket.origin,
        mark=ticket.mark,
    )


def put(tickets: Tickets, before: Ticket | None, after: Ticket | None) -> Tickets | Refused:
    """The line with one ticket in the place of another (None: not there). Refused: conflict, when `before` is not what stands there."""
    if before is None:
        return tickets if after is None else join(tickets, after)
    if before not in tickets:
        return Refused("conflict")
    rest = (one if one != before else after for one in tickets)
    return tuple(one for one in rest if one is not None)
