"""Where names stand on a sheet: none over another one, none on a mark, none cut by the frame, beside a line rather than on it.

```
feature ─► places, the best first (point: above, below, right, left; line: above, below, right, left, on it; area: within, up and down)
        ─► the first one that is free; where none is, the name is left out and stands in the list of the page
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import dist
from typing import Any, Final, cast

import shapely

from kaiteki.services.maps.sheets.drawing import Lettering, width_of
from kaiteki.services.maps.sheets.papers import Frame, Point

NAME_MM: Final = 2.4
AGAIN_MM: Final = 70.0
"""A name that stands in several places (the pieces of a road) is told again at this distance."""
AGAIN_POINT_MM: Final = 8.0
"""The same for points: nearer than this one name is for both."""
CLEAR_MM: Final = 0.9
"""A name stands so far off a line, and somewhat farther off the middle of a mark."""
MARK_MM: Final = 2.4
STEPS_MM: Final = (0.0, -4.0, 4.0, -8.0, 8.0)
"""How far up and down a name is tried within an area."""
_HIGH: Final = 0.35
"""The middle of a line of letters lies so far above its base line, in heights of a letter."""


class Names:
    """The names of a sheet, in the order in which they are put; `marks` is what the marks of points cover."""

    def __init__(self, frame: Frame, marks: Sequence[Frame]) -> None:
        self._frame = frame
        self._taken = list(marks)
        self.placed: list[Lettering] = []

    def put(self, named: Sequence[tuple[str, Any]]) -> None:
        """Names of features with their shapes (shapely, in millimetres), where there is room for them."""
        for name, shape in named:
            spot = _spot(shape)
            near = AGAIN_POINT_MM if shape.geom_type == "Point" else AGAIN_MM
            again = any(one.text == name and dist(one.at, spot) < near for one in self.placed)
            if name and not again:
                self._put(name, shape, spot)

    def _put(self, name: str, shape: Any, spot: Point) -> None:
        half = width_of(name, NAME_MM) / 2
        for x, y in _places(shape, spot, half):
            box = Frame(x - half, y - NAME_MM, 2 * half, NAME_MM * 1.2)
            if _within(box, self._frame) and not any(_meet(box, other) for other in self._taken):
                self._taken.append(box)
                self.placed.append(Lettering((x, y), name, NAME_MM, "middle", halo=True))
                return


def _places(shape: Any, spot: Point, half: float) -> Iterator[Point]:
    """Middles of base lines, the best first."""
    x, y = spot
    middle = y + NAME_MM * _HIGH
    kind = str(shape.geom_type)
    tools = cast(Any, shapely)
    if kind in ("Point", "MultiPoint"):
        yield x, y - MARK_MM
        yield x, y + MARK_MM + NAME_MM * 0.8
        yield x + MARK_MM + half, middle
        yield x - MARK_MM - half, middle
    elif kind in ("LineString", "MultiLineString"):
        up, low = y - CLEAR_MM, y + CLEAR_MM + NAME_MM * 0.8
        right, left = x + CLEAR_MM + half, x - CLEAR_MM - half
        for at in ((x, up), (x, low), (right, middle), (left, middle)):
            letters = tools.box(at[0] - half, at[1] - NAME_MM * 0.8, at[0] + half, at[1] + NAME_MM * 0.1)
            if not shape.intersects(letters):
                yield at
        yield x, middle
    else:
        for step in STEPS_MM:
            if step == 0.0 or shape.contains(tools.Point(x, y + step)):
                yield x, middle + step


def _spot(shape: Any) -> Point:
    """A point of a shape: the middle of a line, a point within an area."""
    if shape.geom_type in ("LineString", "MultiLineString"):
        longest = max(shape.geoms, key=lambda one: one.length) if hasattr(shape, "geoms") else shape
        point = longest.interpolate(0.5, normalized=True)
    else:
        point = shape.representative_point()
    return point.x, point.y


def _within(box: Frame, frame: Frame) -> bool:
    return box.x > frame.x and box.right < frame.right and box.y > frame.y and box.bottom < frame.bottom


def _meet(one: Frame, other: Frame) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom
