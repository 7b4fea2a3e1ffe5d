"""Entities without what has expired: it is removed before anybody reads (ETSI GS CIM 009 V1.9.1 clause 4.22).

What is removed leaves history, event and audit line as any other deletion, in the name of the node.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, TypeVar

from kaiteki.model.entity import Entity
from kaiteki.model.expiry import without_expired
from kaiteki.model.hole import Hole
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import (
    By,
    Change,
    Decision,
    Entities,
    Found,
    Line,
    Repeated,
    Row,
    Stamp,
    TypeSummary,
)
from kaiteki.ports.glances import Glanced, Glances, Window

LOOK_AHEAD_S: Final = 10
"""How long ahead what expires is known; what another process lets expire may stay seen for so long."""
STEP: Final = 500
"""Entities that one transaction of a sweep touches, and that are looked at to know what comes next."""
WAIT_MAX_S: Final = 0.25
"""How long a read waits until what has expired is removed; after that it may still see some of it."""
EXPIRY: Final = By(actor="kaiteki", action="expire")

_MICROSECONDS: Final = 1_000_000
_FAR: Final = Instant(2**62)

T = TypeVar("T")


class LastingEntities:
    """The entities of all areas; see ports.entities. Costs a look at the clock where nothing expires.

    `failed` is told why a sweep could not be kept; it is tried again.
    """

    def __init__(self, entities: Entities, clock: Clock, failed: Callable[[BaseException], None]) -> None:
        self._entities = entities
        self._clock = clock
        self._failed = failed
        self._until = Instant(0)
        """Before this moment nothing expires, as far as is known."""
        self._heard = _FAR
        """The first moment that changes have named since the last sweep began."""
        self._sweeping: asyncio.Task[None] | None = None

    def change(
        self,
        area: str,
        ids: Sequence[str],
        decide: Callable[[Mapping[str, Entity]], Decision[T]],
        by: By,
        once: str | None = None,
    ) -> Coroutine[Any, Any, T | Repeated]:
        """As ports.entities; what expires because of the change is noted."""

        def noting(found: Mapping[str, Entity]) -> Decision[T]:
            decision = decide(found)
            for change in decision.changes:
                if change.after is not None and change.after.due is not None:
                    self._hear(change.after.due)
            return decision

        return self._current(lambda: self._entities.change(area, ids, noting, by, once))

    def load(self, area: str, ids: Sequence[str]) -> Coroutine[Any, Any, Mapping[str, Row]]:
        """Those of the ids that exist and have not expired, by id."""
        return self._current(lambda: self._entities.load(area, ids))

    def find(self, area: str, wanted: Query) -> Coroutine[Any, Any, Found]:
        """One page of the entities that match and have not expired."""
        return self._current(lambda: self._entities.find(area, wanted))

    @property
    def behind(self) -> Entities:
        """The entities among which expired ones may be."""
        return self._entities

    def explain(self, area: str, wanted: Query) -> Coroutine[Any, Any, Sequence[str]]:
        """The steps by which `find` would answer."""
        return self._entities.explain(area, wanted)

    def summarise(self, area: str) -> Coroutine[Any, Any, Sequence[TypeSummary]]:
        """The combinations of types of an area."""
        return self._current(lambda: self._entities.summarise(area))

    def areas(self) -> Coroutine[Any, Any, Sequence[str]]:
        """The areas that hold anything."""
        return self._entities.areas()

    def audit(self, area: str, after: int = 0, limit: int = 100) -> Coroutine[Any, Any, Sequence[Line]]:
        """Audit lines behind a number."""
        return self._entities.audit(area, after, limit)

    async def close(self) -> None:
        """Finish what was accepted and let go of the files."""
        if self._sweeping is not None:
            await asyncio.wait({self._sweeping})
        await self._entities.close()

    @property
    def current(self) -> bool:
        """Whether nothing has expired that is still kept, as far as is known."""
        return self._clock.now() < self._until

    async def sweep(self) -> None:
        """Remove what has expired by now, unless nothing has."""
        if not self.current:
            await asyncio.wait({self._sweep()})

    async def run(self) -> None:
        """Remove what expires, until cancelled."""
        while True:
            await self.sweep()
            await asyncio.sleep(LOOK_AHEAD_S)

    def _current(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> Coroutine[Any, Any, T]:
        """The answer, of a store from which everything is removed that has expired."""
        return ask() if self.current else self._after_sweep(ask)

    async def _after_sweep(self, ask: Callable[[], Awaitable[T]]) -> T:
        await asyncio.wait({self._sweep()}, timeout=WAIT_MAX_S)
        return await ask()

    def _hear(self, due: Instant) -> None:
        self._heard = min(self._heard, due)
        self._until = min(self._until, due)

    def _sweep(self) -> asyncio.Task[None]:
        """The sweep that is under way; those who come meanwhile share it."""
        if self._sweeping is None:
            self._sweeping = asyncio.create_task(self._remove_expired())
            self._sweeping.add_done_callback(self._swept)
        return self._sweeping

    def _swept(self, task: asyncio.Task[None]) -> None:
        self._sweeping = None
        if not task.cancelled() and (failure := task.exception()) is not None:
            # a reader is not made to suffer for it: it sees what has expired until the next sweep succeeds
            self._until = self._ahead(self._clock.now())
            self._failed(failure)

    async def _remove_expired(self) -> None:
        now = self._clock.now()
        self._heard = _FAR
        until = self._ahead(now)
        for area in await self._entities.areas():
            while await self._remove_some(area, now):
                pass
            until = min(until, await self._next(area, now))
        self._until = min(until, self._heard)

    async def _remove_some(self, area: str, now: Instant) -> int:
        found = await self._entities.find(area, Query(due=now, limit=STEP))
        ids = [row.id for row in found.rows]

        def decide(standing: Mapping[str, Entity]) -> Decision[int]:
            changes = [
                Change(entity, without_expired(entity, now))
                for entity in standing.values()
                if entity.due is not None and entity.due <= now
            ]
            return Decision(changes, len(changes))

        if not ids:
            return 0
        answer = await self._entities.change(area, ids, decide, EXPIRY)
        return answer if isinstance(answer, int) else 0

    async def _next(self, area: str, now: Instant) -> Instant:
        """The first moment at which something of an area expires within what is looked ahead, or where that ends."""
        ahead = self._ahead(now)
        found = await self._entities.find(area, Query(due=ahead, limit=STEP))
        moments = [due for row in found.rows if (due := row.entity().due) is not None]
        # of more than were looked at, any may be the first: they are looked at again soon
        return Instant(now + _MICROSECONDS) if found.more else min(moments, default=ahead)

    @staticmethod
    def _ahead(now: Instant) -> Instant:
        return Instant(now + LOOK_AHEAD_S * _MICROSECONDS)


class LastingGlances:
    """Quick reads; see ports.glances. Where something has expired, the caller is sent the long way, which removes it."""

    def __init__(self, glances: Glances, entities: LastingEntities) -> None:
        self._glances = glances
        self._entities = entities

    def seen(self, area: str, entity_id: str) -> Stamp | None:
        """The stamp of an entity as it is remembered, None where something may have expired."""
        return self._glances.seen(area, entity_id) if self._entities.current else None

    def row(self, area: str, entity_id: str) -> Row | None:
        """An entity that exists and has not expired."""
        return self._glances.row(area, entity_id) if self._entities.current else None

    def window(self, area: str, wanted: Query) -> Window | None:
        """A window on a page that the store can answer quickly."""
        window = self._glances.window(area, wanted)
        return None if window is None else _LastingWindow(window, self._entities)


class _LastingWindow:
    def __init__(self, window: Window, entities: LastingEntities) -> None:
        self._window = window
        self._entities = entities

    def look(self, known: Mapping[Stamp, bytes]) -> Glanced | None:
        """The page now, None where something may have expired."""
        return self._window.look(known) if self._entities.current else None

    def filled(self, hole: Hole) -> Window:
        """A window on another query."""
        return _LastingWindow(self._window.filled(hole), self._entities)
