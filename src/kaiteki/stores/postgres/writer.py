"""The writer of a node: decisions that arrive together are decided one after another and share one durable commit.

Nodes take turns: a group begins by locking the row of `head`, and its commit lets it go. So no other write comes between the load
and the keeping, on whichever node, and events are numbered in the order of their commits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kaiteki.model.entity import Entity
from kaiteki.model.problem import Problem
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import AnyDecision, By, Change
from kaiteki.stores.postgres.catalogue import DatabaseCatalogue
from kaiteki.stores.postgres.correcting import correct
from kaiteki.stores.postgres.driver import Connection, Pool, TooLong
from kaiteki.stores.postgres.months import Months
from kaiteki.stores.postgres.staging import Staged, Staging
from kaiteki.stores.postgres.writing import Writing

GROUP_DECISIONS_MAX: Final = 256
"""Decisions of one commit."""
GROUP_ENTITIES_MAX: Final = 500
"""Entities of one commit (a single decision may have more)."""
QUEUE_MAX: Final = 4096
"""Decisions that wait; further callers wait before they are taken."""
_LOCK: Final = "SELECT number, row FROM head FOR UPDATE"


class _Idle(Exception):
    """There is nothing to keep, so the transaction ends as if it had not been."""


@dataclass(slots=True)
class Asked:
    """A decision that waits for its group."""

    area: str
    ids: Sequence[str]
    rule: Callable[[Mapping[str, Entity]], AnyDecision]
    by: By
    once: str | None
    answered: asyncio.Future[Any]
    answer: Any = None
    failure: BaseException | None = None

    @property
    def weight(self) -> int:
        """How many entities it is about, at least one."""
        return len(self.ids) or 1


class Writer:
    """Takes decisions and answers them after their commit."""

    def __init__(self, pool: Pool, catalogue: DatabaseCatalogue, clock: Clock) -> None:
        self._pool = pool
        self._catalogue = catalogue
        self._clock = clock
        self._months = Months()
        self._waiting: deque[Asked] = deque()
        self._running: asyncio.Task[None] | None = None
        self._room = asyncio.Event()
        self._closed = False
        self.kept: Callable[[int, Mapping[int, Change]], None] = lambda number, changes: None
        """Called after each commit with the number of its newest event, and the changes by number."""

    async def change(
        self,
        area: str,
        ids: Sequence[str],
        rule: Callable[[Mapping[str, Entity]], AnyDecision],
        by: By,
        once: str | None,
    ) -> Any:
        """Decide and keep; answers after the commit."""
        while len(self._waiting) >= QUEUE_MAX:
            self._room.clear()
            await self._room.wait()
        if self._closed:
            raise Problem("InternalError", "the store is closed")
        asked = Asked(area, ids, rule, by, once, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await asked.answered

    async def close(self) -> None:
        """Finish what was accepted."""
        self._closed = True
        while self._running is not None:
            await asyncio.wait([self._running])

    async def _run(self) -> None:
        try:
            # whoever asks in this turn of the event loop shares the first commit
            await asyncio.sleep(0)
            while self._waiting:
                group = self._next_group()
                self._room.set()
                await self._keep_whole(group)
                for asked in group:
                    if asked.answered.done():
                        continue
                    if asked.failure is not None:
                        asked.answered.set_exception(asked.failure)
                    else:
                        asked.answered.set_result(asked.answer)
        finally:
            self._running = None

    def _next_group(self) -> list[Asked]:
        group: list[Asked] = []
        weight = 0
        while self._waiting and len(group) < GROUP_DECISIONS_MAX:
            weight += self._waiting[0].weight
            if group and weight > GROUP_ENTITIES_MAX:
                break
            group.append(self._waiting.popleft())
        return group

    async def _keep_whole(self, group: list[Asked]) -> None:
        """Keep a group; one that cannot be kept whole is kept one by one, so that only the culprit fails."""
        try:
            await self._keep(group)
        except TooLong as failure:
            await self._keep_apart(
                group, Problem("BadRequestData", f"too long to be found again: {failure}", "id")
            )
        except Exception as failure:
            await self._keep_apart(group, failure)

    async def _keep_apart(self, group: list[Asked], failure: Exception) -> None:
        if len(group) == 1:
            group[0].failure = failure
            return
        for asked in group:
            asked.answer, asked.failure = None, None
            await self._keep_whole([asked])

    async def _keep(self, group: list[Asked]) -> None:
        async with self._pool.acquire() as connection:
            try:
                async with connection.transaction():
                    staged = await self._stage(connection, group)
                    if staged.empty:
                        raise _Idle
                    moved = await Writing(connection, self._catalogue, staged).write()
            except _Idle:
                return
            self._catalogue.learn(staged.names, staged.kinds)
            if not self._catalogue.count_in(moved, staged.first_number, staged.number):
                await self._catalogue.refresh(connection)
        if staged.number > staged.first_number:
            self.kept(staged.number, staged.changes)

    async def _stage(self, connection: Connection, group: list[Asked]) -> Staged:
        """Decide a group inside the running transaction; what a rule raises goes to its caller alone."""
        locked = await connection.fetchrow(_LOCK)
        if locked is None:
            raise Problem("InternalError", "the database has lost its head")
        if locked[0] > self._catalogue.number:
            await self._catalogue.refresh(connection)
        staged = Staged(*locked)
        staging = Staging(connection, staged, self._clock, self._catalogue.area_and_types)
        await staging.see((asked.area, entity_id) for asked in group for entity_id in asked.ids)
        await staging.see_receipts((asked.area, asked.once) for asked in group if asked.once is not None)
        for asked in group:
            try:
                await self._decide(staging, asked)
            except Exception as failure:
                if staging.torn:
                    raise
                asked.failure = failure
        if staged.log:
            await self._months.make(connection, staged.log[-1][2])
        return staged

    async def _decide(self, staging: Staging, asked: Asked) -> None:
        asked.answer, decision = await staging.decide(asked.area, asked.ids, asked.rule, asked.by, asked.once)
        if decision is None:
            return
        if decision.correction is not None:
            await correct(staging, self._catalogue, asked.area, decision.correction, asked.by)
        staging.keep_receipt(asked.area, asked.once, decision.receipt)
