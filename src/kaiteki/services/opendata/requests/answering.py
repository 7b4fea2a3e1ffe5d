"""What the office does with a request for data: read it through, assign it, answer in public, merge it. All of it is pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.editing import Edits, Standing
from kaiteki.kit.letters import read_letters
from kaiteki.kit.lifecycle import Stand, move
from kaiteki.kit.manifest import State
from kaiteki.kit.people_in_text import faults_of_people
from kaiteki.model.decision import Accepted, Asked, Message, Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.words import Words
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.requests.asking import emptied, supported_by
from kaiteki.services.opendata.requests.course import COURSE, MERGE, OPEN, PUBLISH
from kaiteki.services.opendata.requests.model import (
    ANSWERS_MAX,
    Answer,
    AnswerRequest,
    AskerOffice,
    AssignRequest,
    DataSetAsker,
    DataSetRequest,
    MakePublic,
    One,
    Wording,
    asker_id,
    asker_of,
    request_id,
)
from kaiteki.services.opendata.settings import settings_of

LETTERS: Final = read_letters("kaiteki.services.opendata")

_DATA_SET: Final = Words("公開したデータ", "Data set", "データ")
_INTO: Final = Words("まとめる先の番号", "Number of the other request", "まとめる ばんごう")
_OFFICE: Final = Words("担当", "Office", "たんとう")


def answer_needs(form: AnswerRequest, asked: Asked) -> Sequence[str]:
    """The request, the data set that came of it, the request that it is merged with."""
    others = (form.data_set, request_id(form.into) if form.into else "")
    return tuple(dict.fromkeys(one for one in (form.id, *others) if one))


def one_needed(form: MakePublic | AssignRequest, asked: Asked) -> Sequence[str]:
    """The request."""
    return (form.id,)


def contact_beside(form: AssignRequest, asked: Asked) -> Sequence[str]:
    """The contact, of which the office changes with the request."""
    return asker_of(form.id)


def publish_request(state: State, form: MakePublic, asked: Asked) -> Accepted | Refused:
    """Show a request to everybody, in the words that the office read through; also to put public words right. Words that may speak of
    people are refused until somebody says that they were looked at; an individual number is never shown."""
    request = state.get(form.id)
    if not isinstance(request, DataSetRequest) or request.status == "withdrawn":
        return Refused("not_found")
    faults = faults_of_people(
        {name: getattr(form, name) for name in ("title", "purpose", "use")}, form.looked
    )
    if faults:
        return Refused("invalid", faults)
    after = msgspec.structs.replace(
        request, title=form.title, purpose=form.purpose, use=form.use, published=True
    )
    letters = () if request.published else _tell(after, (request.asker,), _SHOWN)
    return Accepted((after,), messages=letters, answer=_answer(after))


def kept_words(state: State, form: MakePublic, asked: Asked) -> Standing | None:
    """The public words as they are now, once there are any."""
    request = state.get(form.id)
    if not isinstance(request, DataSetRequest) or not request.published:
        return None
    return Standing(request, MakePublic(request.id, request.title, request.purpose, request.use))


WORDS_EDITS: Final = Edits(kept_words)


def hide_request(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """Take the words of a request out of sight; number and state stay. The words of the asker are kept with the contact; where
    staff wrote the request down, the public ones are put there."""
    request = state.get(form.id)
    if not isinstance(request, DataSetRequest) or not request.published:
        return Refused("not_found")
    contact, after = asker_id(request.number), emptied(request)
    if isinstance(state.get(contact), DataSetAsker):
        return Accepted((after,), answer=_answer(after))
    words = Wording(request.title, request.purpose, request.use)
    kept = DataSetAsker(contact, "", request.id, request.number, request.office, words=words)
    return Accepted((after, kept), answer=_answer(after))


def hide_needs(form: One, asked: Asked) -> Sequence[str]:
    """The request, and what is kept of who asked."""
    return (form.id, *asker_of(form.id))


def assign_request(state: State, form: AssignRequest, asked: Asked) -> Accepted | Refused:
    """Give a request to another office; the contact opens for that one from now on."""
    request = state.get(form.id)
    if not isinstance(request, DataSetRequest):
        return Refused("not_found")
    if form.office not in {one.code for one in settings_of(asked).offices}:
        return refuse_field("choice", "office", _OFFICE)
    after = msgspec.structs.replace(request, office=form.office)
    return Accepted((after, AskerOffice(asker_id(request.number), form.office)), answer=_answer(after))


def answer_request(arrow: str, state: State, form: AnswerRequest, asked: Asked) -> Accepted | Refused:
    """Take a step of the office and say so in public. Who asked and who supports it hears of it.

    Nothing is answered that the public cannot read yet (conflict), except that it is merged. An answer that may speak of people is refused
    as the words of a request are; an individual number is never shown.
    """
    request = state.get(form.id)
    if not isinstance(request, DataSetRequest):
        return Refused("not_found")
    if not request.published and arrow != MERGE:
        return Refused("conflict")
    if len(request.answers) >= ANSWERS_MAX:
        return Refused("too_many")
    stand = move(COURSE, Stand(request.status, request.log), arrow, asked, form.why)
    if isinstance(stand, Refused):
        return stand
    faults = faults_of_people({"why": form.why}, form.looked)
    if faults:
        return Refused("invalid", faults)
    said = Answer(asked.now, stand.state, request.office, form.why)
    after = msgspec.structs.replace(
        request,
        status=stand.state,
        log=stand.log,
        answers=(*request.answers, said),
        answered_at=request.answered_at or asked.now,
    )
    if arrow == PUBLISH:
        return _fulfilled(state, form, after)
    if arrow == MERGE:
        return _merged(state, form, after)
    if arrow == "reopen_request":
        after = msgspec.structs.replace(after, data_set="", merged_into="")
    return _told(after)


def _fulfilled(state: State, form: AnswerRequest, after: DataSetRequest) -> Accepted | Refused:
    if not isinstance(state.get(form.data_set), DataSet):
        return refuse_field("choice" if form.data_set else "missing", "data_set", _DATA_SET)
    return _told(msgspec.structs.replace(after, data_set=form.data_set))


def _merged(state: State, form: AnswerRequest, after: DataSetRequest) -> Accepted | Refused:
    """Who wanted the one wants the other from now on, each counted once."""
    if not form.into:
        return refuse_field("missing", "into", _INTO)
    into = state.get(request_id(form.into))
    fits = isinstance(into, DataSetRequest) and into.id != after.id and into.published and into.status in OPEN
    if not isinstance(into, DataSetRequest) or not fits:
        return refuse_field("invalid", "into", _INTO)
    moved = (*after.supporters, *((after.asker,) if after.asker else ()))
    target = supported_by(into, (*into.supporters, *moved))
    gone = msgspec.structs.replace(after, merged_into=into.id)
    said = _told(gone)
    return msgspec.structs.replace(said, writes=(gone, target))


_SHOWN: Final = Words("公開しました", "is public now", "みんなが 見（み）られます")


def _told(request: DataSetRequest) -> Accepted:
    phase = COURSE.phase(request.status).words
    letters = _tell(request, (request.asker, *request.supporters), phase)
    return Accepted((request,), messages=letters, answer=_answer(request))


def _tell(request: DataSetRequest, people: Sequence[str], what: Words) -> tuple[Message, ...]:
    """What people hear: the number and the state; the answer stands on the page."""
    title, body = LETTERS["request_moved"].told(number=request.number, what=what)
    to = dict.fromkeys(one for one in people if one)
    return tuple(Message(one, title, body, f"data/requests/{request.number}", request.id) for one in to)


def _answer(request: DataSetRequest) -> dict[str, str | bool]:
    return {"id": request.id, "status": request.status, "published": request.published}
