"""Checks the price system of an outcome: that nobody paid too much or for what they did not want, and nobody was passed over.

Source: Peters, Pierczyński, Skowron (2021), definition of priceability with its five conditions. It shares nothing with the rule: it adds
up payments as they stand. A fault is a value that names the condition and where it is broken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, TypeAlias

import msgspec

from kaiteki.services.budgets.equal_shares import Election, Outcome

Condition: TypeAlias = Literal[
    "approved_alone", "within_share", "paid_whole", "bought_once", "nobody_passed_over"
]


class Broken(msgspec.Struct, frozen=True):
    """A condition that does not hold, and the project or the number of the ballot where."""

    condition: Condition
    where: str


def faults_of_prices(election: Election, outcome: Outcome) -> tuple[Broken, ...]:
    """All that is wrong with the price system; empty: the outcome is priceable.

    1 who pays approves; 2 nobody pays below zero or more than the share; 3 what is bought is paid whole; 4 nothing is paid twice;
    5 of what is not bought, the supporters together have less left than its cost.
    """
    return tuple(_faults(election, outcome))


def _faults(election: Election, outcome: Outcome) -> Iterator[Broken]:
    costs = {one.id: one.cost for one in election.projects}
    spent: defaultdict[int, Fraction] = defaultdict(Fraction)
    seen: set[str] = set()
    for one in outcome.bought:
        if one.project in seen:
            yield Broken("bought_once", one.project)
        seen.add(one.project)
        for voter, amount in one.payments.items():
            if amount < 0 or (amount and election.ballots[voter].get(one.project, 0) <= 0):
                yield Broken("approved_alone", one.project)
            spent[voter] += amount
        if sum(one.payments.values(), Fraction()) != costs[one.project]:
            yield Broken("paid_whole", one.project)
    for voter, amount in spent.items():
        if amount > outcome.share:
            yield Broken("within_share", str(voter))
    left: defaultdict[str, Fraction] = defaultdict(Fraction)
    for voter, ballot in enumerate(election.ballots):
        for project, worth in ballot.items():
            left[project] += (outcome.share - spent[voter]) if worth > 0 else 0
    for project, amount in left.items():
        if project not in seen and amount >= costs[project]:
            yield Broken("nobody_passed_over", project)
