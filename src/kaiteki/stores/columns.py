"""Columns of whole numbers and of measured values as bytes: each as narrow as its content lets it be.

A column of whole numbers is kept as its distances from the least one, or as the steps from one to the next, in so few bytes each
as the widest needs; a column that never changes takes none. Measured values with few decimals are whole numbers of a power of ten.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Whole = npt.NDArray[np.int64]
    Real = npt.NDArray[np.float64]

_HEAD: Final = struct.Struct("<BBIqq")
"""Way (0: distances, 1: steps), width in bytes, how many, first, least."""
_WIDTHS: Final = (1, 2, 4)
_KINDS: Final = {1: "<u1", 2: "<u2", 4: "<u4", 8: "<i8"}
_DECIMALS_MAX: Final = 6
_REAL: Final = 255
"""In the place of the decimals: the values stand as they are, eight bytes each."""
EXACT_MAX: Final = 2**53
"""Whole numbers up to here are exact as floats."""


def pack_whole(numbers: Whole) -> bytes:
    """A column of whole numbers, at least one, each within 62 bits."""
    apart = _narrow(numbers - numbers.min())
    steps = numbers[1:] - numbers[:-1]
    if len(steps):
        stepped = _narrow(steps - steps.min())
        if len(stepped[1]) < len(apart[1]):
            return _HEAD.pack(1, stepped[0], len(numbers), int(numbers[0]), int(steps.min())) + stepped[1]
    return _HEAD.pack(0, apart[0], len(numbers), 0, int(numbers.min())) + apart[1]


def _narrow(numbers: Whole) -> tuple[int, bytes]:
    """Numbers from zero on, in so few bytes each as the greatest needs, and how many these are."""
    greatest = int(numbers.max())
    if greatest == 0:
        return 0, b""
    for width in _WIDTHS:
        if greatest < 1 << 8 * width:
            return width, numbers.astype(f"<u{width}").tobytes()
    return 8, numbers.astype("<i8").tobytes()


def unpack_whole(packed: bytes, at: int = 0) -> tuple[Whole, int]:
    """A column of whole numbers that begins at a place, and the place behind it."""
    way, width, count, first, least = _HEAD.unpack_from(packed, at)
    at += _HEAD.size
    length = count - way
    if not width:
        if not way:
            return np.full(int(count), int(least), np.int64), at
        return np.arange(int(count), dtype=np.int64) * int(least) + int(first), at
    told = np.frombuffer(packed, _KINDS[width], length, at).astype(np.int64)
    at += width * length
    told += least
    if not way:
        return told, at
    numbers = np.empty(count, np.int64)
    numbers[0] = first
    np.cumsum(told, out=numbers[1:])
    numbers[1:] += first
    return numbers, at


def pack_values(values: Real) -> bytes:
    """A column of measured values, at least one, all finite; they come back bit by bit."""
    if np.abs(values).max() < EXACT_MAX // 10**_DECIMALS_MAX:
        for decimals in range(_DECIMALS_MAX + 1):
            scaled = np.rint(values * 10**decimals)
            if np.array_equal(scaled / 10**decimals, values) and not np.signbit(values[scaled == 0]).any():
                return bytes((decimals,)) + pack_whole(scaled.astype(np.int64))
    return bytes((_REAL,)) + struct.pack("<I", len(values)) + values.astype("<f8").tobytes()


def unpack_values(packed: bytes, at: int = 0) -> tuple[Real, int]:
    """A column of measured values that begins at a place, and the place behind it."""
    decimals = packed[at]
    if decimals == _REAL:
        (count,) = struct.unpack_from("<I", packed, at + 1)
        return np.frombuffer(packed, "<f8", count, at + 5).astype(np.float64), at + 5 + 8 * count
    scaled, at = unpack_whole(packed, at + 1)
    return scaled / 10**decimals, at
