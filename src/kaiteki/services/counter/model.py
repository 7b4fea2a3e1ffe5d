"""What is kept of counters: the line of a matter on a day, the windows, who holds a number, what became of each ticket.

CounterLine    one for each office, matter and day; it alone decides who is called (`tickets`, for staff), and says in public
               which numbers wait, are called, are served or are set aside
CounterWindow  a window: open or not, for which matters, and what was done there last (so that it can be taken back)
CounterTicket  that a number is somebody's: an account or a browser; none for a number on paper
CounterBell    when whoever holds a number wants to hear of it, and what they heard; not which number
CounterVisit   what became of a ticket, with its moments; nothing of the person
CounterKiosk   a browser that stands in an office and gives out numbers on paper
CounterPace    what was learned of an office from its visits: how long services take, how patient people are; of nobody
CounterRoster  which windows are planned to be open at which times of the week
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.line import OPEN, Ticket, Tickets, waiting
from kaiteki.model.decision import digest_of
from kaiteki.model.instant import Instant, day_in_japan
from kaiteki.model.words import Words
from kaiteki.services.counter.settings import MINUTE_US, Matter, Office

AHEAD: Final = 3
"""With how many before them people hear that it is nearly their turn, where they say nothing else."""
AHEAD_MAX: Final = 20
TRAVEL_MAX: Final = 240
KEEP_S: Final = 24 * 3600
"""How long it is kept after closing whose a number was."""
NUMBER_DIGITS: Final = 3
MARK_LENGTH: Final = 26


class At(msgspec.Struct, frozen=True):
    """A number at a window: since when, and how often it was called."""

    number: str
    counter: str
    at: Instant
    calls: int = 1


class Line(msgspec.Struct, frozen=True):
    """The line of one matter on one day. All but `tickets` follows from it and is public."""

    id: str
    office: str
    matter: str
    day: str
    status: str
    opens_at: Instant
    closes_at: Instant
    ends_at: Instant
    last: int = 0
    tickets: tuple[Ticket, ...] = ()
    waiting: tuple[str, ...] = ()
    waiting_count: int = 0
    since: tuple[Instant, ...] = ()
    """Since when those who wait stand there, the longest first: not by number, so that it does not say who comes before whom."""
    called: tuple[At, ...] = ()
    serving: tuple[At, ...] = ()
    held: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    served_count: int = 0
    changed_at: Instant | None = None


class Deed(msgspec.Struct, frozen=True):
    """One ticket changed in the line of a matter; None where it was not there, or is there no more."""

    matter: str
    before: Ticket | None
    after: Ticket | None


class Last(msgspec.Struct, frozen=True):
    """What was done at a window last, when, and by which command."""

    at: Instant
    command: str
    deeds: tuple[Deed, ...]


class WindowState(msgspec.Struct, frozen=True):
    """A window of an office: whether somebody works there now, and what for."""

    id: str
    office: str
    window: str
    status: str
    matters: tuple[str, ...] = ()
    last: Last | None = None
    changed_at: Instant | None = None


class Holding(msgspec.Struct, frozen=True):
    """That a number is somebody's, until `goes_at`. One person holds one number of an office on a day."""

    id: str
    holder: str
    goes_at: Instant
    office: str = ""
    number: str = ""


class Bell(msgspec.Struct, frozen=True):
    """When whoever holds a ticket wants to hear of it, and what they were told already. It does not say which ticket."""

    id: str
    holder: str
    goes_at: Instant
    ahead: int = AHEAD
    told: tuple[str, ...] = ()
    travel_min: int | None = None
    """How many minutes the way to the office takes them, where they said so."""


class Visit(msgspec.Struct, frozen=True):
    """What became of a ticket in one line, and when: the log of the office. It does not say of whom."""

    id: str
    office: str
    matter: str
    day: str
    number: str
    outcome: str
    taken_at: Instant
    ended_at: Instant
    window: str = ""
    origin: str = ""
    since: Instant | None = None
    called_at: Instant | None = None
    began_at: Instant | None = None
    calls: int = 0
    rank: int = 0
    told: tuple[float, ...] = ()


class Kiosk(msgspec.Struct, frozen=True):
    """A browser that gives out numbers on paper in an office."""

    id: str
    office: str
    admitted_at: Instant | None = None


