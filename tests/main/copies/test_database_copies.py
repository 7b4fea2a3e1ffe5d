"""Copies of a city in PostgreSQL: taken while its nodes go on, whole at any moment, brought back into an empty database."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

import pytest
from copied_towns import ENTITIES, export_of, files_of, kaiteki, opened, packs_of, watts_of

from kaiteki.main.clock import SystemClock
from kaiteki.main.copies.marks import lay_marks
from kaiteki.main.copies.taking import COPIES_NAME
from kaiteki.model.instant import format_instant
from kaiteki.ports.keys import Tombstone
from kaiteki.stores.postgres.copying import alone_in
from node_under_test import KAITEKI, NodeUnderTest, start_node, stop_node
from postgres_server import PostgresServer, running_server
from waiting import LONG_S

LAMPS = 400
TRIES_MAX = 20
PATCH = {"content-type": "application/merge-patch+json"}


@pytest.fixture(scope="module")
def server() -> PostgresServer:
    """A server with a database that is empty but for what its administrator puts into it."""
    running = running_server()
    if running.ask("SELECT count(*) FROM pg_database WHERE datname='furnished'") == "0":
        running.ask("CREATE DATABASE furnished")
        for extension in ("postgis", "btree_gist"):
            running.ask(f"CREATE EXTENSION {extension}", "furnished")
    return running


def new_database(server: PostgresServer, name: str) -> str:
    """An empty database; its address."""
    server.ask(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    server.ask(f"CREATE DATABASE {name} TEMPLATE furnished")
    return server.url(name)


@pytest.fixture(scope="module")
def city(server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeUnderTest]:
    """A node on a database: entities with a past, one that is gone, measurements, an account, files."""
    url = new_database(server, "copied")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAITEKI_STORE", url)
        node = start_node(tmp_path_factory.mktemp("city") / "town", "--open", areas=("demo",))
        try:
            lamps = [
                {"id": f"urn:ngsi-ld:Lamp:{n}", "type": "Lamp", "watts": n, "words": "あ" * n}
                for n in range(LAMPS)
            ]
            said = node.ask("POST", "/ngsi-ld/v1/entityOperations/create", lamps)
            assert said.status == 201, said
            assert node.ask("DELETE", f"{ENTITIES}/urn:ngsi-ld:Lamp:2").status == 204
            assert node.command("user", "add", "sensor", "--machine").returncode == 0
            server.ask(
                "INSERT INTO kaiteki.file VALUES('files', 'demo', 'a', 'a picture'), ('received', 'demo', 'b', 'a photo')",
                "copied",
            )
            yield node
        finally:
            stop_node(node)


class Place(NamedTuple):
    """What a test works with: the city, on whose database the commands work, a server, a repository, its key, a folder."""

    city: NodeUnderTest
    server: PostgresServer
    copies: Path
    key: str
    folder: Path


@pytest.fixture
def place(
    city: NodeUnderTest, server: PostgresServer, copies: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> Place:
    """The commands of a test work on the database of the city, and have a scratch one."""
    monkeypatch.setenv("KAITEKI_STORE", server.url("copied"))
    monkeypatch.setenv("KAITEKI_SCRATCH_STORE", new_database(server, "scratch"))
    return Place(city, server, copies, key, copies.parent)


def rows_of(server: PostgresServer, database: str) -> set[str]:
    """Every row of what nodes keep in a database and of their ring of keys, each with its table."""
    each = server.ask(
        "SELECT string_agg(format('SELECT %L, t::text FROM %s t', c.oid::regclass, c.oid::regclass), ' UNION ALL ') FROM pg_class c"
        " JOIN pg_namespace n ON n.oid=c.relnamespace WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND nspname IN ('kaiteki', 'kaiteki_keys')",
        database,
    )
    return set(server.ask(each, database).splitlines()) if each else set()


def at_rest(server: PostgresServer, do: Callable[[], object]) -> set[str]:
    """Do something while the node, whose jobs write now and then, writes nothing; the rows."""
    for _ in range(TRIES_MAX):
        before = rows_of(server, "copied")
        do()
        if rows_of(server, "copied") == before:
            return before
    raise AssertionError("the node writes without rest")


def backup(copies: Path, key: str, data: Path, code: int = 0) -> str:
    """Take a copy."""
    return kaiteki("backup", str(copies), "--key-file", key, "--data", str(data), code=code)


def restored(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch, words: tuple[Path, str, Path], at: str = ""
) -> str:
    """Bring a copy back into a new database, on which the commands work from then on; what was said."""
    copies, key, data = words
    monkeypatch.setenv("KAITEKI_STORE", new_database(server, "again"))
    moment = ("--at", at) if at else ()
    return kaiteki("restore", str(copies), "--key-file", key, "--data", str(data), *moment)


def test_a_restored_database_is_what_was_copied(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    city, server, copies, key, tmp_path = place
    assert "files" in backup(copies, key, city.data)
    told: list[bytes] = []

    def copy_twice() -> None:
        for _ in range(2):
            backup(copies, key, city.data)
        told.append(export_of(city.data, tmp_path / "told"))

    rows = at_rest(server, copy_twice)
    first, second = (copy for _, copy in opened(copies).copies()[0][-2:])
    assert first.source == "database" and first.node.startswith("kaiteki-")
    assert second.root == first.root and not second.added_bytes, "what did not change is not kept twice"
    ring = kaiteki("backup", "keys", str(copies), "--key-file", key, "--data", str(city.data))
    assert "was the newest one already" in ring
    assert "copies are whole" in kaiteki("backup", "verify", str(copies), "--key-file", key)
    assert rows_of(server, "scratch") == set(), "nothing stays in the scratch database"
    said = restored(server, monkeypatch, (copies, key, tmp_path / "again"))
    assert f"the database, and {tmp_path / 'again'}," in said
    assert export_of(city.data, tmp_path / "told") == told[-1]
    assert rows_of(server, "again") == rows
    assert {"secret.key"} <= files_of(tmp_path / "again").keys() < files_of(city.data).keys()
    kaiteki("doctor", "--data", str(city.data))
    again = kaiteki("restore", str(copies), "--key-file", key, "--data", str(tmp_path / "x"), code=1)
    assert "holds a city already" in again
    node = start_node(tmp_path / "node", "--open", areas=("demo",))
    try:
        new = {"id": "urn:ngsi-ld:Sign:1", "type": "Sign", "letters": 5}
        assert node.ask("POST", ENTITIES, new).status == 201
        change = node.ask("PATCH", f"{ENTITIES}/urn:ngsi-ld:Lamp:1", {"height": 4}, PATCH)
        assert change.status == 204, change
    finally:
        stop_node(node)


def test_each_moment_comes_back(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under writes without rest each copy holds what was answered before it, agrees with itself, and comes back by its time."""
    city, server, copies, key, tmp_path = place
    begun, done = Event(), Event()
    answered: list[tuple[int, int]] = []

    def write() -> None:
        for n in count(1):
            said = city.ask("PATCH", f"{ENTITIES}/urn:ngsi-ld:Lamp:1", {"watts": n}, PATCH)
            assert said.status == 204
            answered.append((SystemClock().now(), n))
            begun.set()
            if done.is_set():
                return

    writer = Thread(target=write)
    writer.start()
    try:
        assert begun.wait(LONG_S)
        for _ in range(2):
            backup(copies, key, city.data)
    finally:
        done.set()
        writer.join()
    for _, copy in opened(copies).copies()[0]:
        restored(server, monkeypatch, (copies, key, city.data), format_instant(copy.at))
        held = watts_of(city.data, tmp_path / "told")
        assert max(n for when, n in answered if when < copy.at) <= held <= answered[-1][1]
        kaiteki("doctor", "--data", str(city.data))
    sizes = [copy.added_bytes for _, copy in opened(copies).copies()[0]]
    assert sizes[1] < sizes[0]


