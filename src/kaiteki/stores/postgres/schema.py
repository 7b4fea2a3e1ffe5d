"""The tables of the store in a PostgreSQL database: what they are, their version, how a database is made ready.

All of them stand in the schema `kaiteki`. `entity` and what is found by its id (`value`, `place`, `words`) are partitioned by the hash of
the id, `history` by the time of the write, `block` (many states of one attribute instead of rows) by that
of its newest state; every primary key contains the key of its partitions, and no statement joins rows
of different ids, so a distributed PostgreSQL can spread them over machines.

One row of `head` holds the newest event, the newest line of the log and the newest row number; whoever writes entities or reads of
personal data locks it first, so numbers are given in the order of commits. `aside` are the lines of the log that tell of no change;
`log` and `aside` share their numbers. A deleted entity keeps its row without a document. `kind` is one combination of area and types, `name` an interned name.
A value stands in the index as bytes whose order is that of the values (keys).
"""

from __future__ import annotations

from typing import Final

from kaiteki.stores.postgres.driver import SCHEMA, Connection, PostgresError
from kaiteki.stores.store import UnusableStore

SCHEMA_VERSION: Final = 5
HASH_PARTITIONS: Final = 4
EXTENSIONS: Final = ("postgis", "btree_gist")
UNFINISHED: Final = f"{SCHEMA}.unfinished"
"""A table that stands as long as a copy is being brought back: no node may work on it before who was erased since is erased again."""
LOCK: Final = 0x4B414954
"""`KAIT`: the advisory lock under which a database is made ready."""

_TEXT: Final = 'text COLLATE "C"'
TABLES: Final = f"""
CREATE TABLE made(version int NOT NULL, partitions int NOT NULL);
CREATE TABLE head(one bool PRIMARY KEY CHECK (one), number bigint NOT NULL, row bigint NOT NULL) WITH (fillfactor=10);
INSERT INTO head VALUES(true, 0, 0);
CREATE TABLE name(id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text {_TEXT} NOT NULL UNIQUE);
CREATE TABLE kind(
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, area {_TEXT} NOT NULL, types {_TEXT} NOT NULL, UNIQUE(area, types));
CREATE TABLE tally(
  kind int, name int, form {_TEXT}, n bigint NOT NULL, changed bigint NOT NULL, PRIMARY KEY(kind, name, form));
CREATE INDEX tally_changed ON tally(changed);
CREATE TABLE entity(
  area {_TEXT}, id {_TEXT}, row bigint NOT NULL, kind int NOT NULL, version bigint NOT NULL, born bigint NOT NULL,
  created bigint NOT NULL, deleted bigint, doc bytea, PRIMARY KEY(area, id)) PARTITION BY HASH (id);
CREATE INDEX entity_kind ON entity(kind, id);
CREATE TABLE value(
  kind int, name int, val bytea, id {_TEXT}, PRIMARY KEY(kind, name, val, id)) PARTITION BY HASH (id);
CREATE TABLE place(
  area {_TEXT}, id {_TEXT}, name int, part int, kind int NOT NULL, x float8, y float8,
  geom geometry(Geometry, 4326) NOT NULL, PRIMARY KEY(area, id, name, part)) PARTITION BY HASH (id);
CREATE INDEX place_geom ON place USING gist(kind, name, geom);
CREATE TABLE words(
  area {_TEXT}, id {_TEXT}, pairs bigint[] NOT NULL, text {_TEXT} NOT NULL, PRIMARY KEY(area, id)) PARTITION BY HASH (id);
CREATE INDEX words_pairs ON words USING gin(pairs);
CREATE TABLE history(
  row bigint, name int, at bigint, number bigint, dataset {_TEXT}, part int, version bigint NOT NULL, observed bigint,
  was {_TEXT}, body bytea, PRIMARY KEY(row, name, at, number, dataset, part)) PARTITION BY RANGE (at);
CREATE INDEX history_observed ON history(row, name, observed) WHERE observed IS NOT NULL;
CREATE TABLE history_else PARTITION OF history DEFAULT;
CREATE TABLE log(number bigint PRIMARY KEY, area {_TEXT} NOT NULL, at bigint NOT NULL, body bytea NOT NULL);
CREATE INDEX log_area ON log(area, number);
CREATE TABLE receipt(area {_TEXT}, once {_TEXT}, body bytea NOT NULL, PRIMARY KEY(area, once));
CREATE TABLE cursor(consumer {_TEXT} PRIMARY KEY, number bigint NOT NULL);
CREATE TABLE context(url {_TEXT} PRIMARY KEY, local_id {_TEXT} NOT NULL, body bytea NOT NULL);
CREATE INDEX context_local ON context(local_id);
CREATE TABLE account(id {_TEXT} PRIMARY KEY, login {_TEXT} NOT NULL UNIQUE, body bytea NOT NULL);
CREATE TABLE session(
  token_hash {_TEXT} PRIMARY KEY, account_id {_TEXT} NOT NULL, expires_at bigint NOT NULL, body bytea NOT NULL);
CREATE INDEX session_account ON session(account_id);
CREATE TABLE subscription(
  area {_TEXT}, id {_TEXT}, owner {_TEXT} NOT NULL, since bigint NOT NULL, body bytea NOT NULL, standing bytea NOT NULL,
  PRIMARY KEY(area, id));
CREATE TABLE delivery(
  area {_TEXT}, subscription {_TEXT}, number bigint, dead bool NOT NULL, entity {_TEXT} NOT NULL, at bigint NOT NULL,
  attempts int NOT NULL, reason {_TEXT} NOT NULL, PRIMARY KEY(area, subscription, number));
CREATE TABLE revision(register {_TEXT} PRIMARY KEY, number bigint NOT NULL);
CREATE TABLE source(
  area {_TEXT}, id {_TEXT}, owner {_TEXT} NOT NULL, body bytea NOT NULL, standing bytea NOT NULL, PRIMARY KEY(area, id));
CREATE TABLE file(
  shelf {_TEXT}, area {_TEXT}, digest {_TEXT}, content bytea NOT NULL, PRIMARY KEY(shelf, area, digest));
ALTER TABLE file ALTER content SET STORAGE EXTERNAL;
CREATE TABLE secret(one bool PRIMARY KEY CHECK (one), body bytea NOT NULL);
"""
MIGRATIONS: Final = {
    1: f"""
CREATE TABLE IF NOT EXISTS parcel(
  area {_TEXT}, subscription {_TEXT}, number bigint, body bytea NOT NULL, PRIMARY KEY(area, subscription, number));
CREATE TABLE block(
  row bigint, name int, at_last bigint, id bigint GENERATED ALWAYS AS IDENTITY, observed bigint NOT NULL,
  observed_last bigint NOT NULL, at bigint NOT NULL, small bool NOT NULL, head bytea NOT NULL, series bytea NOT NULL,
  writes bytea NOT NULL, PRIMARY KEY(row, name, at_last, id)) PARTITION BY RANGE (at_last);
CREATE TABLE block_else PARTITION OF block DEFAULT;
DO $$ DECLARE month record; BEGIN
  FOR month IN SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bounds FROM pg_inherits i JOIN pg_class c ON c.oid=i.inhrelid
    WHERE i.inhparent='{SCHEMA}.history'::regclass AND c.relname<>'history_else' LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF block %s', replace(month.relname, 'history', 'block'), month.bounds);
  END LOOP;
END $$;
""",
    2: f"""
CREATE TABLE IF NOT EXISTS credential(
  kind {_TEXT}, value {_TEXT}, account_id {_TEXT} NOT NULL, body bytea NOT NULL, PRIMARY KEY(kind, value));
CREATE INDEX IF NOT EXISTS credential_account ON credential(account_id);
""",
    3: f"""
ALTER TABLE head ADD COLUMN line bigint NOT NULL DEFAULT 0;
UPDATE head SET line=number;
CREATE TABLE aside(
  number bigint PRIMARY KEY, area {_TEXT} NOT NULL, at bigint NOT NULL, what {_TEXT} NOT NULL, actor {_TEXT}, subject {_TEXT},
  body bytea NOT NULL);
CREATE INDEX aside_subject ON aside(area, subject, number) WHERE subject IS NOT NULL;
CREATE INDEX aside_actor ON aside(area, actor, number) WHERE actor IS NOT NULL;
""",
    4: f"""
CREATE INDEX aside_erased ON aside(number) WHERE what='erased';
CREATE TABLE leaf(place bigint PRIMARY KEY, number bigint NOT NULL UNIQUE, salt bytea NOT NULL, hash bytea NOT NULL);
CREATE TABLE tile(level int, place bigint, hash bytea NOT NULL, PRIMARY KEY(level, place));
CREATE TABLE signed(size bigint PRIMARY KEY, at bigint NOT NULL, note {_TEXT} NOT NULL, public bytea NOT NULL);
""",
}
"""What makes of the tables of a version those of the next one. A new database is laid as version 1 and goes the same way."""
PARTITIONED: Final = {"entity": " WITH (fillfactor=80)", "value": "", "place": "", "words": ""}
"""The tables that are partitioned by the hash of the id, and how each part is kept."""


async def make_ready(
    connection: Connection, *, new: bool = True, partitions: int = HASH_PARTITIONS, unfinished: bool = False
) -> None:
    """Make the tables of a new database, in so many parts by id, and those of an older Kaiteki those of this one; all or nothing.

    Where not `new`, nothing is made or changed. Raises UnusableStore where that would be needed, for what a newer Kaiteki wrote, and, unless
    `unfinished`, for a database into which a copy is being brought back.
    """
    async with connection.transaction():
        # of two nodes that start at once one makes the tables, the other finds them made
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        if not await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", f"{SCHEMA}.made"):
            if not new:
                raise UnusableStore("the database holds no city: no node has run on it yet")
            await lay(connection, partitions)
            return
        if not unfinished and await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", UNFINISHED):
            raise UnusableStore(
                "a copy is being brought back into this database, or that was stopped before its end: run `kaiteki restore` again"
            )
        version = await connection.fetchval("SELECT version FROM made")
        if version > SCHEMA_VERSION:
            raise UnusableStore(
                f"the tables of this database are those of a newer Kaiteki (version {version}, this one knows {SCHEMA_VERSION});"
                " nothing was changed. Start the newer Kaiteki, or give this one the copy that was made before it came"
            )
        if version not in (*MIGRATIONS, SCHEMA_VERSION):
            raise UnusableStore(
                f"the tables of this database are of version {version}, of which this Kaiteki knows nothing; nothing was changed"
            )
        if version < SCHEMA_VERSION and not new:
            raise UnusableStore(
                f"the tables of this database are those of an older Kaiteki (version {version} of {SCHEMA_VERSION});"
                " the next node that starts brings them up to date: make a copy (kaiteki backup) and stop the older nodes before"
            )
        if version < SCHEMA_VERSION:
            await _migrate(connection, version)


async def _migrate(connection: Connection, version: int, until: int = SCHEMA_VERSION) -> None:
    """Bring tables up to date, in the running transaction."""
    for step in range(version, until):
        await connection.execute(MIGRATIONS[step])
    await connection.execute("UPDATE made SET version=$1", until)


async def lay(connection: Connection, partitions: int, version: int = SCHEMA_VERSION) -> None:
    """Make the tables as they were in a version, in the running transaction. Raises UnusableStore."""
    if await connection.fetchval("SELECT count(*) FROM pg_namespace WHERE nspname=$1", SCHEMA):
        raise UnusableStore(f"the database has a schema {SCHEMA} that is not of this program")
    await _extend(connection)
    await connection.execute(f"CREATE SCHEMA {SCHEMA}")
    await connection.execute(TABLES)
    for table, kept in PARTITIONED.items():
        for part in range(partitions):
            remainder = f"FOR VALUES WITH (MODULUS {partitions}, REMAINDER {part})"
            await connection.execute(f"CREATE TABLE {table}_{part} PARTITION OF {table} {remainder}{kept}")
    await connection.execute("INSERT INTO made VALUES(1, $1)", partitions)
    await _migrate(connection, 1, version)


async def _extend(connection: Connection) -> None:
    """See that the extensions are there; who may not make them is told what to ask for."""
    for name in EXTENSIONS:
        if await connection.fetchval("SELECT count(*) FROM pg_extension WHERE extname=$1", name):
            continue
        try:
            async with connection.transaction():
                await connection.execute(f"CREATE EXTENSION {name}")
        except PostgresError as error:
            raise UnusableStore(
                f"the database has no extension {name} and it could not be made ({error}); install it on the server"
                f" (for PostGIS Debian's package postgresql-15-postgis-3) and have its administrator run: CREATE EXTENSION {name}"
            ) from error
