"""What staff do at a window: open it, call, and what follows on a call; the last thing can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.line import Ticket
from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.words import Words
from kaiteki.services.counter.board import (
    Board,
    board_of,
    lines_of,
    office_of,
    settings_of,
    window_of,
)
from kaiteki.services.counter.model import Call, Handle, Last, Seat, WindowState, window_id
from kaiteki.services.counter.taking import UNKNOWN, may_work, refused

BUSY: Final = Words(
    "呼び出し中の方がいます。来たか、来なかったかを先に選んでください。",
    "Somebody is being called. First say whether they came.",
    "よんで いる 人（ひと）が います。来（き）たか 来（こ）なかったか えらんで ください。",
)
EMPTY: Final = Words("待っている方はいません。", "Nobody is waiting.", "まって いる 人（ひと）は いません。")
SHUT: Final = Words(
    "この窓口は閉まっています。先に開けてください。",
    "This window is closed. Open it first.",
    "この まどぐちは しまって います。さきに あけて ください。",
)
GONE: Final = Words(
    "この番号は、ほかの窓口が呼んだか、すでに終わっています。",
    "Another window has called this number, or it is over.",
    "この ばんごうは ほかの まどぐちが よんだか、もう おわりました。",
)
TOO_LATE: Final = Words(
    "元に戻せる時間が過ぎたか、ほかの操作が続いています。",
    "It is too late to take this back, or others went on from there.",
    "もう もどせません。",
)


class _Place(msgspec.Struct, frozen=True):
    """What a command at a window works on."""

    board: Board
    window: WindowState


def needs_of_window(form: Seat | Call | Handle, asked: Asked) -> Sequence[str]:
    """All lines of the office today, and the window."""
    office = office_of(asked, form.office)
    return () if office is None else (*lines_of(office, asked), window_id(form.office, form.window))


def _place(state: State, form: Seat | Call | Handle, asked: Asked) -> _Place | Refused:
    office = office_of(asked, form.office)
    window = window_of(state, office, form.window) if office is not None else None
    if office is None or window is None:
        return Refused("not_found")
    if not may_work(asked, form.office):
        return Refused("not_allowed")
    return _Place(board_of(state, office, asked), window)


def seat(state: State, form: Seat, asked: Asked) -> Accepted | Refused:
    """Open a window for some matters, or close it; one that has somebody before it is not closed."""
    place = _place(state, form, asked)
    if isinstance(place, Refused):
        return place
    if any(place.board.office.matter(one) is None for one in form.matters):
        return refused("invalid", UNKNOWN, "matters")
    if not form.open and place.board.at(form.window) is not None:
        return refused("conflict", BUSY)
    told = place.board.office.window(form.window)
    matters = form.matters or place.window.matters or (told.matters if told is not None else ())
    status = "open" if form.open else "closed"
    changed = msgspec.structs.replace(place.window, status=status, matters=matters, changed_at=asked.now)
    return Accepted((changed,), answer={"window": form.window, "status": status})


def call(state: State, form: Call, asked: Asked) -> Accepted | Refused:
    """Call the next one, or the one with a number: decided on the lines as they are, so that nobody is called by two windows.

    Whom the window serves is done by that; whom it has only called is not, for nobody said yet whether they came.
    """
    place = _place(state, form, asked)
    if isinstance(place, Refused):
        return place
    board, window = place.board, place.window
    if window.status != "open":
        return refused("conflict", SHUT)
    here = board.at(form.window)
    if here is not None and here[1].place == "called":
        return refused("conflict", BUSY)
    after = _finished(board, *here, form.window) if here is not None else board
    if isinstance(after, Refused):
        return after
    found = after.where(form.number) if form.number else after.next_of(window.matters)
    if found is None:
        return refused("conflict" if form.number else "not_found", GONE if form.number else EMPTY)
    called = after.moved(*found, "call", form.window)
    if isinstance(called, Refused):
        return refused(called.code, GONE)
    return called.kept(board, asked, _noted(window, "call", called, asked))


def handle(name: str, state: State, form: Handle, asked: Asked) -> Accepted | Refused:
    """A step of `kit.line.MOVES` with the number that the window has, or another one of the office."""
    place = _place(state, form, asked)
    if isinstance(place, Refused):
        return place
    board = place.board
    found = board.where(form.number) if form.number else board.at(form.window)
    if found is None:
        return refused("conflict", GONE)
    if name == "finish":
        after = _finished(board, *found, form.window)
    elif name == "transfer":
        after = _transferred(board, *found, form)
    else:
        after = board.moved(*found, name, form.window)
    if isinstance(after, Refused):
        return after if after.faults else refused(after.code, GONE)
    return after.kept(board, asked, _noted(place.window, name, after, asked))


def _finished(board: Board, matter: str, ticket: Ticket, window: str) -> Board | Refused:
    """Done here; who wants something else beside it stands in the next line."""
    after = board.moved(matter, ticket, "finish", window)
    if isinstance(after, Refused) or not ticket.then:
        return after
    return after.passed(ticket, ticket.then[0], ticket.then[1:])


def _transferred(board: Board, matter: str, ticket: Ticket, form: Handle) -> Board | Refused:
    if board.office.matter(form.to) is None or form.to == matter:
        return refused("invalid", UNKNOWN, "to")
    after = board.moved(matter, ticket, "transfer", form.window)
    rest = tuple(one for one in ticket.then if one != form.to)
    return after if isinstance(after, Refused) else after.passed(ticket, form.to, rest)


def _noted(window: WindowState, command: str, after: Board, asked: Asked) -> WindowState:
    """The window with what was done there now."""
    last = Last(asked.now, command, after.deeds)
    return msgspec.structs.replace(window, last=last, changed_at=asked.now)


def undo(state: State, form: Handle, asked: Asked) -> Accepted | Refused:
    """Take back what was done at the window last, wholly or not at all, as long as nobody went on from there."""
    place = _place(state, form, asked)
    if isinstance(place, Refused):
        return place
    last = place.window.last
    if last is None or asked.now >= last.at + settings_of(asked).undo_s * 1_000_000:
        return refused("conflict", TOO_LATE)
    after = place.board.undone(last.deeds)
    if isinstance(after, Refused):
        return refused("conflict", TOO_LATE)
    return after.kept(place.board, asked, msgspec.structs.replace(place.window, last=None))
