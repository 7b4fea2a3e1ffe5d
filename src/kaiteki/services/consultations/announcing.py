"""A public comment is prepared, announced with a period, ends by itself, or is cancelled with a reason. All of it is pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from kaiteki.kit.editing import Edits, Standing
from kaiteki.kit.letters import read_letters
from kaiteki.kit.lifecycle import Stand, move, opened
from kaiteki.kit.manifest import State
from kaiteki.kit.numbering import counter_id, next_number
from kaiteki.kit.views import fresh_id
from kaiteki.model.decision import Accepted, Asked, Fault, Message, Refused
from kaiteki.model.faults import fault, refuse_field
from kaiteki.model.instant import Instant, is_day
from kaiteki.model.said import local_day_start, local_time
from kaiteki.model.words import Words
from kaiteki.services.consultations.course import CANCEL, COURSE, END
from kaiteki.services.consultations.model import (
    NUMBER_KIND,
    Consultation,
    ConsultationDraft,
    Document,
    One,
    PrepareConsultation,
    consultation_id,
)
from kaiteki.services.consultations.settings import settings_of

LETTERS: Final = read_letters("kaiteki.services.consultations")

DAYS_MAX: Final = 366
DOCUMENTS_MAX: Final = 20
DAY_US: Final = 86_400_000_000
_OPENS: Final = Words("募集を始める日", "First day", "はじまりの 日（ひ）")
_CLOSES: Final = Words("募集を終える日", "Last day", "おわりの 日（ひ）")
_SHORT: Final = Words(
    "募集は{n}日以上です（{ground}）。短くするときは理由を書いてください。",
    "A period takes {n} days or more ({ground}). For a shorter one, please give the reason.",
    "{n}日（にち）より 長（なが）く します。みじかい ときは りゆうを 書（か）いて ください。",
)
_DOCUMENTS: Final = Words(
    "資料は1行に1つ、名前とhttps://で始まるURLを書いてください（20件まで）。",
    "One document in each line: its name and an address that begins with https:// (20 at most).",
    "1行（ぎょう）に 1つ、名前（なまえ）と https:// を 書（か）いて ください。",
)
_PREPARED: Final = tuple(PrepareConsultation.__struct_fields__)


def draft_needs(form: PrepareConsultation | One, asked: Asked) -> Sequence[str]:
    """The draft, where it is there already; the counter for one that is announced."""
    return tuple(one for one in (form.id, counter_id(NUMBER_KIND, asked)) if one)


def prepare(state: State, form: PrepareConsultation, asked: Asked) -> Accepted | Refused:
    """Keep what is to be announced: it may be unfinished, but its days, documents and office are right."""
    known = state.get(form.id)
    if form.id and not isinstance(known, ConsultationDraft):
        return Refused("not_found")
    offices = {one.code for one in settings_of(asked).offices}
    if not asked.person.works_for(known.office if isinstance(known, ConsultationDraft) else form.office):
        return Refused("not_allowed")
    faults = [
        fault("not_a_date", name, words)
        for name, words in (("opens_on", _OPENS), ("closes_on", _CLOSES))
        if not is_day(getattr(form, name))
    ]
    if not faults and not 0 <= _days(form) <= DAYS_MAX:
        faults.append(fault("invalid", "closes_on", _CLOSES))
    if documents_of(form.documents) is None:
        faults.append(Fault("documents", "invalid", _DOCUMENTS))
    if form.office not in offices | ({""} if not offices else set()):
        faults.append(fault("choice", "office", Words("担当", "Office", "たんとう")))
    if faults:
        return Refused("invalid", tuple(faults))
    values = {name: getattr(form, name) for name in _PREPARED if name != "id"}
    draft = ConsultationDraft(form.id or fresh_id("ConsultationDraft", asked), **values)
    return Accepted((draft,), answer={"id": draft.id})


def kept_draft(state: State, form: PrepareConsultation, asked: Asked) -> Standing | None:
    """The draft as it is now."""
    known = state.get(form.id)
    return Standing(known, form_of(known)) if isinstance(known, ConsultationDraft) else None


DRAFT_EDITS: Final = Edits(kept_draft)


def form_of(draft: ConsultationDraft) -> PrepareConsultation:
    """A draft as its form."""
    return PrepareConsultation(**{name: getattr(draft, name) for name in _PREPARED})


def documents_of(lines: str) -> tuple[Document, ...] | None:
    """The documents of lines of a name and an address; None where a line is none, or there are too many."""
    found: list[Document] = []
    for line in lines.splitlines():
        name, _, url = line.strip().rpartition(" ")
        if line.strip() and not (name.strip() and url.startswith("https://") and len(url) <= 500):
            return None
        if line.strip():
            found.append(Document(name.strip(), url))
    return tuple(found) if len(found) <= DOCUMENTS_MAX else None


def _days(form: PrepareConsultation | ConsultationDraft) -> int:
    """The days of the period, the first one counted (公示の日から起算)."""
    return (date.fromisoformat(form.closes_on) - date.fromisoformat(form.opens_on)).days + 1


def announce(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """Show a draft to everybody: numbered, open from its first day (today at the soonest) to the end of its last one in Japan.

    A period below that of the area needs a reason, which everybody reads (行政手続法 40 条 1 項).
    """
    draft = state.get(form.id)
    if not isinstance(draft, ConsultationDraft):
        return Refused("not_found")
    if not asked.person.works_for(draft.office):
        return Refused("not_allowed")
    settings = settings_of(asked)
    today = local_time(asked.now).date()
    first, last = max(today, date.fromisoformat(draft.opens_on)), date.fromisoformat(draft.closes_on)
    days, least = (last - first).days + 1, settings.days(draft.kind)
    if days < 1:
        return refuse_field("invalid", "closes_on", _CLOSES)
    if days < least and not draft.why_short:
        told = {
            language: _SHORT.fill(language, n=least, ground=settings.ground(draft.kind).say(language))
            for language in ("ja", "en", "ja-easy")
        }
        words = Words(told["ja"], told["en"], told["ja-easy"])
        return Refused("invalid", (Fault("why_short", "too_short", words),))
    number, counter = next_number(state, NUMBER_KIND, asked)
    stand = opened(COURSE, asked)
    announced = Consultation(
        id=consultation_id(number),
        number=number,
        title=draft.title,
        kind=draft.kind,
        about=draft.about,
        text=draft.text,
        documents=documents_of(draft.documents) or (),
        how=draft.how,
        office=draft.office,
        opens_at=local_day_start(first),
        closes_at=Instant(local_day_start(last) + DAY_US - 1_000_000),
        status=stand.state,
        announced_at=asked.now,
        why_short=draft.why_short if days < least else "",
        log=stand.log,
    )
    return Accepted((announced, counter), (draft.id,), answer={"id": announced.id, "number": number})


def one_needed(form: One, asked: Asked) -> Sequence[str]:
    """The public comment."""
    return (form.id,)


def cancel(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """Take it back, with a reason that everybody reads. Who gave an opinion hears of it."""
    known = state.get(form.id)
    if not isinstance(known, Consultation):
        return Refused("not_found")
    if not asked.person.works_for(known.office):
        return Refused("not_allowed")
    return stepped(known, CANCEL, asked, form.why, why_cancelled=form.why)


def end_period(state: State, known: Consultation, asked: Asked) -> Accepted | Refused:
    """The period is over: opinions are read now, and who gave one hears of it."""
    return Accepted() if asked.now <= known.closes_at else stepped(known, END, asked)


def stepped(
    known: Consultation, arrow: str, asked: Asked, why: str = "", **values: object
) -> Accepted | Refused:
    """A step of the course; each follower is told of it once."""
    stand = move(COURSE, Stand(known.status, known.log), arrow, asked, why)
    if isinstance(stand, Refused):
        return stand
    after = msgspec.structs.replace(known, status=stand.state, log=stand.log, **values)
    answer = {"id": after.id, "status": after.status}
    return Accepted((after,), messages=letters(after, COURSE.phase(stand.state).words), answer=answer)


def letters(known: Consultation, what: Words, links: Sequence[str] = ()) -> tuple[Message, ...]:
    """A letter to each follower: title and state; the words of the town stand on the page. `links` are parts of it, one for each."""
    title, body = LETTERS["consultation_moved"].told(title=known.title, what=what)
    page = f"participation/comments/{known.number}"
    where = links or ("",) * len(known.followers)
    return tuple(
        Message(to, title, body, page + link, known.id)
        for to, link in zip(known.followers, where, strict=True)
    )
