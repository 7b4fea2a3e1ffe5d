"""A PostgreSQL server of the tests' own: in a temporary folder, on a socket of its own, gone with the session.

Whoever needs it skips by name where PostgreSQL or PostGIS is missing.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kaiteki.stores.postgres.driver import connect
from kaiteki.stores.postgres.schema import make_ready
from waiting import LONG_S

PORT = 5432
"""Part of the name of the socket; nothing listens on a network."""
USER = "kaiteki"
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
SETTINGS = ("listen_addresses=", "max_connections=120", "autovacuum_naptime=10s", "log_min_messages=fatal")
EMPTY = """
DO $$ DECLARE kept text; BEGIN
FOR kept IN SELECT relname FROM pg_class WHERE relnamespace = 'kaiteki'::regnamespace AND relkind IN ('r', 'p')
AND NOT relispartition AND relname <> 'made' LOOP EXECUTE 'DELETE FROM kaiteki.' || kept; END LOOP;
IF to_regclass('kaiteki_keys.kek') IS NOT NULL THEN
DELETE FROM kaiteki_keys.key; DELETE FROM kaiteki_keys.tombstone; DELETE FROM kaiteki_keys.kek; END IF;
INSERT INTO kaiteki.head VALUES(true, 0, 0); END $$
"""
"""Few rows are deleted sooner than many tables are truncated."""


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL of Debian that has PostGIS, else that in the path, None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parents[1].name))
    for initdb in reversed(found):
        if Path(f"/usr/share/postgresql/{initdb.parents[1].name}/extension/postgis.control").is_file():
            return initdb.parent
    known = shutil.which("initdb")
    return Path(known).parent if known else None


@dataclass
class PostgresServer:
    """A running server."""

    folder: Path
    bin: Path
    process: subprocess.Popen[bytes]
    command: list[str]

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://{USER}@/{database}?host={self.folder}&port={PORT}"

    def ask(self, statement: str, database: str = "postgres") -> str:
        """Run a statement; the answer is what psql prints."""
        command = [self.bin / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.url(database), "-c", statement]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONG_S)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def start(folder: Path, settings: tuple[str, ...]) -> PostgresServer:
    """Make a cluster in a folder and start its server; as the user postgres where we are root, whom it refuses."""
    found = binaries()
    if found is None:
        pytest.skip("PostgreSQL with PostGIS is missing (Debian: postgresql, postgresql-15-postgis-3)")
    whose: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    if whose:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    subprocess.run(
        [found / "initdb", "-D", data, "-A", "trust", "-U", USER, "-E", "UTF8", "--no-locale", "--no-sync"],
        check=True,
        capture_output=True,
        timeout=LONG_S,
        cwd=folder,
        **whose,
    )
    told = [
        part
        for one in (f"unix_socket_directories={folder}", f"port={PORT}", *SETTINGS, *settings)
        for part in ("-c", one)
    ]
    command = [str(found / "postgres"), "-D", str(data), *told]
    server = PostgresServer(folder, found, _started(command, folder), command)
    _wait_for(server)
    return server


def _started(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    whose: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **whose
    )


def _wait_for(server: PostgresServer) -> None:
    ready = [server.bin / "pg_isready", "-q", "-h", server.folder, "-p", str(PORT), "-t", "1"]
    pause = threading.Event()
    for _ in range(int(LONG_S * 10)):
        if subprocess.run(ready, check=False).returncode == 0:
            return
        assert server.process.poll() is None, "the PostgreSQL server did not start"
        # as long as there is no socket, the question is answered at once
        pause.wait(0.1)
    raise AssertionError("the PostgreSQL server is not ready")


def halt(server: PostgresServer) -> None:
    """Stop a server at once, without waiting for its clients."""
    server.process.send_signal(signal.SIGINT)
    server.process.wait(timeout=LONG_S)


def resume(server: PostgresServer) -> None:
    """Start a server that was stopped."""
    server.process = _started(server.command, server.folder)
    _wait_for(server)


def stop(server: PostgresServer) -> None:
    """Stop a server; its data are not needed any more."""
    halt(server)
    shutil.rmtree(server.folder, ignore_errors=True)


_running: list[PostgresServer] = []


def running_server() -> PostgresServer:
    """The server of this session, started when it is first needed: quick, and so without durability."""
    if not _running:
        _running.append(start(Path(tempfile.mkdtemp(prefix="kaiteki-pg-")), QUICK))
        _running[0].ask("CREATE DATABASE town")
    return _running[0]


def pytest_unconfigure() -> None:
    """Stop what this session has started."""
    while _running:
        stop(_running.pop())


async def emptied(server: PostgresServer) -> str:
    """The address of a database in which nothing is kept."""
    url = server.url("town")
    connection = await connect(url)
    try:
        # one part of each table: its plans are made anew on the connections of each test
        await make_ready(connection, partitions=1)
        await connection.execute(EMPTY)
    finally:
        await connection.close()
    return url
