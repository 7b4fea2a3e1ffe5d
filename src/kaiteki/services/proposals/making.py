"""What people do with proposals: make one, support it, take that back, follow it. All of it is pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.lifecycle import Step, opened
from kaiteki.kit.manifest import State
from kaiteki.kit.numbering import counter_id, next_number
from kaiteki.kit.people_in_text import faults_of_people
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.words import Words
from kaiteki.services.proposals.circles import (
    around,
    book_of,
    circle_of,
    family,
    followed,
    letters,
    listed,
    without,
)
from kaiteki.services.proposals.course import COURSE, OPEN
from kaiteki.services.proposals.forms import MakeProposal, One
from kaiteki.services.proposals.model import (
    CIRCLE_MAX,
    NUMBER_KIND,
    Proposal,
    Turn,
    book_id,
    proposal_id,
)
from kaiteki.services.proposals.settings import settings_of

WARD: Final = Words("地区", "Part of town", "ちく")
_OFTEN: Final = Words(
    "今年出せる提案の数をこえました。",
    "You made as many proposals as one person can in a year.",
    "今年（ことし）は もう 出（だ）せません。",
)
_FULL: Final = Words(
    "これ以上は受け付けられません。", "It takes no more of them.", "もう うけつけられません。"
)
_UNKNOWN: Final = Words(
    "この端末を覚えられないため、できません。ログインするか、クッキーを使えるようにしてください。",
    "This device cannot be remembered. Please sign in, or allow cookies.",
    "この きかいを おぼえられません。ログインして ください。",
)
_OWN: Final = Words("自分の提案です。", "It is your own proposal.", "あなたの 提案（ていあん）です。")
_CLOSED: Final = Words(
    "いまは受け付けていません。", "It is closed for that now.", "いまは うけつけて いません。"
)


def refuse(code: str, words: Words) -> Refused:
    """Refused, with the words for a person."""
    return Refused(code, (Fault("", code, words),))


FULL: Final = refuse("too_many", _FULL)
CLOSED: Final = refuse("conflict", _CLOSED)


def seen_in(state: State, this: str) -> Proposal | None:
    """A proposal that people may read."""
    found = state.get(this)
    return found if isinstance(found, Proposal) and not found.hidden else None


def make_needs(form: MakeProposal, asked: Asked) -> Sequence[str]:
    """The counter of numbers, and the book of who proposes."""
    return (counter_id(NUMBER_KIND, asked), book_id(asked.owner))


def make_proposal(state: State, form: MakeProposal, asked: Asked) -> Accepted | Refused:
    """Take a proposal in: numbered, in public at once, looked at for people first. Its author is told of each step."""
    settings, book = settings_of(asked), book_of(state, asked)
    if form.ward not in {"", *(one.code for one in settings.wards)}:
        return refuse_field("choice", "ward", WARD)
    faults = faults_of_people({"title": form.title, "text": form.text}, form.looked)
    if faults:
        return Refused("invalid", faults)
    number, counter = next_number(state, NUMBER_KIND, asked)
    year = number.rpartition("-")[0]
    if sum(one.startswith(f"{year}-") for one in book.made) >= settings.proposals_year:
        return refuse("too_many", _OFTEN)
    stand, made = opened(COURSE, asked), listed(book.made, number)
    circle = followed(circle_of(state, number, asked.owner), asked.owner)
    if isinstance(made, Refused) or isinstance(circle, Refused):
        return FULL
    proposal = Proposal(
        id=proposal_id(number),
        number=number,
        title=form.title,
        text=form.text,
        status=stand.state,
        made_at=asked.now,
        ward=form.ward,
        office=settings.proposals_office,
        course=(Turn(asked.now, "made"),),
        author=asked.owner,
        log=unnamed(stand.log),
    )
    thanks = letters((asked.owner,), proposal, _THANKS)
    kept = msgspec.structs.replace(book, made=made)
    return Accepted(
        (proposal, circle, kept, counter), messages=thanks, answer={"id": proposal.id, "number": number}
    )


_THANKS: Final = Words(
    "提案を公開しました。動きがあるたびにお知らせします",
    "Your proposal is public. You will hear of each step",
    "みんなが 読（よ）めます。かわったら 知（し）らせます",
)


def unnamed(log: tuple[Step, ...]) -> tuple[Step, ...]:
    """The last line without the account of who took the step: who proposes stands in `author` alone."""
    return (*log[:-1], msgspec.structs.replace(log[-1], who=""))


def own_needs(form: One, asked: Asked) -> Sequence[str]:
    """The proposal, the circle and the book of who asks."""
    return around(form.id, asked)


def support_proposal(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """Support a proposal, once a person; doing so again changes nothing. Whoever supports it is told of each step."""
    proposal = seen_in(state, form.id)
    if proposal is None:
        return Refused("not_found")
    circle, book = circle_of(state, proposal.number, asked.owner), book_of(state, asked)
    if asked.owner in circle.supporters:
        return Accepted(answer=_count(proposal))
    if asked.owner == proposal.author:
        return refuse("conflict", _OWN)
    if proposal.status not in OPEN:
        return CLOSED
    told = followed(circle, asked.owner)
    supported, following = listed(book.supported, proposal.number), listed(book.following, proposal.number)
    if isinstance(told, Refused) or isinstance(supported, Refused) or isinstance(following, Refused):
        return FULL
    if len(circle.supporters) >= CIRCLE_MAX:
        return FULL
    after = msgspec.structs.replace(told, supporters=(*circle.supporters, asked.owner))
    return _joined(
        proposal,
        1,
        (after, msgspec.structs.replace(book, supported=supported, following=following)),
    )


def leave_proposal(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """Take support back, and be told no more; without support it changes nothing."""
    proposal = seen_in(state, form.id)
    if proposal is None:
        return Refused("not_found")
    circle, book = circle_of(state, proposal.number, asked.owner), book_of(state, asked)
    if asked.owner not in circle.supporters:
        return Accepted(answer=_count(proposal))
    if proposal.status not in OPEN:
        return CLOSED
    numbers = family(proposal)
    kept = msgspec.structs.replace(
        book,
        supported=tuple(one for one in book.supported if one not in numbers),
        following=tuple(one for one in book.following if one not in numbers),
    )
    return _joined(proposal, -1, (without(circle, asked.owner), kept))


def _joined(proposal: Proposal, more: int, writes: tuple[msgspec.Struct, ...]) -> Accepted:
    after = msgspec.structs.replace(proposal, support_count=proposal.support_count + more)
    return Accepted((after, *writes), answer=_count(after))


def _count(proposal: Proposal) -> dict[str, str | int]:
    return {"id": proposal.id, "supporters": proposal.support_count}


def follow_proposal(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """Be told of each step, by an account or a browser; doing so again changes nothing."""
    proposal = seen_in(state, form.id)
    if proposal is None:
        return Refused("not_found")
    if not asked.owner:
        return refuse("not_allowed", _UNKNOWN)
    if proposal.status in ("merged", "withdrawn"):
        return CLOSED
    book = book_of(state, asked)
    circle = followed(circle_of(state, proposal.number, asked.owner), asked.owner)
    following = listed(book.following, proposal.number)
    if isinstance(circle, Refused) or isinstance(following, Refused):
        return FULL
    kept = msgspec.structs.replace(book, following=following)
    return Accepted((circle, kept), answer={"id": proposal.id})


def unfollow_proposal(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """Be told no more; support stays. The author is always told."""
    proposal = seen_in(state, form.id)
    if proposal is None:
        return Refused("not_found")
    if asked.owner and asked.owner == proposal.author:
        return refuse("conflict", _OWN)
    if not asked.owner:
        return Accepted(answer={"id": proposal.id})
    circle, book = circle_of(state, proposal.number, asked.owner), book_of(state, asked)
    numbers = family(proposal)
    after = msgspec.structs.replace(
        circle, followers=tuple(one for one in circle.followers if one != asked.owner)
    )
    kept = msgspec.structs.replace(book, following=tuple(one for one in book.following if one not in numbers))
    return Accepted((after, kept), answer={"id": proposal.id})
