"""What entities leave behind in the database: the event log with its cursors, the audit lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from kaiteki.ports.entities import Change, Line
from kaiteki.ports.events import WITNESSED_MAX, Event
from kaiteki.stores.journal import events_of, line_of
from kaiteki.stores.postgres.catalogue import DatabaseCatalogue
from kaiteki.stores.postgres.pool import Pool

POLL_S: Final = 1.0
"""How soon who waits hears of events of other nodes while their notices do not arrive."""
ADVANCE: Final = (
    "INSERT INTO cursor VALUES($1, $2) ON CONFLICT (consumer) DO UPDATE SET number=excluded.number"
)
NEWEST: Final = "SELECT number FROM head"


class PostgresEvents:
    """The event log and the cursors of its consumers; see ports.events."""

    def __init__(self, pool: Pool, catalogue: DatabaseCatalogue) -> None:
        self._pool = pool
        self._catalogue = catalogue
        self._newest = 0
        self._news = asyncio.Event()
        self._changes: dict[int, Change] = {}
        self._remembers = False
        self.found_late: Callable[[], None] = lambda: None
        """Called when news was found by asking, because no notice had come."""

    def hear(self, number: int, changes: Mapping[int, Change]) -> None:
        """An event is kept, by this node or another one."""
        if number > self._newest:
            self._newest = number
            self._news.set()
            self._news = asyncio.Event()
        if self._remembers:
            remembered = self._changes
            remembered.update(changes)
            while len(remembered) > WITNESSED_MAX:
                del remembered[next(iter(remembered))]

    def witnessed(self, number: int) -> Change | None:
        """The change of an event that this process has kept lately."""
        self._remembers = True
        return self._changes.get(number)

    async def read(self, after: int, limit: int = 500) -> Sequence[Event]:
        """Events behind a number, oldest first."""
        rows = await self._pool.fetch(
            "SELECT number, at, body FROM log WHERE number>$1 ORDER BY number LIMIT $2", after, limit
        )
        if rows and rows[-1][0] > self._catalogue.number:
            await self._catalogue.refresh(self._pool)
        events: list[Event] = []
        for last, at, body in rows:
            told = events_of(self._catalogue, last, at, body)
            events += [event for event in told if event.number > after]
        return events[:limit]

    async def wait(self, after: int, timeout_s: float) -> bool:
        """Whether an event behind `after` is there, at once or within the time."""
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout_s
        while self._newest <= after:
            left, news = end - loop.time(), self._news
            try:
                async with asyncio.timeout(max(0, min(left, POLL_S))):
                    await news.wait()
            except TimeoutError:
                newest = await self.last()
                if newest > self._newest:
                    self.found_late()
                self.hear(newest, {})
                if left <= POLL_S and self._newest <= after:
                    return False
        return True

    async def cursor(self, consumer: str) -> int:
        """How far a consumer has come; 0 for a new one."""
        return await self._pool.fetchval("SELECT number FROM cursor WHERE consumer=$1", consumer) or 0

    async def advance(self, consumer: str, number: int) -> None:
        """Keep how far a consumer has come."""
        await self._pool.execute(ADVANCE, consumer, number)

    async def last(self) -> int:
        """The number of the newest event."""
        return await self._pool.fetchval(NEWEST)


async def read_audit(
    pool: Pool, catalogue: DatabaseCatalogue, area: str, after: int, limit: int
) -> list[Line]:
    """Audit lines of an area behind a number, oldest first."""
    rows = await pool.fetch(
        "SELECT number, at, body FROM log WHERE area=$1 AND number>$2 ORDER BY number LIMIT $3",
        area,
        after,
        limit,
    )
    if rows and rows[-1][0] > catalogue.number:
        await catalogue.refresh(pool)
    return [line_of(catalogue, *row) for row in rows]
