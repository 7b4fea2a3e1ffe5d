"""Looking for strings in everything that lies in a folder, however it is written: plain, as UTF-16, in base64, as digits, packed."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from planting import Planted

from kaiteki.main.copies.repository import Repository
from kaiteki.stores.sqlite.driver import connect

SQLITE_BEGINS: Final = b"SQLite format 3\0"
PACKED: Final = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
UNPACKED_MAX_BYTES: Final = 1 << 22


def forms(word: str) -> tuple[bytes, ...]:
    """How a word may be written; of base64 what is the same wherever the word begins in three bytes."""
    plain = word.encode()
    in_base64 = [base64.b64encode(b" " * shift + plain)[-(-shift * 4 // 3) : -4] for shift in range(3)]
    return (
        plain,
        word.encode("utf-16-le"),
        word.encode("utf-16-be"),
        plain.hex().encode(),
        plain.hex().upper().encode(),
        "".join(f"%{one:02X}" for one in plain).encode(),
        *in_base64,
        *(one.translate(bytes.maketrans(b"+/", b"-_")) for one in in_base64),
    )


def _unpacked(content: bytes, wbits: int) -> bytes:
    """What is packed from there on, as far as it can be read."""
    try:
        return zlib.decompressobj(wbits).decompress(content, UNPACKED_MAX_BYTES)
    except zlib.error:
        return b""


def layers(content: bytes, cell: bool = False) -> Iterator[bytes]:
    """A content, and what is packed in it: whole, with a header at any place, and of a single cell also without a header."""
    yield content
    for found in PACKED.finditer(content):
        yield _unpacked(content[found.start() :], 47)
    if cell:
        yield _unpacked(content, -15)


def cells_of(file: Path) -> Iterator[bytes]:
    """Every text and blob of a database."""
    with closing(connect(file)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type='table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        )
        for (table,) in tables.fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                yield from (
                    one.encode() if isinstance(one, str) else one
                    for one in row
                    if isinstance(one, str | bytes)
                )


def contents_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """All files of a folder with all that can be unpacked of them, and of a database each cell; with their names, where names say something too."""
    for file in sorted(folder.rglob("*")):
        name = str(file.relative_to(folder))
        yield name, name.encode()
        content = file.read_bytes() if file.is_file() else b""
        yield from ((name, layer) for layer in layers(content))
        if content.startswith(SQLITE_BEGINS):
            yield from (
                (f"{name}: a cell", layer) for cell in cells_of(file) for layer in layers(cell, cell=True)
            )


def pieces_of(repository: Repository) -> Iterator[tuple[str, bytes]]:
    """All pieces of a repository of copies, opened with its passphrase, whether a copy needs them or not."""
    shelf = repository.shelf()
    for path, row in shelf.everything():
        yield from ((f"a piece in {path.name}", layer) for layer in layers(shelf.read(path, row)))
    yield "the ring of keys", repository.ring() or b""


def sought(plant: Planted, contents: Iterable[tuple[str, bytes]]) -> dict[str, set[str]]:
    """Which of the planted strings stand where; they all begin alike, and only where that beginning stands the rest is looked at."""
    stems, found = forms(plant.whose), dict[str, set[str]]()
    known = {word: forms(word) for word in plant.words}
    for place, content in contents:
        if any(stem in content for stem in stems):
            for word, written in known.items():
                if any(form in content for form in written):
                    found.setdefault(word, set()).add(place)
    return found
