"""What entities leave behind in the file: the event log with its cursors, the audit lines."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from kaiteki.ports.entities import Change, Line
from kaiteki.ports.events import WITNESSED_MAX, Event
from kaiteki.stores.journal import events_of, line_of
from kaiteki.stores.sqlite.catalogue import FileCatalogue, newest
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.reader import Reader
from kaiteki.stores.sqlite.writer import Writer

T = TypeVar("T")

FOREIGN_POLL_S: Final = 0.05
"""How soon who waits hears of events that another process has written."""


class SqliteEvents:
    """The event log and the cursors of its consumers; see ports.events."""

    def __init__(self, reader: Reader, writer: Writer, catalogue: FileCatalogue) -> None:
        self._reader = reader
        self._writer = writer
        self._catalogue = catalogue
        self._newest = newest(reader.connection)
        self._news = asyncio.Event()
        self._changes: OrderedDict[int, Change] = OrderedDict()
        self._remembers = False
        writer.kept = self._hear

    def _hear(self, number: int, changes: Mapping[int, Change]) -> None:
        self._newest = max(self._newest, number)
        if self._remembers:
            self._remember(changes)
        self._news.set()
        self._news = asyncio.Event()

    def _remember(self, changes: Mapping[int, Change]) -> None:
        remembered = self._changes
        remembered.update(changes)
        while len(remembered) > WITNESSED_MAX:
            remembered.popitem(last=False)

    def witnessed(self, number: int) -> Change | None:
        """The change of an event that this process has kept lately."""
        self._remembers = True
        return self._changes.get(number)

    async def read(self, after: int, limit: int = 500) -> Sequence[Event]:
        """Events behind a number, oldest first."""
        return with_names(self._reader, self._catalogue, lambda: self._read(after, limit))

    def _read(self, after: int, limit: int) -> list[Event]:
        events: list[Event] = []
        rows = self._reader.connection.execute(
            "SELECT number, at, body FROM log WHERE number>? ORDER BY number LIMIT ?", (after, limit)
        )
        for last, at, body in rows:
            told = events_of(self._catalogue, last, at, body)
            events += [event for event in told if event.number > after]
            if len(events) >= limit:
                break
        return events[:limit]

    async def wait(self, after: int, timeout_s: float) -> bool:
        """Whether an event behind `after` is there, at once or within the time."""
        # a consumer that reads and waits in turn must never keep others from running
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout_s
        while self._newest <= after:
            left = end - loop.time()
            news = self._news
            try:
                async with asyncio.timeout(max(0, min(left, FOREIGN_POLL_S))):
                    await news.wait()
            except TimeoutError:
                self._newest = max(self._newest, newest(self._reader.connection))
                if left <= FOREIGN_POLL_S and self._newest <= after:
                    return False
        return True

    async def cursor(self, consumer: str) -> int:
        """How far a consumer has come; 0 for a new one."""
        kept = self._reader.connection.execute("SELECT number FROM cursor WHERE consumer=?", (consumer,)).get
        return kept or 0

    async def advance(self, consumer: str, number: int) -> None:
        """Keep how far a consumer has come, with the next commit."""

        def keep(connection: Connection) -> None:
            connection.execute(
                "INSERT INTO cursor VALUES(?,?) ON CONFLICT DO UPDATE SET number=excluded.number",
                (consumer, number),
            )

        await self._writer.work(keep)

    async def last(self) -> int:
        """The number of the newest event."""
        return newest(self._reader.connection)


def read_audit(reader: Reader, catalogue: FileCatalogue, area: str, after: int, limit: int) -> list[Line]:
    """Audit lines of an area behind a number, oldest first."""

    def read() -> list[Line]:
        rows = reader.connection.execute(
            "SELECT number, at, body FROM log WHERE area=? AND number>? ORDER BY number LIMIT ?",
            (catalogue.name(area), after, limit),
        )
        return [line_of(catalogue, *row) for row in rows]

    return with_names(reader, catalogue, read)


def with_names(reader: Reader, catalogue: FileCatalogue, read: Callable[[], T]) -> T:
    """Read; once more with fresh names when another process has added some."""
    try:
        return read()
    except KeyError:
        catalogue.refresh(reader.connection)
        return read()
