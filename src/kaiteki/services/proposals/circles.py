"""Who supports a proposal and who is told of it: each person once, whatever the order of what they do and however often it comes. All of it is pure.

The people of a proposal are spread over CIRCLES entities by the hash of their id, so that one of them is always found in the same one.
Who is told is `followers`: the author, supporters (from the moment they support) and whoever follows it; so a letter to each follower
is one letter to each of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from kaiteki.kit.letters import read_letters
from kaiteki.kit.manifest import State
from kaiteki.model.decision import Asked, Message, Refused
from kaiteki.model.words import Words
from kaiteki.services.proposals.model import (
    BOOK_MAX,
    CIRCLE_MAX,
    CIRCLES,
    Proposal,
    ProposalBook,
    ProposalCircle,
    book_id,
    number_of,
    proposal_id,
)

LETTERS: Final = read_letters("kaiteki.services.proposals")


def circle_ids(number: str) -> tuple[str, ...]:
    """All circles of a proposal; of none, where there is no number."""
    return tuple(f"urn:ngsi-ld:ProposalCircle:{number}-{n}" for n in range(CIRCLES)) if number else ()


def circle_id(number: str, owner: str) -> str:
    """The circle in which somebody stands."""
    return f"urn:ngsi-ld:ProposalCircle:{number}-{_place(owner)}"


def _place(owner: str) -> int:
    return hashlib.sha256(owner.encode()).digest()[0] % CIRCLES


def around(this: str, asked: Asked) -> tuple[str, ...]:
    """What a person's own step needs: the proposal of an id (of itself, a comment or an amendment), their circle and their book."""
    number = number_of(this)
    own = (circle_id(number, asked.owner), book_id(asked.owner)) if asked.owner else ()
    return (proposal_id(number), *own) if number else ()


def with_all(this: str) -> tuple[str, ...]:
    """What a step that everybody is told of needs: the proposal of an id, and all of its circles."""
    number = number_of(this)
    return (proposal_id(number), *circle_ids(number)) if number else ()


def book_of(state: State, asked: Asked) -> ProposalBook:
    """The book of who asks, a new one where there is none."""
    found = state.get(book_id(asked.owner))
    return found if isinstance(found, ProposalBook) else ProposalBook(book_id(asked.owner), asked.owner)


def circle_of(state: State, number: str, owner: str) -> ProposalCircle:
    """The circle in which somebody stands or would stand."""
    this = circle_id(number, owner)
    found = state.get(this)
    return found if isinstance(found, ProposalCircle) else ProposalCircle(this, proposal_id(number))


def followed(circle: ProposalCircle, owner: str) -> ProposalCircle | Refused:
    """The circle with somebody who is told from now on."""
    if owner in circle.followers:
        return circle
    if len(circle.followers) >= CIRCLE_MAX:
        return Refused("too_many")
    return msgspec.structs.replace(circle, followers=(*circle.followers, owner))


def without(circle: ProposalCircle, owner: str) -> ProposalCircle:
    """The circle without somebody."""
    return msgspec.structs.replace(
        circle,
        supporters=tuple(one for one in circle.supporters if one != owner),
        followers=tuple(one for one in circle.followers if one != owner),
    )


def counted(circle: ProposalCircle) -> int:
    """The supporters in a circle; who was erased stays counted."""
    return len(circle.supporters) + circle.gone


def listed(numbers: Sequence[str], number: str) -> tuple[str, ...] | Refused:
    """A list of a book with one more, once."""
    if number in numbers:
        return tuple(numbers)
    return Refused("too_many") if len(numbers) >= BOOK_MAX else (*numbers, number)


def family(proposal: Proposal) -> frozenset[str]:
    """The numbers under which the people of a proposal may have joined it: its own and those of all that were merged into it."""
    return frozenset((proposal.number, *proposal.merged))


def followers_of(state: State, number: str) -> tuple[str, ...]:
    """Everybody who is told of a proposal, each once."""
    found = (state.get(one) for one in circle_ids(number))
    return tuple(
        dict.fromkeys(who for one in found if isinstance(one, ProposalCircle) for who in one.followers)
    )


def joined(state: State, source: Proposal, target: Proposal) -> tuple[list[ProposalCircle], int] | Refused:
    """The circles of a proposal with those of another one in them, and how many support it: each person once, its author not counted."""
    circles: list[ProposalCircle] = []
    for kept, goes in zip(circle_ids(target.number), circle_ids(source.number), strict=True):
        one, other = state.get(kept), state.get(goes)
        own = one if isinstance(one, ProposalCircle) else ProposalCircle(kept, target.id)
        more = other if isinstance(other, ProposalCircle) else ProposalCircle(goes, source.id)
        supporters = [
            who for who in dict.fromkeys((*own.supporters, *more.supporters)) if who != target.author
        ]
        followers = tuple(dict.fromkeys((*own.followers, *more.followers)))
        if len(followers) > 2 * CIRCLE_MAX:
            return Refused("too_many")
        circles.append(
            msgspec.structs.replace(
                own, supporters=tuple(supporters), followers=followers, gone=own.gone + more.gone
            )
        )
    return circles, sum(map(counted, circles))


def letters(people: Iterable[str], proposal: Proposal, what: Words, link: str = "") -> tuple[Message, ...]:
    """A letter to each of some people, once: which proposal, and what happened; the words of people and of the town stand on its page."""
    title, body = LETTERS["proposal_moved"].told(title=proposal.title or proposal.number, what=what)
    page = f"participation/proposals/{proposal.number}{link}"
    return tuple(Message(one, title, body, page, proposal.id) for one in dict.fromkeys(people) if one)
