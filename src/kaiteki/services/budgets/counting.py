"""The outcome of a vote, worked out once, off the event loop and within limits, by a survey of the node; pages read what was kept.

Who only reads makes nobody count: the outcome is kept beside the ballots, as amounts for people.
"""

from __future__ import annotations

import asyncio
from fractions import Fraction
from math import ceil
from typing import Final

import msgspec

from kaiteki.kit.pages import PageAsk
from kaiteki.kit.views import ordered, where
from kaiteki.model.query import Query
from kaiteki.services.budgets.equal_shares import (
    WORK_MAX,
    Election,
    Outcome,
    TooLong,
    buy_greedily,
    share_out,
    supporters_of,
)
from kaiteki.services.budgets.model import (
    COUNTING,
    BudgetBallots,
    BudgetVote,
    KeepOutcome,
    ballots_id,
    unpack,
)
from kaiteki.services.budgets.pabulib import PbFault, PbFile, election_of, read_pb
from kaiteki.services.budgets.priceability import faults_of_prices

EVERY_S: Final = 10
NAME_MAX: Final = 200


class BoughtTold(msgspec.Struct, frozen=True):
    """A project that supporters bought: its cost, the most that one paid, and how many paid less. Amounts are decimal text."""

    name: str
    cost: str
    supporters: int
    most: str
    less: int


class CompletedTold(msgspec.Struct, frozen=True):
    """A project that what was left of the budget bought."""

    name: str
    cost: str
    supporters: int


class UnboughtTold(msgspec.Struct, frozen=True):
    """A project that was not chosen: what its supporters had left, and what was missing."""

    name: str
    cost: str
    supporters: int
    left: str
    missing: str


class Result(msgspec.Struct, frozen=True):
    """An outcome as people read it; amounts are rounded up to hundredths where they are not whole."""

    bought: tuple[BoughtTold, ...]
    completed: tuple[CompletedTold, ...]
    unbought: tuple[UnboughtTold, ...]
    first_share: str
    share: str
    grew: str
    """By how much the shares were raised; empty: not at all."""
    budget: str
    spent: str
    rest: str
    proved: bool
    reached: int
    """Ballots with at least one of the chosen projects."""
    reached_greedily: int
    greedy_count: int
    greedy_more: tuple[str, ...]
    greedy_less: tuple[str, ...]


async def survey(ask: PageAsk) -> KeepOutcome | None:
    """The outcome of the vote that waits longest; None: no vote waits."""
    waiting = where(BudgetVote, "status", "==", COUNTING)
    found = await ask.city.find(
        BudgetVote, Query(q=waiting, order=(ordered(BudgetVote, "taken_at"),), limit=1)
    )
    for vote in found.items:
        ballots = await ask.city.get(BudgetBallots, ballots_id(vote.number))
        if ballots is not None:
            result = await asyncio.to_thread(count, ballots.content)
            return KeepOutcome(vote.id, "" if result is None else msgspec.json.encode(result).decode())
    return None


def count(packed: str, work_max: int = WORK_MAX) -> Result | None:
    """The outcome; None: it takes too long. Raises ValueError for what is no .pb file: none is kept."""
    file = read_pb(unpack(packed) or b"")
    if isinstance(file, PbFault):
        raise ValueError(f"{file.code} in line {file.line}, {file.field}")
    election = election_of(file)
    try:
        outcome = share_out(election, work_max=work_max)
    except TooLong:
        # whoever took it in reads so at the desk, and everybody on its page
        return None
    return _told(file, election, outcome)


def rounded(amount: Fraction) -> str:
    """An amount as decimal text, rounded up to hundredths where it is not whole."""
    if amount.denominator == 1:
        return str(int(amount))
    whole, part = divmod(ceil(amount * 100), 100)
    return f"{whole}.{part:02}"


def _told(file: PbFile, election: Election, outcome: Outcome) -> Result:
    costs = {one.id: one.cost for one in election.projects}
    names = {row["project_id"]: (row.get("name") or row["project_id"])[:NAME_MAX] for row in file.projects}
    supporters, greedy, chosen = supporters_of(election), buy_greedily(election), set(outcome.chosen)
    spent = sum((costs[one] for one in chosen), Fraction())
    grew = outcome.share - outcome.first_share
    return Result(
        tuple(
            BoughtTold(
                names[one.project], rounded(one.cost), len(one.payments), rounded(one.most), one.gave_all
            )
            for one in outcome.bought
        ),
        tuple(CompletedTold(names[one], rounded(costs[one]), supporters[one]) for one in outcome.completed),
        tuple(
            UnboughtTold(
                names[one.project], rounded(one.cost), one.supporters, rounded(one.left), rounded(one.missing)
            )
            for one in outcome.unbought
            if one.project not in chosen
        ),
        rounded(outcome.first_share),
        rounded(outcome.share),
        rounded(grew) if grew else "",
        rounded(election.budget),
        rounded(spent),
        rounded(election.budget - spent),
        not faults_of_prices(election, outcome),
        _reached(election, chosen),
        _reached(election, set(greedy)),
        len(greedy),
        tuple(names[one] for one in greedy if one not in chosen),
        tuple(names[one] for one in outcome.chosen if one not in greedy),
    )


def _reached(election: Election, chosen: set[str]) -> int:
    return sum(
        any(worth > 0 and one in chosen for one, worth in ballot.items()) for ballot in election.ballots
    )
