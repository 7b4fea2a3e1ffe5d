"""Values added up: how many, how many different ones, sum, mean, spread (ETSI GS CIM 009 V1.9.1 clause 4.5.19).

Numbers have all of it and truth values count as 0 and 1; texts have counts, least and greatest; everything else is counted alone.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant

GREATEST: Final = 2**500
"""Numbers from here on (10 to the 150) are not added up: their squares do not surely fit into a number."""
METHODS: Final = ("totalCount", "distinctCount", "sum", "avg", "min", "max", "stddev", "sumsq")


class Sums(msgspec.Struct, frozen=True):
    """What the values of one attribute instance add up to in the period from `start` to `end`; of `numbers` are sum, mean, spread.

    Sums of whole numbers are whole. `spread` is the sum of the squared distances from the mean. `first` and `last` are the moments of the outermost values.
    """

    start: Instant
    end: Instant
    kind: str
    dataset_id: str | None
    count: int
    first: Instant
    last: Instant
    distinct: int = 0
    numbers: int = 0
    total: int | float = 0
    squares: int | float = 0
    spread: float = 0.0
    least: Json = None
    greatest: Json = None

    def of(self, method: str) -> Json:
        """The result of a method; None where it says nothing of such values, or more than a number can hold."""
        if method == "totalCount":
            return self.count
        if method == "distinctCount":
            return self.distinct
        if method in ("min", "max"):
            return self.least if method == "min" else self.greatest
        if not self.numbers:
            return None
        match method:
            case "sum":
                told: float = self.total
            case "avg":
                told = self.total / self.numbers
            case "sumsq":
                told = self.squares
            case _:
                told = math.sqrt(self.spread / self.numbers)
        return told if math.isfinite(told) else None


def together(parts: Sequence[Sums], start: Instant, end: Instant) -> Sums:
    """What parts of one period add up to, in the order of time; different values are not counted."""
    if len(parts) == 1:
        return msgspec.structs.replace(parts[0], start=start, end=end)
    numeric = [one for one in parts if one.numbers]
    numbers = sum(one.numbers for one in numeric)
    totals = [one.total for one in numeric]
    total = sum(totals) if all(isinstance(one, int) for one in totals) else _sum(totals)
    squares = [one.squares for one in numeric]
    mean = total / numbers if numbers and math.isfinite(total) else math.inf if numbers else 0.0
    shown = numeric or parts
    ends = [end for one in shown for end in (one.least, one.greatest) if end is not None]
    return Sums(
        start,
        end,
        parts[-1].kind,
        parts[0].dataset_id,
        sum(one.count for one in parts),
        min(one.first for one in parts),
        max(one.last for one in parts),
        0,
        numbers,
        total,
        sum(squares) if all(isinstance(one, int) for one in squares) else _sum(squares),
        _sum(one.spread + one.numbers * (one.total / one.numbers - mean) ** 2 for one in numeric)
        if math.isfinite(mean)
        else math.inf,
        min(ends, default=None),
        max(ends, default=None),
    )


class Adding:
    """Takes the values of one attribute instance in one period; it lives for one answer."""

    __slots__ = (
        "_different",
        "_last_kind",
        "_numbers",
        "_reach",
        "_texts",
        "_whole",
        "count",
        "first",
        "last",
    )

    def __init__(self, distinct: bool) -> None:
        self.count = 0
        self.first = self.last = Instant(0)
        self._numbers = array("d")
        self._reach: tuple[float, float] | None = None
        self._texts: tuple[str, str] | None = None
        self._whole: tuple[int, int] | None = (0, 0)
        """Sum and sum of squares as long as all numbers are whole."""
        self._different: set[bytes] | None = set() if distinct else None
        self._last_kind = ""

    def add(self, kind: str, value: Json, moment: Instant) -> None:
        """One value more; values come in order of time, from either end."""
        self.first = min(self.first, moment) if self.count else moment
        self.last = max(self.last, moment) if self.count else moment
        self.count += 1
        self._last_kind = kind
        if self._different is not None:
            self._different.add(msgspec.json.encode(value))
        if isinstance(value, int | float):
            value = int(value) if isinstance(value, bool) else value
            least, greatest = self._reach or (value, value)
            self._reach = (min(least, value), max(greatest, value))
            self._number(value if -GREATEST < value < GREATEST else math.inf)
        elif isinstance(value, str):
            least, greatest = self._texts or (value, value)
            self._texts = (min(least, value), max(greatest, value))

    def _number(self, value: float) -> None:
        self._numbers.append(value)
        if self._whole is not None:
            total, squares = self._whole
            self._whole = (total + value, squares + value * value) if isinstance(value, int) else None

    def _ends(self) -> tuple[Json, Json]:
        """The least and the greatest number, of texts where there is no number."""
        return self._reach or self._texts or (None, None)

    def sums(self, start: Instant, end: Instant, dataset_id: str | None) -> Sums:
        """All of it together."""
        numbers = self._numbers
        total, squares = self._whole or (_sum(numbers), _sum(one * one for one in numbers))
        mean = total / len(numbers) if numbers else 0.0
        least, greatest = self._ends()
        return Sums(
            start,
            end,
            self._last_kind,
            dataset_id,
            self.count,
            self.first,
            self.last,
            len(self._different or ()),
            len(numbers),
            total,
            squares,
            _sum((one - mean) ** 2 for one in numbers) if math.isfinite(mean) else math.inf,
            least,
            greatest,
        )


def _sum(numbers: Iterable[float]) -> float:
    """The sum, correctly rounded; infinite where it is more than a number can hold."""
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):
        return math.inf
