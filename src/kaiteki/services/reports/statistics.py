"""How fast reports are answered and mended: quantiles that are said only where there are enough of them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, TypeVar

import msgspec

from kaiteki.model.instant import Instant

SAMPLE_MAX: Final = 200
SAMPLE_MIN: Final = 5
"""Below this many cases no quantile is said: it would be an accident, or tell about one person."""
_DAY: Final = 86_400_000_000


class Timed(Protocol):
    """What a time is read from: a report, or the part of it that statistics read."""

    @property
    def kind(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def date_submitted(self) -> Instant: ...
    @property
    def date_answered(self) -> Instant | None: ...
    @property
    def date_completed(self) -> Instant | None: ...
    @property
    def date_closed(self) -> Instant | None: ...


T = TypeVar("T", bound=Timed)


class Forecast(msgspec.Struct, frozen=True):
    """Days until half (P50) and nine of ten (P90) were mended, and from how many cases."""

    half_days: float
    most_days: float
    cases: int


class Row(msgspec.Struct, frozen=True):
    """One office or category: cases, quantiles in days (None: too few), and how many are open."""

    key: str
    cases: int
    answer_half: float | None
    answer_most: float | None
    fix_half: float | None
    fix_most: float | None


def quantile(values: Sequence[float], share: float) -> float:
    """The empirical quantile with linear interpolation; `values` need not be sorted, at least one."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def answer_days(report: Timed) -> float | None:
    """Days until the first step of the office; None while there is none."""
    if report.date_answered is None or report.kind == "praise":
        return None
    return max(0, report.date_answered - report.date_submitted) / _DAY


def fix_days(report: Timed) -> float | None:
    """Days until it was reported as done and confirmed; None for what is not done."""
    if report.status != "closed" or report.date_closed is None:
        return None
    return max(0, (report.date_completed or report.date_closed) - report.date_submitted) / _DAY


def forecast(reports: Iterable[Timed]) -> Forecast | None:
    """The forecast from mended reports; None where there are too few."""
    days = [d for report in reports if (d := fix_days(report)) is not None]
    if len(days) < SAMPLE_MIN:
        return None
    return Forecast(quantile(days, 0.5), quantile(days, 0.9), len(days))


def rows_by(reports: Sequence[T], key: Callable[[T], str]) -> list[Row]:
    """A row for each office or category, the most cases first."""
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for report in reports:
        groups[key(report)].append(report)
    return [_row(name, group) for name, group in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0]))]


def _row(name: str, group: Sequence[Timed]) -> Row:
    answers = [d for r in group if (d := answer_days(r)) is not None]
    fixes = [d for r in group if (d := fix_days(r)) is not None]
    return Row(
        name,
        len(group),
        _enough(answers, 0.5),
        _enough(answers, 0.9),
        _enough(fixes, 0.5),
        _enough(fixes, 0.9),
    )


def _enough(values: Sequence[float], share: float) -> float | None:
    return quantile(values, share) if len(values) >= SAMPLE_MIN else None
