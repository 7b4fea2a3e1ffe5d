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
from kaiteki.stores.sqlite.packing import (
    Series,
    in_time,
    joined,
    read_head,
    series_of,
    summed,
    within,
    without_repeats,
    written_of,
)

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
        self._series = [self._within(one) for one in columns]
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

    def _within(self, one: Bounds) -> Series:
        """The values of a block in the stretch of time, in order of it."""
        period = self._period
        if period.measured == "observed":
            found = without_repeats(series_of(self._connection.execute(_SERIES, (one.id,)).get))
        else:
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
