"""Connections that tasks borrow. A database that is lost is StoreAway to whoever asked, and is found again by whoever asks next."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import structlog

from kaiteki.ports.outage import StoreAway
from kaiteki.stores.postgres.driver import Connection, Row, end, is_away, open_pool

LOG: Final = "kaiteki.store"
AWAY: Final = "the store is away"
LOST: Final = "a connection to the store was lost"
BORROW_TIMEOUT_S: Final = 10.0
"""How long one waits for a connection."""
AGAIN_S: Final = 0.3
"""While the database is away, it is asked again no more often than this; whoever comes in between is sent away at once."""

SAID_AGAIN_S: Final = 60.0
"""What goes on is said in the log no more often than this."""


@dataclass(slots=True)
class Lending:
    """What a pool has seen since it was opened; times in seconds."""

    borrowed: int = 0
    """Connections that are lent now."""
    times: int = 0
    waiting: int = 0
    """Tasks that wait for a connection now."""
    waited_s: float = 0.0
    lost: int = 0
    """Connections that were lost while somebody had them, and attempts to get one in vain."""
    away_since_s: float | None = None
    """Since when the database is away, by the monotonic clock."""


class Notices:
    """Says in the log how the database is: when it goes, each SAID_AGAIN_S while it is away or hinders, and when it is back."""

    def __init__(self) -> None:
        self._said_s: dict[str, float] = {}
        """What was said last, and when."""

    def warn(self, event: str, why: str) -> None:
        """Say what is wrong, unless that was said just now."""
        now_s = monotonic()
        if now_s >= self._said_s.get(event, -SAID_AGAIN_S) + SAID_AGAIN_S:
            self._said_s[event] = now_s
            structlog.get_logger(LOG).warning(event, why=why)

    def back(self, away_since_s: float) -> None:
        """Say that the database, which was away, is there; when it goes again, that is said at once."""
        self._said_s.pop(AWAY, None)
        structlog.get_logger(LOG).info("the store is back", away_s=round(monotonic() - away_since_s, 1))


class Pool:
    """Connections of one node. Everything raises StoreAway while the database is away."""

    def __init__(self, lent: Any) -> None:
        self._lent = lent
        self._asked_s = 0.0
        self.lending: Final = Lending()
        self._notices: Final = Notices()

    def acquire(self) -> Borrowed:
        """A connection as long as the block lasts."""
        return Borrowed(self)

    async def fetch(self, query: str, *args: Any) -> list[Row]:
        """All rows of a statement."""
        async with Borrowed(self) as connection:
            return await connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Row | None:
        """The first row of a statement."""
        async with Borrowed(self) as connection:
            return await connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        """The first value of a statement."""
        async with Borrowed(self) as connection:
            return await connection.fetchval(query, *args)

    async def execute(self, query: str, *args: Any) -> str:
        """Run a statement; the answer is its tag."""
        async with Borrowed(self) as connection:
            return await connection.execute(query, *args)

    async def close(self) -> None:
        """Let go of all connections; at once where the database is away."""
        if self.lending.away_since_s is None:
            await self._lent.close()
        else:
            self._lent.terminate()

    async def lend(self) -> Connection:
        """A connection, within BORROW_TIMEOUT_S."""
        lending, began_s = self.lending, monotonic()
        if lending.away_since_s is not None:
            if began_s < self._asked_s + AGAIN_S:
                raise StoreAway("the database is away")
            self._asked_s = began_s
        lending.waiting += 1
        slow = asyncio.timeout(BORROW_TIMEOUT_S)
        try:
            async with slow:
                connection: Connection = await self._lent.acquire()
        except Exception as error:
            if slow.expired():
                why = f"no connection was free within {BORROW_TIMEOUT_S:g} seconds"
                self._notices.warn("no connection was free", why)
                raise StoreAway(why) from error
            if not is_away(error):
                raise
            self._asked_s = monotonic()
            raise self.away(error, unknown=False) from error
        finally:
            lending.waiting -= 1
            lending.waited_s += monotonic() - began_s
        lending.times += 1
        lending.borrowed += 1
        if lending.away_since_s is not None:
            self._notices.back(lending.away_since_s)
            lending.away_since_s = None
        return connection

    async def take_back(self, connection: Connection) -> None:
        """Have a connection back."""
        self.lending.borrowed -= 1
        await self._lent.release(connection)

    def away(self, error: BaseException, *, unknown: bool) -> StoreAway:
        """What is told of a failure of the database."""
        lending, why = self.lending, str(error) or type(error).__name__
        lending.lost += 1
        self._notices.warn(LOST if unknown else AWAY, why)
        if lending.away_since_s is None and not unknown:
            lending.away_since_s = monotonic()
        return StoreAway(why, unknown=unknown)


class Borrowed:
    """A connection as long as a block lasts; what fails in it because the database is away leaves it as StoreAway."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._connection: Connection | None = None

    async def __aenter__(self) -> Connection:
        self._connection = connection = await self._pool.lend()
        return connection

    async def __aexit__(self, kind: object, failure: BaseException | None, trace: object) -> None:
        is_lost = failure is not None and is_away(failure)
        if self._connection is not None:
            if is_lost:
                end(self._connection)
            await self._pool.take_back(self._connection)
        if failure is not None and is_lost:
            raise self._pool.away(failure, unknown=True) from failure


async def make_pool(url: str) -> Pool:
    """A pool; it connects when it is asked first."""
    return Pool(await open_pool(url))
