"""Pieces of copies, each kept once, many in a file. A file of pieces ends with its table and is never changed."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from kaiteki.main.copies.chest import Chest, Damaged
from kaiteki.main.copies.disk import beside, settle, settle_folder

PACK_SIZE_MAX_BYTES: Final = 32 << 20
TABLE_SIZE_MAX_BYTES: Final = 64 << 20
_TRAILER: Final = struct.Struct(">Q")


class Row(msgspec.Struct, frozen=True, array_like=True):
    """Where a piece stands in its file."""

    name: bytes
    offset: int
    length: int


_ROWS: Final = msgspec.msgpack.Decoder(list[Row])


class Pack:
    """A file of pieces that is being written; it gets its name when all of it is on disk."""

    def __init__(self, folder: Path, chest: Chest) -> None:
        self.path = folder / secrets.token_hex(16)
        self.rows: dict[bytes, Row] = {}
        self.size = 0
        self._chest = chest
        self._unfinished = beside(self.path)
        self._file: BinaryIO = self._unfinished.open("xb")

    def add(self, name: bytes, sealed: bytes) -> None:
        """Append a sealed piece."""
        self._file.write(sealed)
        self.rows[name] = Row(name, self.size, len(sealed))
        self.size += len(sealed)

    def finish(self) -> None:
        """Write the table, and let the file be seen."""
        table = self._chest.seal(msgspec.msgpack.encode(list(self.rows.values())), _place(self.path))
        with self._file as file:
            file.write(table + _TRAILER.pack(len(table)))
            file.flush()
            settle(file.fileno())
        self._unfinished.replace(self.path)
        settle_folder(self.path.parent)

    def abandon(self) -> None:
        """Let go of what was written."""
        self._unfinished.unlink(missing_ok=True)
        self._file.close()


class Shelf:
    """All pieces of a repository; one command at a time adds to a shelf of its own."""

    def __init__(self, folder: Path, chest: Chest) -> None:
        """Reads the tables of all files; `unreadable` are the names of those that cannot be read, whose pieces count as lost."""
        self.folder = folder
        self.chest = chest
        self.unreadable: list[str] = []
        self.packs: dict[Path, list[Row]] = {}
        self.written_bytes = 0
        self._where: dict[bytes, tuple[Path, Row]] = {}
        self._pack: Pack | None = None
        for path in sorted(one for one in folder.iterdir() if not one.suffix):
            try:
                self._know(path, read_table(path, chest))
            except Damaged:
                self.unreadable.append(path.name)

    def _know(self, path: Path, rows: list[Row]) -> None:
        self.packs[path] = rows
        self._where.update({row.name: (path, row) for row in rows})

    def has(self, name: bytes) -> bool:
        """Whether a piece is kept, or will be at the next `flush`."""
        return name in self._where or (self._pack is not None and name in self._pack.rows)

    def put(self, content: bytes) -> bytes:
        """Keep a piece; its name. It is on disk after `flush`."""
        name = self.chest.name(content)
        if not self.has(name):
            self._append(name, self.chest.seal(content, name))
        return name

    def take(self, path: Path, row: Row) -> None:
        """Keep a piece of one of the files a second time, as it stands there."""
        self._append(row.name, _sealed(path, row))

    def _append(self, name: bytes, sealed: bytes) -> None:
        pack = self._pack or Pack(self.folder, self.chest)
        self._pack = pack
        pack.add(name, sealed)
        self.written_bytes += len(sealed)
        if pack.size >= PACK_SIZE_MAX_BYTES:
            self.flush()

    def flush(self) -> None:
        """Put what was added on disk."""
        if self._pack is not None:
            self._pack.finish()
            self._know(self._pack.path, list(self._pack.rows.values()))
            self._pack = None

    def abandon(self) -> None:
        """Let go of what was added since the last `flush`."""
        if self._pack is not None:
            self._pack.abandon()
            self._pack = None

    def get(self, name: bytes) -> bytes:
        """A piece that is on disk; raises Damaged with words that name it."""
        found = self._where.get(name)
        if found is None:
            raise Damaged(f"piece {name.hex()[:16]} is missing")
        return self.read(*found)

    def read(self, path: Path, row: Row) -> bytes:
        """The piece that stands there; raises Damaged with words that name it."""
        try:
            return self.chest.open(_sealed(path, row), row.name)
        except Damaged as wrong:
            raise Damaged(f"piece {row.name.hex()[:16]} in packs/{path.name} is damaged: {wrong}") from wrong

    def everything(self) -> Iterator[tuple[Path, Row]]:
        """All pieces, file by file, those that are kept twice twice."""
        for path, rows in self.packs.items():
            yield from ((path, row) for row in rows)


def read_table(path: Path, chest: Chest) -> list[Row]:
    """The table of a file of pieces; raises Damaged."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        if end < _TRAILER.size:
            raise Damaged("it is too short")
        file.seek(end - _TRAILER.size)
        (length,) = _TRAILER.unpack(file.read(_TRAILER.size))
        if length > min(TABLE_SIZE_MAX_BYTES, end - _TRAILER.size):
            raise Damaged("its table is too long")
        file.seek(end - _TRAILER.size - length)
        return _ROWS.decode(chest.open(file.read(length), _place(path)))


def _place(path: Path) -> bytes:
    return b"table of " + path.name.encode()


def _sealed(path: Path, row: Row) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(row.offset)
            return file.read(row.length)
    except FileNotFoundError as gone:
        raise Damaged("the file is gone") from gone
