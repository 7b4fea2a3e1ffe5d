"""Hearing of what other nodes have kept: a connection that listens, made anew when it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from kaiteki.stores.postgres.driver import UNREACHABLE, Connection, connect
from kaiteki.stores.postgres.journal import NEWEST
from kaiteki.stores.postgres.writing import CHANNEL

AGAIN_S: Final = 1.0
"""How soon a lost connection is made anew."""


class Listening:
    """Listens until it is closed; `hear` is told the number of the newest event."""

    def __init__(self, url: str, hear: Callable[[int], None]) -> None:
        self._url = url
        self._hear = hear
        self.hears = False
        """Whether notices arrive now."""
        self.wakes = 0
        self.late = 0
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while True:
            try:
                connection = await connect(self._url)
            except UNREACHABLE:
                # whoever waits for events asks the database itself meanwhile
                await asyncio.sleep(AGAIN_S)
                continue
            try:
                await self._stay(connection)
            finally:
                connection.terminate()

    async def _stay(self, connection: Connection) -> None:
        """Listen as long as the connection stands."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda *_: lost.set())
        try:
            await connection.add_listener(CHANNEL, self._notice)
            # what was told while nobody listened
            self._hear(await connection.fetchval(NEWEST))
        except UNREACHABLE:
            await asyncio.sleep(AGAIN_S)
            return
        self.hears = True
        try:
            await lost.wait()
        finally:
            self.hears = False

    def _notice(self, *told: Any) -> None:
        self.wakes += 1
        self._hear(int(told[3]))

    def count_late(self) -> None:
        """News was found that no notice had told."""
        self.late += 1

    async def close(self) -> None:
        """Listen no more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
