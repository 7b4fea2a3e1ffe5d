"""A zip that is written while it is read: tables as JSON and CSV, files, texts; no more of it is in memory than a page of rows."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.model.words import Words

PIECE_BYTES: Final = 64 * 1024
"""What is handed on at once."""
Row: TypeAlias = Mapping[str, Any]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST: Final = datetime(1980, 1, 1, tzinfo=UTC)


class Sheet(msgspec.Struct, frozen=True):
    """A table: its place in the archive (without ending), what people call it, its columns by name, its rows page by page."""

    name: str
    words: Words
    columns: Mapping[str, Words]
    pages: AsyncGenerator[Sequence[Row], None]


class _Sink(io.RawIOBase):
    """Takes what the archive writes and hands it on; it cannot be read or wound back."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: Any, /) -> int:
        self._held += content
        return len(content)

    def taken(self, least: int = 1) -> bytes:
        """What was written since the last time, where it is at least so much."""
        if len(self._held) < least:
            return b""
        piece, self._held = bytes(self._held), bytearray()
        return piece


class Archive:
    """A zip under way. Each method yields what can be handed on already."""

    def __init__(self, now: Instant, language: str) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED)
        self._moment = max(_EPOCH + timedelta(microseconds=now), _EARLIEST).timetuple()[:6]
        self._language = language

    async def sheet(self, sheet: Sheet) -> AsyncGenerator[bytes, None]:
        """Write a table twice, as JSON and as CSV (what is said in columns in the language of the reader)."""
        table = _Table(sheet, self._language)
        with self._open(f"{sheet.name}.json") as file:
            file.write(b"[")
            first = True
            async for page in sheet.pages:
                for row in page:
                    file.write(b"\n " if first else b",\n ")
                    file.write(msgspec.json.encode(row))
                    table.add(row)
                    first = False
                if piece := self._sink.taken(PIECE_BYTES):
                    yield piece
            file.write(b"\n]\n")
        with self._open(f"{sheet.name}.csv") as file:
            for part in table.parts():
                file.write(part)
                if piece := self._sink.taken(PIECE_BYTES):
                    yield piece

    def put(self, name: str, content: bytes) -> bytes:
        """Write a whole file; what can be handed on."""
        with self._open(name) as file:
            file.write(content)
        return self._sink.taken()

    def close(self) -> bytes:
        """The end of the archive."""
        self._zip.close()
        return self._sink.taken()

    def _open(self, name: str) -> Any:
        entry = zipfile.ZipInfo(name, self._moment)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        return self._zip.open(entry, "w")


class _Table:
    """The CSV of a sheet, packed until its turn comes. In UTF-8 with a mark, so that spreadsheets open it; no cell runs as a formula."""

    def __init__(self, sheet: Sheet, language: str) -> None:
        self._names = tuple(sheet.columns)
        self._packer = zlib.compressobj(level=6)
        self._packed = [self._packer.compress("\ufeff".encode())]
        self._line([words.say(language) for words in sheet.columns.values()])

    def add(self, row: Row) -> None:
        """One more row."""
        self._line([_cell(row.get(name)) for name in self._names])

    def parts(self) -> Iterator[bytes]:
        """The table, unpacked piece by piece."""
        self._packed.append(self._packer.flush())
        unpacker, rest = zlib.decompressobj(), b"".join(self._packed)
        while rest:
            yield unpacker.decompress(rest, PIECE_BYTES)
            rest = unpacker.unconsumed_tail
        yield unpacker.flush()

    def _line(self, cells: Sequence[str]) -> None:
        out = io.StringIO()
        SheetWriter(out).writerow(cells)
        self._packed.append(self._packer.compress(out.getvalue().encode()))


def _cell(value: Any) -> str:
    """A value in one cell: texts as they are, what has parts as JSON, nothing as an empty cell."""
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
