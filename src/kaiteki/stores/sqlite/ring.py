"""The ring of keys beside the city: a file of its own, `keys.db`, that no copy of the city takes along; see ports.keys.

It is asked seldom, as keys that are in use are remembered, so each question opens it. What is deleted is overwritten
(secure_delete), and the write-ahead log goes with the last one who closes the file, or is cut off when keys are destroyed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.ports.keys import KeptKey, Tombstone
from kaiteki.stores.sqlite.driver import Busy, Connection, connect

T = TypeVar("T")

RING_NAME: Final = "keys.db"
RING_MODE: Final = 0o600
BUSY_TIMEOUT_S: Final = 10
EMPTYING_TRIES_MAX: Final = 5
"""How often the write-ahead log is tried to be cut off before it is left to the next one who closes the file."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS key(
  id TEXT PRIMARY KEY, holder TEXT NOT NULL UNIQUE, wrapped BLOB NOT NULL, kek TEXT NOT NULL, made_at INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tombstone(
  number INTEGER PRIMARY KEY, at INTEGER NOT NULL, by TEXT NOT NULL, ground TEXT NOT NULL, count INTEGER NOT NULL,
  who TEXT NOT NULL DEFAULT '');
"""
_TOMBSTONES: Final = "SELECT at, by, ground, count, who, number FROM tombstone ORDER BY number"
_COLUMNS: Final = "id, holder, wrapped, kek, made_at"


class SqliteRing:
    """The keys in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def put(self, keys: Sequence[KeptKey]) -> None:
        """Keep keys of those who have none."""
        rows = [msgspec.structs.astuple(key) for key in keys]
        await self._do(lambda ring: ring.executemany("INSERT OR IGNORE INTO key VALUES(?,?,?,?,?)", rows))

    async def find(self, holders: Sequence[str] = (), ids: Sequence[str] = ()) -> Sequence[KeptKey]:
        """Keys by holders and ids."""
        asked = (msgspec.json.encode(list(holders)).decode(), msgspec.json.encode(list(ids)).decode())
        statement = (
            f"SELECT {_COLUMNS} FROM key WHERE holder IN (SELECT value FROM json_each(?))"
            f" UNION SELECT {_COLUMNS} FROM key WHERE id IN (SELECT value FROM json_each(?))"
        )
        return await self._do(lambda ring: [_key(row) for row in ring.execute(statement, asked)])

    async def list(self, after_id: str = "", limit: int = 500) -> Sequence[KeptKey]:
        """Keys behind an id."""
        statement = f"SELECT {_COLUMNS} FROM key WHERE id>? ORDER BY id LIMIT ?"
        return await self._do(lambda ring: [_key(row) for row in ring.execute(statement, (after_id, limit))])

    async def replace(self, keys: Sequence[KeptKey]) -> None:
        """Newly wrapped keys; the bytes of before are overwritten."""
        rows = [(key.wrapped, key.kek, key.id) for key in keys]
        await self._do(lambda ring: ring.executemany("UPDATE key SET wrapped=?, kek=? WHERE id=?", rows))

    async def destroy(self, holders: Sequence[str], tombstone: Tombstone) -> int:
        """Overwrite the keys of holders, and cut the write-ahead log off."""
        asked = (msgspec.json.encode(list(holders)).decode(),)

        def forget(ring: Connection) -> int:
            gone = ring.execute(
                "DELETE FROM key WHERE holder IN (SELECT value FROM json_each(?)) RETURNING id", asked
            ).fetchall()
            if gone or tombstone.who:
                row = (tombstone.at, tombstone.by, tombstone.ground, len(gone), tombstone.who)
                ring.execute("INSERT INTO tombstone(at, by, ground, count, who) VALUES(?,?,?,?,?)", row)
            return len(gone)

        return await self._do(forget, _empty_log)

    async def tombstones(self) -> Sequence[Tombstone]:
        """What was destroyed."""
        return await self._do(_tombstones)

    async def shared_kek(self, text: Mapping[str, str]) -> Mapping[str, str]:
        """The nodes on one folder share its file."""
        return text

    async def _do(
        self, work: Callable[[Connection], T], then: Callable[[Connection], None] | None = None
    ) -> T:
        return await asyncio.to_thread(_with_ring, self._path, work, then)


def erased_in(folder: Path) -> Sequence[Tombstone]:
    """The tombstones in the ring of a data folder that say who was erased, oldest first; none where there is no ring."""
    path = folder / RING_NAME
    return [one for one in _with_ring(path, _tombstones, None) if one.who] if path.is_file() else []


def _tombstones(ring: Connection) -> Sequence[Tombstone]:
    return [Tombstone(Instant(at), *rest) for at, *rest in ring.execute(_TOMBSTONES)]


def write_ring(folder: Path, target: Path) -> None:
    """Write the ring of a data folder, as it is at one moment, to a file for its owner alone. Its keys are wrapped."""
    with_part = target.with_name(target.name + ".part")
    with_part.unlink(missing_ok=True)
    os.close(os.open(with_part, os.O_CREAT | os.O_WRONLY, RING_MODE))
    source, copy = _open(folder / RING_NAME), connect(with_part)
    try:
        with copy.backup("main", source, "main") as running:
            while not running.done:
                running.step(-1)
    finally:
        copy.close()
        source.close()
    with_part.replace(target)


def read_ring(source: Path, folder: Path) -> None:
    """Put a written ring into a data folder that has none; FileExistsError where there is one, which is never older."""
    target = folder / RING_NAME
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, RING_MODE))
    part = target.with_name(RING_NAME + ".part")
    part.write_bytes(source.read_bytes())
    part.chmod(RING_MODE)
    part.replace(target)


def _key(row: tuple[str, str, bytes, str, int]) -> KeptKey:
    one, holder, wrapped, kek, made_at = row
    return KeptKey(one, holder, wrapped, kek, Instant(made_at))


def _open(path: Path) -> Connection:
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, RING_MODE))
    ring = connect(path)
    ring.set_busy_timeout(BUSY_TIMEOUT_S * 1000)
    for setting in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "trusted_schema=OFF"):
        # one by one: what follows a statement with an answer is run only when that is read
        ring.execute(f"PRAGMA {setting}").fetchall()
    ring.execute(_TABLES)
    if not ring.execute("SELECT 1 FROM pragma_table_info('tombstone') WHERE name='who'").fetchall():
        ring.execute("ALTER TABLE tombstone ADD COLUMN who TEXT NOT NULL DEFAULT ''")
    return ring


def _with_ring(path: Path, work: Callable[[Connection], T], then: Callable[[Connection], None] | None) -> T:
    ring = _open(path)
    try:
        ring.execute("BEGIN IMMEDIATE")
        try:
            answer = work(ring)
        except BaseException:
            ring.execute("ROLLBACK")
            raise
        ring.execute("COMMIT")
        if then is not None:
            then(ring)
        return answer
    finally:
        ring.close()


def _empty_log(ring: Connection) -> None:
    """Write what the write-ahead log holds into the file and cut it off; questions are short, so nobody holds it for long."""
    for _ in range(EMPTYING_TRIES_MAX):
        try:
            ((busy, _log, _done),) = ring.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except Busy:
            continue
        if not busy:
            return
