"""The laws of controlled rounding: multiples, next to the truth, sums that fit, the same table the same way; and what a reader can tell."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from kaiteki.model.release import TOTAL, Place, tabulated
from kaiteki.model.rounding import BASES, rounded

SMALL = (0, 1, 2, 3, 4, 5, 7, 12, 31)


def drawn(random: Random) -> tuple[dict[Place, int], dict[str, str]]:
    """A table of up to 6 × 6, half of them with districts."""
    rows, columns = random.randint(1, 6), random.randint(1, 6)
    counts = {
        (f"r{row}", f"c{column}"): random.choice(SMALL) for row in range(rows) for column in range(columns)
    }
    return counts, {f"r{row}": f"d{row % 2}" for row in range(rows)} if random.random() < 0.5 else {}


@pytest.mark.parametrize("base", BASES)
def test_every_number_is_a_multiple_near_the_truth_and_the_sums_fit(base: int) -> None:
    random = Random(base)
    for _ in range(150):
        counts, parents = drawn(random)
        numbers = tabulated(counts, parents)
        told = rounded(numbers, base)
        for one in numbers:
            assert told[one.place] % base == 0 and abs(told[one.place] - one.value) < base
            assert one.value % base or told[one.place] == one.value
        again = {one.place: one.value for one in tabulated({place: told[place] for place in counts}, parents)}
        assert again == told
        assert rounded(numbers, base) == told


def test_where_the_nearest_multiples_fit_they_are_taken() -> None:
    counts = {("a", "x"): 11, ("a", "y"): 19, ("b", "x"): 30, ("b", "y"): 8}
    told = rounded(tabulated(counts), 10)
    assert [told[place] for place in (*counts, ("a", TOTAL), (TOTAL, "x"), (TOTAL, TOTAL))] == [
        10,
        20,
        30,
        10,
        30,
        40,
        70,
    ]


@pytest.mark.parametrize("base", [3, 5])
def test_who_knows_the_base_and_all_that_is_told_thinks_every_number_in_reach_possible(base: int) -> None:
    """By trying every table that would be as near: no inner number is narrowed by the sums beyond less than the base away."""
    random = Random(base)
    for _ in range(2):
        counts = {("ab"[at // 2], "xy"[at % 2]): random.choice((1, 2, 3, 4, 6, 8)) for at in range(4)}
        told = rounded(tabulated(counts), base)
        ranges = [range(max(0, told[place] - base + 1), told[place] + base) for place in counts]
        seen: dict[Place, set[int]] = {place: set() for place in counts}
        for values in product(*ranges):
            world = dict(zip(counts, values, strict=True))
            if all(abs(one.value - told[one.place]) < base for one in tabulated(world)):
                for place, value in world.items():
                    seen[place].add(value)
        assert [seen[place] == set(reach) for place, reach in zip(counts, ranges, strict=True)] == [True] * 4
