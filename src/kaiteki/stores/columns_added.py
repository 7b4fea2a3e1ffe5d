"""Blocks added up: by what they say of themselves where they lie within one period, else by their columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.model.periods import Periods
from kaiteki.model.sums import Sums
from kaiteki.ports.history import Period
from kaiteki.stores.blocks import Bounds, apart
from kaiteki.stores.many_columns import series_of_all
from kaiteki.stores.packing import (
    Series,
    in_time,
    joined,
    read_head,
    summed,
    within,
    written_of,
)

TOGETHER: Final = 64
"""Blocks that are unpacked together: their columns fit the processor's cache."""


class Shelf(Protocol):
    """Where the parts of blocks are found by the ids of these."""

    def head(self, block_id: int) -> bytes: ...
    def series(self, block_id: int) -> bytes: ...
    def columns(self, block_id: int) -> tuple[bytes, bytes]: ...


class Chosen(NamedTuple):
    """How the blocks of one adding up are taken: whole (with the start of the period that they lie in), by columns, or state by state."""

    whole: Sequence[tuple[Bounds, Instant]]
    columns: Sequence[Bounds]
    others: Sequence[Bounds]


class Columns:
    """The blocks that one adding up takes whole or by columns."""

    def __init__(self, period: Period, periods: Periods) -> None:
        self._period = period
        self._periods = periods
        self._start = self._end = Instant(0)

    def choose(self, blocks: Sequence[Bounds], moments: Sequence[Instant]) -> Chosen:
        """Which blocks are taken together; `others` are those of which a state can repeat another one outside.

        `moments` are those of the states that stand in rows, in order.
        """
        observed = self._period.measured == "observed"
        alone, others = apart(blocks, moments) if observed else (list(blocks), [])
        chosen = Chosen([], [], [*others, *(one for one in alone if not one.small)])
        whole, columns = list[tuple[Bounds, Instant]](), list[Bounds]()
        for one in alone:
            if one.small and observed and self._lies_in_one(one):
                whole.append((one, self._start))
            elif one.small:
                columns.append(one)
        return chosen._replace(whole=whole, columns=columns)

    def sums(self, chosen: Chosen, shelf: Shelf) -> list[Sums]:
        """What the chosen blocks add up to, in parts of periods; the others are left out."""
        parts = [
            msgspec.structs.replace(read_head(shelf.head(one.id)).sums, start=start)
            for one, start in chosen.whole
        ]
        if self._period.measured == "observed":
            return [*parts, *self._observed(chosen.columns, shelf)]
        series = [self._written(one, shelf) for one in chosen.columns]
        return [*parts, *summed(in_time(joined(series)), self._periods)] if series else parts

    def _lies_in_one(self, one: Bounds) -> bool:
        """Whether a block lies within one period, which begins at `_start` then, and within the stretch of time."""
        period = self._period
        if (period.start is not None and one.observed < period.start) or (
            period.end is not None and one.observed_last >= period.end
        ):
            return False
        if self._periods.whole:
            self._start = self._periods.origin
            return True
        if not self._start <= one.observed < self._end:
            # blocks come in order, so most lie in the period of the one before
            self._start = self._periods.start_of(one.observed)
            self._end = self._periods.end_of(self._start)
        return one.observed_last < self._end

    def _observed(self, blocks: Sequence[Bounds], shelf: Shelf) -> list[Sums]:
        """What blocks that share no time add up to, as far as they lie in the stretch of time, in parts of periods."""
        period, found = self._period, list[Sums]()
        for chunk in (blocks[first : first + TOGETHER] for first in range(0, len(blocks), TOGETHER)):
            series = series_of_all([shelf.series(one.id) for one in chunk])
            if period.start is not None or period.end is not None:
                series = within(series, period.start, period.end)
            found += summed(series, self._periods)
        return found

    def _written(self, one: Bounds, shelf: Shelf) -> Series:
        """The values of a block by the time of their writes, in order of it, as far as they lie in the stretch of time."""
        period = self._period
        found = written_of(*shelf.columns(one.id))
        whole = (period.start is None or found.moments[0] >= period.start) and (
            period.end is None or found.moments[-1] < period.end
        )
        return found if whole else within(found, period.start, period.end)
