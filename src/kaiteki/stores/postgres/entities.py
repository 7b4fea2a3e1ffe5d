"""Entities in a PostgreSQL database; see ports.entities and ports.glances."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

from kaiteki.model.entity import Entity
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query
from kaiteki.ports.entities import By, Decision, Found, Line, Repeated, Row, Stamp, TypeSummary
from kaiteki.ports.glances import Window
from kaiteki.stores.postgres.catalogue import DatabaseCatalogue
from kaiteki.stores.postgres.journal import read_audit
from kaiteki.stores.postgres.pool import Pool
from kaiteki.stores.postgres.search import Search
from kaiteki.stores.postgres.statements import BY_ID
from kaiteki.stores.postgres.writer import Writer
from kaiteki.stores.row import StoredRow
from kaiteki.stores.summary import summary_of

T = TypeVar("T")

QUERY_TIME_MAX_S: Final = 10.0
"""How long a query may take in all."""


class PostgresEntities:
    """The entities of all areas of one database. `closing` lets go of its connections."""

    def __init__(
        self, pool: Pool, writer: Writer, catalogue: DatabaseCatalogue, closing: Callable[[], Awaitable[None]]
    ) -> None:
        self._pool = pool
        self._writer = writer
        self._catalogue = catalogue
        self._closing = closing

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
        found = {row[0]: StoredRow(*row) for row in await self._pool.fetch(BY_ID, area, list(ids))}
        return {entity_id: found[entity_id] for entity_id in ids if entity_id in found}

    async def find(self, area: str, wanted: Query) -> Found:
        """One page of the entities that match."""
        return await self._search(area, wanted, lambda search: search.find())

    async def explain(self, area: str, wanted: Query) -> Sequence[str]:
        """The steps by which `find` would answer."""
        return await self._search(area, wanted, lambda search: search.explain())

    async def _search(self, area: str, wanted: Query, ask: Callable[[Search], Awaitable[T]]) -> T:
        """Ask with all that is kept by now; raises TooComplexQuery after QUERY_TIME_MAX_S."""
        try:
            async with asyncio.timeout(QUERY_TIME_MAX_S), self._pool.acquire() as connection:
                await self._catalogue.refresh(connection)
                return await ask(Search(connection, self._catalogue, area, wanted))
        except TimeoutError:
            raise Problem(
                "TooComplexQuery", f"the query takes longer than {QUERY_TIME_MAX_S:g} seconds"
            ) from None

    async def summarise(self, area: str) -> Sequence[TypeSummary]:
        """The combinations of types of an area with their counts and attributes, in order of their names."""
        await self._catalogue.refresh(self._pool)
        return summary_of(self._catalogue, area)

    async def areas(self) -> Sequence[str]:
        """The areas that were ever written, by name."""
        await self._catalogue.refresh(self._pool)
        return self._catalogue.areas()

    async def audit(self, area: str, after: int = 0, limit: int = 100) -> Sequence[Line]:
        """Audit lines behind a number, oldest first; the number is that of the decision's last event."""
        return await read_audit(self._pool, self._catalogue, area, after, limit)

    async def close(self) -> None:
        """Finish what was accepted and let go of the connections."""
        await self._writer.close()
        await self._closing()


class NoGlances:
    """Quick reads of what is behind a network: there are none, every reader goes the long way (ports.glances)."""

    def seen(self, area: str, entity_id: str) -> Stamp | None:
        """Nothing is remembered."""

    def row(self, area: str, entity_id: str) -> Row | None:
        """Nothing is at hand."""

    def window(self, area: str, wanted: Query) -> Window | None:
        """Nothing is looked at."""
