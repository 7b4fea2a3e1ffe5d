"""Laws of equal shares: within the budget, priceable, exhaustive, the same for any order of voters, and as others compute it."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.services.budgets.equal_shares import (
    Election,
    Project,
    TooLong,
    Utility,
    buy_greedily,
    share_out,
)
from kaiteki.services.budgets.pabulib import PbFile, election_of, read_pb
from kaiteki.services.budgets.priceability import Broken, faults_of_prices

UTILITIES: Final[tuple[Utility, ...]] = ("cost", "points")
# by pabutools 1.2.3 with Add1 and our rule for ties: scripts/judges/equal_shares.py wrote both
RECORDED = json.loads((Path(__file__).parent / "recorded_outcomes.json").read_text())
DRAWN = json.loads((Path(__file__).parent / "drawn_elections.json").read_text())


@st.composite
def elections(draw: st.DrawFn) -> Election:
    names = [f"p{at}" for at in range(draw(st.integers(1, 6)))]
    projects = tuple(
        Project(name, Fraction(draw(st.integers(1, 60)), draw(st.sampled_from([1, 2, 4])))) for name in names
    )
    ballots = draw(
        st.lists(
            st.dictionaries(st.sampled_from(names), st.integers(0, 3), max_size=len(names)),
            min_size=1,
            max_size=8,
        )
    )
    utility = draw(st.sampled_from(UTILITIES))
    return Election(projects, Fraction(draw(st.integers(1, 100))), tuple(ballots), utility)


@given(elections())
def test_an_outcome_is_within_the_budget_priceable_and_exhaustive(election: Election) -> None:
    outcome = share_out(election)
    costs = {one.id: one.cost for one in election.projects}
    left = election.budget - sum(costs[one] for one in outcome.chosen)
    wanted = {name for ballot in election.ballots for name, worth in ballot.items() if worth > 0}
    assert left >= 0
    assert len(set(outcome.chosen)) == len(outcome.chosen)
    assert faults_of_prices(election, outcome) == ()
    assert [name for name in wanted - set(outcome.chosen) if costs[name] <= left] == []
    assert {one.project for one in outcome.unbought} == set(costs) - {one.project for one in outcome.bought}
    assert all(one.missing > 0 for one in outcome.unbought)


@given(elections(), st.randoms(use_true_random=False))
def test_the_order_of_voters_changes_nothing(election: Election, chance: Random) -> None:
    ballots = list(election.ballots)
    chance.shuffle(ballots)
    other = share_out(msgspec.structs.replace(election, ballots=tuple(ballots)))
    one = share_out(election)
    assert (one.chosen, one.share, one.ended) == (other.chosen, other.share, other.ended)


def test_a_minority_gets_its_share_where_greed_gives_it_nothing() -> None:
    projects = tuple(Project(name, Fraction(30)) for name in ("a", "b", "c"))
    election = Election(projects, Fraction(90), ({"a": 1, "b": 1},) * 6 + ({"c": 1},) * 3)
    assert share_out(election).chosen == ("a", "b", "c")
    dear = msgspec.structs.replace(
        election, projects=(Project("a", Fraction(45)), Project("b", Fraction(45)), projects[2])
    )
    assert buy_greedily(dear) == ("a", "b")
    assert share_out(dear).chosen == ("a", "c")


def test_each_supporter_pays_alike_and_who_has_too_little_gives_all() -> None:
    projects = (Project("x", Fraction(6)), Project("y", Fraction(8)))
    outcome = share_out(Election(projects, Fraction(15), ({"x": 1}, {"x": 1, "y": 1}, {"y": 1})))
    first, second = outcome.bought
    assert (first.project, dict(first.payments)) == ("x", {0: Fraction(3), 1: Fraction(3)})
    assert second.project == "y"
    assert second.payments[1] <= second.payments[2]
    assert (second.most, second.gave_all) == (
        second.payments[2],
        int(second.payments[1] < second.payments[2]),
    )


def test_a_broken_price_system_is_found() -> None:
    projects = (Project("x", Fraction(6)), Project("y", Fraction(30)))
    election = Election(projects, Fraction(12), ({"x": 1}, {"x": 1, "y": 1}))
    outcome = share_out(election)
    (bought,) = outcome.bought
    assert faults_of_prices(election, outcome) == ()

    def judged(payments: dict[int, Fraction], share: Fraction = outcome.share) -> set[Broken]:
        paid = msgspec.structs.replace(bought, payments=payments)
        return set(faults_of_prices(election, msgspec.structs.replace(outcome, bought=(paid,), share=share)))

    assert judged({0: Fraction(3), 1: Fraction(2)}) == {Broken("paid_whole", "x")}
    assert judged({0: Fraction(7), 1: Fraction(-1)}) == {
        Broken("within_share", "0"),
        Broken("approved_alone", "x"),
    }
    assert judged(dict(bought.payments), Fraction(40)) == {Broken("nobody_passed_over", "y")}
    twice = msgspec.structs.replace(outcome, bought=(bought, bought), share=Fraction(6))
    assert faults_of_prices(election, twice) == (Broken("bought_once", "x"),)


def test_an_outcome_found_at_the_last_step_holds_and_one_step_less_has_none() -> None:
    projects = (Project("x", Fraction(8)), Project("y", Fraction(2)))
    election = Election(projects, Fraction(10), ({"x": 1}, {"y": 1}))
    outcome = share_out(election, steps_max=3)
    assert (outcome.chosen, outcome.share, outcome.ended) == (("y", "x"), Fraction(8), "all_bought")
    with pytest.raises(TooLong, match="2 steps"):
        share_out(election, steps_max=2)
    with pytest.raises(TooLong, match="work"):
        share_out(election, work_max=10)


@pytest.mark.parametrize(("budget", "cost", "step"), [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_amounts_are_above_zero(budget: int, cost: int, step: int) -> None:
    election = Election((Project("x", Fraction(cost)),), Fraction(budget), ({"x": 1},))
    with pytest.raises(ValueError, match="above zero"):
        share_out(election, Fraction(step))


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_a_real_election_comes_out_as_others_compute_it(name: str, shared_data: Path) -> None:
    file = read_pb((shared_data / "pabulib" / name).read_bytes())
    assert isinstance(file, PbFile)
    election = election_of(file)
    outcome = share_out(election)
    assert [one.project for one in outcome.bought] == RECORDED[name]
    assert faults_of_prices(election, outcome) == ()


@pytest.mark.parametrize("utility", UTILITIES)
def test_drawn_elections_come_out_as_others_compute_them(utility: Utility) -> None:
    told = [one for one in DRAWN if one["utility"] == utility]
    assert len(told) == 60
    other: list[tuple[dict[str, Any], list[str]]] = []
    for one in told:
        projects = tuple(Project(f"p{at}", Fraction(cost)) for at, cost in enumerate(one["costs"]))
        ballots = tuple({f"p{at}": points for at, points in ballot.items()} for ballot in one["ballots"])
        outcome = share_out(Election(projects, Fraction(one["budget"]), ballots, utility))
        found = [bought.project for bought in outcome.bought]
        other += [(one, found)] if found != one["bought"] else []
    assert other == []
