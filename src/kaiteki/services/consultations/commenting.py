"""Opinions come in: by web from anybody, and by paper, mail and word through staff. All of it is pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from kaiteki.kit.letters import read_letters
from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Fault, Message, Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.instant import Instant, is_day
from kaiteki.model.said import local_day_start
from kaiteki.model.words import Words
from kaiteki.services.consultations.likeness import sketch
from kaiteki.services.consultations.model import (
    OPINIONS_MAX,
    WEB_MAX,
    Consultation,
    Opinion,
    OpinionBook,
    OpinionSender,
    SayOpinion,
    TakeInOpinion,
    book_id,
    opinion_id,
    sender_id,
)
from kaiteki.services.consultations.settings import settings_of

LETTERS: Final = read_letters("kaiteki.services.consultations")

_CLOSED: Final = Words(
    "いまは意見を募集していません。",
    "It is not open for comments now.",
    "いまは 意見（いけん）を 聞（き）いて いません。",
)
_OFTEN: Final = Words(
    "ひとりが出せる意見の数をこえました。",
    "You sent as many comments as one person can.",
    "もう おくれません。",
)
_FULL: Final = Words(
    "このページで受け付けられる数をこえました。紙か郵送でお出しください。",
    "This page takes no more comments. Please send yours on paper.",
    "ページでは もう うけつけられません。かみで おくって ください。",
)
_UNKNOWN: Final = Words(
    "この端末を覚えられないため、受け付けられません。ログインするか、クッキーを使えるようにしてください。",
    "This device cannot be remembered. Please sign in, or allow cookies.",
    "この きかいを おぼえられません。ログインして ください。",
)
_DAY: Final = Words("届いた日", "Came on", "とどいた 日（ひ）")


def say_needs(form: SayOpinion, asked: Asked) -> Sequence[str]:
    """The public comment, and the book of who speaks."""
    return (form.id, book_id(asked.owner)) if asked.owner else (form.id,)


def say_opinion(state: State, form: SayOpinion, asked: Asked) -> Accepted | Refused:
    """Take an opinion in by web, while the period runs. Who wishes so is told of each step."""
    known = state.get(form.id)
    if not isinstance(known, Consultation):
        return Refused("not_found")
    if not asked.owner:
        return _refuse("not_allowed", _UNKNOWN)
    if known.status != "open" or not known.opens_at <= asked.now <= known.closes_at:
        return _refuse("conflict", _CLOSED)
    kept = state.get(book_id(asked.owner))
    book = kept if isinstance(kept, OpinionBook) else OpinionBook(book_id(asked.owner), asked.owner)
    if book.sent.count(known.number) >= settings_of(asked).opinions_person:
        return _refuse("too_many", _OFTEN)
    if known.opinion_count >= WEB_MAX:
        return _refuse("too_many", _FULL)
    after, opinion = _counted(known, form.text, "web", asked.now)
    if form.wishes and asked.owner not in known.followers:
        after = msgspec.structs.replace(
            after, followers=(*known.followers, asked.owner), firsts=(*known.firsts, opinion.n)
        )
    sender = _sender(known, opinion, asked.owner, form)
    book = msgspec.structs.replace(book, sent=(*book.sent, known.number)[-1000:])
    thanks = _thanks(known, opinion.n, asked.owner) if form.wishes else ()
    answer = {"id": opinion.id, "n": opinion.n, "number": known.number}
    return Accepted((after, opinion, sender, book), messages=thanks, answer=answer)


def take_in_needs(form: TakeInOpinion, asked: Asked) -> Sequence[str]:
    """The public comment."""
    return (form.id,)


def take_in(state: State, form: TakeInOpinion, asked: Asked) -> Accepted | Refused:
    """Write down an opinion that came on paper, by mail or by word, also when the period is over: mail takes its time. It came on a day
    of the period or later, today at the latest."""
    known = state.get(form.id)
    if not isinstance(known, Consultation):
        return Refused("not_found")
    if not asked.person.works_for(known.office):
        return Refused("not_allowed")
    if known.status not in ("open", "examining"):
        return _refuse("conflict", _CLOSED)
    if known.opinion_count >= OPINIONS_MAX:
        return _refuse("too_many", _FULL)
    came = local_day_start(date.fromisoformat(form.received_on)) if is_day(form.received_on) else None
    if came is None or came > asked.now or came < known.opens_at:
        return refuse_field("invalid", "received_on", _DAY)
    after, opinion = _counted(known, form.text, form.way, came)
    answer = {"id": opinion.id, "n": opinion.n, "number": known.number}
    return Accepted((after, opinion, _sender(known, opinion, "", form)), answer=answer)


def _counted(known: Consultation, text: str, way: str, at: Instant) -> tuple[Consultation, Opinion]:
    n = known.opinion_count + 1
    opinion = Opinion(
        opinion_id(known.number, n), f"{known.number} #{n}", known.id, n, way, at, sketch=sketch(text)
    )
    ways = {**known.ways, way: known.ways.get(way, 0) + 1}
    return msgspec.structs.replace(known, opinion_count=n, ways=ways, unmapped=(*known.unmapped, n)), opinion


def _sender(
    known: Consultation, opinion: Opinion, holder: str, form: SayOpinion | TakeInOpinion
) -> OpinionSender:
    return OpinionSender(
        sender_id(known.number, opinion.n),
        holder,
        f"{known.number}-{opinion.n}",
        known.id,
        known.office,
        form.text,
        form.name,
        form.address,
    )


def _thanks(known: Consultation, n: int, to: str) -> tuple[Message, ...]:
    title, body = LETTERS["comment_arrived"].told(n=n, title=known.title)
    return (Message(to, title, body, f"participation/comments/{known.number}", known.id),)


def _refuse(code: str, words: Words) -> Refused:
    return Refused(code, (Fault("", code, words),))
