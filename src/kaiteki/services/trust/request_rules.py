"""What may happen with a request: it is numbered, checked, decided within the days of the law, and the person hears of each step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import msgspec

from kaiteki.kit.lifecycle import Stand, move, opened
from kaiteki.kit.manifest import State
from kaiteki.kit.numbering import counter_id, next_number
from kaiteki.model.access import STAFF
from kaiteki.model.decision import Accepted, Asked, Message, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.trust.request_model import COURSE, DECIDED, NUMBER_KIND, Ask, DataRequest, Take
from kaiteki.services.trust.settings import Settings

DAYS_MAX: Final = 30
"""The days of the law (83, 94, 102 条), and those by which they can be extended; an area may only take fewer."""
_JAPAN: Final = timezone(timedelta(hours=9))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def request_id(number: str) -> str:
    """The id of the request with a number."""
    return f"urn:ngsi-ld:DataRequest:{number}"


def last_moment(start: Instant, days: int) -> Instant:
    """The end of the day in Japan that lies so many days after that of `start`; the first day does not count (民法 140 条)."""
    day = (_EPOCH + timedelta(microseconds=start)).astimezone(_JAPAN).date() + timedelta(days=days)
    end = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=_JAPAN)
    return Instant((end - _EPOCH) // timedelta(microseconds=1))


def ask(state: State, form: Ask, asked: Asked) -> Accepted | Refused:
    """Somebody asks: numbered, with the day by which it must be decided."""
    number, counter = next_number(state, NUMBER_KIND, asked)
    stand = opened(COURSE, asked)
    request = DataRequest(
        id=request_id(number),
        number=number,
        holder=asked.owner,
        kind=form.kind,
        what=form.what,
        name=form.name,
        address=form.address,
        status=stand.state,
        asked_at=asked.now,
        due_at=last_moment(asked.now, min(_settings(asked).answer_days, DAYS_MAX)),
        log=stand.log,
        helper=asked.person.helper,
    )
    answer = {"id": request.id, "number": number}
    return Accepted((request, counter), messages=_letters(request), answer=answer)


def step(arrow: str, state: State, form: Take, asked: Asked) -> Accepted | Refused:
    """Take one arrow. Only the person (or who acts for them) and staff take a request back; an extension is given once."""
    request = state.get(form.id)
    if not isinstance(request, DataRequest):
        return Refused("not_found")
    own = request.holder == asked.owner
    if arrow == "take_back" and not own and not asked.person.holds((STAFF,)):
        return Refused("not_found")
    stand = move(COURSE, Stand(request.status, request.log), arrow, asked, form.why)
    if isinstance(stand, Refused):
        return stand
    moved = msgspec.structs.replace(request, status=stand.state, log=stand.log)
    if arrow == "confirm":
        moved = msgspec.structs.replace(moved, identity=form.why)
    elif arrow == "extend":
        days = min(_settings(asked).extension_days, DAYS_MAX)
        moved = msgspec.structs.replace(moved, due_at=last_moment(request.due_at, days))
    elif stand.state in DECIDED:
        moved = msgspec.structs.replace(moved, decision=form.why, decided_at=asked.now)
    return Accepted((moved,), messages=_letters(moved), answer={"id": moved.id, "status": moved.status})


def needs_of_ask(form: Ask, asked: Asked) -> Sequence[str]:
    """The counter of requests."""
    return (counter_id(NUMBER_KIND, asked),)


def needs_of_step(form: Take, asked: Asked) -> Sequence[str]:
    """The request itself."""
    return (form.id,)


def _letters(request: DataRequest) -> tuple[Message, ...]:
    """What the person hears: the state in words; the reason stands on the page, not in the message."""
    phase = COURSE.phase(request.status).words
    title = Words(
        f"請求 {request.number}：{phase.ja}",
        f"Request {request.number}: {phase.en}",
        f"{request.number}：{phase.easy}",
    )
    body = Words(
        "くわしくは、請求のページをご覧ください。",
        "See the page of your request.",
        "くわしい ことは ページを 見（み）て ください。",
    )
    return (Message(request.holder, title, body, f"my/requests/{request.number}"),)


def _settings(asked: Asked) -> Settings:
    return asked.settings if isinstance(asked.settings, Settings) else Settings()
