"""The file of the default store: its tables, its version, how it is opened.

One row of `entity` per entity with its document as stored bytes; a deleted one keeps its row without document, so that
its history can be found, and stands in `gone` with the kind that it was of. A row of `history` is one state: the body is
the instance, or, as text, the kind of attribute that was deleted. `moved` are entities that were never changed and whose
first states stand in rows nevertheless, because they were corrected. `block` holds many states of one attribute instead of
rows (packing); there is always a row beside. `aside` are the lines of the log that tell of no change, such as reads of personal
data; `log` and `aside` share their numbers. `leaf`, `tile` and
`signed` are the tree over both (ports.ledger). Index tables are keyed by `kind` (one combination of area and types) and `name` (an interned
attribute name), end with the entity's id, and so deliver in the order of a page without sorting.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kaiteki.stores.sqlite.driver import Connection, SqliteError, connect
from kaiteki.stores.store import UnusableStore

SCHEMA_VERSION: Final = 2
APPLICATION_ID: Final = 0x4B414954
"""`KAIT`: says to file(1) and to us whose file it is."""
MMAP_SIZE_BYTES: Final = 8 << 30
PAGES_BYTES: Final = 64_000_000
"""What is kept of the file at hand for writing, where nothing else is said."""
CHECKPOINT_PAGES: Final = 4000
BUSY_TIMEOUT_S: Final = 20

TABLES: Final = """
CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE kind(id INTEGER PRIMARY KEY, area TEXT NOT NULL, types TEXT NOT NULL, UNIQUE(area, types));
CREATE TABLE entity(
  row INTEGER PRIMARY KEY, area INTEGER NOT NULL, id TEXT NOT NULL, kind INTEGER, version INTEGER NOT NULL,
  born INTEGER NOT NULL, doc BLOB);
CREATE UNIQUE INDEX entity_id ON entity(area, id);
CREATE INDEX entity_kind ON entity(kind, id) WHERE kind IS NOT NULL;
CREATE TABLE value(
  kind INTEGER, name INTEGER, val BLOB, id TEXT, row INTEGER NOT NULL,
  PRIMARY KEY(kind, name, val, id)) WITHOUT ROWID;
CREATE TABLE cell(
  kind INTEGER, name INTEGER, cell INTEGER, id TEXT, row INTEGER NOT NULL, lon REAL NOT NULL, lat REAL NOT NULL,
  PRIMARY KEY(kind, name, cell, id, lon, lat)) WITHOUT ROWID;
