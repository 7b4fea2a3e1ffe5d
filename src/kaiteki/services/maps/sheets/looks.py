"""The signs of a layer (`signs`) on paper: marks of points, lines and areas in millimetres, the same as those of the map on the web."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from kaiteki.services.maps.sheets.drawing import WHITE, Outline
from kaiteki.services.maps.sheets.papers import PX_MM, Point
from kaiteki.services.maps.signs import Sign

UNITS: Final = 24
SIDE_MM_MIN: Final = 2.4
LINE: Final = 0.75
"""What a pixel of a line is on paper, against a pixel of a screen."""
DASH_MM_MIN: Final = 0.25
EDGE_MM_MAX: Final = 0.6
_TURNS: Final = 24
CORNERS: Final[Mapping[str, Sequence[Point]]] = {
    "circle": [
        (12 + 9 * math.sin(turn * math.tau / _TURNS), 12 - 9 * math.cos(turn * math.tau / _TURNS))
        for turn in range(_TURNS)
    ],
    "square": [(4, 4), (20, 4), (20, 20), (4, 20)],
    "hexagon": [(6.5, 3), (17.5, 3), (22.5, 12), (17.5, 21), (6.5, 21), (1.5, 12)],
    "diamond": [(12, 0.5), (23.5, 12), (12, 23.5), (0.5, 12)],
    "triangle": [(12, 2.5), (22.5, 21), (1.5, 21)],
    "drop": [(1.5, 3), (22.5, 3), (12, 21.5)],
}
"""Corners of the shapes of signs in a box of UNITS."""


def mark_side(sign: Sign) -> float:
    """How wide and high the mark of a point is, in millimetres."""
    return max(SIDE_MM_MIN, 2 * sign.width * PX_MM)


def mark(sign: Sign, at: Point) -> Outline:
    """The mark of a point."""
    side = mark_side(sign) / UNITS
    corners = [(at[0] + (x - 12) * side, at[1] + (y - 12) * side) for x, y in CORNERS[sign.shape]]
    return Outline([corners], closed=True, fill=sign.colour, stroke=WHITE, width=0.25)


def area(sign: Sign, rings: Sequence[Sequence[Point]]) -> Outline:
    """An area with its holes."""
    width = min(sign.width * PX_MM * LINE, EDGE_MM_MAX)
    return Outline(rings, True, sign.colour, sign.fill, sign.outline or sign.edge, width, _dash(sign, width))


def line(sign: Sign, parts: Sequence[Sequence[Point]]) -> Outline:
    """Lines and pieces of them."""
    width = sign.width * PX_MM * LINE
    return Outline(parts, stroke=sign.colour, width=width, dash=_dash(sign, width))


def _dash(sign: Sign, width: float) -> Sequence[float]:
    """The dashes of a sign, which are told in widths of its line."""
    return tuple(max(one * width, DASH_MM_MIN) for one in sign.dash)
