"""Points of the drawn map whose signs would lie on each other from afar, gathered under one sign with their number.

Of all layers together, in the order in which they are drawn: a point joins the first one within REACH_PX, else it stands for itself and others
join it. From GATHERED_BELOW on each has its own sign, for what stands in one building is told apart by no zoom.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.services.maps.in_view import Shape

REACH_PX: Final = 22.0
"""Signs are 18 pixels wide, the disc of those that are gathered 22."""
GATHERED_BELOW: Final = 16.0
"""The zoom."""
TITLES_MAX: Final = 5
"""Names that a gathered sign tells."""
MIXED: Final = "#1a1a1a"
"""The colour where not all are of one."""


class Gathered(msgspec.Struct, frozen=True):
    """Features at one place of the picture (pixels): how many, the first of their names, their colour."""

    x: float
    y: float
    count: int
    titles: tuple[str, ...]
    colour: str
    more: bool = False
    """Whether there may be others, of a layer that has more than are drawn."""


def gather(
    layers: Sequence[Sequence[Shape]], zoom: float, cut: frozenset[int] = frozenset()
) -> tuple[list[list[Shape]], list[Gathered]]:
    """The shapes of each layer without the points that were gathered, and what was; the first layer goes before the others. `cut` are
    the layers (by their place) that have more features in the window than these."""
    if zoom >= GATHERED_BELOW:
        return [list(shapes) for shapes in layers], []
    groups: list[list[tuple[int, int]]] = []
    cells: dict[tuple[int, int], list[tuple[float, float, int]]] = {}
    for at, shapes in enumerate(layers):
        for number, shape in enumerate(shapes):
            for x, y in shape.points:
                groups[_group_of(x, y, cells, groups)].append((at, number))
    taken: dict[tuple[int, int], set[int]] = {}
    found: list[Gathered] = []
    anchors = {group: (x, y) for several in cells.values() for x, y, group in several}
    for group, members in enumerate(groups):
        of = list(dict.fromkeys(members))
        if len(of) < 2:
            continue
        features = [layers[at][number].feature for at, number in of]
        colours = {one.sign.colour for one in features if one.sign is not None}
        titles = tuple(one.title for one in features[:TITLES_MAX])
        colour = colours.pop() if len(colours) == 1 else MIXED
        more = any(at in cut for at, _ in of)
        found.append(Gathered(*anchors[group], len(of), titles, colour, more))
        for one in of:
            taken.setdefault(one, set()).add(group)
    return [
        [_left(shape, taken.get((at, number)), cells) for number, shape in enumerate(shapes)]
        for at, shapes in enumerate(layers)
    ], found


def _group_of(
    x: float,
    y: float,
    cells: dict[tuple[int, int], list[tuple[float, float, int]]],
    groups: list[list[tuple[int, int]]],
) -> int:
    """The first group within reach; a new one where there is none."""
    near = _near(x, y, cells)
    if near is not None:
        return near
    groups.append([])
    cells.setdefault((int(x // REACH_PX), int(y // REACH_PX)), []).append((x, y, len(groups) - 1))
    return len(groups) - 1


def _near(x: float, y: float, cells: dict[tuple[int, int], list[tuple[float, float, int]]]) -> int | None:
    column, row = int(x // REACH_PX), int(y // REACH_PX)
    met = [
        group
        for right in (-1, 0, 1)
        for down in (-1, 0, 1)
        for other_x, other_y, group in cells.get((column + right, row + down), ())
        if (other_x - x) ** 2 + (other_y - y) ** 2 < REACH_PX**2
    ]
    return min(met, default=None)


def _left(
    shape: Shape, gone: set[int] | None, cells: dict[tuple[int, int], list[tuple[float, float, int]]]
) -> Shape:
    """A shape without those of its points that are gathered."""
    if gone is None:
        return shape
    return msgspec.structs.replace(
        shape, points=[one for one in shape.points if _near(*one, cells) not in gone]
    )
