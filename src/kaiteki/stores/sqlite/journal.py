"""What entities leave behind in the file: the event log with its cursors, the audit lines, the history."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal, TypeVar, cast

import msgspec

from kaiteki.model.entity import Entity, Instance, decode_entity
from kaiteki.model.instant import Instant
from kaiteki.ports.entities import By, Line
from kaiteki.ports.events import Event
from kaiteki.ports.history import Past, Period
from kaiteki.stores.sqlite.catalogue import WHOLE, Catalogue, newest
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.reader import ReadConnection, Reader
from kaiteki.stores.sqlite.staging import body_decoder
from kaiteki.stores.sqlite.writer import Writer

T = TypeVar("T")

FOREIGN_POLL_S: Final = 0.05
"""How soon who waits hears of events that another process has written."""

_states = msgspec.json.Decoder(list[tuple[str | None, Instance | None]])


class SqliteEvents:
    """The event log and the cursors of its consumers; see ports.events."""

    def __init__(self, reader: Reader, writer: Writer, catalogue: Catalogue) -> None:
        self._reader = reader
        self._writer = writer
        self._catalogue = catalogue
        self._newest = newest(reader.connection)
        self._news = asyncio.Event()
        writer.kept = self._hear

    def _hear(self, number: int) -> None:
        self._newest = max(self._newest, number)
        self._news.set()
        self._news = asyncio.Event()

    async def read(self, after: int, limit: int = 500) -> Sequence[Event]:
        """Events behind a number, oldest first."""
        return with_names(self._reader, self._catalogue, lambda: self._read(after, limit))

    def _read(self, after: int, limit: int) -> list[Event]:
        events: list[Event] = []
        rows = self._reader.connection.execute(
            "SELECT number, at, body FROM log WHERE number>? ORDER BY number LIMIT ?", (after, limit)
        )
        for last, at, body in rows:
            actor, action, _, _, told = body_decoder.decode(body)
            for number, change in enumerate(told, last - len(told) + 1):
                if number <= after:
                    continue
                what, entity_id, kind, names, version = change
                area, types = self._catalogue.area_and_types(kind)
                attributes = tuple(self._catalogue.text(name) for name in names)
                happened = cast(Literal["created", "modified", "deleted"], what)
                events.append(
                    Event(number, area, at, happened, entity_id, types, attributes, version, actor, action)
                )
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


def read_audit(reader: Reader, catalogue: Catalogue, area: str, after: int, limit: int) -> list[Line]:
    """Audit lines of an area behind a number, oldest first."""

    def read() -> list[Line]:
        lines: list[Line] = []
        rows = reader.connection.execute(
            "SELECT number, at, body FROM log WHERE area=? AND number>? ORDER BY number LIMIT ?",
            (catalogue.name(area), after, limit),
        )
        for number, at, body in rows:
            actor, action, office, purpose, told = body_decoder.decode(body)
            names = {catalogue.text(name) for _, _, _, names, _ in told for name in names}
            by = By(actor=actor, action=action, office=office, purpose=purpose)
            entities = tuple(entity_id for _, entity_id, _, _, _ in told)
            lines.append(Line(number, at, by, entities, tuple(sorted(names))))
        return lines

    return with_names(reader, catalogue, read)


def with_names(reader: Reader, catalogue: Catalogue, read: Callable[[], T]) -> T:
    """Read; once more with fresh names when another process has added some."""
    try:
        return read()
    except KeyError:
        catalogue.refresh(reader.connection)
        return read()


class SqliteHistory:
    """Every state of every attribute; see ports.history."""

    def __init__(self, reader: Reader, catalogue: Catalogue) -> None:
        self._reader = reader
        self._catalogue = catalogue

    async def past(
        self,
        area: str,
        entity_id: str,
        attributes: Sequence[str] = (),
        period: Period | None = None,
        limit: int = 1000,
        newest_first: bool = False,
    ) -> Sequence[Past]:
        """The kept states of one entity, in order of the time of the write or of the observed time."""
        wanted = period or Period()

        def read(connection: ReadConnection) -> list[Past]:
            connection.hold()
            one = OnePast(connection.connection, self._catalogue, entity_id, attributes)
            return one.read(area, wanted, limit, newest_first)

        return await self._reader.read(read)


class OnePast:
    """One reading of the history of an entity."""

    def __init__(
        self, connection: Connection, catalogue: Catalogue, entity_id: str, attributes: Sequence[str]
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._entity_id = entity_id
        self._attributes = frozenset(attributes)

    def read(self, area: str, period: Period, limit: int, newest_first: bool) -> list[Past]:
        """The states in a period, cut at the limit."""
        found = self._connection.execute(
            "SELECT row, doc, version, born FROM entity WHERE area=? AND id=?",
            (self._catalogue.name(area), self._entity_id),
        ).fetchone()
        if found is None:
            return []
        row, doc, version, born = found
        written = period.measured == "written"
        pasts: list[Past] = []
        if doc is not None and version == 1:
            pasts += self._first_states(decode_entity(doc), born)
        for name in self._names(row):
            pasts += self._of_name(row, name, period, limit if written else -1, newest_first)
        pasts = [past for past in pasts if _in(past.at if written else _observed(past), period)]
        pasts.sort(
            key=lambda past: (
                past.at if written else _observed(past),
                past.number,
                past.attribute,
                past.dataset_id or "",
            ),
            reverse=newest_first,
        )
        return pasts[:limit]

    def _names(self, row: int) -> Iterator[int]:
        """The names under which an entity has history, WHOLE among them, without reading all of it."""
        if self._attributes:
            yield WHOLE
            for attribute in self._attributes:
                number = self._catalogue.name(attribute)
                if number is not None:
                    yield number
            return
        name = -1
        following = "SELECT min(name) FROM history WHERE row=? AND name>?"
        while (name := self._connection.execute(following, (row, name)).get) is not None:
            yield name

    def _of_name(self, row: int, name: int, period: Period, limit: int, newest_first: bool) -> list[Past]:
        bounded = period.measured == "written"
        start = period.start if bounded and period.start is not None else -(2**62)
        end = period.end if bounded and period.end is not None else 2**62
        rows = self._connection.execute(
            "SELECT at, number, version, body FROM history WHERE row=? AND name=? AND at>=? AND at<?"
            f" ORDER BY at {'DESC' if newest_first else 'ASC'}, number {'DESC' if newest_first else 'ASC'} LIMIT ?",
            (row, name, start, end, limit),
        )
        pasts: list[Past] = []
        for at, number, version, body in rows:
            if name == WHOLE:
                pasts += self._first_states(decode_entity(body), number)
                continue
            attribute = self._catalogue.text(name)
            for dataset, instance in _states.decode(body):
                pasts.append(Past(self._entity_id, attribute, at, version, instance, dataset, number))
        return pasts

    def _first_states(self, entity: Entity, number: int) -> list[Past]:
        """The states that an entity was created with."""
        return [
            Past(entity.id, name, entity.modified_at, 1, instance, instance.dataset_id, number)
            for name, instances in entity.attributes.items()
            if not self._attributes or name in self._attributes
            for instance in instances
        ]


def _observed(past: Past) -> Instant | None:
    return past.instance.observed_at if past.instance is not None else None


def _in(moment: Instant | None, period: Period) -> bool:
    if moment is None:
        return False
    after_start = period.start is None or moment >= period.start
    return after_start and (period.end is None or moment < period.end)
