"""What is remembered of one reporter: the unfinished report, what was sent and is followed; and the limits that stand on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.services.reports.forms import SaveDraft, Submit
from kaiteki.services.reports.model import Book, Cell, Report, Sent, book_id, cell_id
from kaiteki.services.reports.settings import USUAL, Settings
from kaiteki.services.reports.steps import DAY, SECOND, event_of, is_staff, refuse

DRAFT_KEYS_MAX: Final = 60


def own_book(state: State, holder: str) -> Book:
    """The book of a holder, a new one where there is none."""
    found = state.get(book_id(holder))
    return found if isinstance(found, Book) else Book(book_id(holder), holder)


def book_needs(form: SaveDraft, asked: Asked) -> Sequence[str]:
    """The book of whoever asks."""
    holder = asked.owner
    return (book_id(holder),) if holder else ()


def save_draft(state: State, form: SaveDraft, asked: Asked) -> Accepted | Refused:
    """Keep the unfinished report of this browser."""
    holder = asked.owner
    if not holder or len(form.draft) > DRAFT_KEYS_MAX:
        return refuse(
            "invalid",
            "書きかけを保存できません。",
            "The draft cannot be kept.",
            "とちゅうの ものを のこせません。",
            "draft",
        )
    return Accepted(writes=(msgspec.structs.replace(own_book(state, holder), draft=form.draft),))


def limited(settings: Settings, state: State, form: Submit, holder: str, asked: Asked) -> Refused | None:
    """The limits by browser and by place; staff who take reports by phone are free of them.

    In a disaster many people see the same place, so there is no limit by place then.
    """
    if is_staff(asked):
        return None
    book = state.get(book_id(holder)) if holder else None
    times = [s.at for s in book.sent if not s.what] if isinstance(book, Book) else []
    if sum(1 for at in times if asked.now - at < 3600 * SECOND) >= settings.browser_hour_max or (
        sum(1 for at in times if asked.now - at < DAY) >= settings.browser_day_max
    ):
        return refuse(
            "too_many",
            "短い時間にたくさん届いています。少し時間をおいて送ってください。",
            "Many reports came from you in a short time. Please wait a little.",
            "たくさん とどきました。すこし まってから おくって ください。",
        )
    if form.latitude is None or form.longitude is None or event_of(state) != USUAL:
        return None
    cell = state.get(cell_id(form.longitude, form.latitude))
    lately = [at for at in cell.sent if asked.now - at < 3600 * SECOND] if isinstance(cell, Cell) else []
    if len(lately) >= settings.place_hour_max:
        return refuse(
            "too_many",
            "この場所の知らせが短い時間にたくさん届いています。すでに届いている知らせをご覧ください。",
            "Many reports came from this place within the hour. Please look at those first.",
            "この ばしょの 知らせが たくさん とどいて います。",
        )
    return None


def keep_sender(
    settings: Settings, state: State, form: Submit, report: Report, asked: Asked
) -> list[msgspec.Struct]:
    """What is kept of who sent a report: the book of the sender, and the cell of the place."""
    holder = asked.owner
    kept: list[msgspec.Struct] = []
    if holder:
        book = own_book(state, holder)
        sent = (*(s for s in book.sent if asked.now - s.at < DAY), Sent(asked.now, report.id, form.draft))
        follows = (*book.follows, report.id) if report.followers else book.follows
        kept.append(
            msgspec.structs.replace(
                book,
                draft={},
                sent=sent,
                follows=follows[-settings.follows_max :],
                mine=(*book.mine, report.id)[-settings.follows_max :],
            )
        )
    if form.latitude is not None and form.longitude is not None:
        here = cell_id(form.longitude, form.latitude)
        cell = state.get(here)
        before = cell.sent if isinstance(cell, Cell) else ()
        lately = tuple(at for at in before if asked.now - at < 3600 * SECOND)
        kept.append(Cell(here, (*lately, asked.now)))
    return kept
