"""What the nodes on one database have in common: a secret, and turns that are advisory locks of a connection.

The lock goes with its connection: of a process that dies the server lets it go at once, of a machine that vanishes after some seconds
(driver.SETTINGS). Whoever holds a turn asks its connection more often than that, and so has stopped before another one begins.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from kaiteki.stores.postgres.driver import UNREACHABLE, Connection, connect
from kaiteki.stores.postgres.pool import Pool
from kaiteki.stores.postgres.schema import LOCK

TRY_S: Final = 0.5
"""How often it is asked whether a turn is free."""
PULSE_S: Final = 2.0
"""How often whoever has a turn asks whether its connection stands."""
PULSE_TIMEOUT_S: Final = 4.0
_TRY: Final = "SELECT pg_try_advisory_lock($1, $2)"


class PostgresSharing:
    """See ports.sharing."""

    def __init__(self, url: str, pool: Pool) -> None:
        self._url = url
        self._pool = pool

    async def secret(self, own: bytes) -> bytes:
        """The secret of the first node."""
        await self._pool.execute("INSERT INTO secret VALUES(true, $1) ON CONFLICT DO NOTHING", own)
        return await self._pool.fetchval("SELECT body FROM secret")

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncGenerator[asyncio.Event]:
        """Wait for the turn, hold it."""
        connection = await self._locked(zlib.crc32(name.encode()) - (1 << 31))
        lost = asyncio.Event()
        connection.add_termination_listener(lambda *_: lost.set())
        pulse = asyncio.create_task(_watch(connection, lost))
        try:
            yield lost
        finally:
            pulse.cancel()
            await asyncio.gather(pulse, return_exceptions=True)
            connection.terminate()

    async def _locked(self, number: int) -> Connection:
        """A connection that has the lock."""
        while True:
            try:
                connection = await connect(self._url)
            except UNREACHABLE:
                await asyncio.sleep(TRY_S)
                continue
            try:
                while True:
                    if await connection.fetchval(_TRY, LOCK, number):
                        return connection
                    await asyncio.sleep(TRY_S)
            except UNREACHABLE:
                connection.terminate()
                await asyncio.sleep(TRY_S)
            except BaseException:
                connection.terminate()
                raise


async def _watch(connection: Connection, lost: asyncio.Event) -> None:
    """Set `lost` when the connection answers no more."""
    try:
        while True:
            await asyncio.sleep(PULSE_S)
            async with asyncio.timeout(PULSE_TIMEOUT_S):
                await connection.fetchval("SELECT 1")
    except UNREACHABLE:
        lost.set()
