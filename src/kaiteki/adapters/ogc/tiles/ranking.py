"""Which features a tile shows where there are too many: one order over all features of a collection, of which each tile takes the first.

The order: what is more important (a declared number), then what is larger (areas by the root of their area, lines by their length, in halves
of a power of two), then what spreads evenly, then by a digest of the id. *Spreads evenly*: of a group that is alike in importance and size,
the first (by digest) in each cell of a 32nd of a tile of level 0 comes first, then the first in each cell of level 1, and so on.

Since the order is one for all levels, and a tile's features are among those of the tile above it, whatever is shown at a level is shown at
the next one wherever it lies.

A tile of several collections: half of its features are shared equally among them, the first of each; the other half goes to collections of
higher importance first, and among such of the same to what stands first in its own order. Both halves only ask what comes before a feature
in orders that are the same for all levels, so the law holds of these tiles too (`share_out`).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np

from kaiteki.adapters.ogc.tiles.drawing import GEOS, Shapes
from kaiteki.adapters.ogc.tiles.grid import LATITUDE_MAX

Array: TypeAlias = Any
SIZES: Final = 64
"""Steps of size; the last one is that of points."""
LEVELS: Final = 16
"""Levels of which each cell has a first one; what is first in none of them comes behind."""
UNSPREAD: Final = 31
"""The level of what came after the order was made."""
_CELL_BITS: Final = 5
"""A cell is the 32nd part of the side of a tile: 16 pixels of 512."""
_IMPORTANCE_BITS, _SIZE_BITS, _LEVEL_BITS, _DIGEST_BITS = 16, 6, 5, 32


class Candidate(NamedTuple):
    """A feature that lies in a tile: where it stands in the order of its collection (of all, not of the tile), its positions, its id."""

    rank: int
    positions: int
    id: str


def first_of(found: Sequence[Candidate], positions_max: int) -> list[str]:
    """The first ones with at most so many positions together; the first of all however many it has."""
    chosen: list[str] = []
    total = 0
    for one in found:
        total += one.positions
        if chosen and total > positions_max:
            break
        chosen.append(one.id)
    return chosen


def share_out(
    found: Sequence[Sequence[Candidate]], importance: Sequence[float], limit: int, positions_max: int
) -> list[list[str]]:
    """The ids that a tile shows of each of several collections, given the first `limit` features of each in the tile, in their order.

    A feature is shown when it is among the first `limit / 2n` of its collection, or when fewer than `limit` features are before it in the
    common order or sure of their place. Deeper down fewer features are before it, and no more of a collection are sure of theirs.
    """
    sure = limit // (2 * len(found))
    chosen = [first_of(one[:sure], positions_max // (2 * len(found))) for one in found]
    known = [set(one) for one in chosen]
    taken = sum(min(sure, len(one)) for one in found)
    order = sorted(
        (-importance[at], one.rank, at, place)
        for at, several in enumerate(found)
        for place, one in enumerate(several)
    )
    spent = 0
    for _, _, at, place in order:
        one = found[at][place]
        spent += one.positions
        if spent > positions_max // 2 or (place >= sure and taken >= limit):
            break
        taken += place >= sure
        if one.id not in known[at]:
            chosen[at].append(one.id)
    return chosen


class Measured(NamedTuple):
    """What the order looks at: boxes (n, 4) in the unit square of Web Mercator (west, north, east, south), sizes 0 to 63, positions, digests."""

    boxes: Array
    sizes: Array
    positions: Array
    digests: Array


def measure(ids: Sequence[str], shapes: Shapes) -> Measured:
    """Measure shapes in degrees."""
    boxes = unit(GEOS.bounds(shapes).reshape(-1, 2)).reshape(-1, 4)[:, (0, 3, 2, 1)]
    kinds = GEOS.get_dimensions(shapes)
    size = np.where(kinds == 2, np.sqrt(GEOS.area(shapes)), np.where(kinds == 1, GEOS.length(shapes), 0.0))
    # degrees: 0 is the whole world, each step down is a factor of the root of two
    with np.errstate(divide="ignore"):
        steps = np.floor(-2 * np.log2(size / 360.0))
    sizes = np.where(size > 0, np.clip(steps, 0, SIZES - 2), SIZES - 1).astype(np.int64)
    digests = np.array([digest_of(one) for one in ids], dtype=np.int64)
    return Measured(boxes, sizes, GEOS.get_num_coordinates(shapes).astype(np.int64), digests)


def digest_of(entity_id: str) -> int:
    """32 bits out of an id, alike on every machine; neighbouring ids lie far apart."""
    mixed = zlib.crc32(entity_id.encode()) * 0x9E3779B1 & 0xFFFFFFFF
    return (mixed ^ mixed >> 15) * 0x85EBCA6B & 0xFFFFFFFF


def unit(points: Array) -> Array:
    """Longitudes and latitudes in the unit square of Web Mercator, 0/0 in the north-west."""
    latitudes = np.radians(np.clip(points[:, 1], -LATITUDE_MAX, LATITUDE_MAX))
    return np.column_stack((points[:, 0] / 360.0 + 0.5, 0.5 - np.arcsinh(np.tan(latitudes)) / (2 * np.pi)))


def keys_of(importance: Array, sizes: Array, levels: Array, digests: Array) -> Array:
    """The order as one whole number each, small ones first. `importance` is a float, large ones first."""
    key = _falling(importance)
    for bits, part in ((_SIZE_BITS, sizes), (_LEVEL_BITS, levels), (_DIGEST_BITS, digests)):
        key = key << bits | part
    return key


def _falling(importance: Array) -> Array:
    """16 bits that fall as numbers grow (the bits of a half float are ordered as it is, but for its sign)."""
    halves: Array = np.clip(importance, -60_000, 60_000).astype(np.float16).view(np.uint16)
    signed: Array = halves.astype(np.int64)
    below_zero = signed >= 0x8000
    return signed * below_zero + (0x7FFF - signed) * ~below_zero


def spread(importance: Array, measured: Measured) -> Array:
    """The level of each: the first at which it is the first of its group in its cell, LEVELS where there is none."""
    group = keys_of(importance, measured.sizes, np.zeros_like(measured.sizes), np.zeros_like(measured.sizes))
    _, groups = np.unique(group, return_inverse=True)
    order = np.lexsort((measured.digests, groups))
    x = ((measured.boxes[order, 0] + measured.boxes[order, 2]) / 2).clip(0, 1 - 1e-12)
    y = ((measured.boxes[order, 1] + measured.boxes[order, 3]) / 2).clip(0, 1 - 1e-12)
    told = groups[order].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    levels = np.full(len(order), LEVELS, dtype=np.int64)
    for level in range(LEVELS):
        side = 1 << (level + _CELL_BITS)
        cells = (x * side).astype(np.uint64) * np.uint64(side) + (y * side).astype(np.uint64)
        _, first = np.unique(cells ^ told, return_index=True)
        levels[first] = np.minimum(levels[first], level)
        if (levels < LEVELS).all():
            break
    out = np.empty_like(levels)
    out[order] = levels
    return out
