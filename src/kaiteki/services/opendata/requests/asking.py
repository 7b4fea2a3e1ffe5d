"""What people may do with requests for data: ask, join in, leave, withdraw. All of it is pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import msgspec

from kaiteki.kit.letters import read_letters
from kaiteki.kit.lifecycle import Stand, Step, move, opened
from kaiteki.kit.manifest import State
from kaiteki.kit.numbering import counter_id, next_number
from kaiteki.model.access import STAFF
from kaiteki.model.decision import Accepted, Asked, Message, Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.instant import Instant
from kaiteki.model.said import local_time
from kaiteki.services.opendata.requests.course import COURSE, OPEN, WITHDRAW
from kaiteki.services.opendata.requests.model import (
    EMAIL,
    NUMBER_KIND,
    SUPPORTERS_MAX,
    AskForData,
    DataSetAsker,
    DataSetRequest,
    One,
    RequestBook,
    Wording,
    asker_id,
    asker_of,
    book_id,
    request_id,
)
from kaiteki.services.opendata.settings import settings_of

LETTERS: Final = read_letters("kaiteki.services.opendata")

ASKED_DAY_MAX: Final = 5
"""Requests of one person on one day."""
SUPPORTS_MAX: Final = 500
_JAPAN: Final = timezone(timedelta(hours=9))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def answered_by(start: Instant, days: int) -> Instant:
    """The end of the day in Japan that lies so many days after that of `start`; the first day does not count (民法 140 条)."""
    day = (_EPOCH + timedelta(microseconds=start)).astimezone(_JAPAN).date() + timedelta(days=days)
    end = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=_JAPAN)
    return Instant((end - _EPOCH) // timedelta(microseconds=1))


def ask_needs(form: AskForData, asked: Asked) -> Sequence[str]:
    """The counter of numbers, and the book of who asks."""
    return (counter_id(NUMBER_KIND, asked), *_own_book(asked))


def one_needs(form: One, asked: Asked) -> Sequence[str]:
    """The request, and the book of who asks."""
    return (form.id, *_own_book(asked))


def _own_book(asked: Asked) -> tuple[str, ...]:
    return (book_id(asked.owner),) if asked.owner else ()


def book_of(state: State, holder: str) -> RequestBook:
    """The book of a holder, a new one where there is none."""
    found = state.get(book_id(holder))
    return found if isinstance(found, RequestBook) else RequestBook(book_id(holder), holder)


def ask_for_data(state: State, form: AskForData, asked: Asked) -> Accepted | Refused:
    """Take a request in: numbered, due, unseen by the public until the office has read it. What staff write down is public at once."""
    staff = asked.person.holds((STAFF,))
    if not asked.person.signed_in and not form.email:
        return refuse_field("missing", "email", EMAIL)
    book = book_of(state, asked.owner) if asked.owner and not staff else None
    today = local_time(asked.now).date().isoformat()
    lately = [day for day in book.sent if day == today] if book is not None else []
    if len(lately) >= ASKED_DAY_MAX:
        return Refused("too_many")
    settings, stand = settings_of(asked), opened(COURSE, asked)
    number, counter = next_number(state, NUMBER_KIND, asked)
    said = Wording(form.title, form.purpose, form.use)
    asker = "" if staff else asked.owner
    request = DataSetRequest(
        id=request_id(number),
        number=number,
        status=stand.state,
        asked_at=asked.now,
        due_at=answered_by(asked.now, settings.answer_days),
        office=settings.desk,
        published=staff,
        asker=asker,
        log=stand.log if staff else _unnamed(stand.log),
    )
    if staff:
        request = msgspec.structs.replace(request, title=said.title, purpose=said.purpose, use=said.use)
    writes: list[msgspec.Struct] = [request, counter]
    if not staff or form.name or form.email:
        writes.append(
            DataSetAsker(
                asker_id(number), asker, request.id, number, settings.desk, form.name, form.email, said
            )
        )
    if book is not None:
        writes.append(msgspec.structs.replace(book, sent=(*lately, today)))
    answer = {"id": request.id, "number": number, "published": request.published}
    return Accepted(tuple(writes), messages=_thank(request), answer=answer)


def _thank(request: DataSetRequest) -> tuple[Message, ...]:
    if not request.asker:
        return ()
    title, body = LETTERS["request_arrived"].told(number=request.number)
    return (Message(request.asker, title, body, f"data/requests/{request.number}", request.id),)


def _unnamed(log: tuple[Step, ...]) -> tuple[Step, ...]:
    """The last line without the account of who took the step: who asked stands in `asker` alone."""
    return (*log[:-1], msgspec.structs.replace(log[-1], who=""))


def support_request(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """Join in, once a person; joining twice changes nothing. The asker is one of those who want it anyway."""
    request = state.get(form.id)
    if not isinstance(request, DataSetRequest) or not request.published:
        return Refused("not_found")
    if not asked.owner or request.status not in OPEN or asked.owner == request.asker:
        return Refused("conflict")
    if asked.owner in request.supporters:
        return Accepted(answer=_counted(request))
    book = book_of(state, asked.owner)
    if len(request.supporters) >= SUPPORTERS_MAX or len(book.supports) >= SUPPORTS_MAX:
        return Refused("too_many")
    after = supported_by(request, (*request.supporters, asked.owner))
    kept = msgspec.structs.replace(book, supports=(*book.supports, request.id))
    return Accepted((after, kept), answer=_counted(after))


def leave_request(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """Support it no more."""
    request = state.get(form.id)
    if not isinstance(request, DataSetRequest) or not request.published:
        return Refused("not_found")
    if asked.owner not in request.supporters:
        return Accepted(answer=_counted(request))
    after = supported_by(request, tuple(one for one in request.supporters if one != asked.owner))
    book = book_of(state, asked.owner)
    supports = tuple(one for one in book.supports if one != request.id)
    return Accepted((after, msgspec.structs.replace(book, supports=supports)), answer=_counted(after))


def supported_by(request: DataSetRequest, supporters: Sequence[str]) -> DataSetRequest:
    """The request with these supporters, each once."""
    once = tuple(dict.fromkeys(one for one in supporters if one != request.asker))[:SUPPORTERS_MAX]
    return msgspec.structs.replace(request, supporters=once, supporter_count=len(once))


def _counted(request: DataSetRequest) -> dict[str, str | int]:
    return {"id": request.id, "supporters": request.supporter_count}


def withdraw_request(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """The asker takes it back: their words and contact go, number and course stay."""
    request = state.get(form.id)
    if not isinstance(request, DataSetRequest) or not asked.owner or request.asker != asked.owner:
        return Refused("not_found")
    stand = move(COURSE, Stand(request.status, request.log), WITHDRAW, asked)
    if isinstance(stand, Refused):
        return stand
    after = msgspec.structs.replace(
        emptied(request),
        status=stand.state,
        log=_unnamed(stand.log),
        asker="",
        supporters=(),
        supporter_count=0,
    )
    answer = {"id": after.id, "status": after.status}
    return Accepted((after,), deletes=(asker_id(request.number),), answer=answer)


def withdraw_needs(form: One, asked: Asked) -> Sequence[str]:
    """The request; the contact goes with it."""
    return (form.id, *asker_of(form.id))


def emptied(request: DataSetRequest) -> DataSetRequest:
    """The request without the words of the asker, shown to nobody."""
    return msgspec.structs.replace(request, title="", purpose="", use="", published=False)
