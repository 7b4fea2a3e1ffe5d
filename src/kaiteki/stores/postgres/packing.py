"""The packer of a node: puts what its writer has seen grow into blocks, beside the writes, a block in a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from time import perf_counter
from typing import Final

import structlog

from kaiteki.ports.outage import StoreAway
from kaiteki.stores.postgres.blocks import pack_oldest
from kaiteki.stores.postgres.pool import Pool
from kaiteki.stores.work_done import WorkDone

WAITING_MAX: Final = 100_000
"""Attributes that wait to be looked at; of further ones a later write reminds."""
PAUSE_S: Final = 1.0
"""How long is waited after the database was away."""


class Packer:
    """Packs until it is closed. What is forgotten with a process is looked at again when its attribute is written again."""

    def __init__(self, pool: Pool, done: WorkDone, block_states: int) -> None:
        self._pool = pool
        self._done = done
        self.block_states: Final = block_states
        self._waiting: dict[tuple[int, int], None] = {}
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def look_at(self, grown: Iterable[tuple[int, int]]) -> None:
        """See whether attributes, by row and name, have enough rows for a block."""
        for one in grown:
            if len(self._waiting) < WAITING_MAX:
                self._waiting[one] = None
                self._news.set()

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                row, name = next(iter(self._waiting))
                try:
                    while await self._pack(row, name):
                        pass
                except StoreAway:
                    await asyncio.sleep(PAUSE_S)
                    continue
                except Exception:
                    # the states stay in rows, where everybody finds them
                    structlog.get_logger("kaiteki.store").exception("could not pack", row=row, name=name)
                self._waiting.pop((row, name), None)

    async def _pack(self, row: int, name: int) -> bool:
        async with self._pool.acquire() as connection:
            began_s = perf_counter()
            async with connection.transaction():
                packed = await pack_oldest(connection, row, name, self.block_states)
            self._done.blocks += packed
            self._done.packing_s += perf_counter() - began_s
        return packed

    async def close(self) -> None:
        """Pack no more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