CREATE VIRTUAL TABLE box USING rtree(entry, west, east, south, north, +kind INTEGER, +name INTEGER, +row INTEGER);
CREATE TABLE boxed(row INTEGER, name INTEGER, entry INTEGER, PRIMARY KEY(row, name, entry)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(
  text, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 0");
CREATE TABLE gone(
  row INTEGER PRIMARY KEY, kind INTEGER NOT NULL, id TEXT NOT NULL, created INTEGER NOT NULL,
  deleted INTEGER);
CREATE INDEX gone_kind ON gone(kind, id);
CREATE TABLE history(
  row INTEGER, name INTEGER, at INTEGER, number INTEGER, dataset TEXT, part INTEGER, version INTEGER NOT NULL,
  observed INTEGER, body NOT NULL, PRIMARY KEY(row, name, at, number, dataset, part)) WITHOUT ROWID;
CREATE TABLE block(
  id INTEGER PRIMARY KEY, row INTEGER NOT NULL, name INTEGER NOT NULL, observed INTEGER NOT NULL,
  observed_last INTEGER NOT NULL, at INTEGER NOT NULL, at_last INTEGER NOT NULL, small INTEGER NOT NULL, head BLOB NOT NULL,
  series BLOB NOT NULL, writes BLOB NOT NULL);
CREATE INDEX block_of ON block(row, name, observed, observed_last, at, at_last, small);
CREATE TABLE moved(row INTEGER PRIMARY KEY);
CREATE INDEX history_observed ON history(row, name, observed) WHERE observed IS NOT NULL;
CREATE INDEX history_deleted ON history(row, name, at) WHERE typeof(body)='text';
CREATE TABLE log(number INTEGER PRIMARY KEY, area INTEGER NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX log_area ON log(area, number);
CREATE TABLE tally(
  kind INTEGER, name INTEGER, form TEXT, n INTEGER NOT NULL, PRIMARY KEY(kind, name, form)) WITHOUT ROWID;
CREATE TABLE receipt(area INTEGER, once TEXT, body BLOB NOT NULL, PRIMARY KEY(area, once)) WITHOUT ROWID;
CREATE TABLE cursor(consumer TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE context(url TEXT PRIMARY KEY, local_id TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX context_local ON context(local_id);
CREATE TABLE account(id TEXT PRIMARY KEY, login TEXT NOT NULL UNIQUE, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE session(
  token_hash TEXT PRIMARY KEY, account_id TEXT NOT NULL, expires_at INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX session_account ON session(account_id);
"""
ADDED: Final = """
CREATE TABLE IF NOT EXISTS credential(
  kind TEXT, value TEXT, account_id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY(kind, value)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS credential_account ON credential(account_id);
CREATE TABLE IF NOT EXISTS subscription(
  area TEXT, id TEXT, owner TEXT NOT NULL, since INTEGER NOT NULL, body BLOB NOT NULL, standing BLOB NOT NULL,
  PRIMARY KEY(area, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS delivery(
  area TEXT, subscription TEXT, dead INTEGER, number INTEGER, entity TEXT NOT NULL, at INTEGER NOT NULL,
  attempts INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY(area, subscription, dead, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS parcel(
  area TEXT, subscription TEXT, number INTEGER, body BLOB NOT NULL, PRIMARY KEY(area, subscription, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS source(
  area TEXT, id TEXT, owner TEXT NOT NULL, body BLOB NOT NULL, standing BLOB NOT NULL,
  PRIMARY KEY(area, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS aside(
  number INTEGER PRIMARY KEY, area TEXT NOT NULL, at INTEGER NOT NULL, what TEXT NOT NULL, actor TEXT, subject TEXT,
  body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS aside_subject ON aside(area, subject) WHERE subject IS NOT NULL;
CREATE INDEX IF NOT EXISTS aside_actor ON aside(area, actor) WHERE actor IS NOT NULL;
CREATE INDEX IF NOT EXISTS aside_erased ON aside(number) WHERE what='erased';
CREATE TABLE IF NOT EXISTS leaf(place INTEGER PRIMARY KEY, number INTEGER NOT NULL, salt BLOB NOT NULL, hash BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS leaf_number ON leaf(number);
CREATE TABLE IF NOT EXISTS tile(level INTEGER, place INTEGER, hash BLOB NOT NULL, PRIMARY KEY(level, place)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS signed(size INTEGER PRIMARY KEY, at INTEGER NOT NULL, note TEXT NOT NULL, public BLOB NOT NULL);
"""
"""Tables that came later; a file from before gets them when it is opened, and what wrote it does not mind them."""


class UnusableFile(UnusableStore):
    """The file cannot be worked with: it is damaged, is none of SQLite, or may not be opened."""


class NewerFile(UnusableFile):
    """The file was written by a newer Kaiteki and is left alone."""


class OlderFile(UnusableFile):
    """The file was written by an older Kaiteki, in tables that this one does not read, and is left alone."""


class ForeignFile(UnusableFile):
    """The file is an SQLite file of another program."""


def open_writing(path: Path, pages_bytes: int = PAGES_BYTES) -> Connection:
    """Open (or make) the file for writing: write-ahead log, every commit on disk before it is answered. Raises UnusableFile."""
    try:
        return _open_writing(path, pages_bytes)
    except SqliteError as error:
        raise UnusableFile(f"{path} cannot be used: {error}") from error


def _open_writing(path: Path, pages_bytes: int) -> Connection:
    connection = connect(path)
    connection.set_busy_timeout(BUSY_TIMEOUT_S * 1000)
    _set(
        connection,
        "journal_mode=WAL",
        "synchronous=FULL",
        "trusted_schema=OFF",
        f"cache_size=-{pages_bytes >> 10}",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        "temp_store=MEMORY",
        # what is freed is overwritten, so that what was deleted and then erased is nowhere in the file (and see stores.sqlite.slack)
        "secure_delete=ON",
    )
    _lay(connection, path)
    return connection


def open_reading(path: Path) -> Connection:
    """Open the file for reading only."""
    connection = connect(path, new=False)
    connection.set_busy_timeout(BUSY_TIMEOUT_S * 1000)
    _set(connection, "query_only=ON", f"mmap_size={MMAP_SIZE_BYTES}", "temp_store=MEMORY")
    return connection


def _set(connection: Connection, *settings: str) -> None:
    """Make settings of a connection, each to its end: one that answers would hold up those behind it."""
    for setting in settings:
        connection.execute(f"PRAGMA {setting}").fetchall()


def _lay(connection: Connection, path: Path) -> None:
    """Make the tables of a new file; refuse what a newer or older Kaiteki or another program wrote."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _number(connection, "PRAGMA user_version")
        if version > SCHEMA_VERSION:
            raise NewerFile(f"{path} has version {version}; this Kaiteki knows {SCHEMA_VERSION}")
        if 0 < version < SCHEMA_VERSION:
            raise OlderFile(
                f"{path} has version {version}; this Kaiteki reads {SCHEMA_VERSION}. Write the areas out with the Kaiteki"
                " that made it (kaiteki export) and bring them into a new folder (kaiteki import); accounts are made anew"
            )
        if version == 0:
            if _number(connection, "SELECT count(*) FROM sqlite_schema"):
                raise ForeignFile(f"{path} is an SQLite file of another program")
            connection.execute(TABLES)
            connection.execute(
                f"PRAGMA user_version={SCHEMA_VERSION}; PRAGMA application_id={APPLICATION_ID}"
            )
        connection.execute(ADDED)
    except BaseException:
        connection.execute("ROLLBACK")
        connection.close()
        raise
    connection.execute("COMMIT")


def _number(connection: Connection, statement: str) -> int:
    value = connection.execute(statement).get
    return value if isinstance(value, int) else 0
