"""Many tiles in one file that is read by parts of it (PMTiles version 3): a header, a directory in the order of a Hilbert curve, the tiles, each once.

Source: the specification of PMTiles, version 3.4. Everything but the header is packed with gzip.
"""

from __future__ import annotations

import gzip
import hashlib
import struct
from collections.abc import Mapping, Sequence
from typing import BinaryIO, Final, NamedTuple

import msgspec

from kaiteki.adapters.ogc.tiles.encoding import varint
from kaiteki.adapters.ogc.tiles.grid import Tile
from kaiteki.model.entity import Json
from kaiteki.model.tile_order import number_on_curve

HEADER_BYTES: Final = 127
ROOT_BYTES_MAX: Final = 16_384 - HEADER_BYTES
"""The header and the first directory are within the first 16 kB, which a reader fetches at once."""
LEAF_ENTRIES: Final = 4_096
_GZIP, _MVT = 2, 1
_SCALE: Final = 10_000_000
Box = tuple[float, float, float, float]


class Entry(NamedTuple):
    """So many tiles from one on (`run`) are the same bytes, at a place in the tiles; `run` 0: a further directory there."""

    tile: int
    offset: int
    length: int
    run: int


def tile_number(tile: Tile) -> int:
    """The number of a tile: those of the levels above it, then along the Hilbert curve of its level."""
    return number_on_curve(tile.level, tile.column, tile.row)


class Made(NamedTuple):
    """A tile of an archive: its number, where its packed bytes are, the digest of what they unpack to."""

    tile: int
    offset: int
    length: int
    digest: bytes


def digest_of_tile(body: bytes) -> bytes:
    """What tells one content from another: 16 bytes."""
    return hashlib.blake2b(body, digest_size=16).digest()


class Archive:
    """An archive that is being written to an open file: `add` tiles by rising numbers, then `head`.

    Tiles go to `tiles`, a file of their own, since the directory stands before them and is known last. `there` are those it holds already.
    """

    def __init__(self, tiles: BinaryIO, there: Sequence[Made] = ()) -> None:
        self._tiles = tiles
        self._entries: list[Entry] = []
        self._places: dict[bytes, tuple[int, int]] = {}
        self._end = 0
        self.added = 0
        for one in there:
            self._take(one)

    def add(self, number: int, body: bytes) -> Made:
        """The next tile. One with the bytes of an earlier one takes no room."""
        digest = digest_of_tile(body)
        place = self._places.get(digest)
        if place is None:
            packed = gzip.compress(body, 6, mtime=0)
            self._tiles.write(packed)
            place = self._end, len(packed)
        made = Made(number, *place, digest)
        self._take(made)
        return made

    def _take(self, made: Made) -> None:
        """Put a tile that stands where it says into the directory."""
        number, place = made.tile, (made.offset, made.length)
        self.added += 1
        self._places[made.digest] = place
        self._end = max(self._end, made.offset + made.length)
        last = self._entries[-1] if self._entries else None
        if last is not None and last.tile + last.run == number and (last.offset, last.length) == place:
            self._entries[-1] = last._replace(run=last.run + 1)
        else:
            self._entries.append(Entry(number, *place, 1))

    def head(self, metadata: Mapping[str, Json], levels: tuple[int, int], box: Box) -> bytes:
        """What stands before the tiles: header, first directory, metadata, further directories."""
        root, leaves = _directories(self._entries)
        told = gzip.compress(msgspec.json.encode(metadata), mtime=0)
        at = HEADER_BYTES
        places: list[int] = []
        for length in (len(root), len(told), len(leaves), self._end):
            places += [at, length]
            at += length
        west, south, east, north = (round(one * _SCALE) for one in box)
        header = struct.pack(
            "<7sB11Q6B4iB2i",
            b"PMTiles",
            3,
            *places,
            self.added,
            len(self._entries),
            len(self._places),
            1,
            _GZIP,
            _GZIP,
            _MVT,
            *levels,
            west,
            south,
            east,
            north,
            levels[0],
            (west + east) // 2,
            (south + north) // 2,
        )
        return header + root + told + leaves


def _directories(entries: Sequence[Entry]) -> tuple[bytes, bytes]:
    """The first directory and the further ones, which are there when the first would be too large."""
    root = _directory(entries)
    size, leaves = LEAF_ENTRIES, b""
    while len(root) > ROOT_BYTES_MAX:
        pointers: list[Entry] = []
        parts: list[bytes] = []
        end = 0
        for first in range(0, len(entries), size):
            part = _directory(entries[first : first + size])
            pointers.append(Entry(entries[first].tile, end, len(part), 0))
            parts.append(part)
            end += len(part)
        root, leaves, size = _directory(pointers), b"".join(parts), size * 2
    return root, leaves


def _directory(entries: Sequence[Entry]) -> bytes:
    """Columns, one behind the other: how many, steps of the tiles, runs, lengths, offsets (0: behind the one before; else one more)."""
    out = bytearray(varint(len(entries)))
    last = 0
    for one in entries:
        out += varint(one.tile - last)
        last = one.tile
    for one in entries:
        out += varint(one.run)
    for one in entries:
        out += varint(one.length)
    end = -1
    for one in entries:
        out += varint(0 if one.offset == end else one.offset + 1)
        end = one.offset + one.length
    return gzip.compress(bytes(out), mtime=0)