class MatterPace(msgspec.Struct, frozen=True):
    """How fast a matter goes at an office: from so many services, their mean minutes (from the call to the end), by window where it is known, and their
    spread in means; what told ranges are to be multiplied with; how many times as long services take today."""

    matter: str
    services: int
    mean_min: float
    cv: float
    by_window: dict[str, float] = {}
    low_scale: float = 1.0
    high_scale: float = 1.0
    factor: float = 1.0


class Pace(msgspec.Struct, frozen=True):
    """What was learned of an office, until the end of the visit `until`; `factor` of its matters is of the day `day`."""

    id: str
    office: str
    day: str
    until: Instant
    matters: tuple[MatterPace, ...] = ()
    silent_per_min: float = 0.0
    told_per_min: float = 0.0
    at: Instant | None = None


class Shift(msgspec.Struct, frozen=True):
    """A window is planned to be open from a time to another (HH:MM) on a day of the week (1 Monday … 7 Sunday)."""

    weekday: int
    window: str
    begins: str
    ends: str


class Roster(msgspec.Struct, frozen=True):
    """The plan of the windows of an office for a week."""

    id: str
    office: str
    shifts: tuple[Shift, ...] = ()
    changed_at: Instant | None = None


# How they are named ----------------------------------------------------------------------------------------------


def line_id(office: str, matter: str, day: str) -> str:
    """The line of a matter of an office on a day in Japan."""
    return f"urn:ngsi-ld:CounterLine:{office}-{matter}-{day}"


def window_id(office: str, window: str) -> str:
    """A window of an office."""
    return f"urn:ngsi-ld:CounterWindow:{office}-{window}"


def holding_id(owner: str, office: str, day: str) -> str:
    """What somebody holds in an office on a day; nobody who does not know the owner can name it."""
    return f"urn:ngsi-ld:CounterTicket:{digest_of('counter', owner, office, day)[:MARK_LENGTH]}"


def bell_id(owner: str, office: str, day: str) -> str:
    """How whoever holds a number of an office on a day is told; it cannot be told which number that is."""
    return f"urn:ngsi-ld:CounterBell:{digest_of('bell', owner, office, day)[:MARK_LENGTH]}"


def pace_id(office: str) -> str:
    """What was learned of an office."""
    return f"urn:ngsi-ld:CounterPace:{office}"


def roster_id(office: str) -> str:
    """The plan of the windows of an office."""
    return f"urn:ngsi-ld:CounterRoster:{office}"


def kiosk_id(browser: str) -> str:
    """The kiosk that a browser is; who does not know the browser cannot name it."""
    return f"urn:ngsi-ld:CounterKiosk:{digest_of('kiosk', browser)[:MARK_LENGTH]}"


# How a line is made and kept -------------------------------------------------------------------------------------


def new_line(office: Office, matter: Matter, now: Instant) -> Line | None:
    """The empty line of a matter today; None on a day on which the office does not open."""
    day = day_in_japan(now)
    span = office.hours.span(day)
    if span is None:
        return None
    return Line(
        id=line_id(office.code, matter.code, day),
        office=office.code,
        matter=matter.code,
        day=day,
        status="open",
        opens_at=span[0],
        closes_at=span[1],
        ends_at=Instant(span[1] + office.hours.grace_min * MINUTE_US),
    )


def keep(line: Line, tickets: Tickets, now: Instant) -> Line:
    """The line with these tickets, and what everybody may know of them."""
    there = waiting(tickets)
    return msgspec.structs.replace(
        line,
        tickets=tickets,
        waiting=tuple(one.number for one in there),
        waiting_count=len(there),
        since=tuple(sorted(one.since for one in there)),
        called=_at(tickets, "called"),
        serving=_at(tickets, "serving"),
        held=tuple(one.number for one in tickets if one.place == "held"),
        absent=tuple(one.number for one in tickets if one.place == "absent"),
        changed_at=now,
    )


def _at(tickets: Tickets, place: str) -> tuple[At, ...]:
    """Who is at a window, the latest call first."""
    there = [one for one in tickets if one.place == place]
    said = [At(one.number, one.counter, one.again_at or one.taken_at, one.calls) for one in there]
    return tuple(sorted(said, key=lambda one: (-one.at, one.number)))


def settled(line: Line, before: Instant, seed: str) -> tuple[Line, tuple[Visit, ...]]:
    """The line without the tickets that ended by a moment, and what became of them: until then they can be taken back."""
    gone = [one for one in line.tickets if one.place not in OPEN and (one.ended_at or 0) <= before]
    if not gone:
        return line, ()
    visits = tuple(_visit(line, one, f"{seed}-{n}") for n, one in enumerate(gone))
    left = tuple(one for one in line.tickets if one not in gone)
    served = line.served_count + sum(one.place == "done" for one in gone)
    return msgspec.structs.replace(line, tickets=left, served_count=served), visits


