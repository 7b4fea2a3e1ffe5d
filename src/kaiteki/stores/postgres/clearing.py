"""Clearing the files of a database of what was deleted: every table is written anew.

PostgreSQL keeps the bytes of deleted and changed rows: VACUUM frees their room without emptying it, VACUUM FULL writes a table into a new file
and removes the old one. Samples of columns stand in the statistics of the planner (pg_statistic) until ANALYZE draws others, and of a table
that is empty now it draws none. The write-ahead log holds what was written until its files go. Both are the administrator's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from kaiteki.stores.postgres.driver import (
    SCHEMA,
    SETTINGS,
    UNREACHABLE,
    Connection,
    PostgresError,
    connect,
    sqlstate_of,
)
from kaiteki.stores.postgres.ring import RING_SCHEMA
from kaiteki.stores.store import UnusableStore

LOCK_TIMEOUT: Final = "5s"
"""As long as a table is waited for that somebody reads or writes: who comes later waits behind."""
PAUSE_S: Final = 5.0
TRIES_MAX: Final = 60
"""So often a table is tried; a copy that is being taken holds all that it has read."""
_LOCKED: Final = "55P03"
OLD_SAMPLES: Final = (
    f"DELETE FROM pg_statistic s USING pg_class c WHERE c.oid=s.starelid AND c.relnamespace='{SCHEMA}'::regnamespace",
    "ANALYZE",
)
STATISTICS_ANEW: Final = "VACUUM FULL pg_statistic"
LOG_ANEW: Final = ("SELECT pg_switch_wal()", "CHECKPOINT")
_TABLES: Final = """
SELECT format('%I.%I', n.nspname, c.relname), c.relkind='r', NOT c.relispartition FROM pg_class c
JOIN pg_namespace n ON n.oid=c.relnamespace WHERE n.nspname=ANY($1) AND c.relkind IN ('r', 'p') ORDER BY pg_total_relation_size(c.oid), 1
"""
OWNS: Final = "SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname=current_database()"
_SAMPLED: Final = (
    "SELECT DISTINCT format('%I.%I', schemaname, tablename) FROM pg_stats WHERE schemaname=$1 ORDER BY 1"
)


async def clear(url: str, hear: Callable[[str], None]) -> tuple[str, ...]:
    """Write all tables of the city and of the ring anew; what is left for an administrator of the server to run, as statements.

    Nodes go on, but wait for each table while it is written. `hear` is told of each table that is done. Raises UnusableStore.
    """
    try:
        connection = await connect(url)
        try:
            return await _clear(connection, hear)
        finally:
            await connection.close()
    except UNREACHABLE as error:
        raise UnusableStore(
            f"the database could not be cleared: {str(error) or type(error).__name__}; what is done is done, run it again"
        ) from error


async def _clear(connection: Connection, hear: Callable[[str], None]) -> tuple[str, ...]:
    await connection.execute(f"SET lock_timeout='{LOCK_TIMEOUT}'")
    for name in SETTINGS:
        if name.startswith("enable_"):
            await connection.execute(f"RESET {name}")
    found = await connection.fetch(_TABLES, [SCHEMA, RING_SCHEMA])
    for table, _, _ in [one for one in found if one[1]]:
        await _write_anew(connection, table)
        hear(table)
    for table, _, _ in [one for one in found if one[2]]:
        # a partitioned table has samples of its own beside those of its parts
        await connection.execute(f"ANALYZE {table}")
    sampled = [table for (table,) in await connection.fetch(_SAMPLED, SCHEMA)]
    old = [one for one in sampled if not await connection.fetchval(f"SELECT EXISTS (SELECT FROM ONLY {one})")]
    partitioned = {table for table, plain, _ in found if not plain}
    left = OLD_SAMPLES if set(old) - partitioned else ()
    if await connection.fetchval(OWNS):
        await connection.execute(STATISTICS_ANEW)
        return (*left, *((STATISTICS_ANEW,) if left else ()), *LOG_ANEW)
    return (*left, STATISTICS_ANEW, *LOG_ANEW)


async def _write_anew(connection: Connection, table: str) -> None:
    """Write a table anew as soon as nobody reads it, letting others through in between."""
    for left in reversed(range(TRIES_MAX)):
        try:
            await connection.execute(f"VACUUM FULL {table}")
            return
        except PostgresError as error:
            if sqlstate_of(error) != _LOCKED or not left:
                raise
        await asyncio.sleep(PAUSE_S)
