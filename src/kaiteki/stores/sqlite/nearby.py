"""The first points near a place, in the order of ids, without decoding any entity.

Where points are few, those of all cells are read and sorted. Where they are many, each cell is read in the order of ids and
only up to a guess of the last id of the page, which is learned from the queries before; what a guess misses is read then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

import msgspec

from kaiteki.model.hole import Hole, around
from kaiteki.model.place import Bounds, reach, satisfies
from kaiteki.model.query import GeoFilter
from kaiteki.stores.disc import Disc, disc_of
from kaiteki.stores.entries import cells_over
from kaiteki.stores.sqlite.cells import Cells
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.statements import IN_CELL, in_cells

RANGES_MAX: Final = 24
"""Cells times kinds that are read quickly."""
FEW_MAX: Final = 160
"""Points that are read and sorted together."""
TRY_AGAIN: Final = 64
"""Queries answered cell by cell before it is looked whether points have become few."""
BEHIND_ALL: Final = "\U0010ffff"
"""Above every id."""


class Guess:
    """What the queries over one kind of points have taught: up to which id a page needs to read, and whether points are many."""

    def __init__(self) -> None:
        self.last = BEHIND_ALL
        self.many = 0
        """How many further queries are to be answered cell by cell."""


class Ground(msgspec.Struct, frozen=True):
    """Among which points is looked: of which kinds and under which name, behind which id, what is known of them."""

    kinds: Sequence[int]
    name: int
    after: str
    guess: Guess
    memory: Cells


class Nearby:
    """Ids of the points of some cells (of some kinds, under one name) that lie within a disc."""

    is_one_statement: ClassVar[bool] = False

    def __init__(self, geo: GeoFilter, disc: Disc, box: Bounds, of: Ground) -> None:
        self._geo = geo
        self._disc = disc
        self._box = box
        self._after = of.after
        self._of = of
        self.kinds: Final = of.kinds
        self.name: Final = of.name
        self.cells: Sequence[int] = ()
        self.guess: Final = of.guess

    def filled(self, hole: Hole) -> Nearby | None:
        """The same around another point; None where that cannot be read quickly."""
        return nearby(around(self._geo, hole), self._of) if isinstance(hole, tuple) else None

    def here(self, limit: int) -> Sequence[str] | None:
        """The ids out of memory, each once; None where the points are not held."""
        points = self._of.memory.points(self.kinds, self.name, self.cells)
        if points is None:
            return None
        found = self._all_within(points)
        if self._after:
            found = [one for one in found if one > self._after]
        return sorted(set(found))[:limit]

    def find(self, connection: Connection, limit: int) -> Sequence[str]:
        """The ids, each once."""
        self._of.memory.take(connection, self.kinds, self.name, self.cells)
        found = self.here(limit)
        return self._in_file(connection, limit) if found is None else found

    def _in_file(self, connection: Connection, limit: int) -> Sequence[str]:
        guess = self.guess
        if not guess.many:
            found = self._together(connection)
            if found is not None:
                return found[:limit]
            guess.many = TRY_AGAIN
        guess.many -= 1
        if self._after:
            # a page behind an id has another last one; nothing is learned from it
            return self._up_to(connection, self._after, BEHIND_ALL, limit)[0][:limit]
        found, last = self._up_to(connection, "", guess.last, limit)
        if len(found) < limit and guess.last != BEHIND_ALL:
            rest, _ = self._up_to(connection, guess.last, BEHIND_ALL, limit)
            found = sorted({*found, *rest})
            last = found[limit - 1] if len(found) >= limit else BEHIND_ALL
        guess.last = last
        return found[:limit]

    def _together(self, connection: Connection) -> list[str] | None:
        """All ids, by one statement; None when there are many."""
        statement = in_cells(len(self.kinds), len(self.cells))
        values = (*self.kinds, self.name, *self.cells, self._after, *self._box, FEW_MAX)
        rows = connection.execute(statement, values).fetchall()
        return None if len(rows) == FEW_MAX else sorted(set(self._within(rows, FEW_MAX)))

    def _up_to(self, connection: Connection, after: str, last: str, limit: int) -> tuple[list[str], str]:
        """The first ids behind one and up to another, sorted, and the other one, lowered where that leaves enough."""
        found: set[str] = set()
        for kind in self.kinds:
            for cell in self.cells:
                values = (kind, self.name, cell, after, last, *self._box)
                found.update(self._within(connection.execute(IN_CELL, values), limit))
                if len(found) >= 2 * limit:
                    best = sorted(found)[:limit]
                    found, last = set(best), best[-1]
        return sorted(found), last

    def _within(self, rows: Iterable[tuple[str, float, float]], limit: int) -> list[str]:
        """The first ids of those that lie within the disc."""
        disc = self._disc
        lon0, lat0, along, across = disc.west, disc.south, disc.along, disc.across
        surely, perhaps = disc.surely, disc.perhaps
        found: list[str] = []
        for entity_id, lon, lat in rows:
            up, right = (lat - lat0) * along, (lon - lon0) * across
            square = up * up + right * right
            if square <= surely or (square <= perhaps and self._exactly(lon, lat)):
                if found and found[-1] == entity_id:
                    continue
                found.append(entity_id)
                if len(found) == limit:
                    break
        return found

    def _all_within(self, points: Sequence[tuple[str, float, float]]) -> list[str]:
        """The ids of all points that lie within the disc; one loop without branches costs half of the above."""
        disc = self._disc
        lon0, lat0, along, across = disc.west, disc.south, disc.along, disc.across
        surely, perhaps = disc.surely, disc.perhaps
        found = [
            (square, entity_id, lon, lat)
            for entity_id, lon, lat in points
            if (square := ((lat - lat0) * along) ** 2 + ((lon - lon0) * across) ** 2) <= perhaps
        ]
        return [
            entity_id for square, entity_id, lon, lat in found if square <= surely or self._exactly(lon, lat)
        ]

    def _exactly(self, lon: float, lat: float) -> bool:
        return satisfies(self._geo, {"type": "Point", "coordinates": [lon, lat]})


def nearby(geo: GeoFilter, of: Ground) -> Nearby | None:
    """How to find what is near a point; None when the query asks for something else or the disc is too large."""
    disc = disc_of(geo)
    if disc is None or geo.max_distance_m is None:
        return None
    box = reach(geo.geometry, geo.max_distance_m)
    cells = cells_over(*box)
    if cells is None or len(cells) * len(of.kinds) > RANGES_MAX:
        return None
    found = Nearby(geo, disc, box, of)
    found.cells = cells
    return found
