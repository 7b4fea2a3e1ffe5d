"""The writer of a node: decisions that arrive together are decided one after another and share one durable commit.

Nodes take turns: a group begins by locking the row of `head`, and its commit lets it go. So no other write comes between the load
and the keeping, on whichever node, and events are numbered in the order of their commits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, NamedTuple

from kaiteki.model.entity import Entity
from kaiteki.model.problem import Problem
from kaiteki.ports.accesses import Access
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import AnyDecision, By, Change
from kaiteki.ports.outage import StoreAway
from kaiteki.stores.catalogue import Tally
from kaiteki.stores.postgres.catalogue import DatabaseCatalogue
from kaiteki.stores.postgres.correcting import correct
from kaiteki.stores.postgres.driver import Connection, TooLong, is_away, stands
from kaiteki.stores.postgres.months import Months
from kaiteki.stores.postgres.packing import Packer
from kaiteki.stores.postgres.pool import AGAIN_S, Pool
from kaiteki.stores.postgres.staging import Head, Staged, Staging
from kaiteki.stores.postgres.writing import LogLine, Writing
from kaiteki.stores.work_done import WorkDone

GROUP_DECISIONS_MAX: Final = 256
"""Decisions of one commit."""
GROUP_ENTITIES_MAX: Final = 500
"""Entities of one commit (a single decision may have more)."""
NOTED_PER_ENTITY: Final = 4
"""Accesses that cost as much as one entity."""
QUEUE_MAX: Final = 4096
"""Decisions that wait; further callers wait before they are taken."""
PATIENCE_S: Final = 5.0
"""How long writes wait for a database that went away: longer than one needs to start again."""
_STANDING: Final = """
SELECT area, at, body FROM log WHERE number=$1 UNION ALL SELECT area, at, body FROM aside WHERE number=$1
"""
_LOCK: Final = "SELECT number, line, row FROM head FOR UPDATE"


class Commit(NamedTuple):
    """What a transaction will have kept: what was staged, what the tally moved by, the last line of the log."""

    staged: Staged
    moved: Tally
    line: LogLine | None


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


class Writer:
    """Takes decisions and answers them after their commit."""

    def __init__(self, pool: Pool, catalogue: DatabaseCatalogue, clock: Clock, block_states: int) -> None:
        self._pool = pool
        self._catalogue = catalogue
        self._clock = clock
        self._months = Months()
        self._waiting: deque[Asked | Noted] = deque()
        self._running: asyncio.Task[None] | None = None
        self._room = asyncio.Event()
        self._closed = False
        self._away_until_s = 0.0
        """Until when it was waited for a database that is away; 0 while it is not."""
        self.work_done: Final = WorkDone()
        self.packer: Final = Packer(pool, self.work_done, block_states)
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
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        return await self._take(Asked(area, ids, rule, by, once, answered))

    async def note(self, accesses: Sequence[Access]) -> None:
        """Keep accesses; answers after the commit."""
        await self._take(Noted(accesses, asyncio.get_running_loop().create_future()))

    async def _take(self, asked: Asked | Noted) -> Any:
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
        """Finish what was accepted."""
        self._closed = True
        while self._running is not None:
            await asyncio.wait([self._running])
        await self.packer.close()

    async def _run(self) -> None:
        try:
            # whoever asks in this turn of the event loop shares the first commit
            await asyncio.sleep(0)
            while self._waiting:
                group = self._next_group()
                self._room.set()
                try:
                    await self._keep_whole(group)
                except StoreAway as away:
                    for asked in group:
                        asked.failure = StoreAway(str(away), unknown=away.unknown)
                    # those behind it would wait in vain
                    for asked in self._waiting:
                        asked.failure = StoreAway(str(away))
                    group += self._waiting
                    self._waiting.clear()
                _answer(group)
        finally:
            self._running = None

    def _next_group(self) -> list[Asked | Noted]:
        group: list[Asked | Noted] = []
        weight = 0
        while self._waiting and len(group) < GROUP_DECISIONS_MAX:
            weight += self._waiting[0].weight
            if group and weight > GROUP_ENTITIES_MAX:
                break
            group.append(self._waiting.popleft())
        self.work_done.waiting = len(self._waiting)
        return group

    async def _keep_whole(self, group: list[Asked | Noted]) -> None:
        """Keep a group; one that cannot be kept whole is kept one by one, so that only the culprit fails."""
        try:
            await self._keep_surely(group)
        except StoreAway:
            raise
        except TooLong as failure:
            await self._keep_apart(
                group, Problem("BadRequestData", f"too long to be found again: {failure}", "id")
            )
        except Exception as failure:
            # one of the group may be to blame: each is kept apart, and fails by itself
            await self._keep_apart(group, failure)

    async def _keep_apart(self, group: list[Asked | Noted], failure: Exception) -> None:
        if len(group) == 1:
            group[0].failure = failure
            return
        for asked in group:
            asked.answer, asked.failure = None, None
            try:
                await self._keep_whole([asked])
            except StoreAway as away:
                asked.failure = away

    async def _keep_surely(self, group: list[Asked | Noted]) -> None:
        """Keep a group once, also where the database is lost meanwhile and comes back soon.

        Before its commit nothing of it is kept, so it is decided anew. A commit of which no answer came is looked for, under the lock
        that it held, before anything else is written. Raises StoreAway where that cannot be done within PATIENCE_S.
        """
        loop, doubted = asyncio.get_running_loop(), list[Commit]()
        until_s = self._away_until_s or loop.time() + PATIENCE_S
        while True:
            try:
                await self._keep(group, doubted)
            except StoreAway as away:
                if loop.time() >= until_s:
                    self._away_until_s = until_s
                    raise StoreAway(str(away), unknown=bool(doubted)) from away
            else:
                self._away_until_s = 0.0
                return
            self.work_done.again += 1
            await asyncio.sleep(AGAIN_S)

    async def _keep(self, group: list[Asked | Noted], doubted: list[Commit]) -> None:
        """Keep a group in one transaction. `doubted` holds the commit of it of which no answer came."""
        async with self._pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                head = await self._take_turn(connection)
                if doubted and await _is_kept(connection, doubted[0].line):
                    done = doubted.pop()
                    await transaction.rollback()
                    self._publish(done)
                    return
                doubted.clear()
                done = await self._write(connection, group, head)
                if done is None:
                    await transaction.rollback()
                    return
            except BaseException:
                self._months = Months()
                if stands(connection):
                    await transaction.rollback()
                raise
            began_s = perf_counter()
            doubted.append(done)
            await transaction.commit()
            doubted.clear()
            self.work_done.committed(perf_counter() - began_s)
        self._publish(done)

    async def _take_turn(self, connection: Connection) -> Head:
        """What is newest, locked until the end of the transaction."""
        began_s = perf_counter()
        head = await connection.fetchrow(_LOCK)
        if head is None:
            raise Problem("InternalError", "the database has lost its head")
        self.work_done.turn_s += perf_counter() - began_s
        return Head(*head)

    async def _write(self, connection: Connection, group: list[Asked | Noted], head: Head) -> Commit | None:
        """Decide a group and write what it decides; None where there is nothing to keep."""
        began_s = perf_counter()
        for asked in group:
            asked.answer, asked.failure = None, None
        staged = await self._stage(connection, group, head)
        self.work_done.decisions += len(group)
        writing = Writing(connection, self._catalogue, staged)
        moved = Tally() if staged.empty else await writing.write()
        self.work_done.staging_s += perf_counter() - began_s
        return None if staged.empty else Commit(staged, moved, writing.last_line)

    def _publish(self, done: Commit) -> None:
        """What is kept is known here; where other nodes wrote meanwhile, the next reading learns the rest."""
        staged = done.staged
        self._catalogue.learn(staged.names, staged.kinds)
        self._catalogue.count_in(done.moved, staged.first_number, staged.number)
        self.packer.look_at(staged.grown)
        if staged.number > staged.first_number:
            self.kept(staged.number, staged.changes)

    async def _stage(self, connection: Connection, group: list[Asked | Noted], head: Head) -> Staged:
        """Decide a group inside the running transaction; what a rule raises goes to its caller alone."""
        if head.number > self._catalogue.number:
            await self._catalogue.refresh(connection)
        staged = Staged(head, self.packer.block_states)
        staging = Staging(connection, staged, self._clock, self._catalogue.area_and_types)
        deciding = [asked for asked in group if isinstance(asked, Asked)]
        await staging.see((asked.area, entity_id) for asked in deciding for entity_id in asked.ids)
        await staging.see_receipts((asked.area, asked.once) for asked in deciding if asked.once is not None)
        for asked in group:
            if isinstance(asked, Noted):
                staged.note(asked.accesses, self._clock.now())
                continue
            try:
                await self._decide(staging, asked)
            except Exception as failure:
                # it belongs to who asked; the others of the group are kept
                if staging.torn or is_away(failure):
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


def _answer(group: Sequence[Asked | Noted]) -> None:
    for asked in group:
        if asked.answered.done():
            continue
        if asked.failure is not None:
            asked.answered.set_exception(asked.failure)
        else:
            asked.answered.set_result(asked.answer)


async def _is_kept(connection: Connection, line: LogLine | None) -> bool:
    """Whether a line of the log stands."""
    if line is None:
        return False
    number, *told = line
    found = await connection.fetchrow(_STANDING, number)
    return found is not None and list(found) == told
