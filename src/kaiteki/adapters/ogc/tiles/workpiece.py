"""A file of tiles while it is being made: what is done stays beside it, so that a run that was ended in any way is gone on with.

```
OUT.pmtiles.part      the tiles, packed, one behind the other          ─┐  every COMMIT_TILES: tiles to the disk, then their rows
OUT.pmtiles.journal   a mark of the data, then a row for each tile     ─┴─► finish: head and tiles in OUT.pmtiles, both are removed
```

The mark is a digest of all that the tiles are made of. A run that finds another one begins anew, and so does one that finds tiles that are
not as their rows say. Only one run at a time has a file.
"""

from __future__ import annotations

import fcntl
import gzip
import os
import shutil
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, Final, Literal, TypeAlias

from kaiteki.adapters.ogc.tiles.archive import Archive, Made, digest_of_tile

COMMIT_TILES: Final = 200
"""Tiles after which what is done goes to the disk: at most so many are made again."""
_HEAD: Final = b"kaiteki tiles 1\n"
_ROW: Final = struct.Struct("<QQI16s")
_CHECK_BYTES: Final = 4
Begun: TypeAlias = Literal["new", "on", "changed", "damaged"]
"""Nothing was there, what is there is gone on with, it was made of other data, or it is not what its rows say."""


class Busy(Exception):
    """Another run is making the same file."""


class Workpiece:
    """The file `target` in the making, of data with this mark (16 bytes). Raises Busy, OSError."""

    def __init__(self, target: Path, mark: bytes) -> None:
        self._target = target
        self._part = target.with_name(f"{target.name}.part")
        self._log = target.with_name(f"{target.name}.journal")
        self._journal = self._log.open("a+b")
        try:
            fcntl.flock(self._journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            self._journal.close()
            raise Busy(str(self._log)) from held
        self._tiles: BinaryIO = self._part.open("a+b")
        self._unkept: list[Made] = []
        self.begun: Begun
        self.begun, rows = self._read(_HEAD + mark)
        if self.begun != "on":
            rows = []
            self._tiles.truncate(0)
            self._journal.truncate(0)
            self._journal.write(_HEAD + mark)
            self._journal.flush()
        self.archive = Archive(self._tiles, rows)
        self.last = rows[-1].tile if rows else -1
        """The number of the last tile that is there; -1 where none is."""

    def _read(self, head: bytes) -> tuple[Begun, list[Made]]:
        """What an earlier run left: its rows, once each tile is found as its row says."""
        self._journal.seek(0)
        told = self._journal.read()
        if not told:
            return "new", []
        if not told.startswith(head):
            return "changed", []
        size = _ROW.size + _CHECK_BYTES
        # (a row that was cut off in the middle of its writing is none)
        count = (len(told) - len(head)) // size
        rows: list[Made] = []
        end = 0
        for n in range(count):
            row = _row_of(told[len(head) + n * size :][:size])
            if row is None or row.offset > end or not (row.offset < end or self._holds(row)):
                return "damaged", []
            rows.append(row)
            end = max(end, row.offset + row.length)
        self._tiles.truncate(end)
        self._journal.truncate(len(head) + count * size)
        return "on", rows

    def _holds(self, row: Made) -> bool:
        """Whether the tile of a row is there, byte for byte."""
        self._tiles.seek(row.offset)
        try:
            return digest_of_tile(gzip.decompress(self._tiles.read(row.length))) == row.digest
        except (OSError, EOFError, zlib.error):
            return False

    def add(self, number: int, body: bytes) -> None:
        """The next tile."""
        self._unkept.append(self.archive.add(number, body))
        if len(self._unkept) >= COMMIT_TILES:
            self.commit()

    def commit(self) -> None:
        """Take what is done to the disk: first the tiles, then their rows."""
        _to_disk(self._tiles)
        self._journal.write(b"".join(_bytes_of(one) for one in self._unkept))
        _to_disk(self._journal)
        self._unkept = []

    def finish(self, head: bytes) -> None:
        """The head, then the tiles; the file has its name when it is whole."""
        self.commit()
        whole = self._target.with_name(f"{self._target.name}.whole")
        self._tiles.seek(0)
        with whole.open("wb") as file:
            file.write(head)
            shutil.copyfileobj(self._tiles, file)
            _to_disk(file)
        whole.replace(self._target)
        self.discard()

    def discard(self) -> None:
        """Leave nothing behind: the same run would end the same way."""
        self._part.unlink(missing_ok=True)
        self._log.unlink(missing_ok=True)

    def close(self) -> None:
        """Let the file go; what is not finished stays for the next run."""
        self._tiles.close()
        self._journal.close()


def _bytes_of(row: Made) -> bytes:
    told = _ROW.pack(*row)
    return told + zlib.crc32(told).to_bytes(_CHECK_BYTES, "little")


def _row_of(told: bytes) -> Made | None:
    """A row as it was written; None where it is another one now."""
    row, check = told[: _ROW.size], told[_ROW.size :]
    return Made(*_ROW.unpack(row)) if zlib.crc32(row).to_bytes(_CHECK_BYTES, "little") == check else None


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
