"""What may happen with a request: it is numbered, checked, decided within the days of the law, and the person hears of each step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import msgspec

from kaiteki.kit.letters import read_letters
from kaiteki.kit.lifecycle import Stand, move, opened
from kaiteki.kit.manifest import State
from kaiteki.kit.numbering import counter_id, next_number
from kaiteki.model.access import ADMIN, STAFF
from kaiteki.model.decision import Accepted, Asked, Message, Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.instant import Instant
from kaiteki.model.said import said_day
from kaiteki.model.words import Words
from kaiteki.services.trust.request_model import (
    COURSE,
    DECIDED,
    NUMBER_KIND,
    RESUME,
    TOLD,
    WITHDRAWING,
    Ask,
    DataRequest,
    Take,
    Withdrawal,
)
from kaiteki.services.trust.settings import Settings

LETTERS: Final = read_letters("kaiteki.services.trust")

DAYS_MAX: Final = 30
"""The days of the law (83, 94, 102 条), and those by which they can be extended; an area may only take fewer."""
HEARD: Final = Words("本人の申し出の確認", "The word of the person", "本人（ほんにん）の ことば")
WHY: Final = Words("理由", "Reason", "りゆう")
_SHOWN: Final = Words("確認した書類", "The document that was shown", "見（み）た しょるい")
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
        office=_settings(asked).desk_office,
    )
    answer = {"id": request.id, "number": number}
    return Accepted((request, counter), messages=_letters(request, asked), answer=answer)


def step(arrow: str, state: State, form: Take, asked: Asked) -> Accepted | Refused:
    """Take one arrow. The person (or who acts for them) takes their request back and up again, the office in charge does the rest;
    an extension is given once."""
    request = state.get(form.id)
    if not isinstance(request, DataRequest) or not _concerns(request, arrow, asked):
        return Refused("not_found")
    if arrow == RESUME:
        return _resume(request, form, asked)
    stand = move(COURSE, Stand(request.status, request.log), arrow, asked, form.why)
    if isinstance(stand, Refused):
        # what is missing to check identity is no reason, but the document
        return refuse_field("missing", "why", _SHOWN) if arrow == "confirm" and stand.faults else stand
    moved = msgspec.structs.replace(request, status=stand.state, log=stand.log)
    if arrow == "confirm":
        moved = msgspec.structs.replace(moved, identity=form.why)
    elif arrow == "extend":
        days = min(_settings(asked).extension_days, DAYS_MAX)
        moved = msgspec.structs.replace(moved, due_at=last_moment(request.due_at, days))
    elif stand.state in DECIDED:
        moved = msgspec.structs.replace(moved, decision=form.why, decided_at=asked.now)
    return Accepted(
        (moved,), messages=_letters(moved, asked), answer={"id": moved.id, "status": moved.status}
    )


def _concerns(request: DataRequest, arrow: str, asked: Asked) -> bool:
    """Whether a step with a request is somebody's business: their own, or that of the office in charge."""
    own = request.holder == asked.owner
    offices = asked.person.offices
    works = asked.person.holds((STAFF, ADMIN)) and ("*" in offices or request.office in offices)
    if arrow == "take_back":
        return own
    return works or (own and arrow == RESUME) or (own and not asked.person.holds((STAFF,)))


def take_back_for(state: State, form: Withdrawal, asked: Asked) -> Accepted | Refused:
    """The desk takes a request back on the word of the person, whose identity was checked before."""
    if not form.heard:
        return refuse_field("missing", "heard", HEARD)
    said = f"{dict(TOLD)[form.told].ja}：{form.why}"
    return step("take_back_for", state, Take(form.id, said), asked)


def resumable_until(request: DataRequest, settings: Settings) -> Instant | None:
    """Until when a request that was taken back can be taken up again; None where it was not."""
    last = request.log[-1] if request.log else None
    if request.status != "withdrawn" or last is None or last.arrow not in WITHDRAWING:
        return None
    return last_moment(last.at, settings.resume_days)


def _resume(request: DataRequest, form: Take, asked: Asked) -> Accepted | Refused:
    """Back to where it was taken back; the day by which it must be decided stays."""
    until = resumable_until(request, _settings(asked))
    if until is None or asked.now > until:
        return Refused("conflict")
    if request.holder != asked.owner and not form.why:
        return refuse_field("missing", "why", WHY)
    stand = move(COURSE, Stand(request.status, request.log), RESUME, asked, form.why)
    if isinstance(stand, Refused):
        return stand
    before = request.log[-1].source
    log = (*stand.log[:-1], msgspec.structs.replace(stand.log[-1], target=before))
    moved = msgspec.structs.replace(request, status=before, log=log)
    return Accepted(
        (moved,), messages=_letters(moved, asked), answer={"id": moved.id, "status": moved.status}
    )


def needs_of_ask(form: Ask, asked: Asked) -> Sequence[str]:
    """The counter of requests."""
    return (counter_id(NUMBER_KIND, asked),)


def needs_of_step(form: Take | Withdrawal, asked: Asked) -> Sequence[str]:
    """The request itself."""
    return (form.id,)


def _letters(request: DataRequest, asked: Asked) -> tuple[Message, ...]:
    """What the person hears: the state in words; the reason stands on the page, not in the message. Whose request the desk took
    back is told until when they can take it up again."""
    phase = COURSE.phase(request.status).words
    until = resumable_until(request, _settings(asked))
    if until is not None and request.log[-1].arrow == "take_back_for":
        day = Words(said_day(until, "ja"), said_day(until, "en"), said_day(until, "ja"))
        title, body = LETTERS["request_taken_back"].told(number=request.number, what=phase, day=day)
    else:
        title, body = LETTERS["request_moved"].told(number=request.number, what=phase)
    return (Message(request.holder, title, body, f"my/requests/{request.number}"),)


def _settings(asked: Asked) -> Settings:
    return asked.settings if isinstance(asked.settings, Settings) else Settings()
