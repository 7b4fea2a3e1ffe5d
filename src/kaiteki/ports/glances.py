"""Reads that are over in some tens of microseconds and are answered at once, without a task; the long way is ports.entities.

Law: what is answered here is what `Entities` would answer at the same moment. `None` sends the caller the long way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from kaiteki.model.hole import Hole
from kaiteki.model.query import Query
from kaiteki.ports.entities import Row, Stamp


class Glanced(msgspec.Struct, frozen=True):
    """One page: of each entity what is known of its state, else its row; and whether more follow."""

    parts: Sequence[bytes | Row]
    more: bool = False


class Window(Protocol):
    """A page that may be looked at again and again: what was planned for it once is used as long as it holds."""

    def look(self, known: Mapping[Stamp, bytes]) -> Glanced | None:
        """The page now. `known` is what the caller keeps by the stamps of rows; those entities are not read.

        The very object that was answered before comes again only when no entity of the store has changed in between.
        """
        ...

    def filled(self, hole: Hole) -> Window:
        """A window on the same page of a query that differs from the one of this window in its hole alone (model.hole)."""
        ...


class Glances(Protocol):
    """Quick reads over the entities of all areas, for the event loop alone."""

    def seen(self, area: str, entity_id: str) -> Stamp | None:
        """The stamp of an entity as it is remembered; None when it is not.

        What this process has kept is seen at once, what another one has kept within a millisecond.
        """
        ...

    def row(self, area: str, entity_id: str) -> Row | None:
        """An entity that exists."""
        ...

    def window(self, area: str, wanted: Query) -> Window | None:
        """A window on a first page (no offset, no total) that the store can answer quickly."""
        ...
