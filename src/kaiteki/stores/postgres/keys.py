"""Index values as bytes whose order is that of the values: numbers below texts below booleans, as in entries."""

from __future__ import annotations

import struct
from typing import Final

from kaiteki.stores.entries import Value

_NUMBER, _TEXT, _BLOB = b"\x01", b"\x02", b"\x03"
_REAL: Final = struct.Struct(">d")
_SIGN: Final = 1 << 63
_ALL: Final = (1 << 64) - 1
_REST_ZERO: Final = 1 << 15
"""Whole numbers within 63 bits are at most 512 away from the nearest float."""


def key_of(value: Value) -> bytes:
    """The bytes of an index value. Whole numbers and floats of the same value have the same bytes, others never."""
    if isinstance(value, str):
        return _TEXT + value.encode("utf-8", "surrogatepass")
    if isinstance(value, bytes):
        return _BLOB + value
    near = float(value)
    rest = value - int(near) if isinstance(value, int) else 0
    # adding zero makes -0.0 the zero that it equals
    (bits,) = struct.unpack(">Q", _REAL.pack(near + 0.0))
    ordered = bits ^ (_ALL if bits & _SIGN else _SIGN)
    return _NUMBER + ordered.to_bytes(8) + (rest + _REST_ZERO).to_bytes(2)
