"""Tiles out of one file (PMTiles 3), read part by part: the base map that an operator brings along.

Source: the specification of PMTiles, version 3.4. The header has 127 bytes; directories are columns of varints, packed with gzip or
plain, the first one within the first 16 kB of the file, further ones where it points to. Whatever the file says is looked at before it
is believed: no part of it is read that is larger than stated here.
"""

from __future__ import annotations

import html
import os
import re
import struct
import threading
import weakref
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from kaiteki.model.place import Bounds
from kaiteki.model.tile_order import LEVEL_MAX, number_on_curve
from kaiteki.portal.tiles import BadTiles

HEADER_BYTES: Final = 127
DIRECTORY_BYTES_MAX: Final = 4_000_000
"""A directory or the metadata, unpacked."""
TILE_BYTES_MAX: Final = 5_000_000
DEPTH_MAX: Final = 4
"""Directories on the way to a tile."""
KEPT_MAX: Final = 64
"""Directories that stay in memory."""
CREDIT_LENGTH_MAX: Final = 200
NONE: Final = 1
GZIP: Final = 2
KINDS: Final = {1: "application/vnd.mapbox-vector-tile", 2: "image/png", 3: "image/jpeg", 4: "image/webp"}
"""Media types of tiles by their number in the header."""
_SCALE: Final = 1e7
_TAG: Final = re.compile(r"<[^>]*>")


class Header(NamedTuple):
    """What the first bytes say: places of the parts (offset, length), how tiles are packed, what they are, levels and box."""

    root: tuple[int, int]
    told: tuple[int, int]
    leaves: tuple[int, int]
    tiles: tuple[int, int]
    packed: int
    tiles_packed: int
    kind: int
    levels: tuple[int, int]
    box: Bounds


class Layer(msgspec.Struct, frozen=True):
    """A layer of shapes, as the metadata name it."""

    id: str = ""


class Metadata(msgspec.Struct, frozen=True):
    """What a file says of itself, as far as it is of use here."""

    attribution: str = ""
    vector_layers: tuple[Layer, ...] = ()


class Directory(NamedTuple):
    """Entries in the order of the curve, as columns. A run of 0 leads to a further directory."""

    numbers: Any
    runs: Any
    lengths: Any
    offsets: Any


class Archive:
    """A file of tiles that is open for reading; threads may read at once. Raises BadTiles for one that cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        try:
            self._file = os.open(path, os.O_RDONLY)
        except OSError as wrong:
            raise BadTiles(f"{path} cannot be read: {wrong.strerror}") from wrong
        weakref.finalize(self, os.close, self._file)
        kept = os.fstat(self._file)
        self.mark: Final = f"{kept.st_mtime_ns:x}-{kept.st_size:x}"
        """Another one after the file was made anew."""
        self.header: Final = _header(path, self._part(0, HEADER_BYTES))
        self.told: Final = self._metadata()
        self._kept: OrderedDict[tuple[int, int], Directory] = OrderedDict()
        self._lock = threading.Lock()
        self._directory(self.header.root)

    @property
    def media_type(self) -> str:
        """What its tiles are."""
        return KINDS[self.header.kind]

    @property
    def is_vector(self) -> bool:
        """Whether its tiles are shapes, not pictures."""
        return self.header.kind == 1

    @property
    def credit(self) -> str:
        """Who made it, as its metadata say, without markup; empty where they do not."""
        said = html.unescape(_TAG.sub("", self.told.attribution))
        return " ".join(said.split())[:CREDIT_LENGTH_MAX]

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of its layers of shapes."""
        return tuple(one.id for one in self.told.vector_layers if one.id)

    def tile(self, level: int, column: int, row: int) -> bytes | None:
        """The bytes of a tile as they are kept (`header.tiles_packed`); None where there is none. Raises BadTiles where the file is broken."""
        if not self.header.levels[0] <= level <= self.header.levels[1]:
            return None
        if not (0 <= column < 1 << level and 0 <= row < 1 << level):
            return None
        number, place = number_on_curve(level, column, row), self.header.root
        for _ in range(DEPTH_MAX):
            directory = self._directory(place)
            at = int(np.searchsorted(directory.numbers, number, side="right")) - 1
            if at < 0:
                return None
            run, length = int(directory.runs[at]), int(directory.lengths[at])
            offset = int(directory.offsets[at])
            if run:
                if number >= int(directory.numbers[at]) + run:
                    return None
                if length > TILE_BYTES_MAX or offset + length > self.header.tiles[1]:
                    raise BadTiles(f"{self.path}: a tile lies beyond its place")
                return self._part(self.header.tiles[0] + offset, length)
            place = self.header.leaves[0] + offset, length
        raise BadTiles(f"{self.path}: directories lead to no tile")

    def unpacked(self, body: bytes) -> bytes:
        """The bytes of a tile for who does not unpack them."""
        return _unpack(body, TILE_BYTES_MAX) if self.header.tiles_packed == GZIP else body

    def _part(self, offset: int, length: int) -> bytes:
        body = os.pread(self._file, length, offset)
        if len(body) != length:
            raise BadTiles(f"{self.path} ends too early")
        return body

    def _metadata(self) -> Metadata:
        offset, length = self.header.told
        try:
            return msgspec.json.decode(self._opened(offset, length), type=Metadata) if length else Metadata()
        except msgspec.MsgspecError as wrong:
            raise BadTiles(f"{self.path}: its metadata cannot be read: {wrong}") from wrong

    def _opened(self, offset: int, length: int) -> bytes:
        if length > DIRECTORY_BYTES_MAX:
            raise BadTiles(f"{self.path}: a directory is larger than {DIRECTORY_BYTES_MAX:,} bytes")
        body = self._part(offset, length)
        return _unpack(body, DIRECTORY_BYTES_MAX) if self.header.packed == GZIP else body

    def _directory(self, place: tuple[int, int]) -> Directory:
        with self._lock:
            kept = self._kept.get(place)
            if kept is not None:
                self._kept.move_to_end(place)
                return kept
        read = _entries(self._opened(*place))
        with self._lock:
            self._kept[place] = read
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return read


