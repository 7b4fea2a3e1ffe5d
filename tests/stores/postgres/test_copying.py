"""A database is read as it is at one moment and holds nobody up; a copy of older tables comes back and is brought up to date."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import asynccontextmanager

import pytest

from kaiteki.stores.postgres.copying import (
    LAST,
    Described,
    Table,
    bring_back,
    finish,
    open_moment,
    outline,
    read_ring,
)
from kaiteki.stores.postgres.driver import Connection, connect
from kaiteki.stores.postgres.schema import SCHEMA_VERSION, lay, make_ready
from kaiteki.stores.store import UnusableStore
from postgres_server import EMPTY, emptied, running_server

MONTH = "FOR VALUES FROM (1000000) TO (2000000)"
QUICKLY = "SET lock_timeout='2s'"
HERE, THERE = "copied_tables", "again_tables"


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Connection]:
    connection = await connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def contents_of(url: str) -> tuple[Described, dict[str, bytes]]:
    """All tables of a database as they are told."""
    told: dict[str, bytearray] = {}
    async with open_moment(url) as moment:
        for table in moment.described.tables:
            await moment.tell(table, told.setdefault(table.name, bytearray()).extend)
        return moment.described, {name: bytes(content) for name, content in told.items()}


def out_of(told: dict[str, bytes]) -> Callable[[Table], AsyncIterable[bytes]]:
    """What was told, byte by byte in parts that end anywhere."""

    async def rows(table: Table) -> AsyncGenerator[bytes]:
        content = told[table.name]
        for begin in range(0, len(content), 7):
            yield content[begin : begin + 7]

    return rows


def two_databases() -> tuple[str, str]:
    """New ones, with what an administrator puts into them."""
    server = running_server()
    for name in (HERE, THERE):
        server.ask(f"DROP DATABASE IF EXISTS {name}")
        server.ask(f"CREATE DATABASE {name}")
    return server.url(HERE), server.url(THERE)


async def test_a_month_begins_while_a_copy_is_taken() -> None:
    """What is written meanwhile is not in it; nobody waits for a table that is read, but for the last ones."""
    url = await emptied(running_server())
    async with connected(url) as writer, open_moment(url) as moment:
        await writer.execute(QUICKLY)
        names = [table.name for table in moment.described.tables]
        assert tuple(sorted(names[-len(LAST) :])) == tuple(sorted(LAST))
        for table in moment.described.tables[: -len(LAST)]:
            await moment.tell(table, lambda _: None)
        try:
            await writer.execute("INSERT INTO name(text) VALUES('written meanwhile')")
            await writer.execute(f"CREATE TABLE history_1970_01 PARTITION OF history {MONTH}")
            read = bytearray()
            await moment.tell(next(one for one in moment.described.tables if one.name == "name"), read.extend)
            assert b"written meanwhile" not in read
        finally:
            await writer.execute("DROP TABLE IF EXISTS history_1970_01")
            await writer.execute(EMPTY)


@pytest.mark.parametrize("version", (1, SCHEMA_VERSION))
async def test_a_copy_of_older_tables_comes_back(version: int) -> None:
    """As they were then; the next node brings them up to date, months and numbers go on."""
    here, there = two_databases()
    async with connected(here) as connection, connection.transaction():
        await lay(connection, 2, version)
        await connection.execute(f"CREATE TABLE kaiteki.history_1970_01 PARTITION OF kaiteki.history {MONTH}")
        await connection.execute("UPDATE head SET number=7, row=3")
        await connection.execute("INSERT INTO name(text) SELECT 'n'||n FROM generate_series(1, 9) n")
        await connection.execute(
            "INSERT INTO history SELECT 1, 1, 999000+n, n, '', 0, 1, NULL, 'x', NULL FROM generate_series(1, 2000) n"
        )
        await connection.execute("INSERT INTO secret VALUES(true, 'the secret of the nodes')")
    found = await outline(here)
    assert (found.secret, found.erased) == (b"the secret of the nodes", 0) and found.size_bytes
    described, told = await contents_of(here)
    assert described.version == version
    await bring_back(there, described, out_of(told), await read_ring(here))
    with pytest.raises(UnusableStore, match="brought back"):
        async with connected(there) as connection:
            await make_ready(connection)
    await finish(there)
    assert await contents_of(there) == (described, told)
    async with connected(there) as connection:
        await make_ready(connection)
        assert await connection.fetchval("SELECT version FROM made") == SCHEMA_VERSION
        assert await connection.fetchval("INSERT INTO name(text) VALUES('next') RETURNING id") == 10
        assert await connection.fetchval("SELECT count(*) FROM ONLY history_1970_01") == 1001
    with pytest.raises(UnusableStore, match="holds a city already"):
        await bring_back(there, described, out_of(told), None)


async def test_a_copy_of_newer_tables_is_refused() -> None:
    here, there = two_databases()
    with pytest.raises(UnusableStore, match="holds no city"):
        await outline(here)
    async with connected(here) as connection, connection.transaction():
        await lay(connection, 1)
        await connection.execute(f"UPDATE made SET version={SCHEMA_VERSION + 1}")
    with pytest.raises(UnusableStore, match="newer Kaiteki"):
        await outline(here)
    described, told = await contents_of(here)
    with pytest.raises(UnusableStore, match="newer Kaiteki"):
        await bring_back(there, described, out_of(told), None)
