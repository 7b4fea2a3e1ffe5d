"""The Method of Equal Shares, exactly: a budget is divided equally among the voters, and projects are bought by those who want them.

Source: Peters, Pierczyński, Skowron, "Proportional Participatory Budgeting with Additive Utilities" (NeurIPS 2021); completion as
Aarau and Wieliczka used it (equalshares.net). Every voter has the same share of the budget. A project with cost c can be bought when
its supporters have c together; they pay as equally, by their utility, as their shares allow: with `price`, supporter i pays
min(what is left, utility_i × price). Bought is the project of the lowest price, until none can be bought.

* *Utility.* `cost`: a project is worth its cost to whoever approves it, so that of equally many supporters a large one comes before a
  small one by nothing but the tie rule. `points`: what the ballot gives it.
* *Ties.* Of equal prices: more supporters, then the lower cost, then the order of the projects in the election.
* *Completion Add1.* All shares grow by `step` at once and everything is done again, until the budget would be exceeded, or nothing that
  is left fits, or everything with a supporter is bought; the last outcome within the budget holds.
* *Completion U.* What is left of the budget then buys, by number of supporters, what still fits; it is marked as bought so.

Amounts are whole numbers over one denominator, which grows with each purchase: no rounding anywhere, so no tie is broken by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Final, Literal, TypeAlias

import msgspec

VOTERS_MAX: Final = 20_000
PROJECTS_MAX: Final = 500
STEPS_MAX: Final = 200_000
"""How often shares grow at most."""
WORK_MAX: Final = 200_000_000
"""Purses that are looked at or changed at most, each counted once more for every 512 bits of its amounts: about half a minute."""

Utility: TypeAlias = Literal["cost", "points"]
Ended: TypeAlias = Literal["over_budget", "exhausted", "all_bought"]


class TooLong(Exception):
    """The rule did not come to its end within the steps or the work that it may take: there is no outcome."""


class Project(msgspec.Struct, frozen=True):
    """Something that can be bought: its cost in the unit of the budget, above zero."""

    id: str
    cost: Fraction


class Election(msgspec.Struct, frozen=True):
    """Projects in their order, the budget, and of each voter what the projects are worth (approval: 1), by id of the project."""

    projects: tuple[Project, ...]
    budget: Fraction
    ballots: tuple[Mapping[str, int], ...]
    utility: Utility = "cost"


class Bought(msgspec.Struct, frozen=True):
    """A project that its supporters bought: what each of them paid, by number of the ballot."""

    project: str
    cost: Fraction
    payments: Mapping[int, Fraction]

    @property
    def most(self) -> Fraction:
        """What those who had enough paid."""
        return max(self.payments.values())

    @property
    def gave_all(self) -> int:
        """How many paid less than others, because they had no more."""
        most = self.most
        return sum(paid < most for paid in self.payments.values())


class Unbought(msgspec.Struct, frozen=True):
    """A project that was not bought by shares: how many want it, what they had left at the end, and what was missing then."""

    project: str
    cost: Fraction
    supporters: int
    left: Fraction

    @property
    def missing(self) -> Fraction:
        """Cost less what the supporters had left: above zero, else they had bought it."""
        return self.cost - self.left


class Outcome(msgspec.Struct, frozen=True):
    """What was bought by shares (in this order) and by completion, what was not, and the share of a voter at the end."""

    bought: tuple[Bought, ...]
    completed: tuple[str, ...]
    unbought: tuple[Unbought, ...]
    first_share: Fraction
    share: Fraction
    ended: Ended

    @property
    def chosen(self) -> tuple[str, ...]:
        """All that is bought, in order."""
        return (*(one.project for one in self.bought), *self.completed)


def share_out(
    election: Election, step: Fraction = Fraction(1), steps_max: int = STEPS_MAX, work_max: int = WORK_MAX
) -> Outcome:
    """The outcome with Add1 and U. Raises ValueError for a budget, a cost or a step that is not above zero, or too many of anything.

    Shares grow `steps_max` times at most. Raises TooLong where the rule has not ended then, or took more than `work_max`.
    """
    _check(election, step)
    market = _Market(election, work_max)
    first = election.budget / max(len(election.ballots), 1)
    share, kept = first, market.buy(first)
    steps = 0
    while (ended := _stop(election, market, kept)) is None:
        if steps == steps_max:
            raise TooLong(f"no end after {steps} steps")
        steps += 1
        found = market.buy(first + steps * step)
        if sum((election.projects[at].cost for at in found), Fraction()) > election.budget:
            ended = "over_budget"
            break
        share, kept = first + steps * step, found
    return _told(election, market, (first, share, ended))


def supporters_of(election: Election) -> dict[str, int]:
    """How many ballots name each project."""
    counted = {one.id: 0 for one in election.projects}
    for ballot in election.ballots:
        for project, worth in ballot.items():
            counted[project] += worth > 0
    return counted


def buy_greedily(election: Election, chosen: Sequence[str] = ()) -> tuple[str, ...]:
    """By number of supporters, what still fits the budget beside what is chosen; ties: the lower cost, then the order."""
    counted = supporters_of(election)
    costs = {one.id: one.cost for one in election.projects}
    left = election.budget - sum((costs[one] for one in chosen), Fraction())
    more: list[str] = []
    for one in sorted(election.projects, key=lambda one: (-counted[one.id], one.cost)):
        if one.id not in chosen and one.cost <= left and counted[one.id]:
            more.append(one.id)
            left -= one.cost
    return tuple(more)


def _check(election: Election, step: Fraction) -> None:
    if election.budget <= 0 or step <= 0 or any(one.cost <= 0 for one in election.projects):
        raise ValueError("budget, costs and step are above zero")
    if len(election.ballots) > VOTERS_MAX or len(election.projects) > PROJECTS_MAX:
        raise ValueError(f"at most {VOTERS_MAX} ballots and {PROJECTS_MAX} projects")


def _stop(election: Election, market: _Market, bought: Mapping[int, object]) -> Ended | None:
    """Whether the shares need not grow: all with a supporter is bought, or nothing that is left fits."""
    rest = [at for at in range(len(election.projects)) if at not in bought and market.supporters[at]]
    if not rest:
        return "all_bought"
    left = election.budget - sum((election.projects[at].cost for at in bought), Fraction())
    return None if any(election.projects[at].cost <= left for at in rest) else "exhausted"


def _told(election: Election, market: _Market, found: tuple[Fraction, Fraction, Ended]) -> Outcome:
    first, share, ended = found
    paid = market.pay(share)
    left = [share] * len(election.ballots)
    bought: list[Bought] = []
    for at, payments in paid.items():
        for voter, amount in payments.items():
            left[voter] -= amount
        bought.append(Bought(election.projects[at].id, election.projects[at].cost, payments))
    names = [one.project for one in bought]
    unbought = tuple(
        Unbought(one.id, one.cost, len(voters), sum((left[voter] for voter in voters), Fraction()))
        for at, (one, voters) in enumerate(zip(election.projects, market.supporters, strict=True))
        if at not in paid
    )
    return Outcome(tuple(bought), buy_greedily(election, names), unbought, first, share, ended)


def _forget(at: int, amounts: Mapping[int, int], denominator: int) -> None:
    """Who paid what is not asked."""


class _Market:
    """The election in whole numbers: who supports each project, with what weight, and how prices of projects compare.

    A price is (amount, weight): amount / (weight × denominator of the purses × scale of the project) in units of the budget.
    """

    def __init__(self, election: Election, work_max: int = WORK_MAX) -> None:
        self._work = work_max
        self.unit = lcm(*(one.cost.denominator for one in election.projects), election.budget.denominator)
        self.costs = [int(one.cost * self.unit) for one in election.projects]
        numbers = {one.id: at for at, one in enumerate(election.projects)}
        self.supporters: list[list[int]] = [[] for _ in election.projects]
        self.weights: list[list[int]] = [[] for _ in election.projects]
        by_cost = election.utility == "cost"
        for voter, ballot in enumerate(election.ballots):
            for project, worth in ballot.items():
                if worth > 0:
                    self.supporters[numbers[project]].append(voter)
                    self.weights[numbers[project]].append(1 if by_cost else worth)
        self.scales = self.costs if by_cost else [1] * len(self.costs)
        self.ranks = [(-len(self.supporters[at]), self.costs[at], at) for at in range(len(self.costs))]
        self.voters = len(election.ballots)

    def buy(self, share: Fraction) -> dict[int, tuple[int, int]]:
        """What is bought with a share, in order: the number of the project and its price."""
        return self._run(share, _forget)

    def pay(self, share: Fraction) -> dict[int, dict[int, Fraction]]:
        """The same with what each voter paid."""
        paid: dict[int, dict[int, Fraction]] = {}

        def note(at: int, amounts: Mapping[int, int], denominator: int) -> None:
            whole = denominator * self.unit
            paid[at] = {voter: Fraction(amount, whole) for voter, amount in amounts.items()}

        self._run(share, note)
        return paid

    def _run(
        self, share: Fraction, note: Callable[[int, Mapping[int, int], int], None]
    ) -> dict[int, tuple[int, int]]:
        purses = [share.numerator * self.unit] * self.voters
        denominator = share.denominator
        waiting = [(Fraction(0), at) for at in range(len(self.costs)) if self.supporters[at]]
        bought: dict[int, tuple[int, int]] = {}
        while waiting:
            best, waiting = self._cheapest(waiting, purses, denominator)
            if best is None:
                break
            at, amount, weight = best
            bought[at] = (amount, weight)
            amounts: dict[int, int] = {}
            self._spend(self.voters, denominator)
            purses = [purse * weight for purse in purses]
            denominator *= weight
            for voter, worth in zip(self.supporters[at], self.weights[at], strict=True):
                amounts[voter] = paid = min(purses[voter], amount * worth)
                purses[voter] -= paid
            note(at, amounts, denominator)
            waiting = [one for one in waiting if one[1] != at]
        return bought

    def _cheapest(
        self, waiting: list[tuple[Fraction, int]], purses: Sequence[int], denominator: int
    ) -> tuple[tuple[int, int, int] | None, list[tuple[Fraction, int]]]:
        """The project of the lowest price, and those that can still be bought with the last price known of each.

        Purses only get emptier, so a price never falls: who was dearer before than the best one now needs no new look.
        """
        best: tuple[Fraction, tuple[int, int, int]] | None = None
        chosen: tuple[int, int, int] | None = None
        still: list[tuple[Fraction, int]] = []
        waiting.sort()
        for place, (before, at) in enumerate(waiting):
            if best is not None and before > best[0]:
                still.extend(waiting[place:])
                break
            found = self._price(at, purses, denominator)
            if found is None:
                continue
            price = Fraction(found[0], found[1] * denominator * self.scales[at])
            still.append((price, at))
            if best is None or (price, self.ranks[at]) < best:
                best, chosen = (price, self.ranks[at]), (at, *found)
        return chosen, still

    def _price(self, at: int, purses: Sequence[int], denominator: int) -> tuple[int, int] | None:
        """What a supporter pays for each unit of weight, as (amount, weight); None when they have not enough together."""
        self._spend(len(self.supporters[at]), denominator)
        amount = self.costs[at] * denominator
        weights = self.weights[at]
        have = [purses[voter] for voter in self.supporters[at]]
        if sum(have) < amount:
            return None
        rest = sum(weights)
        rich = list(zip(have, weights, strict=True))
        while True:
            poor = [one for one in rich if one[0] * rest < amount * one[1]]
            if not poor:
                return amount, rest
            rich = [one for one in rich if one[0] * rest >= amount * one[1]]
            amount -= sum(purse for purse, _ in poor)
            rest -= sum(weight for _, weight in poor)

    def _spend(self, purses: int, denominator: int) -> None:
        self._work -= purses * (1 + denominator.bit_length() // 512)
        if self._work < 0:
            raise TooLong("too much work")
