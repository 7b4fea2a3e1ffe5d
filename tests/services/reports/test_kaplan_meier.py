"""The curve of those who wait, against figures that are known from the literature, and its laws."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kaiteki.services.reports.kaplan_meier import Case, stages, wait_of

FREIREICH = [(days, True) for days in (6, 6, 6, 7, 10, 13, 16, 22, 23)]
FREIREICH += [(days, False) for days in (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)]
"""Weeks in remission of 21 patients who got 6-MP (Freireich and others 1963), the example of most textbooks."""
CASES = st.lists(st.builds(Case, st.floats(0, 400), st.booleans()), min_size=1, max_size=60)


def test_the_curve_of_the_textbooks() -> None:
    curve = {stage.days: round(stage.waiting, 3) for stage in stages([Case(*one) for one in FREIREICH])}
    assert curve == {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.69, 16: 0.627, 22: 0.538, 23: 0.448}
    wait = wait_of([Case(*one) for one in FREIREICH], 10)
    assert (wait.cases, wait.half, wait.half_low, wait.half_high) == (21, 23, 13, None)
    assert round(wait.within, 3) == 0.247


def test_without_open_cases_it_is_the_plain_share() -> None:
    wait = wait_of([Case(days, True) for days in (1, 2, 3, 4)], 2)
    assert (wait.half, wait.within) == (2, 0.5)
    assert wait_of([Case(9, False)] * 5, 3).half is None


def test_leaving_out_who_still_waits_would_flatter() -> None:
    answered = [Case(1, True)] * 6
    assert wait_of(answered, 3).within == 1
    assert wait_of([*answered, *[Case(60, False)] * 6], 3).within == 0.5


@given(CASES)
def test_bounds_hold_their_value_and_the_curve_falls(cases: list[Case]) -> None:
    curve = stages(cases)
    assert all(
        0 <= one.low <= one.waiting + 1e-9 and one.waiting <= one.high + 1e-9 <= 1 + 1e-6 for one in curve
    )
    assert [one.waiting for one in curve] == sorted((one.waiting for one in curve), reverse=True)
    wait = wait_of(cases, 3)
    assert wait.within_low <= wait.within + 1e-9 and wait.within <= wait.within_high + 1e-9
    assert wait.half is None or (wait.half_low or 0) <= wait.half
