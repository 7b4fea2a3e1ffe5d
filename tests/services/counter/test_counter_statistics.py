"""What a day of visits comes to, worked out by hand."""

from __future__ import annotations

from typing import Any

from kaiteki.model.instant import Instant, parse_instant
from kaiteki.services.counter.model import Visit
from kaiteki.services.counter.pages.statistics import Day, Hour, day_of, quantile, said_time

MINUTE = 60_000_000


def visit(number: int, taken: str, waited_min: float | None, **more: Any) -> Visit:
    """A visit of the hall that began at a time of 2026-11-24 in Japan."""
    at = parse_instant(f"2026-11-24T{taken}:00+09:00")
    assert at is not None
    called = Instant(round(at + waited_min * MINUTE)) if waited_min is not None else None
    told = {"outcome": "done", "origin": "kiosk", "since": at, **more}
    return Visit(
        id=f"v{number}", office="hall", matter="move", day="2026-11-24", number=f"A{number}", taken_at=at,
        ended_at=at, called_at=called, **told,
    )  # fmt: skip


def test_a_day_is_counted_by_hour_and_outcome() -> None:
    told = day_of(
        [
            visit(1, "09:00", 5, origin="phone"),
            visit(2, "09:10", 10),
            visit(3, "09:30", 40, origin="phone"),
            visit(4, "11:00", 1, outcome="no_show", origin="phone"),
            visit(5, "12:00", None, outcome="left"),
        ]
    )
    assert told == Day(
        {"done": 3, "no_show": 1, "left": 1},
        (Hour(9, 2, 5.0, 10.0), Hour(10, 1, 40.0, 40.0), Hour(11, 1, 1.0, 1.0)),
        5.0,
        40.0,
        45.0,
        2,
    )


def test_a_day_without_visits_is_not_a_day_without_waits() -> None:
    assert day_of([]) == Day({}, (), None, None, 0, 0)


def test_a_quantile_is_a_value_that_was_there() -> None:
    assert [quantile([3.0, 1.0, 2.0, 4.0], share) for share in (0.0, 0.25, 0.5, 0.9, 1.0)] == [1, 1, 2, 4, 4]


def test_a_time_is_said_in_the_unit_in_which_it_is_not_nought() -> None:
    assert [said_time(one) for one in (1, 3.2, 59.4, 59.6, 90, 594, 6000)] == [
        ("1", False),
        ("3", False),
        ("59", False),
        ("1.0", True),
        ("1.5", True),
        ("9.9", True),
        ("100", True),
    ]
