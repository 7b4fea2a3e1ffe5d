"""Draws a few lines of a ledger sheet as SVG: to scale, north up, with a bar of round metres; no map service is asked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec

WIDTH: Final = 900
HEIGHT: Final = 520
MARGIN: Final = 60
BAR_MAX: Final = 220
"""Units of the drawing that the bar is long at most."""
METRES_PER_DEGREE: Final = 111_320.0
Line = Sequence[tuple[float, float]]


class Drawn(msgspec.Struct, frozen=True):
    """A line in units of the drawing (`points` of a polyline), its class for the style, where its mark stands, and the mark."""

    points: str
    kind: str
    mark: str
    x: float
    y: float


class Drawing(msgspec.Struct, frozen=True):
    """A drawing of WIDTH × HEIGHT units; the bar is `bar` units long for `bar_m` metres."""

    lines: tuple[Drawn, ...]
    bar: float
    bar_m: int
    width: int = WIDTH
    height: int = HEIGHT


def lines_of(place: dict[str, Any] | None) -> list[Line]:
    """The lines of a GeoJSON LineString or MultiLineString; none of anything else."""
    if place is None or place["type"] not in ("LineString", "MultiLineString"):
        return []
    parts = [place["coordinates"]] if place["type"] == "LineString" else place["coordinates"]
    return [[(float(at[0]), float(at[1])) for at in cast("list[list[float]]", part)] for part in parts]


def draw(
    main: Sequence[tuple[str, dict[str, Any] | None]], around: Sequence[dict[str, Any]]
) -> Drawing | None:
    """The lines of a thing, each with its mark, to fill the drawing, and what lies around it; None where it has no line."""
    own = [(mark, line) for mark, place in main for line in lines_of(place)]
    corners = [at for _, line in own for at in line]
    if not corners:
        return None
    west, east = min(x for x, _ in corners), max(x for x, _ in corners)
    south, north = min(y for _, y in corners), max(y for _, y in corners)
    shrink = math.cos(math.radians((south + north) / 2))
    across_m = max((east - west) * METRES_PER_DEGREE * shrink, 20.0)
    up_m = max((north - south) * METRES_PER_DEGREE, 20.0)
    per_metre = min((WIDTH - 2 * MARGIN) / across_m, (HEIGHT - 2 * MARGIN) / up_m)
    middle = (west + east) / 2, (south + north) / 2

    def place(at: tuple[float, float]) -> tuple[float, float]:
        x = WIDTH / 2 + (at[0] - middle[0]) * METRES_PER_DEGREE * shrink * per_metre
        y = HEIGHT / 2 - (at[1] - middle[1]) * METRES_PER_DEGREE * per_metre
        return round(x, 1), round(y, 1)

    def drawn(kind: str, mark: str, line: Line) -> Drawn:
        points = [place(at) for at in line]
        x, y = points[len(points) // 2] if len(points) > 2 else _half(points)
        return Drawn(" ".join(f"{px},{py}" for px, py in points), kind, mark, x, y)

    others = [drawn("around", "", line) for one in around for line in lines_of(one)]
    parts = [drawn("odd" if n % 2 else "even", mark, line) for n, (mark, line) in enumerate(own)]
    bar_m = _round_metres(BAR_MAX / per_metre)
    return Drawing((*others, *parts), round(bar_m * per_metre, 1), bar_m)


def _half(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    (ax, ay), (bx, by) = points[0], points[-1]
    return round((ax + bx) / 2, 1), round((ay + by) / 2, 1)


def _round_metres(most: float) -> int:
    """The greatest of 1, 2, 5, 10, 20, 50 … metres that is not more."""
    step = 10 ** math.floor(math.log10(max(most, 1.0)))
    return max(factor * step for factor in (1, 2, 5) if factor * step <= max(most, 1.0))
