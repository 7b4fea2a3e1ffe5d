"""Work that is due, one piece after the other: what goes wrong with one, even what nobody foresaw, holds up none of those behind it.

A piece with which something unforeseen happened is marked as failed where that can be written, and rests in the memory of the node
either way: a piece that can be neither done nor marked would be the first of every turn.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Final

import msgspec
import structlog

from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import Entities, Row
from kaiteki.ports.outage import StoreAway

REST_US: Final = 300_000_000
"""How long a piece rests."""
RESTING_MAX: Final = 200
"""Pieces that rest at once; beyond that the one that has rested longest is tried again."""

Work = Callable[[], Awaitable[None]]
WorkOn = Callable[[str, Row], Awaitable[None]]
"""Work on the row of an area."""


class Turns:
    """The turns of one kind of work in the areas of a node."""

    def __init__(self, clock: Clock, log: str) -> None:
        self._clock, self._log = clock, log
        self._until: dict[tuple[str, str], Instant] = {}

    async def each(self, entities: Entities, area: str, wanted: Query, do: WorkOn, mark: WorkOn) -> int:
        """Do every piece of an area that a query of what is due finds, its limit beside those that rest; how many there were."""
        due = msgspec.structs.replace(wanted, limit=wanted.limit + self.resting(area))
        rows = [*self.awake(area, (await entities.find(area, due)).rows)]
        for row in rows:
            await self.take(area, row.id, partial(do, area, row), partial(mark, area, row))
        return len(rows)

    def resting(self, area: str) -> int:
        """How many pieces of an area rest: a query of what is due has to reach past them."""
        now = self._clock.now()
        self._until = {key: until for key, until in self._until.items() if until > now}
        return sum(1 for at, _ in self._until if at == area)

    def awake(self, area: str, rows: Sequence[Row]) -> Iterator[Row]:
        """The rows that do not rest."""
        return (row for row in rows if (area, row.id) not in self._until)

    async def take(self, area: str, one: str, do: Work, mark: Work) -> None:
        """Do a piece; where something unforeseen happens, `mark` it as failed and let it rest. Raises StoreAway."""
        for step, work in (("work", do), ("mark", mark)):
            try:
                await work()
            except StoreAway:
                raise
            except Exception:
                # one piece with a bug must not stop the others: it is marked and rests
                structlog.get_logger(self._log).exception(
                    "something unforeseen", area=area, one=one, step=step
                )
                self._rest(area, one)
            else:
                return

    def _rest(self, area: str, one: str) -> None:
        self._until.pop((area, one), None)
        while len(self._until) >= RESTING_MAX:
            self._until.pop(next(iter(self._until)))
        self._until[area, one] = Instant(self._clock.now() + REST_US)
