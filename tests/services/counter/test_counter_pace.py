"""What is learned of a service moves from what the office expects to what is seen, as far as chance allows."""

from __future__ import annotations

import math
from random import Random

import pytest

from kaiteki.services.counter.pace import (
    Called,
    Lengths,
    Past,
    Told,
    cv_of,
    factor_of_day,
    lengths_of,
    scales,
    silent_per_min,
    told_per_min,
)
from kaiteki.services.counter.waiting import Wait


def test_nothing_seen_is_what_the_office_expects() -> None:
    assert lengths_of({}, 9.0) == Lengths(9.0, {}, 0.8)
    assert scales(()) == (1.0, 1.0)
    assert told_per_min(0, 0.0) == 0.0
    assert silent_per_min(()) == pytest.approx(1 / 90)


def test_counters_are_drawn_to_the_service_as_far_as_chance_made_them_differ() -> None:
    chance = Random(3)
    sigma = math.sqrt(math.log1p(0.64))
    alike = {
        str(n): [6.5 * chance.lognormvariate(-(sigma**2) / 2, sigma) for _ in range(20)] for n in range(8)
    }
    learned = lengths_of(alike, 10.0)
    raw = {name: sum(seen) / len(seen) for name, seen in alike.items()}
    assert max(abs(learned.at(name) - learned.mean_min) for name in alike) < 0.6 * max(
        abs(raw[name] - learned.mean_min) for name in alike
    )
    assert learned.at("a counter never seen") == learned.mean_min
    slow = {"fast": [4.0, 5.0] * 200, "slow": [12.0, 14.0] * 200}
    assert lengths_of(slow, 10.0).by_counter == pytest.approx({"fast": 4.5, "slow": 13.0}, rel=0.01)


def test_a_service_that_nobody_ended_is_left_out() -> None:
    seen = [5.0, 6.0, 7.0] * 20
    assert lengths_of({"1": [*seen, 480.0]}, 6.0).mean_min == pytest.approx(6.0)


def test_patience_is_found_from_calls_in_vain() -> None:
    chance = Random(4)
    waits = [chance.uniform(1, 30) for _ in range(4000)]
    called = [Called(wait, chance.expovariate(1 / 60) > wait) for wait in waits]
    assert silent_per_min(called) == pytest.approx(1 / 60, rel=0.12)
    assert told_per_min(30, 1710.0) == pytest.approx(1 / 60)


def test_ranges_that_were_too_narrow_grow_and_few_calls_change_little() -> None:
    told = [Told(Wait(8, 10, 12), 10 + 0.01 * n * (-1) ** n) for n in range(400)]
    low, high = scales(told)
    assert low > 1.2
    assert high > 1.2
    assert scales(told[:5])[1] == pytest.approx(1.0, abs=0.1)


def test_days_that_differ_let_today_be_believed() -> None:
    alike = [Past(400, 1.0)] * 10
    unlike = [Past(400, ratio) for ratio in (0.8, 1.2, 1.0, 1.4, 0.7, 1.1)]
    slow = Past(60, 1.5)
    assert factor_of_day(alike, slow, 0.8) == 1.0
    assert factor_of_day(unlike[:3], slow, 0.8) == 1.0
    assert 1.3 < factor_of_day(unlike, slow, 0.8) < 1.5


def test_services_of_two_kinds_vary_more_than_each() -> None:
    short, long = Lengths(4.0, {}, 0.8), Lengths(12.0, {}, 0.6)
    assert cv_of([short]) == pytest.approx(0.8)
    assert cv_of([short] * 7 + [long] * 3) == pytest.approx(0.94, abs=0.02)
