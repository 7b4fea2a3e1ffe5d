"""The part of asyncpg that the store uses, with types: connections, their pool, their errors.

Connections find the tables of the schema `kaiteki` by themselves. Every statement of the store reads by an index, so scans of
whole tables and joins that need them are switched off: a plan made while a table was small would read all of it later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Literal, Protocol, TypeAlias, cast

import asyncpg

Row: TypeAlias = Sequence[Any]

SCHEMA: Final = "kaiteki"
CONNECT_TIMEOUT_S: Final = 10.0
COMMAND_TIMEOUT_S: Final = 60.0
CONNECTIONS_MAX: Final = 10
"""Connections that one node has at most, beside the one on which it listens."""
SETTINGS: Final[Mapping[str, str]] = {
    "search_path": f"{SCHEMA},public",
    "application_name": "kaiteki",
    "jit": "off",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "client_min_messages": "warning",
    # a node that stands still in the middle of a write holds nobody up for longer; one whose machine is gone neither
    "idle_in_transaction_session_timeout": "20s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
_driver: Any = asyncpg
PostgresError = asyncpg.PostgresError
TooLong = asyncpg.ProgramLimitExceededError
UNREACHABLE: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, ValueError)
"""What a failing connection may raise."""


class Connection(Protocol):
    """A connection to the database; used by one task at a time."""

    async def fetch(self, query: str, *args: Any) -> list[Row]: ...
    async def fetchrow(self, query: str, *args: Any) -> Row | None: ...
    async def fetchval(self, query: str, *args: Any) -> Any: ...
    async def execute(self, query: str, *args: Any) -> str: ...
    def transaction(
        self, *, isolation: Literal["repeatable_read"] | None = None, readonly: bool = False
    ) -> AbstractAsyncContextManager[Any]: ...
    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None: ...
    def add_termination_listener(self, callback: Callable[..., None]) -> None: ...
    def is_closed(self) -> bool: ...
    def terminate(self) -> None: ...
    async def close(self) -> None: ...


class Pool(Protocol):
    """Connections that tasks borrow."""

    def acquire(self, *, timeout: float | None = None) -> AbstractAsyncContextManager[Connection]: ...
    async def fetch(self, query: str, *args: Any) -> list[Row]: ...
    async def fetchrow(self, query: str, *args: Any) -> Row | None: ...
    async def fetchval(self, query: str, *args: Any) -> Any: ...
    async def execute(self, query: str, *args: Any) -> str: ...
    async def close(self) -> None: ...


class Unchanged(asyncpg.Connection):
    """A connection that nothing of the store leaves changed, so that it is given back without a question to the server."""

    def get_reset_query(self) -> str:
        """Nothing is to be undone."""
        return ""


async def connect(url: str) -> Connection:
    """A connection of its own. Raises one of UNREACHABLE."""
    opened = await _driver.connect(url, timeout=CONNECT_TIMEOUT_S, server_settings=dict(SETTINGS))
    return cast(Connection, opened)


async def make_pool(url: str) -> Pool:
    """A pool of connections. Raises one of UNREACHABLE."""
    pool = await _driver.create_pool(
        url,
        min_size=1,
        max_size=CONNECTIONS_MAX,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=COMMAND_TIMEOUT_S,
        connection_class=Unchanged,
        server_settings=dict(SETTINGS),
    )
    return cast(Pool, pool)


def snapshot(connection: Connection) -> AbstractAsyncContextManager[Any]:
    """A transaction that reads, all of its statements at the same moment."""
    return connection.transaction(isolation="repeatable_read", readonly=True)


def sqlstate_of(error: Exception) -> str:
    """The code of a failure that the server told."""
    return str(getattr(error, "sqlstate", ""))
