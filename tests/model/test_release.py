"""The law of release: whoever knows all that is shown, and the rule, learns of a small number no more than that it is small."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from kaiteki.model.release import (
    CELLS_MAX,
    TOTAL,
    NotReleasable,
    Number,
    Released,
    alone,
    anonymity,
    bounds,
    diversity,
    release,
    tabulated,
)

MINIMUM = 4
CELLS = st.sampled_from([0, 1, 2, 3, 3, 4, 5, 6])
"""Small numbers: what a reader has to think possible is found by trying."""
PARENTS = {"a": "north", "b": "north", "c": "south"}


def counted(values: Sequence[int], columns: int) -> dict[tuple[str, str], int]:
    """A table of counts, row by row."""
    return {("abc"[at // columns], "xyz"[at % columns]): value for at, value in enumerate(values)}


def possible(numbers: Sequence[Number], shown: Released) -> list[dict[tuple[str, str], int]]:
    """Every table that a reader has to think possible: by trying all inner numbers, without any flow; hidden ones up to a bound."""
    parents = PARENTS if any(one.place[0] == "north" for one in numbers) else {}
    rows = sorted({one.place[0] for one in numbers} - {TOTAL, *PARENTS.values()})
    columns = sorted({one.place[1] for one in numbers} - {TOTAL})
    inner = [(row, column) for row in rows for column in columns]
    hidden = [place for place in inner if shown.numbers[place] is None]
    known = {place: value for place in inner if (value := shown.numbers[place]) is not None}
    most = 2 * MINIMUM + sum(one.value for one in numbers if one.place in hidden)
    worlds: list[dict[tuple[str, str], int]] = []
    for values in product(range(1, min(most, 10)), repeat=len(hidden)):
        world = sums({**known, **dict(zip(hidden, values, strict=True))}, rows, columns, parents)
        if all(value in (None, world[place]) for place, value in shown.numbers.items()):
            worlds.append(world)
    return worlds


def sums(
    inner: Mapping[tuple[str, str], int],
    rows: Sequence[str],
    columns: Sequence[str],
    parents: Mapping[str, str],
) -> dict[tuple[str, str], int]:
    """A table with its totals and subtotals, added up plainly."""
    world = dict(inner)
    for (row, column), value in inner.items():
        for place in (
            (row, TOTAL),
            (TOTAL, column),
            (TOTAL, TOTAL),
            *(((parents[row], column), (parents[row], TOTAL)) if row in parents else ()),
        ):
            world[place] = world.get(place, 0) + value
    return world


@seed(33)
@settings(max_examples=30, deadline=None, phases=[Phase.generate])
@given(st.lists(CELLS, min_size=4, max_size=4), st.booleans())
def test_nothing_small_can_be_computed(values: list[int], hierarchical: bool) -> None:
    parents = PARENTS if hierarchical else {}
    numbers = tabulated(counted(values, 2), parents)
    try:
        shown = release(numbers, MINIMUM)
    except NotReleasable:
        return
    true = {one.place: one.value for one in numbers}
    assert all(value in (None, true[place]) for place, value in shown.numbers.items())
    assert shown.primary == {place for place, value in true.items() if 0 < value < MINIMUM}
    assert shown.primary <= shown.hidden
    if not shown.primary:
        assert not shown.hidden
        return
    worlds = possible(numbers, shown)
    assert true in worlds
    for place in shown.primary:
        thought = {one[place] for one in worlds}
        (least,) = (one.least for one in numbers if one.place == place)
        assert min(thought) == least and max(thought) >= MINIMUM - 1, (place, sorted(thought), shown)


@seed(34)
@settings(max_examples=60, deadline=None, phases=[Phase.generate])
@given(st.lists(CELLS, min_size=9, max_size=9), st.booleans())
def test_bounds_of_larger_tables(values: list[int], hierarchical: bool) -> None:
    numbers = tabulated(counted(values, 3), PARENTS if hierarchical else {})
    try:
        shown = release(numbers, MINIMUM)
    except NotReleasable:
        return
    hidden = {at for at, one in enumerate(numbers) if shown.numbers[one.place] is None}
    for at in hidden:
        low, high = bounds(numbers, hidden, at)
        assert low <= numbers[at].value and (high is None or high >= numbers[at].value)
        if numbers[at].place in shown.primary:
            assert low == numbers[at].least and (high is None or high >= MINIMUM - 1)
    spared = [at for at in hidden if numbers[at].place not in shown.primary]
    for at in spared:
        # nothing is hidden in vain
        less = hidden - {at}
        small = [one for one in less if numbers[one].place in shown.primary]
        assert any(
            low > numbers[one].least or (high is not None and high < MINIMUM - 1)
            for one in small
            for low, high in [bounds(numbers, less, one)]
        )


def test_a_worked_example() -> None:
    numbers = tabulated(counted([20, 2, 30, 40, 50, 60, 70, 80, 90], 3))
    shown = release(numbers, 5)
    assert shown.primary == {("a", "y")}
    assert shown.hidden == {("a", "y"), ("a", "x"), ("b", "x"), ("b", "y")}
    assert shown.numbers[TOTAL, TOTAL] == 442


def test_subtotals_do_not_give_it_away() -> None:
    numbers = tabulated(counted([3, 20, 10, 20, 30, 40], 2), PARENTS)
    shown = release(numbers, 5)
    assert shown.primary == {("a", "x")}
    hidden = {at for at, one in enumerate(numbers) if shown.numbers[one.place] is None}
    assert all(bounds(numbers, hidden, at)[0] != bounds(numbers, hidden, at)[1] for at in hidden)
    assert shown.numbers["north", TOTAL] == 53


def test_where_nothing_hides_a_number_nothing_is_shown() -> None:
    shown = release(tabulated({("a", "x"): 2}), 5)
    assert set(shown.numbers.values()) == {None}
    with pytest.raises(NotReleasable):
        tabulated({(str(row), str(column)): 9 for row in range(50) for column in range(CELLS_MAX // 50)})


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from("pq")), max_size=30))
def test_k_and_l_are_their_definitions(rows: list[tuple[str, str, str]]) -> None:
    quasi = [row[:2] for row in rows]
    k = min((quasi.count(one) for one in quasi), default=0)
    assert anonymity(quasi) == k
    assert alone(quasi, 3) == {one: n for one, n in Counter(quasi).items() if n < 3}
    kinds = [len({row[2] for row in rows if row[:2] == one}) for one in quasi]
    assert diversity((row[:2], row[2]) for row in rows) == min(kinds, default=0)
