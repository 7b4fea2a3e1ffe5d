"""Another text for a proposal: somebody writes it, the author or staff take it in or say why not; and what differs between two texts. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.kit.manifest import State
from kaiteki.kit.people_in_text import faults_of_people
from kaiteki.model.access import STAFF
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.words import Words
from kaiteki.services.proposals.circles import (
    around,
    book_of,
    circle_of,
    followed,
    followers_of,
    letters,
    listed,
    with_all,
)
from kaiteki.services.proposals.commenting import emptied
from kaiteki.services.proposals.course import OPEN, TURNS
from kaiteki.services.proposals.forms import Amend, Decide, One
from kaiteki.services.proposals.making import CLOSED, FULL, refuse, seen_in
from kaiteki.services.proposals.model import (
    AMENDMENTS_MAX,
    TURNS_MAX,
    Proposal,
    ProposalAmendment,
    Turn,
    amendment_id,
    number_of,
    proposal_id,
)
from kaiteki.services.proposals.settings import settings_of

Part: TypeAlias = tuple[Literal["same", "out", "in"], str]
"""A piece of text that stands in both, in the one before alone, or in the one after alone."""
_PIECE: Final = re.compile(r"\n|[A-Za-z0-9]+|\s+|.", re.ASCII)
_SENTENCE: Final = re.compile(r"[^。！？!?\n]*[。！？!?\n]?")
_OVERTAKEN: Final = Words(
    "そのあいだに提案の文が変わりました。いまの文を読んで、書き直してください。",
    "The text of the proposal changed in the meantime. Please read it as it is now.",
    "提案（ていあん）の ことばが かわりました。もう一度（いちど） 読（よ）んで ください。",
)
_SAME: Final = Words("提案の内容", "What you propose", "ないよう")
_OFTEN: Final = Words(
    "ひとりが出せる修正案の数をこえました。",
    "You made as many amendments as one person can.",
    "もう 出（だ）せません。",
)
_NEW: Final = Words(
    "修正案が届きました。取り入れるか決めてください",
    "Somebody proposes another text. Please decide about it",
    "ことばを なおす 案（あん）が 来（き）ました",
)
_DECLINED: Final = Words(
    "修正案を取り入れませんでした",
    "Your amendment was not taken in",
    "なおす 案（あん）は 入（い）れませんでした",
)
_REASON: Final = Words("理由", "Reason", "りゆう")


def amend_needs(form: Amend, asked: Asked) -> Sequence[str]:
    """The proposal, and circle and book of who amends it."""
    return around(form.id, asked)


def amend(state: State, form: Amend, asked: Asked) -> Accepted | Refused:
    """Write another text for a proposal. Its author hears of it, and who wrote it is told of each step of the proposal from now on."""
    proposal = seen_in(state, form.id)
    if proposal is None:
        return Refused("not_found")
    if proposal.status not in OPEN:
        return CLOSED
    if form.version != proposal.version:
        return refuse("conflict", _OVERTAKEN)
    if (form.title, form.text) == (proposal.title, proposal.text):
        return refuse_field("invalid", "text", _SAME)
    words = {"title": form.title, "text": form.text, "why": form.why}
    faults = faults_of_people(words, form.looked)
    if faults:
        return Refused("invalid", faults)
    return _amended(state, form, asked, proposal)


def _amended(state: State, form: Amend, asked: Asked, proposal: Proposal) -> Accepted | Refused:
    book, n = book_of(state, asked), proposal.amendment_count + 1
    this = amendment_id(proposal.number, n)
    if (
        sum(one.rpartition("-")[0] == this.rpartition("-")[0] for one in book.said)
        >= settings_of(asked).comments_person
    ):
        return refuse("too_many", _OFTEN)
    said, following = listed(book.said, this), listed(book.following, proposal.number)
    circle = followed(circle_of(state, proposal.number, asked.owner), asked.owner)
    if n > AMENDMENTS_MAX or any(isinstance(one, Refused) for one in (said, following, circle)):
        return FULL
    amendment = ProposalAmendment(
        id=this,
        name=f"{proposal.number} v{n}",
        proposal=proposal.id,
        n=n,
        title=form.title,
        text=form.text,
        why=form.why,
        base=proposal.version,
        base_title=proposal.title,
        base_text=proposal.text,
        made_at=asked.now,
        status="open",
        author=asked.owner,
    )
    kept = msgspec.structs.replace(book, said=said, following=following)
    after = msgspec.structs.replace(proposal, amendment_count=n)
    told = (proposal.author,) if proposal.author != asked.owner else ()
    messages = letters(told, proposal, _NEW, f"/amendments/{n}")
    writes = tuple(one for one in (after, amendment, circle, kept) if not isinstance(one, Refused))
    return Accepted(writes, messages=messages, answer={"id": this, "n": n})


def decide_needs(form: Decide | One, asked: Asked) -> Sequence[str]:
    """The amendment, its proposal and all who are told of that."""
    return (form.id, *with_all(form.id))


def _found(state: State, this: str) -> tuple[ProposalAmendment, Proposal] | None:
    amendment, proposal = state.get(this), seen_in(state, proposal_id(number_of(this)))
    if not isinstance(amendment, ProposalAmendment) or amendment.hidden or proposal is None:
        return None
    return amendment, proposal


def may_decide(proposal: Proposal, asked: Asked) -> bool:
    """Whether somebody decides about amendments of a proposal: its author, and staff of the office in charge."""
    is_author = bool(asked.owner) and asked.owner == proposal.author
    return is_author or (asked.person.holds((STAFF,)) and asked.person.works_for(proposal.office))


def accept_amendment(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """Make the text of an amendment that of its proposal. All followers hear that it changed."""
    found = _found(state, form.id)
    if found is None:
        return Refused("not_found")
    amendment, proposal = found
    if not may_decide(proposal, asked):
        return Refused("not_allowed")
    if amendment.status != "open" or proposal.status not in OPEN:
        return CLOSED
    if amendment.base != proposal.version:
        return refuse("conflict", _OVERTAKEN)
    if len(proposal.course) >= TURNS_MAX:
        return FULL
    turn = Turn(asked.now, "changed", f"#{amendment.n}")
    after = msgspec.structs.replace(
        proposal,
        title=amendment.title,
        text=amendment.text,
        version=proposal.version + 1,
        course=(*proposal.course, turn),
    )
    done = msgspec.structs.replace(amendment, status="accepted", decided_at=asked.now)
    told = letters(
        followers_of(state, proposal.number), after, TURNS["changed"], f"/amendments/{amendment.n}"
    )
    return Accepted((after, done), messages=told, answer={"id": after.id, "version": after.version})


def decline_amendment(state: State, form: Decide, asked: Asked) -> Accepted | Refused:
    """Do not take an amendment in, and say why. Who wrote it hears of it."""
    found = _found(state, form.id)
    if found is None:
        return Refused("not_found")
    amendment, proposal = found
    if not may_decide(proposal, asked):
        return Refused("not_allowed")
    if amendment.status != "open":
        return CLOSED
    if not form.why:
        return refuse_field("missing", "why", _REASON)
    faults = faults_of_people({"why": form.why}, form.looked)
    if faults:
        return Refused("invalid", faults)
    done = msgspec.structs.replace(amendment, status="declined", reply=form.why, decided_at=asked.now)
    told = letters((amendment.author,), proposal, _DECLINED, f"/amendments/{amendment.n}")
    return Accepted((done,), messages=told, answer={"id": done.id})


def withdraw_amendment(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """Take one's own amendment back while nobody decided: its words go."""
    amendment = state.get(form.id)
    if not isinstance(amendment, ProposalAmendment) or not asked.owner or amendment.author != asked.owner:
        return Refused("not_found")
    if amendment.status != "open":
        return CLOSED
    gone = emptied(amendment, "author", keeps=False)
    done = msgspec.structs.replace(gone, status="withdrawn", decided_at=asked.now)
    return Accepted((done,), answer={"id": done.id})


