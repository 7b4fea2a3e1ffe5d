"""How somebody gets a number, and gives it back: on the phone (the account or the browser holds it), on paper, from staff."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from kaiteki.kit.line import Ticket, end, join
from kaiteki.kit.manifest import State
from kaiteki.model.access import STAFF
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.instant import Instant, day_in_japan
from kaiteki.model.words import Words
from kaiteki.services.counter.board import Board, board_of, lines_of, office_of
from kaiteki.services.counter.expectation import beside_lines, expectation_of, scene_in, told_of
from kaiteki.services.counter.model import (
    KEEP_S,
    NUMBER_DIGITS,
    Admit,
    Bell,
    Holding,
    Issue,
    Kiosk,
    Leave,
    Line,
    Take,
    bell_id,
    holding_id,
    keep,
    kiosk_id,
    settled,
)

CLOSED: Final = Words(
    "いまは受付時間ではありません。",
    "The office does not give out numbers now.",
    "いまは うけつけて いません。",
)
UNKNOWN: Final = Words(
    "この役所に、その用件はありません。",
    "This office does not deal with that.",
    "この やくしょに その ようじは ありません。",
)
HELD: Final = Words(
    "この役所の整理券を、すでにお持ちです。",
    "You hold a number of this office already.",
    "この やくしょの ばんごうを もう もって います。",
)
NOBODY: Final = Words(
    "この端末を覚えられないため、番号をお持ちいただけません。窓口の発券機をお使いください。",
    "This device cannot be remembered, so it cannot hold a number. Please use the machine in the office.",
    "この きかいを おぼえられません。やくしょの きかいで ばんごうを とって ください。",
)
FULL: Final = Words(
    "列がいっぱいです。職員にお尋ねください。",
    "The line is full. Please ask the staff.",
    "れつが いっぱいです。やくしょの 人（ひと）に きいて ください。",
)


def refused(code: str, words: Words, field: str = "") -> Refused:
    """A refusal that says why."""
    return Refused(code, (Fault(field, code, words),))


def needs_of_take(form: Take | Leave, asked: Asked) -> Sequence[str]:
    """The lines of the office today, and what whoever asks holds there."""
    office = office_of(asked, form.office)
    if office is None or not asked.owner:
        return ()
    held = (*own(holding_id, form.office, asked), *own(bell_id, form.office, asked))
    return (*lines_of(office, asked), *beside_lines(office), *held)


def own(name: Callable[[str, str, str], str], office: str, asked: Asked) -> tuple[str, ...]:
    """What one's account and one's browser may hold in an office today: who signs in keeps what the browser has."""
    day = day_in_japan(asked.now)
    owners = dict.fromkeys(one for one in (asked.person.account_id, asked.browser) if one)
    return tuple(name(one, office, day) for one in owners)


def _held(state: State, board: Board, asked: Asked) -> tuple[str, Ticket] | None:
    """The line and the ticket that whoever asks holds in an office; None where they hold none that is open."""
    known = (state.get(one) for one in own(holding_id, board.office.code, asked))
    found = (board.where(one.number) for one in known if isinstance(one, Holding))
    return next((one for one in found if one is not None), None)


def take(state: State, form: Take, asked: Asked) -> Accepted | Refused:
    """A number that the account or the browser holds: one of an office on a day, until it is over."""
    office = office_of(asked, form.office)
    if office is None or office.matter(form.matter) is None:
        return refused("invalid", UNKNOWN, "matter")
    if not asked.owner:
        return refused("invalid", NOBODY)
    board = board_of(state, office, asked)
    day = day_in_japan(asked.now)
    this, bell = (name(asked.owner, form.office, day) for name in (holding_id, bell_id))
    if _held(state, board, asked) is not None:
        return refused("conflict", HELD)
    ticket = _next(state, board, Issue(form.office, form.matter, then=form.then), asked, bell)
    if isinstance(ticket, Refused):
        return ticket
    line, drawn = ticket
    goes = Instant(line.ends_at + KEEP_S * 1_000_000)
    return Accepted(
        (line, Holding(this, asked.owner, goes, form.office, drawn.number), Bell(bell, asked.owner, goes)),
        answer={"number": drawn.number, "office": form.office, "matter": form.matter},
    )


def needs_of_issue(form: Issue, asked: Asked) -> Sequence[str]:
    """The lines of the office today, and whether this browser is its kiosk."""
    office = office_of(asked, form.office)
    lines = (*lines_of(office, asked), *beside_lines(office)) if office is not None else ()
    return (*lines, *((kiosk_id(asked.browser),) if asked.browser else ()))


def issue(state: State, form: Issue, asked: Asked) -> Accepted | Refused:
    """A number on paper, from a kiosk that was admitted or from staff; only staff say who comes first."""
    kiosk = state.get(kiosk_id(asked.browser)) if asked.browser else None
    staff = may_work(asked, form.office)
    if not staff and not (isinstance(kiosk, Kiosk) and kiosk.office == form.office):
        return Refused("not_allowed")
    if form.priority and not staff:
        return Refused("not_allowed")
    office = office_of(asked, form.office)
    if office is None or office.matter(form.matter) is None:
        return refused("invalid", UNKNOWN, "matter")
    ticket = _next(state, board_of(state, office, asked), form, asked, "")
    if isinstance(ticket, Refused):
        return ticket
    line, drawn = ticket
    return Accepted((line,), answer={"number": drawn.number, "office": form.office, "matter": form.matter})


def _next(state: State, board: Board, form: Issue, asked: Asked, mark: str) -> tuple[Line, Ticket] | Refused:
    """The next number of a matter, and its line with it: counted with the line, so that none is given twice."""
    matter, line = board.office.matter(form.matter), board.line(form.matter)
    if matter is None or line is None or not line.opens_at <= asked.now < line.closes_at:
        return refused("conflict", CLOSED)
    if any(board.office.matter(one) is None for one in form.then) or form.matter in form.then:
        return refused("invalid", UNKNOWN, "then")
    number = f"{matter.prefix}{line.last + 1:0{NUMBER_DIGITS}d}"
    ticket = Ticket(
        number=number,
        taken_at=asked.now,
        since=asked.now,
        rank=1 if form.priority else 0,
        then=form.then,
        origin="phone" if mark else "staff" if asked.person.holds((STAFF,)) else "kiosk",
        mark=mark,
        told=told_of(expectation_of(scene_in(state, board.office, board.lines, asked.now), form.matter)),
    )
    tickets = join(line.tickets, ticket)
    if isinstance(tickets, Refused):
        return refused(tickets.code, FULL)
    return msgspec.structs.replace(keep(line, tickets, asked.now), last=line.last + 1), ticket


def leave(state: State, form: Leave, asked: Asked) -> Accepted | Refused:
    """Give one's own number back: nobody waits for who is gone."""
    office = office_of(asked, form.office)
    if office is None or not asked.owner:
        return Refused("not_found")
    board = board_of(state, office, asked)
    found = _held(state, board, asked)
    if found is None:
        return Refused("not_found")
    after = board.moved(*found, "leave")
    return after if isinstance(after, Refused) else after.kept(board, asked)


