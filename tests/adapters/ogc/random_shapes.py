"""Random geometries in degrees, around a town: every type, holes, repeated positions, rings that cross themselves."""

from __future__ import annotations

import math
from random import Random
from typing import Any

from kaiteki.model.entity import Json


def position(draw: Random, reach: float) -> list[float]:
    """Somewhere within a reach of the town."""
    return [140.1 + draw.uniform(-reach, reach), 35.6 + draw.uniform(-reach, reach)]


def line(draw: Random, reach: float) -> list[list[float]]:
    """A way of some steps; at times it stands still."""
    points = [position(draw, reach) for _ in range(draw.randint(2, 12))]
    return [one for one in points for _ in range(draw.choice([1, 1, 1, 2]))]


def rings(draw: Random, reach: float) -> list[list[list[float]]]:
    """An area in any direction, often with a hole; at times its ring crosses itself."""
    x, y = position(draw, reach)
    size = reach * 10 ** draw.uniform(-4, 0)
    if draw.random() < 0.1:
        return [[[x, y], [x + size, y + size], [x + size, y], [x, y + size], [x, y]]]
    outer = _round(draw, x, y, size)
    return [outer, _round(draw, x, y, size / 3)] if draw.random() < 0.5 else [outer]


def _round(draw: Random, x: float, y: float, size: float) -> list[list[float]]:
    count = draw.randint(3, 30)
    way = draw.choice([1, -1])
    found = [
        [
            x + math.cos(way * n / count * math.tau) * size * draw.uniform(0.7, 1),
            y + math.sin(way * n / count * math.tau) * size * draw.uniform(0.7, 1),
        ]
        for n in range(count)
    ]
    return [*found, found[0]]


def geometry(draw: Random, reach: float, is_collection: bool = True) -> dict[str, Json]:
    """A geometry of any type."""
    makers: dict[str, Any] = {"Point": position, "LineString": line, "Polygon": rings}
    kinds = [*makers, *(f"Multi{one}" for one in makers), *(["GeometryCollection"] if is_collection else [])]
    kind = draw.choice(kinds)
    if kind == "GeometryCollection":
        return {"type": kind, "geometries": [geometry(draw, reach, False) for _ in range(draw.randint(1, 3))]}
    if kind.startswith("Multi"):
        make = makers[kind.removeprefix("Multi")]
        return {"type": kind, "coordinates": [make(draw, reach) for _ in range(draw.randint(1, 4))]}
    return {"type": kind, "coordinates": makers[kind](draw, reach)}
