"""Blocks added up: by what they say of themselves where they lie within one period, else by their columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.model.periods import Periods
from kaiteki.model.sums import Sums
from kaiteki.ports.history import Period
from kaiteki.stores.sqlite.blocks import Bounds, apart
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.many_columns import series_of_all
from kaiteki.stores.sqlite.packing import (
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
_HEAD: Final = "SELECT head FROM block WHERE id=?"
_SERIES: Final = "SELECT series FROM block WHERE id=?"
_COLUMNS: Final = "SELECT series, writes FROM block WHERE id=?"


class Columns:
    """The blocks that one adding up takes whole or by columns."""

    def __init__(self, connection: Connection, period: Period, periods: Periods) -> None:
        self._connection = connection
        self._period = period
        self._periods = periods
        self._parts: list[Sums] = []
        self._series: list[Series] = []
        self._start = self._end = Instant(0)

    def take(self, blocks: Sequence[Bounds], moments: Sequence[Instant]) -> list[Bounds]:
        """Take the blocks of which no state can repeat another one outside; the others are given back.

        `moments` are those of the states that stand in rows, in order.
        """
        observed = self._period.measured == "observed"
        alone, others = apart(blocks, moments) if observed else (list(blocks), [])
        columns: list[Bounds] = []
        for one in alone:
            if not one.small:
                others.append(one)
            elif observed and self._lies_in_one(one):
                head = read_head(self._connection.execute(_HEAD, (one.id,)).get)
                self._parts.append(msgspec.structs.replace(head.sums, start=self._start))
            else:
                columns.append(one)
        if observed:
            self._parts += self._observed(columns)
        else:
            self._series = [self._written(one) for one in columns]
        return others

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

    def _observed(self, blocks: Sequence[Bounds]) -> list[Sums]:
        """What blocks that share no time add up to, as far as they lie in the stretch of time, in parts of periods."""
        period, execute, found = self._period, self._connection.execute, list[Sums]()
        for chunk in (blocks[first : first + TOGETHER] for first in range(0, len(blocks), TOGETHER)):
            series = series_of_all([execute(_SERIES, (one.id,)).get for one in chunk])
            if period.start is not None or period.end is not None:
                series = within(series, period.start, period.end)
            found += summed(series, self._periods)
        return found

    def _written(self, one: Bounds) -> Series:
        """The values of a block by the time of their writes, in order of it, as far as they lie in the stretch of time."""
        period = self._period
        found = written_of(*self._connection.execute(_COLUMNS, (one.id,)).fetchall()[0])
        whole = (period.start is None or found.moments[0] >= period.start) and (
            period.end is None or found.moments[-1] < period.end
        )
        return found if whole else within(found, period.start, period.end)

    def sums(self) -> list[Sums]:
        """What was taken adds up to, in parts of periods."""
        if not self._series:
            return self._parts
        return [*self._parts, *summed(in_time(joined(self._series)), self._periods)]
