"""How the features of a layer look on paper, class by class: colours, widths, and for points a shape that tells layers apart without colour."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.model.words import Words
from kaiteki.services.maps.model import MapLayer
from kaiteki.services.maps.sheets.drawing import WHITE, Outline
from kaiteki.services.maps.sheets.papers import PX_MM, Point

UNITS: Final = 24
SIDE_MM_MIN: Final = 2.4
LINE: Final = 0.75
"""What a pixel of a line is on paper, against a pixel of a screen."""
DASH_MM_MIN: Final = 0.25
EDGE_MM_MAX: Final = 0.6
_TURNS: Final = 24
_DARKER: Final = 0.62
SHAPES: Final[Mapping[str, Sequence[Point]]] = {
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
"""Corners in a box of UNITS."""
REST: Final = Words("そのほか", "Other", "ほか")


class Look(msgspec.Struct, frozen=True):
    """A row of the legend. `value` is that of the property of its class; None: all that no other row stands for.

    `width` and `dash` in millimetres, `fill` the share of the colour of an area.
    """

    words: Words
    value: str | None
    colour: str
    edge: str
    width: float
    dash: Sequence[float]
    fill: float
    shape: str


def looks_of(layer: MapLayer, number: int) -> list[Look]:
    """The looks of a layer in the order of its legend; the shape of its points is that of its number on the sheet."""
    style = layer.style
    shape = list(SHAPES)[number % len(SHAPES)]
    width = style.width * PX_MM * (1 if layer.geometry == "point" else LINE)

    def look(words: Words, value: str | None, colour: str, edge: str | None, dash: Sequence[float]) -> Look:
        told = tuple(max(one * PX_MM * LINE, DASH_MM_MIN) for one in dash)
        return Look(
            words, value, colour, edge or style.outline or darker(colour), width, told, style.opacity, shape
        )

    rows = [
        look(one.words, one.value, one.colour, one.outline, one.dash or style.dash) for one in style.classes
    ]
    if not style.by or not rows:
        return [look(layer.title, None, style.colour, None, style.dash)]
    return rows if style.only else [*rows, look(REST, None, style.colour, None, style.dash)]


def mark(look: Look, at: Point) -> Outline:
    """The mark of a point."""
    side = max(SIDE_MM_MIN, 2 * look.width) / UNITS
    corners = [(at[0] + (x - 12) * side, at[1] + (y - 12) * side) for x, y in SHAPES[look.shape]]
    return Outline([corners], closed=True, fill=look.colour, stroke=WHITE, width=0.25)


def area(look: Look, rings: Sequence[Sequence[Point]]) -> Outline:
    """An area with its holes."""
    width = min(look.width, EDGE_MM_MAX)
    return Outline(rings, True, look.colour, look.fill, look.edge, width, look.dash)


def line(look: Look, parts: Sequence[Sequence[Point]]) -> Outline:
    """Lines and pieces of them."""
    return Outline(parts, stroke=look.colour, width=look.width, dash=look.dash)


def darker(colour: str) -> str:
    """A colour `#rrggbb` with less light: the edge of an area of it."""
    return "#" + "".join(f"{round(int(colour[at : at + 2], 16) * _DARKER):02x}" for at in (1, 3, 5))
