"""Cutting a stream where its content says so: what was put in or taken out changes the pieces around it and leaves the others as they were.

A sum over the last 32 bytes (gear hash, Xia et al. 2016) decides; its table is secret, so the sizes of pieces tell nothing of the content.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from kaiteki.main.copies.chest import Chest

PIECE_MIN_BYTES: Final = 16_384
PIECE_MAX_BYTES: Final = 262_144
RARE: Final = np.uint32(0xFFFF_0000)
"""Bits that must be zero: once in 65,536 places."""
WIDTHS: Final = (1, 2, 4, 8, 16)
"""Sums of twice as many bytes are made of two sums of so many: 32 bytes in five steps."""
AT_ONCE_BYTES: Final = 1 << 20


class Cutter:
    """Cuts one stream; between two calls it holds at most what is too short to be looked at, and one piece."""

    def __init__(self, chest: Chest) -> None:
        self._table = np.frombuffer(chest.bytes_for_cuts(256 * 4), dtype="<u4")
        self._held = bytearray()

    def feed(self, content: bytes) -> Iterator[bytes]:
        """The pieces that end in or before this content."""
        for begin in range(0, len(content), AT_ONCE_BYTES):
            self._held += content[begin : begin + AT_ONCE_BYTES]
            if len(self._held) >= AT_ONCE_BYTES:
                yield from self._cut(last=False)

    def finish(self) -> Iterator[bytes]:
        """The pieces of what is left."""
        yield from self._cut(last=True)

    def _cut(self, *, last: bool) -> Iterator[bytes]:
        places = self._places()
        begin, end, number = 0, len(self._held), 0
        while begin < end:
            number += int(np.searchsorted(places[number:], begin + PIECE_MIN_BYTES))
            found = int(places[number]) if number < len(places) else end
            if found == end and not last and end - begin < PIECE_MAX_BYTES:
                break
            cut = min(found, begin + PIECE_MAX_BYTES)
            yield bytes(self._held[begin:cut])
            begin = cut
        del self._held[:begin]

    def _places(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Behind which bytes the content may be cut, in order."""
        sums = self._table[np.frombuffer(self._held, dtype=np.uint8)]
        for width in WIDTHS:
            earlier = sums[:-width] << np.uint32(width)
            sums = np.concatenate([sums[:width], sums[width:] + earlier])
        return np.flatnonzero((sums & RARE) == 0) + 1