def may_work(asked: Asked, office: str) -> bool:
    """Whether who asks is of the staff of an office; who has no office works for all."""
    offices = asked.person.offices
    return asked.person.holds((STAFF,)) and (not offices or "*" in offices or office in offices)


# Kiosks ----------------------------------------------------------------------------------------------------------


def needs_of_admit(form: Admit, asked: Asked) -> Sequence[str]:
    """The kiosk that this browser may be."""
    return (kiosk_id(asked.browser),) if asked.browser else ()


def admit(state: State, form: Admit, asked: Asked) -> Accepted | Refused:
    """Staff make this browser the kiosk of an office, or end that; what it may do does not hang on who is signed in."""
    if not asked.browser:
        return refused("invalid", NOBODY)
    this = kiosk_id(asked.browser)
    known = state.get(this)
    if not form.office:
        before = known.office if isinstance(known, Kiosk) else ""
        return Accepted(deletes=(this,)) if may_work(asked, before) else Refused("not_allowed")
    if office_of(asked, form.office) is None:
        return Refused("not_found")
    if not may_work(asked, form.office):
        return Refused("not_allowed")
    return Accepted((Kiosk(this, form.office, asked.now),))


# At the end of a day ---------------------------------------------------------------------------------------------


def close_line(state: State, line: Line, asked: Asked) -> Accepted:
    """The line of a day is over: in one decision every ticket has its outcome and the line is closed."""
    ended = keep(line, tuple(end(one, asked.now) for one in line.tickets), asked.now)
    left, visits = settled(ended, asked.now, str(asked.seed))
    return Accepted((msgspec.structs.replace(left, status="closed"), *visits))


def forget(state: State, held: Holding | Bell, asked: Asked) -> Accepted:
    """Whose a number was is not kept longer than it is needed."""
    return Accepted(deletes=(held.id,))
