"""Ways to places and words in the file: points by cells, other places by the boxes of an R*Tree, words by FTS5."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from kaiteki.model.place import Bounds
from kaiteki.model.query import GeoFilter
from kaiteki.stores.catalogue import Catalogue
from kaiteki.stores.entries import BOX_FORM, cells_over
from kaiteki.stores.plan import ARMS_MAX, Arm, Bound, Tables, Way, bounds_around, is_of_box
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
        return [_way_of_boxes(_Looked(boxed, kinds, number, box, is_of_box(geo)), cells)]
    if cells is None or len(cells) * len(kinds) > ARMS_MAX:
        return [None]
    together = _together(kinds, number, cells, box)
    return [
        Way(
            _in_cells(kinds, number, cells, box),
            ordered=True,
            exact=True,
            what="cell",
            together=together,
            sieve=_sieve_of_points(together),
            crowd=together,
            surely=together if is_of_box(geo) else (),
        )
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


_OVERLAPS: Final = "b.west<=? AND b.east>=? AND b.south<=? AND b.north>=?"
_INSIDE: Final = "b.west>=? AND b.east<=? AND b.south>=? AND b.north<=?"
"""The boxes of the R*Tree are those of the places or a little larger (single precision, rounded outwards), so what lies inside does."""
_SIEVED: Final = "EXISTS(SELECT 1 FROM boxed WHERE boxed.row={row} AND boxed.name=? AND +boxed.entry IN (SELECT b.entry FROM box b WHERE %s))"


class _Looked(NamedTuple):
    """Where boxes are looked for: the kinds that have boxes, all kinds, the name, the box, whether it alone is asked for."""

    boxed: Sequence[int]
    kinds: Sequence[int]
    number: int
    box: Bounds
    is_box: bool


def _way_of_boxes(looked: _Looked, cells: list[int] | None) -> Way | None:
    """Boxes from the R*Tree together with the points of the cells; what they hold is checked.

    To ask an entry of the R*Tree for its kind, name or row costs twenty times as much as to find it, so the sieve and the crowd do not.
    """
    kinds, number, box = looked.kinds, looked.number, looked.box
    if cells is None or len(cells) * len(kinds) > ARMS_MAX:
        return None
    west, south, east, north = box
    overlapping, inside = (east, west, north, south), (west, east, south, north)
    of = f"b.name=? AND b.kind IN ({','.join(map(str, looked.boxed))})"
    points = _together(kinds, number, cells, box)
    sieve_of_points, near = _sieve_of_points(points)
    sieve = f"({_SIEVED % _OVERLAPS} OR {sieve_of_points})", (number, *overlapping, *near)
    arms: tuple[Arm, ...] = (("box", f"{_OVERLAPS} AND {of}", (*overlapping, number)),)
    surely: tuple[Arm, ...] = (("box", f"{_INSIDE} AND {of}", (*inside, number)),)
    return Way(
        arms + _in_cells(kinds, number, cells, box),
        ordered=False,
        exact=False,
        what="box",
        sieve=sieve,
        crowd=(("box", _OVERLAPS, overlapping), *points),
        surely=surely + points if looked.is_box else (),
    )


def _sieve_of_points(together: Sequence[Arm]) -> tuple[str, tuple[Bound, ...]]:
    # (the plus keeps SQLite from looking these rows up one by one, which would lose the order of the other way)
    texts = [f"+{{row}} IN (SELECT row FROM cell WHERE {condition})" for _, condition, _ in together]
    return f"({' OR '.join(texts)})", tuple(value for _, _, values in together for value in values)


def way_of_text(text: str) -> Way | None:
    """The texts in which every word occurs; None where there is no word."""
    phrases = phrases_of(text)
    if not phrases:
        return None
    return Way((("words", "words MATCH ?", (phrases,)),), ordered=False, exact=True, what="text")


TABLES: Final = Tables(ways_of_place, way_of_text)
