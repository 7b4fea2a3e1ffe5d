"""What is kept of proposals."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.lifecycle import Step
from kaiteki.kit.views import Link
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.proposals.course import ANSWERS, FATES, HIDDEN, RESULTS, STATES

NUMBER_KIND: Final = "PR"
"""The kind of the numbers of proposals (kit.numbering)."""
CIRCLES: Final = 16
"""Over so many entities the people around a proposal are spread, so that one more of them writes little anew."""
CIRCLE_MAX: Final = 400
"""People in one of them."""
COMMENTS_MAX: Final = 1000
AMENDMENTS_MAX: Final = 50
TURNS_MAX: Final = 200
"""Lines of the public course of one proposal."""
BOOK_MAX: Final = 1000
"""Proposals, comments and flags that the book of one person holds, of each."""
_URN: Final = "urn:ngsi-ld:"
_PROPOSAL: Final = "urn:ngsi-ld:Proposal:"
_STATE: Final = Label(Words("状態", "State", "いま"), choices=STATES)
_HIDDEN: Final = Label(
    Words("見えなくした理由", "Why it is out of sight", "見（み）えない りゆう"), choices=HIDDEN
)


class Turn(msgspec.Struct, frozen=True, rename="camel"):
    """A line of the public course: what happened (a state, or a key of TURNS), what was said, by which office (empty: by people)."""

    at: Instant
    what: str
    text: str = ""
    office: str = ""
    percent: int = 0


class Proposal(msgspec.Struct, frozen=True):
    """What somebody proposes to the town. From `author` on everything is for staff: the account that made it, words that are out of sight,
    how often it was flagged, the log with who took each step. Who supports and follows it stands in its circles. `vote` is the number of
    the vote on a budget in which it was the project `vote_item`."""

    entity_type: ClassVar[str] = "Proposal"

    id: str
    number: str
    title: str
    text: str
    status: Annotated[str, _STATE]
    made_at: Instant
    ward: str = ""
    office: str = ""
    version: int = 1
    support_count: int = 0
    comment_count: int = 0
    amendment_count: int = 0
    answer: Annotated[str, Label(Words("市の答え", "Answer of the town", "こたえ"), choices=ANSWERS)] = ""
    reply: str = ""
    answered_at: Instant | None = None
    project: str = ""
    percent: int = 0
    vote: str = ""
    vote_item: str = ""
    vote_result: Annotated[
        str, Label(Words("投票の結果", "Result of the vote", "とうひょうの けっか"), choices=RESULTS)
    ] = ""
    merged_into: str = ""
    merged: tuple[str, ...] = ()
    course: tuple[Turn, ...] = ()
    hidden: Annotated[str, _HIDDEN] = ""
    author: str = ""
    flags: int = 0
    held: dict[str, str] = {}
    log: tuple[Step, ...] = ()


class ProposalComment(msgspec.Struct, frozen=True):
    """What somebody says to a proposal."""

    entity_type: ClassVar[str] = "ProposalComment"

    id: str
    name: str
    proposal: Link
    n: int
    text: str
    said_at: Instant
    hidden: Annotated[str, _HIDDEN] = ""
    author: str = ""
    flags: int = 0
    held: dict[str, str] = {}


class ProposalAmendment(msgspec.Struct, frozen=True):
    """Another text for a proposal: of which version it was made, what that said, what it should say, and what became of it."""

    entity_type: ClassVar[str] = "ProposalAmendment"

    id: str
    name: str
    proposal: Link
    n: int
    title: str
    text: str
    why: str
    base: int
    base_title: str
    base_text: str
    made_at: Instant
    status: Annotated[str, Label(Words("修正案の状態", "What became of it", "どう なったか"), choices=FATES)]
    reply: str = ""
    decided_at: Instant | None = None
    hidden: Annotated[str, _HIDDEN] = ""
    author: str = ""
    flags: int = 0
    held: dict[str, str] = {}


class ProposalCircle(msgspec.Struct, frozen=True):
    """Some of those around a proposal: who supports it and who is told of each step, and how many supporters are erased, who stay counted."""

    entity_type: ClassVar[str] = "ProposalCircle"

    id: str
    proposal: Link
    supporters: tuple[str, ...] = ()
    followers: tuple[str, ...] = ()
    gone: int = 0


class ProposalBook(msgspec.Struct, frozen=True):
    """What one person (account or browser) did with proposals: numbers of proposals, ids of comments and amendments, ids of what was flagged."""

    entity_type: ClassVar[str] = "ProposalBook"

    id: str
    holder: str
    made: tuple[str, ...] = ()
    supported: tuple[str, ...] = ()
    following: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    flagged: tuple[str, ...] = ()


def proposal_id(number: str) -> str:
    """The id of the proposal with a number (`PR-2026-00001`)."""
    return f"{_PROPOSAL}{number}"


def number_of(this: str) -> str:
    """The number of the proposal in the id of one, of a comment on it or of an amendment; empty where it is none."""
    name = this.removeprefix(_URN).partition(":")
    if not this.startswith(_URN) or name[0] not in ("Proposal", "ProposalComment", "ProposalAmendment"):
        return ""
    return name[2] if name[0] == "Proposal" else name[2].rpartition("-")[0]


def comment_id(number: str, n: int) -> str:
    """The id of the n-th comment on a proposal."""
    return f"{_URN}ProposalComment:{number}-{n}"


def amendment_id(number: str, n: int) -> str:
    """The id of the n-th amendment of a proposal."""
    return f"{_URN}ProposalAmendment:{number}-{n}"


def book_id(holder: str) -> str:
    """The id of the book of an account or browser."""
    return f"{_URN}ProposalBook:{holder}"