def _visit(line: Line, ticket: Ticket, seed: str) -> Visit:
    name = digest_of(line.id, ticket.number, str(ticket.ended_at), seed)[:MARK_LENGTH]
    return Visit(
        id=f"urn:ngsi-ld:CounterVisit:{name}",
        office=line.office,
        matter=line.matter,
        day=line.day,
        number=ticket.number,
        outcome=ticket.place,
        taken_at=ticket.taken_at,
        ended_at=ticket.ended_at or ticket.taken_at,
        window=ticket.counter,
        origin=ticket.origin,
        since=ticket.since,
        called_at=ticket.called_at,
        began_at=ticket.began_at,
        calls=ticket.calls,
        rank=ticket.rank,
        told=ticket.told,
    )


# What is asked ---------------------------------------------------------------------------------------------------

_OFFICE: Final = Label(Words("役所", "Office", "やくしょ"))
_WINDOW: Final = Label(Words("窓口の番号", "Number of the window", "まどぐちの ばんごう"))
_NUMBER: Final = Label(Words("整理券の番号", "Number of the ticket", "ばんごう"))
_MATTER: Final = Label(Words("用件", "Matter", "ようじ"))
Short = Annotated[str, msgspec.Meta(max_length=24)]


class Take(msgspec.Struct, frozen=True):
    """A number for a matter, and further matters that are wanted after it."""

    office: Annotated[Short, _OFFICE]
    matter: Annotated[Short, _MATTER]
    then: Annotated[
        tuple[str, ...],
        Label(Words("続けて行う用件", "Further matters", "つぎの ようじ")),
        msgspec.Meta(max_length=5),
    ] = ()


class Issue(msgspec.Struct, frozen=True):
    """A number on paper; `priority` for whoever cannot stand and wait."""

    office: Annotated[Short, _OFFICE]
    matter: Annotated[Short, _MATTER]
    priority: Annotated[bool, Label(Words("優先する", "With priority", "さきに よぶ"))] = False
    then: Annotated[
        tuple[str, ...],
        Label(Words("続けて行う用件", "Further matters", "つぎの ようじ")),
        msgspec.Meta(max_length=5),
    ] = ()


class Leave(msgspec.Struct, frozen=True):
    """One's own number in an office is given back."""

    office: Annotated[Short, _OFFICE]


class TellMe(msgspec.Struct, frozen=True):
    """With how many before one one wants to hear that it is nearly one's turn."""

    office: Annotated[Short, _OFFICE]
    ahead: Annotated[
        int,
        Label(
            Words("何人前で知らせるか", "With how many before me", "なん人（にん） まえで 知（し）らせるか")
        ),
        msgspec.Meta(ge=0, le=AHEAD_MAX),
    ]
    travel_min: Annotated[
        Annotated[int, msgspec.Meta(ge=1, le=TRAVEL_MAX)] | None,
        Label(Words("役所までの分数", "Minutes to the office", "やくしょまで なん分（ふん）")),
    ] = None


class Seat(msgspec.Struct, frozen=True):
    """Who works at a window, and for which matters."""

    office: Annotated[Short, _OFFICE]
    window: Annotated[Short, _WINDOW]
    open: Annotated[bool, Label(Words("開ける", "Open", "あける"))] = True
    matters: Annotated[
        tuple[str, ...], Label(Words("用件", "Matters", "ようじ")), msgspec.Meta(max_length=20)
    ] = ()


class Call(msgspec.Struct, frozen=True):
    """The next one to a window, or the one with a number."""

    office: Annotated[Short, _OFFICE]
    window: Annotated[Short, _WINDOW]
    number: Annotated[Short, _NUMBER] = ""


class Handle(msgspec.Struct, frozen=True):
    """A step with a number at a window; `to` is where a transfer leads."""

    office: Annotated[Short, _OFFICE]
    window: Annotated[Short, _WINDOW]
    number: Annotated[Short, _NUMBER] = ""
    to: Annotated[Short, Label(Words("引き継ぎ先の用件", "Matter it goes to", "つぎの ようじ"))] = ""


class Admit(msgspec.Struct, frozen=True):
    """This browser stands in an office and gives out numbers; without an office it does so no more."""

    office: Annotated[Short, _OFFICE] = ""