# What differs -------------------------------------------------------------------------------------------------------


def difference(before: str, after: str) -> list[Part]:
    """What differs between two texts: sentence by sentence, and within sentences that were changed sign by sign (Latin words whole).

    The pieces that are `same` or `out` make the text before, those that are `same` or `in` the text after.
    """
    parts: list[Part] = []
    one, other = _SENTENCE.findall(before), _SENTENCE.findall(after)
    for kind, a, b, c, d in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        old, new = "".join(one[a:b]), "".join(other[c:d])
        parts.extend([("same", old)] if kind == "equal" else _within(old, new))
    return _together(parts)


def _within(old: str, new: str) -> list[Part]:
    one, other = _PIECE.findall(old), _PIECE.findall(new)
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    if matcher.quick_ratio() < _NEAR or matcher.ratio() < _NEAR:
        return [("out", old), ("in", new)]
    parts: list[Part] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            parts.append(("same", "".join(one[a:b])))
        else:
            parts.extend((("out", "".join(one[a:b])), ("in", "".join(other[c:d]))))
    return parts


_NEAR: Final = 0.4
"""Texts that share less than this are told as one out and one in: signs that happen to be in both say nothing."""


def _together(parts: Sequence[Part]) -> list[Part]:
    """The pieces without empty ones, neighbours of one kind as one."""
    joined: list[Part] = []
    for kind, text in parts:
        if text and joined and joined[-1][0] == kind:
            joined[-1] = (kind, joined[-1][1] + text)
        elif text:
            joined.append((kind, text))
    return joined