def test_who_is_killed_leaves_everything_whole(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy in the middle, then a restore in the middle: the copies from before are whole, the database can be filled."""
    city, server, copies, key, tmp_path = place
    backup(copies, key, city.data)
    server.ask(
        "INSERT INTO kaiteki.file SELECT 'files', 'demo', 'long'||n, string_agg(sha256(convert_to(n||'-'||m, 'UTF8')), '')"
        " FROM generate_series(1, 60) n, generate_series(1, 8000) m GROUP BY n",
        "copied",
    )
    options = ("--key-file", key, "--data", str(city.data))
    with subprocess.Popen([*KAITEKI, "backup", str(copies), *options], stdout=subprocess.DEVNULL) as taking:
        while not any(one.suffix and one.stat().st_size for one in packs_of(copies)):
            with pytest.raises(subprocess.TimeoutExpired):
                taking.wait(0.01)
        taking.kill()
    assert taking.returncode == -9 and len(opened(copies).copies()[0]) == 1
    rows = at_rest(server, lambda: backup(copies, key, city.data))
    assert "copies are whole" in kaiteki("backup", "verify", str(copies), "--key-file", key)
    monkeypatch.setenv("KAITEKI_STORE", new_database(server, "again"))
    words = [*KAITEKI, "restore", str(copies), "--key-file", key, "--data", str(tmp_path / "again")]
    begun = "SELECT count(*)>0 OR to_regclass('kaiteki.unfinished') IS NOT NULL FROM pg_stat_progress_copy"
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as restoring:
        while server.ask(begun, "again") == "f":
            with pytest.raises(subprocess.TimeoutExpired):
                restoring.wait(0.01)
        restoring.kill()
    assert restoring.returncode == -9
    others = "SELECT count(*)>0 FROM pg_stat_activity WHERE datname='again' AND pid<>pg_backend_pid()"
    # the database hears of the end of a client that was killed when it next writes to it
    until = time.monotonic() + LONG_S
    while server.ask(others, "again") == "t":
        assert time.monotonic() < until
    kaiteki(*words[len(KAITEKI) :])
    assert rows_of(server, "again") == rows
    server.ask("DELETE FROM kaiteki.file WHERE digest LIKE 'long%'", "copied")


def test_nobody_works_on_half_a_city(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a restore left that was stopped before who was erased was erased again is refused, and goes when it is run again."""
    city, server, copies, key, tmp_path = place
    rows = at_rest(server, lambda: backup(copies, key, city.data))
    restored(server, monkeypatch, (copies, key, city.data))
    server.ask("CREATE TABLE kaiteki.unfinished()", "again")
    for words in (("doctor",), ("user", "list"), ("backup", str(copies), "--key-file", key)):
        assert "brought back into" in kaiteki(
            *words, "--data", str(city.data), code=2 if words[0] == "user" else 1
        )
    kaiteki("restore", str(copies), "--key-file", key, "--data", str(tmp_path / "again"))
    kaiteki("doctor", "--data", str(city.data))
    assert rows_of(server, "again") == rows


def test_one_changed_byte_is_found_and_nothing_is_brought_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    city, server, copies, key, tmp_path = place
    backup(copies, key, city.data)
    pack = packs_of(copies)[0]
    content = bytearray(pack.read_bytes())
    content[len(content) // 3] ^= 1
    pack.write_bytes(content)
    assert "damaged" in kaiteki("backup", "verify", str(copies), "--key-file", key, code=1)
    monkeypatch.setenv("KAITEKI_STORE", new_database(server, "again"))
    words = ("restore", str(copies), "--key-file", key, "--data", str(tmp_path / "again"))
    assert "damaged" in kaiteki(*words, code=1)
    assert rows_of(server, "again") == set() and not (tmp_path / "again").exists()


def test_copies_of_folders_and_of_databases_are_told_apart(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    city, _, copies, key, tmp_path = place
    backup(copies, key, city.data)
    assert str(copies) in (city.data / COPIES_NAME).read_text()
    monkeypatch.delenv("KAITEKI_SCRATCH_STORE")
    assert "--scratch" in kaiteki("backup", "verify", str(copies), "--key-file", key, code=1)
    monkeypatch.delenv("KAITEKI_STORE")
    words = ("restore", str(copies), "--key-file", key, "--data", str(tmp_path / "again"))
    assert "KAITEKI_STORE" in kaiteki(*words, code=1)
    assert not (tmp_path / "again").exists()


def test_a_disk_that_takes_no_more_is_not_the_fault_of_the_database(place: Place) -> None:
    """The repository is as it was; the database goes on."""
    city, _, copies, key, _ = place

    def few_bytes() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000))

    words = (*KAITEKI, "backup", str(copies), "--key-file", key, "--data", str(city.data))
    said = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=LONG_S, preexec_fn=few_bytes
    )
    assert said.returncode == 1 and "What was there before is whole" in " ".join(said.stderr.split()), said
    assert packs_of(copies) == [] and opened(copies).copies() == ([], [])
    backup(copies, key, city.data)


