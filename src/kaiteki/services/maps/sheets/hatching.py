"""The patterns of areas (`signs.PATTERNS`) on paper: strokes in millimetres within an area, so that areas differ in black and white as well.

A pattern lies on one grid of the whole sheet, as on the screen: areas of one sign that meet show it without a seam. A pixel of the screen is
a 96th of an inch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

import shapely

from kaiteki.services.maps.sheets.drawing import Outline
from kaiteki.services.maps.sheets.papers import PX_MM, Point
from kaiteki.services.maps.signs import Sign

STEP_MM: Final = 12 * PX_MM
"""A tile of a pattern."""
WIDTH_MM: Final = 0.18
DOT_MM: Final = 0.45
RING_MM: Final = 2.5 * PX_MM
"""The radius of a ring."""
MARKS_MAX: Final = 6_000
"""Strokes, dots or rings of one area; where there would be more, the pattern is wider."""
_CORNERS: Final = 10

Box = tuple[float, float, float, float]
Part = list[Point]


def hatched(sign: Sign, rings: Sequence[Sequence[Point]]) -> list[Outline]:
    """The pattern of a sign in an area (its ring and its holes); nothing where the sign is plain or the area too small for a stroke."""
    strokes = _STROKES.get(sign.pattern)
    if strokes is None or len(rings[0]) < 3:
        return []
    tools = cast(Any, shapely)
    shape = tools.Polygon(rings[0], rings[1:])
    shape = shape if shape.is_valid else tools.make_valid(shape)
    parts = _within(shape, strokes(_even(shape.bounds), _step(shape.bounds)))
    width = DOT_MM if sign.pattern == "dots" else WIDTH_MM
    return [Outline(parts, stroke=sign.edge, width=width)] if parts else []


def _within(shape: Any, strokes: Iterator[Part]) -> list[Part]:
    """The strokes as far as they lie in a shape."""
    tools = cast(Any, shapely)
    cut = tools.intersection(shape, tools.MultiLineString(list(strokes)))
    lines = tools.get_parts(tools.line_merge(cut)) if not cut.is_empty else ()
    return [list(one.coords) for one in lines if one.geom_type == "LineString"]


def _step(box: Box) -> float:
    """The side of a tile: twice as long until an area has at most MARKS_MAX marks."""
    step = STEP_MM
    while (box[2] - box[0]) * (box[3] - box[1]) / step**2 * 2 > MARKS_MAX:
        step *= 2
    return step


def _even(box: Box) -> Box:
    """A box that begins and ends on the grid of the sheet (of the widest tiles that may be)."""
    step = _step(box)
    west, north = (math.floor(one / step) * step for one in box[:2])
    east, south = (math.ceil(one / step) * step for one in box[2:])
    return west, north, max(east, west + step), max(south, north + step)


def _along(first: float, last: float, step: float) -> Iterator[float]:
    for number in range(round((last - first) / step) + 1):
        yield first + number * step


def _rising(box: Box, step: float) -> Iterator[Part]:
    west, north, east, south = box
    high = south - north
    for x in _along(west, east + high, step):
        yield [(x - high, south), (x, north)]


def _falling(box: Box, step: float) -> Iterator[Part]:
    west, north, east, south = box
    high = south - north
    for x in _along(west - high, east, step):
        yield [(x, north), (x + high, south)]


def _level(box: Box, step: float) -> Iterator[Part]:
    west, north, east, south = box
    for y in _along(north + step / 4, south, step / 2):
        yield [(west, y), (east, y)]


def _upright(box: Box, step: float) -> Iterator[Part]:
    west, north, east, south = box
    for x in _along(west + step / 4, east, step / 2):
        yield [(x, north), (x, south)]


def _cross(box: Box, step: float) -> Iterator[Part]:
    west, north, east, south = box
    for y in _along(north + step / 2, south, step):
        yield [(west, y), (east, y)]
    for x in _along(west + step / 2, east, step):
        yield [(x, north), (x, south)]


def _dots(box: Box, step: float) -> Iterator[Part]:
    """Strokes that are as long as they are wide, in two places of each tile."""
    west, north, east, south = box
    for share in (0.25, 0.75):
        for x in _along(west + share * step, east, step):
            for y in _along(north + share * step, south, step):
                yield [(x - DOT_MM / 2, y), (x + DOT_MM / 2, y)]


def _rings(box: Box, step: float) -> Iterator[Part]:
    west, north, east, south = box
    turns = [math.tau * number / _CORNERS for number in range(_CORNERS + 1)]
    for x in _along(west + step / 2, east, step):
        for y in _along(north + step / 2, south, step):
            yield [(x + RING_MM * math.cos(turn), y + RING_MM * math.sin(turn)) for turn in turns]


_STROKES: Final[Mapping[str, Callable[[Box, float], Iterator[Part]]]] = {
    "rising": _rising,
    "falling": _falling,
    "level": _level,
    "upright": _upright,
    "cross": _cross,
    "dots": _dots,
    "rings": _rings,
}
