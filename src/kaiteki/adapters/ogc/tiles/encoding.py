"""The bytes of a vector tile (Mapbox Vector Tile 2.1): one layer, its names and values in tables, its geometries as steps.

All features of a layer are written together: their geometries are one array of whole numbers, turned into varints at once.
Tiles with one layer each make a tile with several when they stand one behind the other (Protocol Buffers).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np

from kaiteki.adapters.ogc.tiles.grid import EXTENT

Ints: TypeAlias = Any
"""An array of whole numbers (numpy, int64)."""
Value: TypeAlias = str | float | int | bool
POINT, LINE, POLYGON = 1, 2, 3
_MOVE, _DRAW, _CLOSE = 1, 2, 7
_VARINT, _DOUBLE, _BYTES = 0, 1, 2
_VERSION: Final = 2
_EXACT_MAX: Final = 1 << 53
"""Whole numbers beyond this are no whole numbers to JavaScript; they are written as doubles."""


class Drawn(msgspec.Struct, frozen=True):
    """The features of a tile. Feature n is a `sorts[n]` (POINT, LINE, POLYGON) of the source `sources[n]`.

    `points` (all, 2) are steps; part p of them ends before `ends[p]` and belongs to feature `owners[p]`, which never falls.
    The points of a POINT are one part. A ring is told without its last point, which is its first; outer rings run clockwise on
    the screen and each is followed by its inner ones, which run against it.
    """

    sorts: Ints
    sources: Ints
    points: Ints
    ends: Ints
    owners: Ints


def encode_tile(name: str, drawn: Drawn, values: Sequence[Mapping[str, Value]]) -> bytes:
    """The tile with one layer; without features it is empty. `values` are those of the sources."""
    if not len(drawn.sorts):
        return b""
    names: dict[str, int] = {}
    told: dict[tuple[type, Value], int] = {}
    tags: list[int] = []
    tag_ends: list[int] = []
    sources: list[int] = drawn.sources.tolist()
    for source in sources:
        for key, value in values[source].items():
            tags.append(names.setdefault(key, len(names)))
            tags.append(told.setdefault((type(value), value), len(told)))
        tag_ends.append(len(tags))
    tagged = _sliced(np.array(tags, dtype=np.int64), np.array(tag_ends))
    shapes = _sliced(*_commands(drawn))
    body = bytearray(_field(15, _VARINT) + varint(_VERSION) + _text(1, name))
    heads = {sort: _field(3, _VARINT) + varint(sort) for sort in (POINT, LINE, POLYGON)}
    for sort, tag, shape in zip(drawn.sorts.tolist(), tagged, shapes, strict=True):
        body += _packed(2, _packed(2, tag) + heads[sort] + _packed(4, shape))
    for key in names:
        body += _text(3, key)
    for _, value in told:
        body += _packed(4, _value(value))
    body += _field(5, _VARINT) + varint(EXTENT)
    return _packed(3, bytes(body))


def _commands(drawn: Drawn) -> tuple[Ints, Ints]:
    """The geometries as whole numbers (commands, and zigzag steps from point to point, clause 4.3), and where each feature's end."""
    sorts = drawn.sorts[drawn.owners]
    starts = np.concatenate(([0], drawn.ends[:-1]))
    lengths = drawn.ends - starts
    # a part is written as: move, first step, [draw, other steps], [close]; the points of a POINT follow one move
    extra = np.where(sorts == POINT, 1, np.where(sorts == LINE, 2, 3))
    part_ends = np.cumsum(2 * lengths + extra)
    base = part_ends - 2 * lengths - extra
    out = np.zeros(int(part_ends[-1]), dtype=np.int64)
    out[base] = np.where(sorts == POINT, lengths, 1) << 3 | _MOVE
    further = sorts != POINT
    out[base[further] + 3] = (lengths[further] - 1) << 3 | _DRAW
    out[part_ends[sorts == POLYGON] - 1] = 1 << 3 | _CLOSE
    part_of = np.repeat(np.arange(len(lengths)), lengths)
    place = np.arange(len(drawn.points)) - starts[part_of]
    at = base[part_of] + 1 + 2 * place + ((place > 0) & further[part_of])
    steps = _zigzag(_steps(drawn, starts))
    out[at], out[at + 1] = steps[:, 0], steps[:, 1]
    last = np.flatnonzero(np.diff(drawn.owners, append=-1))
    return out, part_ends[last]


def _steps(drawn: Drawn, starts: Ints) -> Ints:
    """From each point to the next of its feature; its first one is told from the corner of the tile."""
    steps = np.diff(drawn.points, axis=0, prepend=[[0, 0]])
    first = starts[np.flatnonzero(np.diff(drawn.owners, prepend=-1))]
    steps[first] = drawn.points[first]
    return steps


def _zigzag(numbers: Ints) -> Ints:
    return (numbers << 1) ^ (numbers >> 63)


def _sliced(numbers: Ints, ends: Ints) -> list[bytes]:
    """Runs of numbers as varints; run n ends before `ends[n]`."""
    written, places = varints(numbers)
    cuts = np.concatenate(([0], places))[ends].tolist()
    return [written[start:end] for start, end in zip([0, *cuts[:-1]], cuts, strict=True)]


def varints(numbers: Ints) -> tuple[bytes, Ints]:
    """Whole numbers from 0 on as varints, one behind the other (each takes one byte for seven bits), and where each ends."""
    told = numbers.astype(np.uint64)
    lengths = np.ones(len(told), dtype=np.int64)
    rest = told >> np.uint64(7)
    while rest.any():
        lengths += rest > 0
        rest = rest >> np.uint64(7)
    ends = np.cumsum(lengths)
    out = np.zeros(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    places, left = ends - lengths, told
    for n in range(int(lengths.max(initial=0))):
        has = lengths > n
        bits = (left[has] & np.uint64(127)).astype(np.uint8)
        out[places[has] + n] = bits | np.where(lengths[has] > n + 1, 128, 0).astype(np.uint8)
        left = left >> np.uint64(7)
    return out.tobytes(), ends


_ONE_BYTE: Final = tuple(bytes((number,)) for number in range(128))


def varint(number: int) -> bytes:
    """One whole number from 0 on. Lengths are most often short, and each feature and value has several."""
    if number < 128:
        return _ONE_BYTE[number]
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _field(number: int, form: int) -> bytes:
    return varint(number << 3 | form)


_OF_BYTES: Final = tuple(_field(number, _BYTES) for number in range(5))
"""The heads of the fields that hold bytes."""


def _packed(number: int, content: bytes) -> bytes:
    return _OF_BYTES[number] + varint(len(content)) + content if content else b""


def _text(number: int, text: str) -> bytes:
    told = text.encode()
    return _OF_BYTES[number] + varint(len(told)) + told


def _value(value: Value) -> bytes:
    """A value of the table: string 1, double 3, sint 6 (zigzag), bool 7 (clause 4.1)."""
    if isinstance(value, bool):
        return _field(7, _VARINT) + varint(int(value))
    if isinstance(value, str):
        return _text(1, value)
    if isinstance(value, int) and abs(value) <= _EXACT_MAX:
        return _field(6, _VARINT) + varint(value << 1 if value >= 0 else (-value << 1) - 1)
    return _field(3, _DOUBLE) + struct.pack("<d", float(value))
