"""Towns that copies are taken of, and what is looked at in them."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

from typer.testing import CliRunner

from kaiteki.main.cli import app
from kaiteki.main.clock import SystemClock
from kaiteki.main.copies.lock import Cost
from kaiteki.main.copies.repository import Repository, open_repository
from kaiteki.main.stores import open_store
from kaiteki.main.trust_notes import COPIED_NAME
from kaiteki.model.instant import format_instant
from kaiteki.stores.sqlite import FILE_NAME

ENTITIES = "/ngsi-ld/v1/entities"
TABLES = ("entity", "history", "log", "value", "cell", "receipt", "cursor", "account", "context")
PASSPHRASE = "a passphrase for the tests"
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
"""Tests guess right, and often."""


async def put_files(data: Path) -> None:
    """A kept picture, and a photo that was taken in and is not yet developed."""
    store = await open_store(data, SystemClock())
    await store.files.put("demo", b"a picture")
    await store.received.put("demo", b"a photo")
    await store.entities.close()


def kaiteki(*words: str, code: int = 0, given: str = "") -> str:
    """Run a command in this process to its end; what it said."""
    done = CliRunner().invoke(app, [*words], input=given)
    assert done.exit_code == code, (words, done.output, done.exception)
    return " ".join(done.output.split())


def keep(data: Path, content: bytes) -> Path:
    """Lay a file where a node keeps those that are named by their content."""
    name = hashlib.sha256(content).hexdigest()
    file = data / "files" / "demo" / name[:2] / name[2:]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def rows_of(folder: Path) -> dict[str, list[object]]:
    """Every row of what a node keeps."""
    connection = sqlite3.connect(f"file:{folder / FILE_NAME}?mode=ro", uri=True)
    try:
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}
    finally:
        connection.close()


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a folder but the database, what SQLite lays beside it, and the mark of the last copy."""
    left_out = (FILE_NAME, COPIED_NAME)
    found = (file for file in folder.rglob("*") if file.is_file() and not file.name.startswith(left_out))
    return {str(file.relative_to(folder)): file.read_bytes() for file in found}


def export_of(data: Path, target: Path) -> bytes:
    """Everything of the area as the export tells it."""
    kaiteki("export", str(target), "--city", "demo", "--data", str(data))
    return target.read_bytes()


def watts_of(data: Path, target: Path) -> int:
    """The watts of the lamp that is written."""
    lines = export_of(data, target).splitlines()
    return next(
        int(one["watts"]["value"]) for line in lines if (one := json.loads(line))["id"].endswith("Lamp:1")
    )


def opened(folder: Path) -> Repository:
    """A repository of these tests."""
    return open_repository(folder, PASSPHRASE.encode())


def moment_of(folder: Path, number: int) -> str:
    """The time of a copy, as --at takes it."""
    return format_instant(opened(folder).copies()[0][number][1].at)


def packs_of(folder: Path) -> list[Path]:
    """The files of pieces."""
    return sorted((folder / "packs").iterdir())


def everything_in(folder: Path) -> list[bytes]:
    """The bytes of all files of a repository, and of all its opened pieces."""
    shelf = opened(folder).shelf()
    return [file.read_bytes() for file in folder.rglob("*") if file.is_file()] + [
        shelf.read(path, row) for path, row in shelf.everything()
    ]
