"""After people are erased from a city in PostgreSQL, nothing that they wrote is anywhere: not in the files of the server, not in dumps, on no face."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from erased_town import STRINGS_MIN, Town, beside, killed_erasing, node_forgets, open_town, through_faces
from planting import AREA, Browser, Planted, live, move_in, send
from seeking import contents_of, layers, pieces_of, sought
from typer.testing import CliRunner

from kaiteki.main.cli import app
from kaiteki.main.copies.repository import open_repository
from kaiteki.main.kek import new_kek, write_kek
from node_under_test import start_node, stop_node
from postgres_server import QUICK, PostgresServer, start, stop
from waiting import LONG_S

KEEPER: Final = "keeper"
"""The role of the nodes, as the guide says: it owns its databases and nothing else."""
UNSQUEEZED: Final = """
DO $$ DECLARE c record; BEGIN
FOR c IN SELECT a.attrelid::regclass AS place, a.attname FROM pg_attribute a JOIN pg_class r ON r.oid=a.attrelid
WHERE r.relnamespace='kaiteki'::regnamespace AND r.relkind IN ('r', 'p') AND a.attnum>0 AND a.attstorage IN ('x', 'm')
LOOP EXECUTE format('ALTER TABLE %s ALTER %I SET STORAGE EXTERNAL', c.place, c.attname); END LOOP; END $$
"""
"""So that whoever looks for bytes of dead rows can read them."""
OLD_LOG_GOES: Final = ("wal_recycle=off",)
BYTES: Final = re.compile(rb"\\\\x([0-9a-f]+)")
Served = tuple[PostgresServer, str]


@pytest.fixture
def served() -> Iterator[Served]:
    """A server whose files can be looked at, and the address of its database, which the guide has made."""
    running = start(Path(tempfile.mkdtemp(prefix="kaiteki-erased-")), (*QUICK, *OLD_LOG_GOES))
    running.ask(f"CREATE ROLE {KEEPER} LOGIN")
    running.ask("CREATE DATABASE furnished TEMPLATE template0")
    for extension in ("postgis", "btree_gist"):
        running.ask(f"CREATE EXTENSION {extension}", "furnished")
    try:
        yield running, new_database(running, "town")
    finally:
        stop(running)


def new_database(server: PostgresServer, name: str) -> str:
    """An empty database of the nodes, with what an administrator puts into it; its address."""
    server.ask(f"CREATE DATABASE {name} OWNER {KEEPER} TEMPLATE furnished")
    return server.url(name).replace("//kaiteki@", f"//{KEEPER}@")


def run(server: PostgresServer, program: str, *words: str) -> bytes:
    """What a program of PostgreSQL said."""
    return subprocess.run(
        [server.bin / program, *words], check=True, timeout=LONG_S, capture_output=True
    ).stdout


def dumps_of(server: PostgresServer, url: str) -> Iterator[tuple[str, bytes]]:
    """All that is in a database, as a plain dump and a packed one, and each of its values with what is packed in it."""
    packed = run(server, "pg_dump", "--format=custom", url)
    yield from (("packed dump", layer) for layer in layers(packed))
    plain = run(server, "pg_dump", "--format=plain", url)
    yield "plain dump", plain
    for found in BYTES.finditer(plain):
        yield from (("a value", layer) for layer in layers(bytes.fromhex(found[1].decode()), cell=True))


def left_in(server: PostgresServer, database: str, own: Planted, others: Planted) -> set[str]:
    """See that a database holds nothing of who was erased; what it holds of others."""
    dumps = list(dumps_of(server, server.url(database)))
    assert sought(own, dumps) == {}
    return set(sought(others, dumps))


def files_of(server: PostgresServer) -> Iterator[tuple[str, bytes]]:
    """The files of a server: tables, indexes, statistics, write-ahead log."""
    for file in sorted((server.folder / "data").rglob("*")):
        if file.is_file():
            yield str(file.relative_to(server.folder)), file.read_bytes()


def clear(server: PostgresServer, data: Path, database: str, *words: str) -> None:
    """What the operator runs after an erasure, and the administrator whom the command sends for."""
    said = beside(data, "erase", "--vacuum", *words).splitlines()
    told = [line.removesuffix(";") for line in said if line.endswith(";")]
    assert told[-2:] == ["SELECT pg_switch_wal()", "CHECKPOINT"], said
    for statement in told:
        server.ask(statement, database)


def take_copy(data: Path) -> None:
    """Add a copy to the repository beside the data."""
    beside(data, "backup", str(data.parent / "copies"), "--key-file", str(data.parent / "key"))


def erase_two(server: PostgresServer, data: Path, own: Planted, others: Planted) -> tuple[Path, Town]:
    """One is erased by the operator, whose command is killed once, one by their own page; a dump from before, and the town, whose node runs."""
    town = open_town(data)
    older = data.parent / "carried" / "older.dump"
    older.parent.mkdir()
    try:
        one = live(move_in(town.node, own), town.clerk, town.robot, own)
        two = move_in(town.node, own)
        send(two.browser, own, 9)
        send(move_in(town.node, others).browser, others, 8)
        assert len(own.words) > STRINGS_MIN
        # as the server itself does it now and then, and of partitioned tables an administrator
        server.ask("ANALYZE", "town")
        run(
            server,
            "pg_dump",
            "--format=custom",
            "--schema=kaiteki",
            f"--file={older}",
            server.url("town"),
        )
        take_copy(data)
        shutil.copytree(data.parent / "copies", older.with_name("copies"))
        gone = two.browser.post(f"/{AREA}/my/erase", {"typed": "erase"})
        assert gone.status == 303
        killed_erasing(data, one.login, "3/6")
        said = beside(data, "erase", one.device, "--yes", "--key-file", str(data.parent / "key"))
        assert "was stopped before its end" in said and "1 older copies are cleansed" in said
        take_copy(data)
        node_forgets(town, own)
        assert sought(own, through_faces(town)) == {}
    except BaseException:
        stop_node(town.node)
        raise
    return older, town


def bring_back(server: PostgresServer, older: Path, name: str) -> str:
    """An older dump in a new database, joined with the newest ring of keys, as the guide says; its address."""
    url = new_database(server, name)
    keys = older.with_name("keys.dump")
    run(
        server,
        "pg_dump",
        "--format=custom",
        "--schema=kaiteki_keys",
        f"--file={keys}",
        server.url("town"),
    )
    for one in (older, keys):
        run(
            server,
            "pg_restore",
            "--no-owner",
            "--exit-on-error",
            f"--dbname={url}",
            str(one),
        )
    keys.unlink()
    return url


def restore_carried(server: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring a copy back that was carried elsewhere before the erasures; without what wraps the keys it is not done, and nobody may work on it."""
    options = (str(folder / "carried" / "copies"), "--key-file", str(folder / "key"))
    beside(folder / "town", "backup", "keys", *options)
    monkeypatch.setenv("KAITEKI_STORE", new_database(server, "first"))
    kek = os.environ["KAITEKI_KEK_FILE"]
    monkeypatch.delenv("KAITEKI_KEK_FILE")
    for words, said in (
        (("restore", *options), "KAITEKI_KEK_FILE"),
        (("doctor",), "restore` again"),
    ):
        done = CliRunner().invoke(app, [*words, "--data", str(folder / "first")])
        assert done.exit_code == 1 and said in " ".join(done.output.split()), done.output
    monkeypatch.setenv("KAITEKI_KEK_FILE", kek)
    beside(folder / "first", "restore", *options)


def test_nothing_that_a_person_said_is_left_in_the_database(
    tmp_path: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the node runs; copies of it; then an older dump is brought back, and the erasures are done again in it."""
    server, url = served
    data = tmp_path / "town"
    monkeypatch.setenv("KAITEKI_STORE", url)
    monkeypatch.setenv("KAITEKI_SCRATCH_STORE", new_database(server, "scratch"))
    write_kek(tmp_path / "kek", new_kek())
    monkeypatch.setenv("KAITEKI_KEK_FILE", str(tmp_path / "kek"))
    own, others = Planted("canarybird"), Planted("bullfinch")
    beside(data, "user", "list")
    server.ask(UNSQUEEZED, "town")
    older, town = erase_two(server, data, own, others)
    try:
        clear(server, data, "town")
        assert sought(own, through_faces(town)) == {}
    finally:
        stop_node(town.node)
    found = left_in(server, "town", own, others)
    assert {others.words[one] for one in found} == {"report", "photo"}
    opened = open_repository(tmp_path / "copies", (tmp_path / "key").read_bytes().strip())
    assert sought(own, pieces_of(opened)) == {} and len(opened.copies()[0]) == 2
    restore_carried(server, tmp_path, monkeypatch)
    assert left_in(server, "first", own, others) == found
    monkeypatch.setenv("KAITEKI_STORE", bring_back(server, older, "older"))
    assert "erasures were done once more" in beside(data, "erase", "--again")
    clear(server, data, "older")
    assert left_in(server, "older", own, others) == found
    again = start_node(tmp_path / "again", areas=(AREA,))
    try:
        clerk = Browser(again)
        clerk.sign_in("clerk")
        told = list(through_faces(Town(again, clerk, town.robot)))
        assert sought(own, told) == {} and sought(others, told) != {}
    finally:
        stop_node(again)
    shutil.rmtree(older.parent)
    assert sought(own, contents_of(tmp_path)) == {}
    assert sought(own, files_of(server)) == {}


def test_the_files_of_a_data_folder_need_no_clearing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are overwritten by the erasure itself; a database that is away is said."""
    for store, words in (("", "is for PostgreSQL"), (f"postgresql:///town?host={tmp_path}", "be cleared")):
        monkeypatch.setenv("KAITEKI_STORE", store)
        if not store:
            beside(tmp_path / "folder", "user", "list")
        done = CliRunner().invoke(app, ["erase", "--vacuum", "--data", str(tmp_path / "folder")])
        assert done.exit_code != 0 and words in " ".join(done.output.split()), done.output
