"""Entities in an SQLite file; see ports.entities."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from kaiteki.model.entity import Entity
from kaiteki.model.query import Query
from kaiteki.ports.entities import By, Decision, Found, Line, Repeated, Row, TypeSummary
from kaiteki.stores.entries import BOX_FORM
from kaiteki.stores.row import StoredRow
from kaiteki.stores.sqlite.catalogue import FileCatalogue
from kaiteki.stores.sqlite.journal import read_audit
from kaiteki.stores.sqlite.reader import Reader
from kaiteki.stores.sqlite.search import Search
from kaiteki.stores.sqlite.statements import BY_ID
from kaiteki.stores.sqlite.writer import Writer
from kaiteki.stores.summary import summary_of

T = TypeVar("T")
IDS_AT_ONCE_MAX: Final = 250
"""Ids that are looked up on the event loop; of more it is known that they take too long there, and they would be begun in vain."""
BOXES_AT_ONCE_MAX: Final = 20_000
"""Places that are no points of which those in a box are looked for, and counted, on the event loop."""


class SqliteEntities:
    """The entities of all areas of one file."""

    def __init__(self, reader: Reader, writer: Writer, catalogue: FileCatalogue) -> None:
        self._reader = reader
        self._writer = writer
        self._catalogue = catalogue

    async def change(
        self,
        area: str,
        ids: Sequence[str],
        decide: Callable[[Mapping[str, Entity]], Decision[T]],
        by: By,
        once: str | None = None,
    ) -> T | Repeated:
        """Decide and keep, sharing a commit with what arrives at the same time."""
        return await self._writer.change(area, ids, decide, by, once)

    async def load(self, area: str, ids: Sequence[str]) -> Mapping[str, Row]:
        """Those of the ids that exist, by id."""
        place = self._place(area)
        rows: dict[str, Row] = {}
        for entity_id in ids if place is not None else ():
            found = self._reader.connection.execute(BY_ID, (place, entity_id)).fetchone()
            if found is not None:
                rows[entity_id] = StoredRow(entity_id, *found)
        return rows

    def _place(self, area: str) -> int | None:
        """The number of an area; one that another process has begun is looked up."""
        place = self._catalogue.name(area)
        if place is None:
            self._reader.look_abroad()
            place = self._catalogue.name(area)
        return place

    async def find(self, area: str, wanted: Query) -> Found:
        """One page of the entities that match."""
        read = self._reader.read_long if self._takes_long(area, wanted) else self._reader.read
        return await read(lambda read: Search(read, self._catalogue, area, wanted).find())

    def _takes_long(self, area: str, wanted: Query) -> bool:
        """Whether a read would not be over within the time that it may hold the event loop, and there be begun in vain."""
        if len(wanted.ids) > IDS_AT_ONCE_MAX:
            return True
        if wanted.geo is None or not wanted.total:
            return False
        kinds, name = self._catalogue.kinds(area, wanted.types), wanted.geo.geoproperty
        return sum(self._catalogue.form(kind, name, BOX_FORM) for kind in kinds) > BOXES_AT_ONCE_MAX

    async def explain(self, area: str, wanted: Query) -> Sequence[str]:
        """The steps by which `find` would answer."""
        return await self._reader.read(lambda read: Search(read, self._catalogue, area, wanted).explain())

    async def summarise(self, area: str) -> Sequence[TypeSummary]:
        """The combinations of types of an area with their counts and attributes, in order of their names."""
        self._reader.look_abroad()
        return summary_of(self._catalogue, area)

    async def areas(self) -> Sequence[str]:
        """The areas that were ever written, by name."""
        self._reader.look_abroad()
        return self._catalogue.areas()

    async def audit(self, area: str, after: int = 0, limit: int = 100) -> Sequence[Line]:
        """Audit lines behind a number, oldest first; the number is that of the decision's last event."""
        self._reader.look_abroad()
        return read_audit(self._reader, self._catalogue, area, after, limit)

    async def close(self) -> None:
        """Finish what was accepted and let go of the file."""
        await self._writer.close()
        self._reader.close()