def _header(path: Path, head: bytes) -> Header:
    if head[:7] != b"PMTiles" or head[7] != 3:
        raise BadTiles(f"{path} is no PMTiles file of version 3")
    told = struct.unpack_from("<11Q6B4i", head, 8)
    root, metadata, leaves, tiles = ((told[at], told[at + 1]) for at in (0, 2, 4, 6))
    _, packed, tiles_packed, kind, first, last = told[11:17]
    if packed not in (NONE, GZIP) or tiles_packed not in (NONE, GZIP):
        raise BadTiles(f"{path}: only gzip and plain are read")
    if kind not in KINDS:
        raise BadTiles(f"{path}: tiles of this kind are not shown; vector tiles, PNG, JPEG and WebP are")
    if not 0 <= first <= last <= LEVEL_MAX:
        raise BadTiles(f"{path}: its levels make no sense")
    west, south, east, north = (one / _SCALE for one in told[17:21])
    return Header(
        root, metadata, leaves, tiles, packed, tiles_packed, kind, (first, last), (west, south, east, north)
    )


def _unpack(body: bytes, size_max: int) -> bytes:
    opener = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        opened = opener.decompress(body, size_max)
    except zlib.error as wrong:
        raise BadTiles("a part of the file of tiles is broken") from wrong
    if opener.unconsumed_tail:
        raise BadTiles(f"a part of the file of tiles is larger than {size_max:,} bytes")
    return opened


def _entries(body: bytes) -> Directory:
    """The columns of a directory: steps of the numbers, runs, lengths, offsets (0: behind the one before; else one more)."""
    numbers = _varints(body)
    count = int(numbers[0]) if len(numbers) else 0
    if not count or len(numbers) != 1 + 4 * count:
        raise BadTiles("a directory of the file of tiles is broken")
    steps, runs, lengths, told = numbers[1:].reshape(4, count).astype(np.int64)
    at = np.maximum.accumulate(np.where(told > 0, np.arange(count), 0))
    before = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    offsets = told[at] - 1 + before - before[at]
    if told[0] == 0 or (lengths < 0).any() or (offsets < 0).any() or (steps < 0).any():
        raise BadTiles("a directory of the file of tiles is broken")
    return Directory(np.cumsum(steps), runs, lengths, offsets)


def _varints(body: bytes) -> Any:
    """All numbers of a row of varints at once."""
    octets = np.frombuffer(body, dtype=np.uint8)
    ends = np.flatnonzero(octets < 0x80)
    if not len(ends) or ends[-1] != len(octets) - 1:
        raise BadTiles("a directory of the file of tiles is broken")
    starts = np.concatenate(([0], ends[:-1] + 1))
    spans = ends - starts + 1
    if spans.max() > 9:
        raise BadTiles("a directory of the file of tiles is broken")
    shifts = (np.arange(len(octets)) - np.repeat(starts, spans)) * 7
    return np.add.reduceat((octets & 0x7F).astype(np.uint64) << shifts.astype(np.uint64), starts)
