"""The wait that is told agrees with closed forms, moves the right way with people and desks, and its range holds what it says."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.services.counter.completions import counts_of
from kaiteki.services.counter.roster import Seen, Stretch, desks_at
from kaiteki.services.counter.waiting import Desk, Habits, wait_of

AGES = st.lists(st.floats(0, 40), min_size=1, max_size=12)


def full(ages: list[float], mean_min: float = 6.5) -> list[Desk]:
    """Desks that serve somebody since so many minutes."""
    return [Desk(mean_min, age) for age in ages]


def test_a_free_desk_and_nobody_ahead_is_no_wait() -> None:
    wait = wait_of([Desk(6.5, 3.0), Desk(6.5)], [], Habits())
    assert wait is not None
    assert (wait.low_min, wait.middle_min, wait.high_min) == (0.0, 0.0, 0.0)


@given(ages=AGES, ahead=st.integers(0, 60), cv=st.floats(0.2, 2.0), leaving=st.floats(0, 0.1))
def test_the_range_has_its_order_and_is_finite(
    ages: list[float], ahead: int, cv: float, leaving: float
) -> None:
    wait = wait_of(full(ages), [1.0] * ahead, Habits(cv, silent_per_min=leaving / 2, told_per_min=leaving))
    if wait is not None:
        bounds = [wait.low_min, wait.middle_min, math.inf if wait.high_min is None else wait.high_min]
        assert bounds == sorted(bounds)
        assert wait.low_min >= 0
        assert math.isfinite(wait.middle_min)


@given(ages=AGES, ahead=st.integers(0, 40), leaving=st.floats(0, 0.05))
def test_nobody_waits_less_for_one_more_ahead(ages: list[float], ahead: int, leaving: float) -> None:
    habits = Habits(told_per_min=leaving)
    fewer, more = (wait_of(full(ages), [0.0] * many, habits) for many in (ahead, ahead + 1))
    if more is not None:
        assert fewer is not None
        assert fewer.middle_min <= more.middle_min + 1e-9


@given(ages=AGES, age=st.floats(0, 40), ahead=st.integers(0, 40))
def test_nobody_waits_longer_for_one_more_desk(ages: list[float], age: float, ahead: int) -> None:
    fewer, more = (wait_of(full(there), [0.0] * ahead, Habits()) for there in (ages, [*ages, age]))
    if fewer is not None:
        assert more is not None
        assert more.middle_min <= fewer.middle_min + 0.05


def test_the_mean_of_a_long_line_is_the_sum_of_the_queue_length_refined() -> None:
    """Σ 1 / (s·μ + k·θ) for k from 0 to the people ahead (Ibrahim and Whitt 2011), of services whose ages are as of a busy office."""
    chance, mean, leaving, ahead = Random(1), 6.5, 1 / 60, 20
    told: list[float] = []
    for _ in range(60):
        wait = wait_of(
            full([_age(chance, mean) for _ in range(8)]), [0.0] * ahead, Habits(told_per_min=leaving)
        )
        assert wait is not None
        told.append(wait.middle_min)
    closed = math.fsum(1 / (8 / mean + k * leaving) for k in range(ahead + 1))
    assert sum(told) / len(told) == pytest.approx(closed, rel=0.05)


def _age(chance: Random, mean: float) -> float:
    """The age of a lognormal service (cv 0.8) that one who looks in finds: a longer one is found more often, at any of its moments."""
    sigma = math.sqrt(math.log1p(0.64))
    return mean * chance.lognormvariate(sigma**2 / 2, sigma) * chance.random()


def test_the_counts_of_a_fresh_desk_are_those_of_drawn_services() -> None:
    chance, cv, until = Random(2), 0.8, 5.0
    sigma = math.sqrt(math.log1p(cv**2))
    seen: list[int] = []
    for _ in range(4000):
        at, many = 0.0, -1
        while at <= until:
            at += chance.lognormvariate(-(sigma**2) / 2, sigma)
            many += 1
        seen.append(many)
    mean = sum(seen) / len(seen)
    variance = sum((one - mean) ** 2 for one in seen) / len(seen)
    counts = counts_of(cv)
    assert counts.mean[0][100] == pytest.approx(mean, abs=0.1)
    assert counts.variance[0][100] == pytest.approx(variance, abs=0.3)


def test_a_break_of_the_roster_makes_the_wait_longer_and_a_day_that_ends_has_none() -> None:
    stay, leave = Stretch("1", 0, 510), Stretch("2", 0, 210)
    seen = {"1": Seen(True, 2.0), "2": Seen(True, 2.0)}
    means = {"1": 6.5, "2": 6.5}
    desks = desks_at(200.0, (stay, leave), seen, means, 30.0)
    assert desks == [Desk(6.5, 2.0, None, 0.0, 340.0), Desk(6.5, 2.0, None, 0.0, 10.0)]
    back = desks_at(200.0, (stay, leave, Stretch("2", 270, 510)), seen, means, 30.0)
    assert back[1:] == [Desk(6.5, 2.0, None, 0.0, 10.0), Desk(6.5, None, None, 70.0, 340.0)]
    through = desks_at(200.0, (stay, Stretch("2", 0, 510)), seen, means, 30.0)
    waits = [wait_of(these, [0.0] * 12, Habits()) for these in (through, back, desks)]
    middles = [wait.middle_min for wait in waits if wait is not None]
    assert len(middles) == len(waits)
    assert middles == sorted(set(middles))
    assert wait_of([Desk(6.5, 2.0, None, 0.0, 10.0)], [0.0] * 12, Habits()) is None
    assert wait_of([], [], Habits()) is None


def test_who_left_without_a_word_counts_less() -> None:
    fresh, old = (
        wait_of(full([2.0] * 4), [waited] * 10, Habits(silent_per_min=1 / 60)) for waited in (0.0, 30.0)
    )
    assert fresh is not None
    assert old is not None
    assert old.middle_min < 0.8 * fresh.middle_min
