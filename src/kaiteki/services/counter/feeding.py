"""Ticket machines of others: each number that they give out stands in the line, once, in the order in which it was drawn.

A machine sends what it gave out as often as it likes and in any order: a number counts once a day, under the number of the machine, and
its place is that of the moment at which it was drawn. Numbers that this office counts itself are not taken, so that none is there twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.line import Ticket, join
from kaiteki.kit.manifest import EntityType, State
from kaiteki.model.decision import Accepted, Asked, Refused, digest_of
from kaiteki.model.instant import Instant, day_in_japan
from kaiteki.model.words import Words
from kaiteki.services.counter.board import Board, board_of, lines_of, office_of
from kaiteki.services.counter.expectation import beside_lines, expectation_of, scene_in, told_of
from kaiteki.services.counter.model import KEEP_S, Line, keep
from kaiteki.services.counter.settings import MINUTE_US, Office
from kaiteki.services.counter.taking import CLOSED, FULL, UNKNOWN, may_work, refused

AHEAD_OF_US: Final = 2 * MINUTE_US
"""So far the clock of a machine may be ahead of ours."""
NO_OFFICE: Final = Words(
    "このまちに、その役所はありません。", "This town has no such office.", "その やくしょは ありません。"
)
OURS: Final = Words(
    "この番号はこのシステムが発券する番号です。機械には別の記号の番号を使ってください。",
    "This is a number that this system gives out itself. Let the machine use another letter.",
    "これは この システムの ばんごうです。ほかの 文字（もじ）に して ください。",
)
NOT_TODAY: Final = Words(
    "きょうの受付時間に発券した番号ではありません。",
    "The number was not given out today while the office was open.",
    "きょうの ばんごうでは ありません。",
)


class Feed(msgspec.Struct, frozen=True):
    """A number that a machine gave out, and when by its clock (none: now)."""

    office: Annotated[str, Label(Words("役所", "Office", "やくしょ")), msgspec.Meta(max_length=24)]
    matter: Annotated[str, Label(Words("用件", "Matter", "ようじ")), msgspec.Meta(max_length=24)]
    number: Annotated[
        str,
        Label(Words("番号", "Number", "ばんごう")),
        msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{0,7}$"),
    ]
    taken_at: Annotated[
        Instant | None, Label(Words("発券した日時", "Given out at", "ばんごうを だした とき"))
    ] = None


class Fed(msgspec.Struct, frozen=True):
    """A number of a machine was taken in today."""

    id: str
    office: str
    number: str
    goes_at: Instant


FED: Final = EntityType(
    name="CounterFed",
    view=Fed,
    words=Words("ほかの発券機の番号", "Numbers of other machines", "ほかの きかいの ばんごう"),
    title="number",
    columns=("office", "number", "goes_at"),
    labels={
        "office": Words("役所", "Office", "やくしょ"),
        "number": Words("番号", "Number", "ばんごう"),
        "goes_at": Words("消える日時", "Is deleted at", "きえる とき"),
    },
    desk="counter/desk",
)


def fed_id(form: Feed, asked: Asked) -> str:
    """Where it is kept that a number of today was taken in."""
    day = day_in_japan(form.taken_at or asked.now)
    return f"urn:ngsi-ld:CounterFed:{digest_of(form.office, day, form.number)[:32]}"


def needs_of_feed(form: Feed, asked: Asked) -> Sequence[str]:
    """The lines of the office today, and whether the number was taken in."""
    office = office_of(asked, form.office)
    if office is None:
        return ()
    return (*lines_of(office, asked), *beside_lines(office), fed_id(form, asked))


def feed(state: State, form: Feed, asked: Asked) -> Accepted | Refused:
    """Put a number of a machine into the line, where it is not there yet and never was today."""
    if not may_work(asked, form.office):
        return Refused("not_allowed")
    office = office_of(asked, form.office)
    if office is None:
        return refused("invalid", NO_OFFICE, "office")
    if office.matter(form.matter) is None:
        return refused("invalid", UNKNOWN, "matter")
    if _is_ours(office, form.number):
        return refused("invalid", OURS, "number")
    answer = {"number": form.number, "office": office.code, "matter": form.matter}
    this = fed_id(form, asked)
    if isinstance(state.get(this), Fed):
        return Accepted(answer={**answer, "repeated": True})
    board = board_of(state, office, asked)
    line = board.line(form.matter)
    if line is None or asked.now >= line.ends_at:
        return refused("conflict", CLOSED)
    taken_at = form.taken_at or asked.now
    if not line.opens_at <= taken_at < line.closes_at or taken_at > asked.now + AHEAD_OF_US:
        return refused("invalid", NOT_TODAY, "taken_at")
    kept = _put(state, board, line, form, (taken_at, asked.now))
    if isinstance(kept, Refused):
        return kept
    goes = Instant(line.ends_at + KEEP_S * 1_000_000)
    return Accepted((kept, Fed(this, office.code, form.number, goes)), answer={**answer, "repeated": False})


def _put(state: State, board: Board, line: Line, form: Feed, at: tuple[Instant, Instant]) -> Line | Refused:
    """The line with the ticket: drawn at one moment, taken in at another."""
    taken_at, now = at
    expected = expectation_of(scene_in(state, board.office, board.lines, now), form.matter)
    ticket = Ticket(
        number=form.number,
        taken_at=min(taken_at, now),
        since=min(taken_at, now),
        origin="kiosk",
        # what is learned from told waits is of those who drew now
        told=told_of(expected) if form.taken_at is None else (),
    )
    tickets = join(line.tickets, ticket)
    return refused(tickets.code, FULL) if isinstance(tickets, Refused) else keep(line, tickets, now)


def _is_ours(office: Office, number: str) -> bool:
    """Whether a number is of those that the office counts itself."""
    return any(re.fullmatch(re.escape(one.prefix) + r"[0-9]+", number) for one in office.matters)


def forget_fed(state: State, fed: Fed, asked: Asked) -> Accepted:
    """A number of a machine counts for its day."""
    return Accepted(deletes=(fed.id,))
