"""The parts of history and of its blocks, one for each month in which something is written; what was written of other months stands in `history_else`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from kaiteki.model.instant import Instant
from kaiteki.stores.postgres.driver import Connection, PostgresError, sqlstate_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_STANDS_ELSEWHERE: Final = "23514"


class Months:
    """Makes the part of a month before it is first written in."""

    def __init__(self) -> None:
        self._start = self._end = Instant(0)

    async def make(self, connection: Connection, now: Instant) -> None:
        """Make the part of the present month where it is not known to be there, in the running transaction."""
        if self._start <= now < self._end:
            return
        first = (_EPOCH + now * _MICROSECOND).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        start, end = _instant(first), _instant((first + timedelta(days=32)).replace(day=1))
        table = f"history_{first:%Y_%m}"
        if not await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table):
            try:
                async with connection.transaction():
                    bounds = f"FOR VALUES FROM ({start}) TO ({end})"
                    await connection.execute(f"CREATE TABLE {table} PARTITION OF history {bounds}")
                    await connection.execute(f"CREATE TABLE block_{first:%Y_%m} PARTITION OF block {bounds}")
            except PostgresError as error:
                # states of this month were written under another clock and stand elsewhere already: so do the new ones
                if sqlstate_of(error) != _STANDS_ELSEWHERE:
                    raise
        self._start, self._end = start, end


def _instant(moment: datetime) -> Instant:
    return Instant((moment - _EPOCH) // _MICROSECOND)
