"""The pages for everybody: the votes, the result of one with who paid for what, its ballots as a .pb file."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import ClassVar, Final

import msgspec

from kaiteki.kit.pages import Missing, PageAsk, PageReply, Plain, Shown
from kaiteki.kit.views import ordered, where
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.budgets.counting import Result, rounded
from kaiteki.services.budgets.model import (
    STATES,
    BudgetBallots,
    BudgetVote,
    ballots_id,
    unpack,
    vote_id,
)

LISTED_MAX: Final = 100
PROPOSALS_MAX: Final = 500
WHAT: Final = Words("予算の投票", "Vote on a budget", "おかねの とうひょう")
ALL: Final = ("participation/budgets", WHAT)
YEN: Final = ("円", "JPY", "¥")


class ProposalSeen(msgspec.Struct, frozen=True):
    """A proposal of residents that was a project of a vote, as votes see it; `percent` is how far it is since it was chosen."""

    entity_type: ClassVar[str] = "Proposal"

    id: str
    number: str
    title: str
    vote: str
    vote_item: str
    vote_result: str
    project: str = ""
    percent: int = 0


async def show_all(ask: PageAsk) -> PageReply:
    """The votes, the newest first."""
    return Shown(await listed(ask))


async def listed(ask: PageAsk) -> dict[str, object]:
    """The newest votes, and what their lists say."""
    order = ordered(BudgetVote, "taken_at", descending=True)
    found = await ask.city.find(BudgetVote, Query(order=(order,), limit=LISTED_MAX))
    states = {code: words.say(ask.language) for code, words in STATES}
    return {"votes": found.items, "more": found.more, "states": states, "said": partial(said, ask.language)}


async def show_one(ask: PageAsk) -> PageReply:
    """The result: what was bought, who paid, what was missing for the others, and what a plain count would have bought."""
    number = ask.path["number"].rpartition(":")[2]
    vote = await ask.city.get(BudgetVote, vote_id(number))
    if vote is None:
        return Missing(WHAT, number, ALL)
    ballots = await ask.city.get(BudgetBallots, ballots_id(number))
    result = msgspec.json.decode(ballots.outcome, type=Result) if ballots and ballots.outcome else None
    return Shown(
        {
            "vote": vote,
            "proposals": await _proposals(ask, number),
            "result": result,
            "has_ballots": ballots is not None,
            "money": partial(said, ask.language, currency=vote.currency),
        }
    )


async def _proposals(ask: PageAsk, number: str) -> Sequence[ProposalSeen]:
    """The proposals of residents that were projects of a vote, by what they were there."""
    of_it = where(ProposalSeen, "vote", "==", number)
    order = (ordered(ProposalSeen, "vote_item"),)
    return (await ask.city.find(ProposalSeen, Query(q=of_it, order=order, limit=PROPOSALS_MAX))).items


async def show_pb(ask: PageAsk) -> PageReply:
    """The ballots as a .pb file."""
    number = ask.path["number"].rpartition(":")[2]
    ballots = await ask.city.get(BudgetBallots, ballots_id(number))
    content = unpack(ballots.content) if ballots is not None else None
    if content is None:
        return Missing(WHAT, number, ALL)
    return Plain(content, "text/plain; charset=utf-8", f"{number}.pb")


def said(language: str, amount: str, currency: str) -> str:
    """An amount for people, with its currency, rounded up to hundredths where it is not whole."""
    whole, point, part = rounded(Fraction(amount)).partition(".")
    number = f"{int(whole):,}{point}{part}"
    if currency in YEN:
        return f"¥{number}" if language == "en" else f"{number}円"
    return f"{number}\N{NO-BREAK SPACE}{currency}"
