"""What became of a proposal in a vote on a budget: which project it is there, and whether that was chosen. All of it is pure.

Votes are kept by another service; here they are read by views of our own. An outcome is never changed once it is counted, so a project is
named by its place in it: what was bought, what the rest of the budget bought, what was not chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from kaiteki.kit.forms import Label
from kaiteki.kit.joining import seen_as
from kaiteki.kit.manifest import State
from kaiteki.kit.people_in_text import faults_of_people
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.words import Words
from kaiteki.services.proposals.circles import followers_of, letters, with_all
from kaiteki.services.proposals.course import CHOSEN, HEARD, TURNS, UNCHOSEN, UNLINKED
from kaiteki.services.proposals.forms import LOOKED, TEXT_MAX, WHY
from kaiteki.services.proposals.making import CLOSED, FULL
from kaiteki.services.proposals.model import TURNS_MAX, Proposal, Turn

LINKED: Final = (*HEARD, "done")
"""The states in which it is told what a vote made of a proposal."""
COUNTED: Final = "counted"
ITEMS_MAX: Final = 500
VOTE: Final = Words("投票の番号", "Number of the vote", "とうひょうの ばんごう")
ITEM: Final = Words("投票の事業", "Project of the vote", "とうひょうの もの")
_NOT_COUNTED: Final = Words(
    "結果の出た予算の投票の番号を選んでください。",
    "Choose a vote on a budget that has a result.",
    "けっかの ある とうひょうを えらんで ください。",
)


class VoteSeen(msgspec.Struct, frozen=True):
    """A vote on a budget, as proposals see it."""

    entity_type: ClassVar[str] = "BudgetVote"

    id: str
    number: str
    title: str
    status: str
    currency: str


class OutcomeSeen(msgspec.Struct, frozen=True):
    """What came out of a vote, as JSON (`Outcome`); empty while it is counted."""

    entity_type: ClassVar[str] = "BudgetBallots"

    id: str
    outcome: str = ""


class Item(msgspec.Struct, frozen=True):
    """A project of a vote; its cost is decimal text."""

    name: str
    cost: str
    chosen: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """The projects of an outcome: bought by shares, bought by what was left, not chosen."""

    bought: tuple[Item, ...]
    completed: tuple[Item, ...]
    unbought: tuple[Item, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """All of them, in the order in which they are named."""
        chosen = tuple(msgspec.structs.replace(one, chosen=True) for one in (*self.bought, *self.completed))
        return (*chosen, *self.unbought)


class LinkVote(msgspec.Struct, frozen=True):
    """A proposal was a project of a vote; `item` is its place in the outcome, from 0."""

    id: str
    vote: Annotated[str, Label(VOTE), Meta(min_length=2, max_length=40)]
    item: Annotated[int, Label(ITEM), Meta(ge=0, lt=ITEMS_MAX)]
    why: Annotated[str, Label(WHY, widget="area"), Meta(max_length=TEXT_MAX)] = ""
    looked: Annotated[bool, LOOKED] = False


class UnlinkVote(msgspec.Struct, frozen=True):
    """A proposal was none of a vote after all, and why it said so."""

    id: str
    why: Annotated[str, Label(WHY, widget="area"), Meta(min_length=2, max_length=TEXT_MAX)]
    looked: Annotated[bool, LOOKED] = False


def vote_id(number: str) -> str:
    """The id of the vote with a number (`PB-2026-00001`)."""
    return f"urn:ngsi-ld:{VoteSeen.entity_type}:{number}"


def outcome_id(number: str) -> str:
    """The id of what came out of it."""
    return f"urn:ngsi-ld:{OutcomeSeen.entity_type}:{number}"


def items_of(vote: VoteSeen | None, outcome: OutcomeSeen | None) -> tuple[Item, ...]:
    """The projects of a vote that is counted; none of any other."""
    if vote is None or outcome is None or vote.status != COUNTED or not outcome.outcome:
        return ()
    return msgspec.json.decode(outcome.outcome, type=Outcome).items


def link_needs(form: LinkVote, asked: Asked) -> Sequence[str]:
    """The proposal with all who are told, the vote and its outcome."""
    return (*with_all(form.id), vote_id(form.vote), outcome_id(form.vote))


def link_vote(state: State, form: LinkVote, asked: Asked) -> Accepted | Refused:
    """Say which project of a vote a proposal was, and whether it was chosen: in public, and to each follower once. The same again says nothing."""
    vote, outcome = state.get(vote_id(form.vote)), state.get(outcome_id(form.vote))
    items = items_of(
        seen_as(VoteSeen, vote) if vote is not None else None,
        seen_as(OutcomeSeen, outcome) if outcome is not None else None,
    )
    if not items:
        return Refused("invalid", (Fault("vote", "invalid", _NOT_COUNTED),))
    if form.item >= len(items):
        return refuse_field("choice", "item", ITEM)
    item = items[form.item]
    what = CHOSEN if item.chosen else UNCHOSEN
    text = f"{form.vote}「{item.name}」　{form.why}".strip()
    link = {"vote": form.vote, "vote_item": item.name, "vote_result": what}
    return _told(state, form, asked, Turn(asked.now, what, text), link)


def unlink_needs(form: UnlinkVote, asked: Asked) -> Sequence[str]:
    """The proposal with all who are told."""
    return with_all(form.id)


def unlink_vote(state: State, form: UnlinkVote, asked: Asked) -> Accepted | Refused:
    """Take back that a proposal was a project of a vote, with the reason; each follower hears of it once."""
    link = {"vote": "", "vote_item": "", "vote_result": ""}
    return _told(state, form, asked, Turn(asked.now, UNLINKED, form.why), link)


def _told(
    state: State, form: LinkVote | UnlinkVote, asked: Asked, turn: Turn, link: dict[str, str]
) -> Accepted | Refused:
    """A line of the public course and a letter to each follower, where something is other than it stands there."""
    proposal = state.get(form.id)
    if not isinstance(proposal, Proposal):
        return Refused("not_found")
    if not asked.person.works_for(proposal.office):
        return Refused("not_allowed")
    answer = {"id": proposal.id, **link}
    if all(getattr(proposal, name) == value for name, value in link.items()):
        return Accepted(answer=answer)
    if proposal.status not in LINKED:
        return CLOSED
    faults = faults_of_people({"why": form.why}, form.looked)
    if faults:
        return Refused("invalid", faults)
    if len(proposal.course) >= TURNS_MAX:
        return FULL
    said = msgspec.structs.replace(turn, office=proposal.office)
    after = msgspec.structs.replace(proposal, course=(*proposal.course, said), **link)
    messages = letters(followers_of(state, proposal.number), after, TURNS[turn.what])
    return Accepted((after,), messages=messages, answer=answer)
