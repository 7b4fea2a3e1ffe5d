"""The ring of keys in a schema of its own, `kaiteki_keys`, which a copy of the city leaves out (pg_dump --exclude-schema); see ports.keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.ports.keys import KeptKey, Tombstone
from kaiteki.stores.postgres.driver import Connection
from kaiteki.stores.postgres.pool import Pool
from kaiteki.stores.postgres.schema import LOCK

RING_SCHEMA: Final = "kaiteki_keys"
_TEXT: Final = 'text COLLATE "C"'
_TABLES: Final = f"""
CREATE SCHEMA IF NOT EXISTS {RING_SCHEMA};
CREATE TABLE IF NOT EXISTS {RING_SCHEMA}.key(
  id {_TEXT} PRIMARY KEY, holder {_TEXT} NOT NULL UNIQUE, wrapped bytea NOT NULL, kek {_TEXT} NOT NULL, made_at bigint NOT NULL);
CREATE TABLE IF NOT EXISTS {RING_SCHEMA}.tombstone(
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at bigint NOT NULL, by {_TEXT} NOT NULL, ground {_TEXT} NOT NULL,
  count int NOT NULL, who {_TEXT} NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS {RING_SCHEMA}.kek(one bool PRIMARY KEY CHECK (one), body bytea NOT NULL);
"""
_ANEW: Final = f"""
CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM {RING_SCHEMA}.key;
TRUNCATE {RING_SCHEMA}.key;
INSERT INTO {RING_SCHEMA}.key SELECT * FROM kept;
"""
_HAS_WHO: Final = "SELECT count(*) FROM information_schema.columns WHERE table_schema=$1 AND table_name='tombstone' AND column_name='who'"
_COLUMNS: Final = "id, holder, wrapped, kek, made_at"


async def lay_ring(connection: Connection) -> None:
    """Make the tables of the ring where they are missing."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        if not await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", f"{RING_SCHEMA}.kek"):
            await connection.execute(_TABLES)
        if not await connection.fetchval(_HAS_WHO, RING_SCHEMA):
            await connection.execute(
                f"ALTER TABLE {RING_SCHEMA}.tombstone ADD COLUMN who {_TEXT} NOT NULL DEFAULT ''"
            )


class PostgresRing:
    """The keys in the database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put(self, keys: Sequence[KeptKey]) -> None:
        """Keep keys of those who have none."""
        async with self._pool.acquire() as connection, connection.transaction():
            for key in keys:
                await connection.execute(
                    f"INSERT INTO {RING_SCHEMA}.key VALUES($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                    *msgspec.structs.astuple(key),
                )

    async def find(self, holders: Sequence[str] = (), ids: Sequence[str] = ()) -> Sequence[KeptKey]:
        """Keys by holders and ids."""
        rows = await self._pool.fetch(
            f"SELECT {_COLUMNS} FROM {RING_SCHEMA}.key WHERE holder=ANY($1::text[])"
            f" UNION SELECT {_COLUMNS} FROM {RING_SCHEMA}.key WHERE id=ANY($2::text[])",
            list(holders),
            list(ids),
        )
        return [KeptKey(*row) for row in rows]

    async def list(self, after_id: str = "", limit: int = 500) -> Sequence[KeptKey]:
        """Keys behind an id."""
        rows = await self._pool.fetch(
            f"SELECT {_COLUMNS} FROM {RING_SCHEMA}.key WHERE id>$1 ORDER BY id LIMIT $2", after_id, limit
        )
        return [KeptKey(*row) for row in rows]

    async def replace(self, keys: Sequence[KeptKey]) -> None:
        """Newly wrapped keys."""
        async with self._pool.acquire() as connection, connection.transaction():
            for key in keys:
                await connection.execute(
                    f"UPDATE {RING_SCHEMA}.key SET wrapped=$1, kek=$2 WHERE id=$3",
                    key.wrapped,
                    key.kek,
                    key.id,
                )

    async def destroy(self, holders: Sequence[str], tombstone: Tombstone) -> int:
        """Delete the keys of holders and write the table anew, so that its file holds nothing of them."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(f"LOCK TABLE {RING_SCHEMA}.key IN ACCESS EXCLUSIVE MODE")
            gone = await connection.fetch(
                f"DELETE FROM {RING_SCHEMA}.key WHERE holder=ANY($1::text[]) RETURNING id", list(holders)
            )
            if gone or tombstone.who:
                await connection.execute(
                    f"INSERT INTO {RING_SCHEMA}.tombstone(at, by, ground, count, who) VALUES($1, $2, $3, $4, $5)",
                    tombstone.at,
                    tombstone.by,
                    tombstone.ground,
                    len(gone),
                    tombstone.who,
                )
            if gone:
                # a deleted row stays in the file as long as the file; TRUNCATE gives the table another one at once
                await connection.execute(_ANEW)
        return len(gone)

    async def tombstones(self) -> Sequence[Tombstone]:
        """What was destroyed."""
        rows = await self._pool.fetch(
            f"SELECT at, by, ground, count, who, number FROM {RING_SCHEMA}.tombstone ORDER BY number"
        )
        return [Tombstone(Instant(at), *rest) for at, *rest in rows]

    async def shared_kek(self, text: Mapping[str, str]) -> Mapping[str, str]:
        """The keys that the first node laid down."""
        own = msgspec.json.encode(text)
        await self._pool.execute(
            f"INSERT INTO {RING_SCHEMA}.kek VALUES(true, $1) ON CONFLICT DO NOTHING", own
        )
        body = await self._pool.fetchval(f"SELECT body FROM {RING_SCHEMA}.kek")
        return msgspec.json.decode(body, type=dict[str, str])
