"""A copy holds everything that a data folder held, and is whole or not there."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
from pathlib import Path

import pytest

from kaiteki.main.clock import SystemClock
from kaiteki.main.stores import open_store
from kaiteki.stores.sqlite import FILE_NAME
from node_under_test import KAITEKI, NodeUnderTest, start_node, stop_node

ENTITIES = "/ngsi-ld/v1/entities"
TABLES = ("entity", "history", "log", "value", "cell", "receipt", "cursor", "account", "context")


def kaiteki(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run([*KAITEKI, *words], capture_output=True, text=True, check=False, timeout=60)


def rows_of(folder: Path) -> dict[str, list[object]]:
    """Every row of what a node keeps."""
    connection = sqlite3.connect(f"file:{folder / FILE_NAME}?mode=ro", uri=True)
    try:
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}
    finally:
        connection.close()


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a folder but the database and what SQLite lays beside it."""
    found = (file for file in folder.rglob("*") if file.is_file() and not file.name.startswith(FILE_NAME))
    return {str(file.relative_to(folder)): file.read_bytes() for file in found}


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """The folder of a node that has stopped: entities with a past, one that is gone, an account, kept and received files."""
    node = start_node(tmp_path / "town", areas=("demo",))
    try:
        token = node.command("user", "add", "sensor", "--machine", "--role", "staff").stdout.strip()
        bearer = {"authorization": f"Bearer {token}"}
        for n in range(3):
            lamp = {"id": f"urn:ngsi-ld:Lamp:{n}", "type": "Lamp", "watts": n}
            assert node.ask("POST", ENTITIES, lamp, bearer).status == 201
        change = {**bearer, "content-type": "application/merge-patch+json"}
        assert node.ask("PATCH", f"{ENTITIES}/urn:ngsi-ld:Lamp:1", {"watts": 9}, change).status == 204
        assert node.ask("DELETE", f"{ENTITIES}/urn:ngsi-ld:Lamp:2", headers=bearer).status == 204
    finally:
        stop_node(node)
    asyncio.run(put_files(node))
    return node.data


async def put_files(node: NodeUnderTest) -> None:
    """A kept picture, and a photo that was taken in and is not yet developed."""
    store = await open_store(node.data, SystemClock())
    await store.files.put("demo", b"a picture")
    await store.received.put("demo", b"a photo")
    await store.entities.close()


def test_what_was_restored_is_what_was_copied(town: Path, tmp_path: Path) -> None:
    copy, again = tmp_path / "copy", tmp_path / "again"
    (unfinished := tmp_path / "copy.part").mkdir()
    (unfinished / "left").write_text("by a copy that was killed")
    assert kaiteki("backup", str(copy), "--data", str(town)).returncode == 0
    assert kaiteki("restore", str(copy), "--data", str(again)).returncode == 0
    assert rows_of(again) == rows_of(town)
    assert files_of(again) == files_of(town)
    assert {b"a photo", b"a picture"} <= set(files_of(again).values())
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_dir()) == ["again", "copy", "town"]
    assert kaiteki("doctor", "--data", str(again)).returncode == 0


def test_what_is_no_whole_copy_is_not_restored(town: Path, tmp_path: Path) -> None:
    copy, empty, again = tmp_path / "copy", tmp_path / "empty", tmp_path / "again"
    assert kaiteki("backup", str(copy), "--data", str(town)).returncode == 0
    empty.mkdir()

    def refused(source: Path, data: Path) -> str:
        said = kaiteki("restore", str(source), "--data", str(data))
        assert (said.returncode, "Traceback" in said.stderr) == (1, False), said
        return " ".join(said.stderr.split())

    assert "is there already" in refused(copy, town)
    assert "no copy that backup made" in refused(empty, again)
    unfinished = copy.rename(tmp_path / "copy.part")
    assert "no copy that backup made" in refused(unfinished, again)
    unfinished.rename(copy)
    database = copy / FILE_NAME
    content = database.read_bytes()
    database.write_bytes(content[: len(content) // 2])
    assert "damaged" in refused(copy, again)
    assert not again.exists()
