"""Laws of how a wait is said: never narrower than it is known, never finer than its steps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kaiteki.services.counter.spans import AT_ONCE_MIN, COARSE, FINE_MIN, Span, span_of, widest
from kaiteki.services.counter.waiting import Wait

MINUTES = st.floats(0, 400)


@given(st.tuples(MINUTES, MINUTES, MINUTES))
def test_what_is_said_holds_what_is_known_and_is_coarse(given: tuple[float, float, float]) -> None:
    low, middle, high = sorted(given)
    said = span_of(Wait(low, middle, high))
    assert said.high is not None
    if high < AT_ONCE_MIN:
        assert said.way == "at_once"
        return
    assert said.low <= low
    assert said.high >= high
    for bound in (said.low, said.high):
        assert bound < FINE_MIN or bound % COARSE == 0
    assert low - said.low < COARSE
    assert said.high - high < COARSE
    assert said.way in ("within", "about", "range")


@given(MINUTES, MINUTES)
def test_who_waits_longer_is_never_told_less(one: float, other: float) -> None:
    short, long = (span_of(Wait(each, each, each)) for each in sorted((one, other)))
    assert short.low <= long.low
    assert (short.high or 0) <= (long.high or 0)


def test_examples() -> None:
    assert span_of(Wait(0, 0, 0)) == Span(0, 0)
    assert span_of(Wait(26.2, 30, 33)) == Span(25, 35)
    assert span_of(Wait(0.4, 2, 4.2)) == Span(0, 5)
    assert span_of(Wait(6.5, 8, 11)) == Span(6, 15)
    assert span_of(Wait(40, 60, None)) == Span(40, None)
    assert [span_of(one).way for one in (Wait(0, 0, 0), Wait(0.4, 2, 4.2), Wait(40, 60, None))] == [
        "at_once",
        "within",
        "from",
    ]


def test_the_widest_holds_of_all_and_knows_no_end_where_one_has_none() -> None:
    assert widest([]) is None
    assert widest([Span(5, 10), Span(0, 8)]) == Span(0, 10)
    assert widest([Span(5, 10), Span(20, None)]) == Span(5, None)
