"""The one writer of a file: decisions that arrive together are decided one after another and share one durable commit.

Small groups are decided on the event loop (no hand-over between threads, which would cost more than the work) and only
their commit, which waits for the disk, runs in the writer's thread; large groups run there whole, so that reads go on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Any, Final, TypeAlias

from kaiteki.model.entity import Entity
from kaiteki.model.problem import Problem
from kaiteki.ports.accesses import Access
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import AnyDecision, By, Change
from kaiteki.stores.sqlite.apart import Apart
from kaiteki.stores.sqlite.blocks import pack_oldest
from kaiteki.stores.sqlite.catalogue import FileCatalogue
from kaiteki.stores.sqlite.driver import Busy, Connection
from kaiteki.stores.sqlite.erasing import empty_log
from kaiteki.stores.sqlite.schema import BUSY_TIMEOUT_S
from kaiteki.stores.sqlite.staging import Staging
from kaiteki.stores.sqlite.wiping import Wiper
from kaiteki.stores.work_done import WorkDone

GROUP_DECISIONS_MAX: Final = 256
"""Decisions of one commit."""
GROUP_ENTITIES_MAX: Final = 2000
"""Entities of one commit (a single decision may have more)."""
LOOP_ENTITIES_MAX: Final = 64
"""Entities of a group that is decided on the event loop: about five milliseconds."""
NOTED_PER_ENTITY: Final = 4
"""Accesses that cost as much as one entity."""
QUEUE_MAX: Final = 4096
"""Decisions that wait; further callers wait before they are taken."""


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

    def stage(self, staging: Staging) -> None:
        """Decide in a group."""
        self.answer = staging.decide(self.area, self.ids, self.rule, self.by, self.once)


@dataclass(slots=True)
class Noted:
    """Accesses that wait for their group."""

    accesses: Sequence[Access]
    answered: asyncio.Future[Any]
    answer: None = None
    failure: BaseException | None = None

    @property
    def weight(self) -> int:
        """A line costs a fraction of an entity."""
        return len(self.accesses) // NOTED_PER_ENTITY + 1

    def stage(self, staging: Staging) -> None:
        """Number them in a group."""
        staging.note(self.accesses)


@dataclass(slots=True)
class Work:
    """A small write beside the entities (registers, cursors) that waits for its group."""

    do: Callable[[Connection], Any]
    answered: asyncio.Future[Any]
    answer: Any = None
    failure: BaseException | None = None
    weight: int = field(default=1)

    def stage(self, staging: Staging) -> None:
        """Do it at once, inside the transaction of the group."""
        connection = staging.connection
        connection.execute("SAVEPOINT work")
        try:
            self.answer = self.do(connection)
        except BaseException:
            connection.execute("ROLLBACK TO work")
            raise
        finally:
            connection.execute("RELEASE work")
        staging.worked = True


Waiting: TypeAlias = Asked | Noted | Work


class Writer:
    """Takes decisions from the event loop and answers them after their commit."""

    def __init__(
        self,
        connection: Connection,
        catalogue: FileCatalogue,
        clock: Clock,
        block_states: int,
        wiper: Wiper,
    ) -> None:
        self._connection = connection
        self._wiper = wiper
        self._catalogue = catalogue
        self._clock = clock
        self._block_states = block_states
        self._waiting: deque[Waiting] = deque()
        self._thread = Apart("kaiteki-writer")
        self._running: asyncio.Task[None] | None = None
        self._room = asyncio.Event()
        self._closed = False
        self.work_done: Final = WorkDone()
        self.kept: Callable[[int, Mapping[int, Change]], None] = lambda number, changes: None
        """Called on the event loop after each commit with the number of its newest event, and the changes by number."""

    async def change(
        self,
        area: str,
        ids: Sequence[str],
        rule: Callable[[Mapping[str, Entity]], AnyDecision],
        by: By,
        once: str | None,
    ) -> Any:
        """Decide and keep; answers after the commit."""
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        return await self._take(Asked(area, ids, rule, by, once, answered))

    async def note(self, accesses: Sequence[Access]) -> None:
        """Keep accesses; answers after the commit."""
        await self._take(Noted(accesses, asyncio.get_running_loop().create_future()))

    async def work(self, do: Callable[[Connection], Any]) -> Any:
        """Run a small write in the next group; answers after the commit."""
        return await self._take(Work(do, asyncio.get_running_loop().create_future()))

    async def _take(self, asked: Waiting) -> Any:
        while len(self._waiting) >= QUEUE_MAX:
            self._room.clear()
            await self._room.wait()
        if self._closed:
            raise Problem("InternalError", "the store is closed")
        self._waiting.append(asked)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await asked.answered

    async def close(self) -> None:
        """Finish what was accepted, then let go of the file."""
        self._closed = True
        while self._running is not None:
            await asyncio.wait([self._running])
        self._thread.close()
        self._connection.close()
        await self._wiper.close()

    async def _run(self) -> None:
        try:
            while self._waiting:
                group = self._next_group()
                self._room.set()
                await self._keep(group)
                for asked in group:
                    if asked.answered.done():
                        continue
                    if asked.failure is not None:
                        asked.answered.set_exception(asked.failure)
                    else:
                        asked.answered.set_result(asked.answer)
        finally:
            self._running = None

    def _next_group(self) -> list[Waiting]:
        group: list[Waiting] = []
        weight = 0
        while self._waiting and len(group) < GROUP_DECISIONS_MAX:
            weight += self._waiting[0].weight
            if group and weight > GROUP_ENTITIES_MAX:
                break
            group.append(self._waiting.popleft())
        self.work_done.waiting = len(self._waiting)
        return group

    async def _keep(self, group: list[Waiting]) -> None:
        on_loop = sum(asked.weight for asked in group) <= LOOP_ENTITIES_MAX and self._begin_at_once()
        try:
            if on_loop:
                staging = self._stage(group)
                await self._thread.run(partial(self._commit, staging))
            else:
                staging = await self._thread.run(partial(self._all, group))
        except Exception as failure:
            # one of the group may be to blame: each is kept apart, and fails by itself
            await self._keep_apart(group, failure)
        else:
            self._publish(staging)
            if staging.full:
                # heavy, so that it runs in the thread
                packing = Work(
                    partial(self._pack, staging.full),
                    asyncio.get_running_loop().create_future(),
                    weight=LOOP_ENTITIES_MAX + 1,
                )
                self._waiting.append(packing)

    async def _keep_apart(self, group: list[Waiting], failure: Exception) -> None:
        """A group that could not be kept whole is kept one by one, so that only the culprit fails."""
        if len(group) == 1:
            group[0].failure = failure
            return
        for asked in group:
            asked.answer, asked.failure = None, None
            await self._keep([asked])

    def _pack(self, full: Sequence[tuple[int, int]], connection: Connection) -> None:
        """Put rows of history into blocks where there are enough of them."""
        began_s = perf_counter()
        for row, name in full:
            self.work_done.blocks += pack_oldest(connection, row, name, self._block_states)
        self.work_done.packing_s += perf_counter() - began_s

    def _begin_at_once(self) -> bool:
        """Begin without waiting; whether the file was free."""
        self._connection.set_busy_timeout(0)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except Busy:
            return False
        finally:
            self._connection.set_busy_timeout(BUSY_TIMEOUT_S * 1000)
        return True

    def _all(self, group: list[Waiting]) -> Staging:
        self._connection.execute("BEGIN IMMEDIATE")
        staging = self._stage(group)
        self._commit(staging)
        return staging

    def _stage(self, group: list[Waiting]) -> Staging:
        """Decide a group inside the running transaction; what a rule raises goes to its caller alone."""
        began_s, done = perf_counter(), self.work_done
        try:
            staging = Staging(self._connection, self._catalogue, self._clock, self._block_states)
            for asked in group:
                try:
                    asked.stage(staging)
                except Exception as failure:
                    # it belongs to who asked; the others of the group are kept
                    if staging.torn:
                        raise
                    asked.failure = failure
            staging.write()
        except BaseException:
            self._undo()
            raise
        done.decisions += len(group)
        done.staging_s += perf_counter() - began_s
        return staging

    def _commit(self, staging: Staging) -> None:
        began_s = perf_counter()
        if staging.erased or staging.hides:
            self._wiper.owe()
        try:
            self._connection.execute("ROLLBACK" if self._idle(staging) else "COMMIT")
        except BaseException:
            self._undo()
            raise
        self.work_done.committed(perf_counter() - began_s)
        self._catalogue.fresh = False
        if staging.erased or staging.hides:
            empty_log(self._connection, BUSY_TIMEOUT_S)

    def _idle(self, staging: Staging) -> bool:
        return staging.empty and not self._catalogue.fresh

    def _undo(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        if self._catalogue.fresh:
            self._catalogue.refresh(self._connection)

    def _publish(self, staging: Staging) -> None:
        if staging.erased or staging.hides:
            self._wiper.begin_soon()
        if staging.number > staging.first_number:
            if not self._catalogue.count_in(staging.tally, staging.first_number, staging.number):
                self._catalogue.refresh(self._connection)
            self.kept(staging.number, staging.changes)
