"""The series of many blocks at once. Blocks that are laid out alike are unpacked as the rows of one table: a step of numpy for a
thousand values costs little more than one for ten, so a block by itself is mostly overhead.

Law: `series_of_all` gives what `packing.series_of` and `packing.without_repeats` give for each, one behind the other.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from kaiteki.stores.packing import Series, joined, series_of, without_repeats

if TYPE_CHECKING:
    import numpy.typing as npt

    from kaiteki.stores.columns import Real, Whole

    Table = npt.NDArray[np.uint8]

_HEAD: Final = struct.Struct("<BBI")
_HEAD_SIZE: Final = 22
"""Bytes of the head of a column of whole numbers: way, width, how many, first, least (columns)."""
_FIRST_AT: Final = 6
_LEAST_AT: Final = 14
_KINDS: Final = {1: "<u1", 2: "<u2", 4: "<u4", 8: "<i8"}
_REAL: Final = 255

Layout: TypeAlias = tuple[int, int, int, int, int, int, int, int]
"""How many values, their decimals, and of moments, values and wholeness the way and the width."""


def series_of_all(packed: Sequence[bytes]) -> Series:
    """The series of blocks, at least one, each in order of the observed time and each value of a moment once."""
    alike: dict[Layout | None, list[int]] = {}
    for index, one in enumerate(packed):
        alike.setdefault(_layout(one), []).append(index)
    parts: list[Series | None] = [None] * len(packed)
    for layout, places in alike.items():
        if layout is None or len(places) == 1:
            found = [without_repeats(series_of(packed[place])) for place in places]
        elif len(alike) == 1:
            return _in_one(_table(packed, places), layout)
        else:
            found = _each(_table(packed, places), layout)
        for place, series in zip(places, found, strict=True):
            parts[place] = series
    return joined([part for part in parts if part is not None])


def _layout(packed: bytes) -> Layout | None:
    """How a block is laid out; None for one whose values stand as they are."""
    way, width, count = _head(packed, 0)
    at = _HEAD_SIZE + width * (count - way)
    decimals = packed[at]
    if decimals == _REAL:
        return None
    value_way, value_width, _ = _head(packed, at + 1)
    at += 1 + _HEAD_SIZE + value_width * (count - value_way)
    whole_way, whole_width, _ = _head(packed, at)
    return (count, decimals, way, width, value_way, value_width, whole_way, whole_width)


def _head(packed: bytes, at: int) -> tuple[int, int, int]:
    """Way and width of a column of whole numbers, and how many they are."""
    return _HEAD.unpack_from(packed, at)


def _table(packed: Sequence[bytes], places: Sequence[int]) -> Table:
    """Blocks of one length as rows of bytes."""
    return np.frombuffer(b"".join([packed[place] for place in places]), np.uint8).reshape(len(places), -1)


def _unpacked(table: Table, layout: Layout) -> tuple[Whole, Real, Whole]:
    """Moments, values and wholeness, a row for each block."""
    count, decimals, way, width, value_way, value_width, whole_way, whole_width = layout
    moments, at = _whole(table, 0, (count, way, width))
    scaled, at = _whole(table, at + 1, (count, value_way, value_width))
    whole, _ = _whole(table, at, (count, whole_way, whole_width))
    return moments, scaled / 10**decimals, whole


def _whole(table: Table, at: int, column: tuple[int, int, int]) -> tuple[Whole, int]:
    """A column of whole numbers of all blocks, and the place behind it; see columns.unpack_whole."""
    count, way, width = column
    first = table[:, at + _FIRST_AT : at + _LEAST_AT].copy().view("<i8")
    least = table[:, at + _LEAST_AT : at + _HEAD_SIZE].copy().view("<i8")
    at += _HEAD_SIZE
    length = count - way
    numbers = np.empty((len(table), count), np.int64)
    if width:
        told = table[:, at : at + width * length].copy().view(_KINDS[width])
        np.add(told, least, out=numbers[:, way:])
        at += width * length
    else:
        numbers[:, way:] = least
    if way:
        numbers[:, :1] = first
        np.cumsum(numbers, axis=1, out=numbers)
    return numbers, at


def _in_one(table: Table, layout: Layout) -> Series:
    moments, values, whole = _unpacked(table, layout)
    if bool((moments[:, 1:] > moments[:, :-1]).all()):
        return Series(moments.reshape(-1), values.reshape(-1), whole.reshape(-1))
    return joined([without_repeats(Series(*row)) for row in zip(moments, values, whole, strict=True)])


def _each(table: Table, layout: Layout) -> list[Series]:
    moments, values, whole = _unpacked(table, layout)
    ordered: list[bool] = np.all(moments[:, 1:] > moments[:, :-1], axis=1).tolist()
    found = [Series(*row) for row in zip(moments, values, whole, strict=True)]
    return [one if in_order else without_repeats(one) for one, in_order in zip(found, ordered, strict=True)]
