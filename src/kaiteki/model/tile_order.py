"""Where a tile stands in a file of tiles (PMTiles 3): after all tiles of the levels above it, then along the Hilbert curve of its level."""

from __future__ import annotations

from typing import Final

LEVEL_MAX: Final = 26


def number_on_curve(level: int, column: int, row: int) -> int:
    """The number of a tile, 0 for the only one of level 0; columns count from west, rows from north."""
    x, y, number = column, row, ((1 << 2 * level) - 1) // 3
    side = 1 << level
    half = side >> 1
    while half:
        right, down = int(x & half > 0), int(y & half > 0)
        number += half * half * (3 * right ^ down)
        if not down:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        half >>= 1
    return number
