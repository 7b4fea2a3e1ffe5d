"""The part of asyncpg that the store uses, with types: connections, their pool, their errors.

Connections find the tables of the schema `kaiteki` by themselves. Every statement of the store reads by an index, so scans of
whole tables and joins that need them are switched off: a plan made while a table was small would read all of it later.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
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
KEEPALIVE: Final = (
    (socket.TCP_KEEPIDLE, 5),
    (socket.TCP_KEEPINTVL, 2),
    (socket.TCP_KEEPCNT, 3),
    (socket.TCP_USER_TIMEOUT, 11_000),
)
"""The same for this side of a connection, in seconds and, the last, milliseconds."""
_driver: Any = asyncpg
PostgresError = asyncpg.PostgresError
TooLong = asyncpg.ProgramLimitExceededError
UNREACHABLE: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, ValueError)
"""What a failing connection may raise."""
_PASSING: Final = ("08", "53", "57P", "58", "25006", "25P03")
"""How the codes of what passes begin: lost connections, a server without room, one that stops, starts, fails to write or only reads."""


class Transaction(Protocol):
    """A transaction of a connection."""

    async def start(self) -> None: ...
    async def commit(self) -> None: ...
    async def rollback(self) -> None: ...
    async def __aenter__(self) -> None: ...
    async def __aexit__(self, *failure: Any) -> None: ...


class Connection(Protocol):
    """A connection to the database; used by one task at a time."""

    async def fetch(self, query: str, *args: Any) -> list[Row]: ...
    async def fetchrow(self, query: str, *args: Any) -> Row | None: ...
    async def fetchval(self, query: str, *args: Any) -> Any: ...
    async def execute(self, query: str, *args: Any) -> str: ...
    async def copy_from_table(self, table_name: str, **how: Any) -> str: ...
    async def copy_to_table(self, table_name: str, **how: Any) -> str: ...
    def transaction(
        self, *, isolation: Literal["repeatable_read"] | None = None, readonly: bool = False
    ) -> Transaction: ...
    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None: ...
    def add_termination_listener(self, callback: Callable[..., None]) -> None: ...
    def is_closed(self) -> bool: ...
    def terminate(self) -> None: ...
    async def close(self) -> None: ...


_Connection: Any = asyncpg.Connection


class Unchanged(_Connection):
    """A connection that nothing of the store leaves changed, so that it is given back without a question to the server.

    A machine that vanished is noticed by this side too, after as many seconds as by the server.
    """

    def __init__(self, protocol: Any, transport: Any, *told: Any) -> None:
        _Connection.__init__(self, protocol, transport, *told)
        plug = transport.get_extra_info("socket")
        if plug is not None and plug.family in (socket.AF_INET, socket.AF_INET6):
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in KEEPALIVE:
                plug.setsockopt(socket.IPPROTO_TCP, option, value)

    def get_reset_query(self) -> str:
        """Nothing is to be undone."""
        return ""


async def connect(url: str) -> Connection:
    """A connection of its own. Raises one of UNREACHABLE."""
    opened = await _driver.connect(
        url, timeout=CONNECT_TIMEOUT_S, connection_class=Unchanged, server_settings=dict(SETTINGS)
    )
    return cast(Connection, opened)


async def open_pool(url: str) -> Any:
    """The driver's own pool; nothing is connected yet."""
    return await _driver.create_pool(
        url,
        # connections are made when they are wanted, so the driver does not try by itself while the database is away
        min_size=0,
        max_size=CONNECTIONS_MAX,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=COMMAND_TIMEOUT_S,
        connection_class=Unchanged,
        server_settings=dict(SETTINGS),
    )


def snapshot(connection: Connection) -> Transaction:
    """A transaction that reads, all of its statements at the same moment."""
    return connection.transaction(isolation="repeatable_read", readonly=True)


def sqlstate_of(error: BaseException) -> str:
    """The code of a failure that the server told."""
    return str(getattr(error, "sqlstate", ""))


def end(connection: Connection) -> None:
    """Close a connection at once, unless it is closed already: then it has left the pool by itself."""
    with suppress(asyncpg.InterfaceError):
        connection.terminate()


def stands(connection: Connection) -> bool:
    """Whether a connection is open, as far as is known."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False


def is_away(error: BaseException) -> bool:
    """Whether a failure says that the database is lost or cannot work now, rather than that something is wrong with what was asked."""
    if isinstance(error, asyncpg.InterfaceError):
        # the driver has one class for connections that are closed and for what is asked wrongly
        return not isinstance(error, ValueError) and "clos" in str(error)
    if isinstance(error, asyncpg.InternalClientError):
        # what a connection answers whose end has not been read yet
        return True
    return isinstance(error, OSError) or sqlstate_of(error).startswith(_PASSING)
