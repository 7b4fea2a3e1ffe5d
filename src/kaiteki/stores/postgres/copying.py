"""Copying a database as it is at one moment, table by table in the binary format of COPY, and bringing such a copy back into an empty one.

All is read in one transaction (REPEATABLE READ), so nodes go on; parts of tables are read one by one, which locks no partitioned table, so a new month
can begin meanwhile. Rows are told in the order in which they lie, so what did not change is the same bytes again. Nothing of a program of
PostgreSQL is needed, and the versions of the two servers may differ.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.ports.keys import Tombstone
from kaiteki.stores.postgres.clearing import OWNS, STATISTICS_ANEW
from kaiteki.stores.postgres.driver import (
    SCHEMA,
    SETTINGS,
    UNREACHABLE,
    Connection,
    connect,
    snapshot,
)
from kaiteki.stores.postgres.ring import RING_SCHEMA, lay_ring
from kaiteki.stores.postgres.schema import LOCK, SCHEMA_VERSION, UNFINISHED, lay
from kaiteki.stores.store import UnusableStore

APART: Final = ("made", UNFINISHED.rpartition(".")[2])
"""Tables that tell of the database itself."""
LAST: Final = ("history_else", "block_else")
"""Read last: a month that begins waits for whoever reads them."""
BRINGING: Final = 0x434F5059
"""`COPY`: with LOCK the advisory lock of who brings a copy back; turns have other numbers (sharing)."""
READING: Final = "SET synchronize_seqscans=off; SET idle_in_transaction_session_timeout=0; SET statement_timeout=0; SET extra_float_digits=3"
_TABLES: Final = f"""
SELECT c.relname, coalesce((SELECT p.relname FROM pg_inherits i JOIN pg_class p ON p.oid=i.inhparent WHERE i.inhrelid=c.oid), c.relname),
coalesce(pg_get_expr(c.relpartbound, c.oid), ''),
(SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid=c.oid AND a.attnum>0 AND NOT a.attisdropped)
FROM pg_class c WHERE c.relnamespace='{SCHEMA}'::regnamespace AND c.relkind='r' AND NOT c.relname=ANY($1) ORDER BY c.relname
"""
_IDENTITIES: Final = """
SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid=a.attrelid
WHERE c.relnamespace=$1::text::regnamespace AND a.attidentity<>'' AND NOT c.relispartition ORDER BY 1, 2
"""
_ROOTS: Final = f"SELECT oid::regclass::text FROM pg_class WHERE relnamespace='{SCHEMA}'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
_SIZE: Final = f"""
SELECT coalesce(sum(pg_table_size(oid)), 0)::bigint FROM pg_class WHERE relnamespace='{SCHEMA}'::regnamespace AND relkind='r'
"""
_ERASED: Final = f"SELECT coalesce(max(number), 0) FROM {RING_SCHEMA}.tombstone WHERE who<>''"
_TOMBSTONES: Final = f"SELECT at, by, ground, count, who, number FROM {RING_SCHEMA}.tombstone ORDER BY number"
_PLAIN_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_MONTH: Final = re.compile(r"FOR VALUES FROM \('?(-?\d{1,19})'?\) TO \('?(-?\d{1,19})'?\)")


class Table(msgspec.Struct, frozen=True):
    """A table that holds rows: its name, the partitioned table that it is a part of (else its own name), the bounds of a part, its columns."""

    name: str
    root: str
    bounds: str
    columns: tuple[str, ...]


class Described(msgspec.Struct, frozen=True):
    """What the tables of a city are: their version, in how many parts by id, and each that holds rows."""

    version: int
    partitions: int
    tables: tuple[Table, ...]


class Ring(msgspec.Struct, frozen=True):
    """The ring of personal keys as it is at one moment: the wrapped keys, what was destroyed, what wraps where the nodes share it."""

    keys: tuple[tuple[str, str, bytes, str, int], ...]
    tombstones: tuple[Tombstone, ...]
    shared: bytes


class Outline(msgspec.Struct, frozen=True):
    """What is known of a city before it is copied: the secret of its nodes, the number of its newest erasure, about how many bytes it has."""

    secret: bytes
    erased: int
    size_bytes: int


async def _connected(url: str) -> Connection:
    """A connection on which large tables may be read and joined. Raises one of UNREACHABLE."""
    connection = await connect(url)
    for name in SETTINGS:
        if name.startswith("enable_"):
            await connection.execute(f"RESET {name}")
    await connection.execute(READING)
    return connection


@asynccontextmanager
async def _opened(url: str) -> AsyncGenerator[Connection]:
    """A connection for a block. Raises UnusableStore, also for what goes wrong on it."""
    try:
        connection = await _connected(url)
        try:
            yield connection
        finally:
            connection.terminate()
    except UNREACHABLE as error:
        raise _failed(error) from error


def _failed(error: Exception) -> UnusableStore:
    return UnusableStore(f"the database failed: {str(error) or type(error).__name__}")


@asynccontextmanager
async def alone_in(url: str) -> AsyncGenerator[None]:
    """While a copy is brought back into a database: of two commands at once the second one is refused with UnusableStore."""
    try:
        connection = await _connected(url)
        free = await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", LOCK, BRINGING)
    except UNREACHABLE as error:
        raise _failed(error) from error
    try:
        if not free:
            raise UnusableStore("another command is bringing a copy back into this database")
        yield
    finally:
        connection.terminate()


async def _described(connection: Connection) -> Described:
    if not await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", f"{SCHEMA}.made"):
        raise UnusableStore("the database holds no city: no node has run on it yet")
    version, partitions = await connection.fetchrow("SELECT version, partitions FROM made") or (0, 0)
    rows = await connection.fetch(_TABLES, list(APART))
    found = [Table(name, root, bounds, tuple(columns)) for name, root, bounds, columns in rows]
    found.sort(key=lambda one: one.name in LAST)
    return Described(version, partitions, tuple(found))


async def outline(url: str) -> Outline:
    """What is known before a copy is taken. Raises UnusableStore, also for a database without a city or with half of one."""
    async with _opened(url) as connection:
        described = await _described(connection)
        if described.version > SCHEMA_VERSION:
            raise UnusableStore(
                f"its tables are those of a newer Kaiteki (version {described.version} of {SCHEMA_VERSION})"
            )
        if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", UNFINISHED):
            raise UnusableStore("a copy is being brought back into it, or that was stopped before its end")
        await lay_ring(connection)
        secret = await connection.fetchval("SELECT body FROM secret")
        erased, size = await connection.fetchval(_ERASED), await connection.fetchval(_SIZE)
        return Outline(secret or b"", erased, size)


class Moment:
    """A database as it is at one moment."""

    def __init__(self, connection: Connection, described: Described) -> None:
        self._connection = connection
        self.described = described

    async def tell(self, table: Table, hear: Callable[[bytes], None]) -> None:
        """Tell the rows of a table, some bytes at a time."""

        async def write(content: bytes) -> None:
            hear(content)

        await self._connection.copy_from_table(
            table.name, schema_name=SCHEMA, columns=table.columns, output=write, format="binary"
        )


@asynccontextmanager
async def open_moment(url: str) -> AsyncGenerator[Moment]:
    """A database as it is now, as long as the block lasts. Raises UnusableStore."""
    async with _opened(url) as connection, snapshot(connection):
        yield Moment(connection, await _described(connection))


async def read_ring(url: str) -> Ring:
    """The ring of personal keys as it is now. Raises UnusableStore."""
    async with _opened(url) as connection, snapshot(connection):
        keys = await connection.fetch(
            f"SELECT id, holder, wrapped, kek, made_at FROM {RING_SCHEMA}.key ORDER BY id"
        )
        told = await connection.fetch(_TOMBSTONES)
        tombstones = tuple(Tombstone(Instant(at), *rest) for at, *rest in told)
        shared = await connection.fetchval(f"SELECT body FROM {RING_SCHEMA}.kek")
    return Ring(tuple((row[0], row[1], row[2], row[3], row[4]) for row in keys), tombstones, shared or b"")


async def bring_back(
    url: str, described: Described, rows: Callable[[Table], AsyncIterable[bytes]], ring: Ring | None
) -> None:
    """Make the tables of a copy and its ring in a database that has none, all or nothing. They stay unfinished until `finish`.

    What a command that was stopped left unfinished goes first. Raises UnusableStore, also where the database holds a city.
    """
    if described.version > SCHEMA_VERSION:
        raise UnusableStore(
            f"the copy is of a newer Kaiteki (version {described.version} of its tables, this one knows {SCHEMA_VERSION})"
        )
    async with _opened(url) as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        await _clear_unfinished(connection)
        await lay(connection, described.partitions, described.version)
        await connection.execute(f"CREATE TABLE {UNFINISHED}()")
        await connection.execute("DELETE FROM head")
        for table in described.tables:
            await _make_month(connection, table)
        for table in described.tables:
            await connection.copy_to_table(
                table.root,
                schema_name=SCHEMA,
                columns=table.columns,
                source=rows(table),
                format="binary",
            )
        await _number_on(connection, SCHEMA)
        await lay_ring(connection)
        if ring is not None:
            await _lay_keys(connection, ring)


async def _clear_unfinished(connection: Connection) -> None:
    """See that there is no city, and drop what is left of one that was being brought back."""
    if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", UNFINISHED):
        await drop(connection)
    there = await connection.fetchval(
        "SELECT count(*) FROM pg_namespace WHERE nspname=ANY($1)", [SCHEMA, RING_SCHEMA]
    )
    if there:
        raise UnusableStore("the database holds a city already; name an empty one")


async def drop(connection: Connection) -> None:
    """Drop the city of a database, in the running transaction."""
    for schema in (SCHEMA, RING_SCHEMA):
        await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


async def _make_month(connection: Connection, table: Table) -> None:
    """Make the part of a month; the other tables are there."""
    found = _MONTH.fullmatch(table.bounds)
    if found is not None:
        if not all(_PLAIN_NAME.fullmatch(name) for name in (table.name, table.root)):
            raise UnusableStore(f"{table.name!r} is no name of a table of a city")
        bounds = f"FOR VALUES FROM ({int(found[1])}) TO ({int(found[2])})"
        await connection.execute(
            f"CREATE TABLE {SCHEMA}.{table.name} PARTITION OF {SCHEMA}.{table.root} {bounds}"
        )


async def _number_on(connection: Connection, schema: str) -> None:
    """Let what is numbered next come after what is there."""
    for table, column in await connection.fetch(_IDENTITIES, schema):
        newest = await connection.fetchval(f"SELECT max({column}) FROM {schema}.{table}")
        if newest is not None:
            await connection.execute(
                "SELECT setval(pg_get_serial_sequence($1, $2), $3)", f"{schema}.{table}", column, newest
            )


async def _lay_keys(connection: Connection, ring: Ring) -> None:
    await connection.execute(
        f"INSERT INTO {RING_SCHEMA}.key SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::bigint[])",
        *_columns(ring.keys, 5),
    )
    stones = [(one.number, one.at, one.by, one.ground, one.count, one.who) for one in ring.tombstones]
    await connection.execute(
        f"INSERT INTO {RING_SCHEMA}.tombstone(number, at, by, ground, count, who) OVERRIDING SYSTEM VALUE"
        " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::int[], $6::text[])",
        *_columns(stones, 6),
    )
    if ring.shared:
        await connection.execute(f"INSERT INTO {RING_SCHEMA}.kek VALUES(true, $1)", ring.shared)
    await _number_on(connection, RING_SCHEMA)


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    return [[row[number] for row in rows] for number in range(count)]


async def finish(url: str) -> None:
    """Let nodes work on what was brought back. Raises UnusableStore."""
    async with _opened(url) as connection:
        for table in await connection.fetch(_ROOTS):
            await connection.execute(f"ANALYZE {table[0]}")
        await connection.execute(f"DROP TABLE {UNFINISHED}")


async def drop_unfinished(url: str) -> None:
    """Drop what was brought back and is not finished, samples of its columns included; a city that is finished stays. Raises UnusableStore."""
    async with _opened(url) as connection:
        if not await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", UNFINISHED):
            return
        async with connection.transaction():
            await drop(connection)
        if await connection.fetchval(OWNS):
            await connection.execute(STATISTICS_ANEW)
