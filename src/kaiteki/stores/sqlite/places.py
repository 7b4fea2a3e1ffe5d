"""Ways to places and words in the file: points by cells, other places by the boxes of an R*Tree, words by FTS5."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kaiteki.model.place import Bounds
from kaiteki.model.query import GeoFilter
from kaiteki.stores.catalogue import Catalogue
from kaiteki.stores.entries import BOX_FORM, cells_over
from kaiteki.stores.plan import ARMS_MAX, Arm, Tables, Way, bounds_around
from kaiteki.stores.sqlite.words import phrases_of


def ways_of_place(catalogue: Catalogue, kinds: Sequence[int], geo: GeoFilter) -> list[Way | None]:
    """The cells of the points and the boxes of other places near a query's geometry."""
    box = bounds_around(geo)
    number = catalogue.name(geo.geoproperty)
    if box is None or number is None:
        return [None]
    cells = cells_over(*box)
    boxed = [kind for kind in kinds if catalogue.form(kind, geo.geoproperty, BOX_FORM)]
    if boxed:
        return [_way_of_boxes(boxed, number, box, cells, kinds)]
    if cells is None or len(cells) * len(kinds) > ARMS_MAX:
        return [None]
    together = _together(kinds, number, cells, box)
    return [
        Way(_in_cells(kinds, number, cells, box), ordered=True, exact=True, what="cell", together=together)
    ]


def _together(kinds: Sequence[int], number: int, cells: Sequence[int], box: Bounds) -> tuple[Arm, ...]:
    """The points of some cells that lie in a box, by one range for each kind."""
    west, south, east, north = box
    listed = ",".join("?" * len(cells))
    condition = f"kind=? AND name=? AND cell IN ({listed}) AND lon BETWEEN ? AND ? AND lat BETWEEN ? AND ?"
    return tuple(("cell", condition, (kind, number, *cells, west, east, south, north)) for kind in kinds)


def _in_cells(kinds: Sequence[int], number: int, cells: Sequence[int], box: Bounds) -> tuple[Arm, ...]:
    """The points of some cells that lie in a box."""
    west, south, east, north = box
    condition = "kind=? AND name=? AND cell=? AND lon BETWEEN ? AND ? AND lat BETWEEN ? AND ?"
    return tuple(
        ("cell", condition, (kind, number, cell, west, east, south, north))
        for kind in kinds
        for cell in cells
    )


def _way_of_boxes(
    boxed: Sequence[int], number: int, box: Bounds, cells: list[int] | None, kinds: Sequence[int]
) -> Way | None:
    """Boxes from the R*Tree together with the points of the cells; what they hold is checked."""
    if cells is None or len(cells) * len(kinds) > ARMS_MAX:
        return None
    west, south, east, north = box
    overlap = "b.west<=? AND b.east>=? AND b.south<=? AND b.north>=?"
    within = ",".join(str(kind) for kind in boxed)
    arms: list[Arm] = [
        ("box", f"{overlap} AND b.name=? AND b.kind IN ({within})", (east, west, north, south, number))
    ]
    arms += _in_cells(kinds, number, cells, box)
    return Way(tuple(arms), ordered=False, exact=False, what="box")


def way_of_text(text: str) -> Way | None:
    """The texts in which every word occurs; None where there is no word."""
    phrases = phrases_of(text)
    if not phrases:
        return None
    return Way((("words", "words MATCH ?", (phrases,)),), ordered=False, exact=True, what="text")


TABLES: Final = Tables(ways_of_place, way_of_text)