def test_of_two_who_bring_copies_back_one_is_refused(place: Place) -> None:
    city, server, copies, key, _ = place
    backup(copies, key, city.data)

    async def verify() -> str:
        words = (*KAITEKI, "backup", "verify", str(copies), "--key-file", key)
        async with alone_in(server.url("scratch")):
            process = await asyncio.create_subprocess_exec(*words, stderr=asyncio.subprocess.PIPE)
            _, said = await asyncio.wait_for(process.communicate(), LONG_S)
        return f"{process.returncode}: {said.decode()}"

    assert "another command" in " ".join(asyncio.run(verify()).split())
    assert rows_of(server, "scratch") == set()


def test_who_was_marked_as_erased_is_erased_in_what_comes_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a mark, which the ring beside the copies knows nothing of; the ring of what was brought back knows it from then on."""
    city, server, copies, key, tmp_path = place
    assert city.command("user", "add", "marten", "--machine").returncode == 0
    backup(copies, key, city.data)
    last = "SELECT who FROM kaiteki_keys.tombstone ORDER BY number DESC LIMIT 1"
    everybody = "SELECT string_agg(id, ' ') FROM kaiteki.account"
    who = server.ask("SELECT max(id) FROM kaiteki.account", "copied")
    repository = opened(copies)
    lay_marks(copies, repository.marking, [Tombstone(SystemClock().now(), "holder", "本人の請求", 1, who)])
    said = restored(server, monkeypatch, (copies, key, tmp_path / "again"))
    assert "erasures marked by the node: 1" in said and "IS IN IT AGAIN" in said
    assert who in server.ask(everybody, "copied") and who not in server.ask(everybody, "again")
    assert server.ask(last, "again") == who
    monkeypatch.setenv("KAITEKI_STORE", new_database(server, "again"))
    words = ("restore", str(copies), "--key-file", key, "--data", str(tmp_path / "x"))
    assert "IS IN IT AGAIN" not in kaiteki(*words, "--town", server.url("copied"))
