"""Points that were looked among lately, by cell, in memory; kept right by the event log.

A cell is held as it stood at the newest event that was seen (stores.sqlite.stamps). Where a point of a kind comes, moves or goes, all
cells of that kind under that name are forgotten: stations stand still, and of what moves all the time nothing is held for long.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from kaiteki.ports.events import ERASED
from kaiteki.stores.catalogue import WHOLE
from kaiteki.stores.journal import Line
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.statements import whole_cells

POINTS_MAX: Final = 40_000
"""Points that are held, some 250 bytes each: 10 MB. A full memory begins anew."""
CELL_POINTS_MAX: Final = 32
"""Points of a cell, on average of those that are read together, up to which it is held; among more of them it is looked in the file."""
EMPTY_CELL_POINTS: Final = 1
"""What an empty cell counts for."""

Place: TypeAlias = tuple[str, float, float]
"""Id, longitude and latitude."""
Cell: TypeAlias = tuple[Place, ...] | None
"""The points of a cell, None where they are too many."""


class Cells:
    """Points by kind and name, then by cell. Used by one connection."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, int], dict[int, Cell]] = {}
        self._size = 0

    @property
    def kept(self) -> int:
        """How many points are held; a cell counts for one too."""
        return self._size

    @property
    def holds(self) -> bool:
        """Whether anything is held."""
        return bool(self._held)

    def points(self, kinds: Sequence[int], name: int, cells: Sequence[int]) -> list[Place] | None:
        """All points of some kinds in some cells, in no order; None when not all of them are held."""
        found: list[Place] = []
        for kind in kinds:
            held = self._held.get((kind, name))
            if held is None:
                return None
            for cell in cells:
                points = held.get(cell)
                if points is None:
                    return None
                found += points
        return found

    def take(self, connection: Connection, kinds: Sequence[int], name: int, cells: Sequence[int]) -> None:
        """Read what is not held yet. In a transaction that sees no more than what `heed` was told of."""
        if self._size >= POINTS_MAX:
            self.forget()
        for kind in kinds:
            held = self._held.setdefault((kind, name), {})
            missing = [cell for cell in cells if cell not in held]
            if missing:
                self._read(connection, (kind, name), held, missing)

    def _read(
        self, connection: Connection, key: tuple[int, int], held: dict[int, Cell], cells: Sequence[int]
    ) -> None:
        most = CELL_POINTS_MAX * len(cells)
        rows = connection.execute(whole_cells(len(cells)), (*key, *cells, most + 1)).fetchall()
        self._size += EMPTY_CELL_POINTS * len(cells)
        if len(rows) > most:
            held.update(dict.fromkeys(cells))
            return
        self._size += len(rows)
        found: dict[int, list[Place]] = {cell: [] for cell in cells}
        for cell, *place in rows:
            found[cell].append(tuple(place))
        held.update({cell: tuple(places) for cell, places in found.items()})

    def heed(self, change: Line) -> None:
        """Forget what a change may have made wrong."""
        what, entity_id, kind, names, _ = change
        if WHOLE in names or entity_id == ERASED:
            # it may have been of any kind before
            self.forget()
            return
        for key in [key for key in self._held if key[0] == kind]:
            if what != "modified" or key[1] in names:
                self._drop(key)

    def _drop(self, key: tuple[int, int]) -> None:
        held = self._held.pop(key)
        self._size -= sum(len(places or ()) + EMPTY_CELL_POINTS for places in held.values())

    def forget(self) -> None:
        """Forget everything."""
        self._held.clear()
        self._size = 0
