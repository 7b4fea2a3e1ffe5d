"""Tables are written anew although somebody reads them now and then; what only an administrator can do is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from kaiteki.stores.postgres import clearing
from kaiteki.stores.postgres.clearing import LOG_ANEW, OLD_SAMPLES, STATISTICS_ANEW, clear
from kaiteki.stores.postgres.driver import Connection, connect
from kaiteki.stores.postgres.ring import lay_ring
from kaiteki.stores.postgres.schema import make_ready
from kaiteki.stores.store import UnusableStore
from postgres_server import running_server
from waiting import LONG_S

WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type='Lock' AND query LIKE 'VACUUM%'"


@pytest.fixture
def url() -> str:
    """A database whose role owns the tables and not the database."""
    server = running_server()
    server.ask("DROP DATABASE IF EXISTS cleared WITH (FORCE)")
    server.ask("CREATE DATABASE cleared")
    server.ask("CREATE EXTENSION postgis; CREATE EXTENSION btree_gist", "cleared")
    server.ask(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname='tenant') THEN CREATE ROLE tenant LOGIN; END IF; END $$"
    )
    server.ask("GRANT CREATE ON DATABASE cleared TO tenant")
    return server.url("cleared").replace("//kaiteki@", "//tenant@")


@pytest.fixture
async def reader(url: str) -> AsyncGenerator[Connection]:
    connection = await connect(url)
    await make_ready(connection, partitions=1)
    await lay_ring(connection)
    yield connection
    await connection.close()


async def test_what_is_read_is_waited_for(
    url: str, reader: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others get through in between; who reads on and on is told of in words, and nothing is lost."""
    monkeypatch.setattr(clearing, "LOCK_TIMEOUT", "20ms")
    monkeypatch.setattr(clearing, "PAUSE_S", 0.01)
    done: list[str] = []
    async with reader.transaction():
        await reader.fetchval("SELECT count(*) FROM account")
        monkeypatch.setattr(clearing, "TRIES_MAX", 3)
        with pytest.raises(UnusableStore, match="lock timeout; what is done is done, run it again"):
            await clear(url, done.append)
        assert "kaiteki.account" not in done
        monkeypatch.setattr(clearing, "TRIES_MAX", 10_000)
        running = asyncio.create_task(clear(url, done.append))
        for _ in range(int(LONG_S * 100)):
            if await asyncio.to_thread(running_server().ask, WAITS) != "0":
                break
            await asyncio.sleep(0.01)
    await asyncio.wait_for(running, LONG_S)
    assert {"kaiteki.account", "kaiteki.entity_0", "kaiteki_keys.key"} <= set(done)


async def test_what_only_an_administrator_can_do_is_told(url: str, reader: Connection) -> None:
    """Statistics of a database that is not one's own, samples of a table that is empty now, the write-ahead log."""
    assert await clear(url, lambda _: None) == (STATISTICS_ANEW, *LOG_ANEW)
    await reader.execute("INSERT INTO cursor SELECT 'c'||n, n FROM generate_series(1, 100) n")
    await reader.execute("ANALYZE cursor")
    await reader.execute("DELETE FROM cursor")
    assert await clear(url, lambda _: None) == (*OLD_SAMPLES, STATISTICS_ANEW, *LOG_ANEW)
    for statement in (*OLD_SAMPLES, STATISTICS_ANEW):
        running_server().ask(statement, "cleared")
    assert await clear(url, lambda _: None) == (STATISTICS_ANEW, *LOG_ANEW)
