"""The noise itself: its distribution, and that two tables which differ by one person are told apart no better than ε says.

The draws are those of a cryptographic source and cannot be seeded; each bound is missed by chance less often than once in 10⁹ runs
(Bernstein or Chernoff, and all of them together).
"""

from __future__ import annotations

import math
from collections import Counter

import pytest

from kaiteki.main.noise import OpenDpNoise, find_noise

DRAWS = 8_000
FALSE_ALARM = 1e-12


@pytest.fixture(scope="module")
def noise() -> OpenDpNoise:
    """What draws noise on this machine."""
    found = find_noise()
    assert found is not None
    found.ready()
    return found


def slack(chance: float) -> float:
    """How far a count of DRAWS is from what is expected, but for FALSE_ALARM (Bernstein)."""
    log = math.log(2 / FALSE_ALARM)
    return log / 3 + math.sqrt(log * log / 9 + 2 * log * DRAWS * chance * (1 - chance))


@pytest.mark.parametrize(("changed_by", "epsilon_milli"), [(1, 1000), (3, 700)])
def test_it_is_discrete_laplace(noise: OpenDpNoise, changed_by: int, epsilon_milli: int) -> None:
    drawn = Counter(noise.draw([0] * DRAWS, changed_by, epsilon_milli))
    q = math.exp(-epsilon_milli / 1000 / changed_by)
    for value in range(-12, 13):
        chance = (1 - q) / (1 + q) * q ** abs(value)
        assert abs(drawn[value] - DRAWS * chance) < slack(chance), value
    tail = sum(count for value, count in drawn.items() if abs(value) > 12)
    chance = 2 * q**13 / (1 + q)
    assert abs(tail - DRAWS * chance) < slack(chance)


def test_neighbours_are_told_apart_by_no_more_than_epsilon(noise: OpenDpNoise) -> None:
    epsilon_milli = 800
    one = Counter(noise.draw([7] * DRAWS, 1, epsilon_milli))
    other = Counter(noise.draw([8] * DRAWS, 1, epsilon_milli))
    bound = math.exp(epsilon_milli / 1000)
    seen = 0
    for value in range(16):
        for first, second in ((one[value], other[value]), (other[value], one[value])):
            # what is expected of `second` at most, given what was counted, and then of `first`
            most = second + slack(min(0.5, (second + 80) / DRAWS))
            assert first < bound * most + slack(min(0.5, bound * most / DRAWS))
            seen += first > 300
    assert seen > 6


@pytest.mark.parametrize(
    ("changed_by", "epsilon_milli"), [(1, 1), (1, 100), (1, 333), (7, 10_000), (100, 1), (1_000_000, 500)]
)
def test_what_the_library_proves_is_no_more_than_what_is_paid(
    noise: OpenDpNoise, changed_by: int, epsilon_milli: int
) -> None:
    proved = noise._mechanism(changed_by, epsilon_milli).map(changed_by)
    assert proved * 1000 <= epsilon_milli and proved * 1000 > epsilon_milli * 0.999_999


def test_large_sums_do_not_run_over(noise: OpenDpNoise) -> None:
    (told,) = noise.draw([5_000 * 1_000_000], 1_000_000, 1000)
    assert abs(told - 5_000_000_000) < 60_000_000


@pytest.mark.parametrize(("changed_by", "epsilon_milli"), [(0, 1), (1, 0), (-1, 5)])
def test_what_hides_nothing_is_not_drawn(noise: OpenDpNoise, changed_by: int, epsilon_milli: int) -> None:
    with pytest.raises(ValueError, match="nothing"):
        noise.draw([1], changed_by, epsilon_milli)
