"""The states of entities that were asked for lately, kept right by the event log: what any process has changed since is dropped."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import Final, cast

from kaiteki.ports.entities import Stamp
from kaiteki.stores.journal import body_decoder
from kaiteki.stores.sqlite.catalogue import newest
from kaiteki.stores.sqlite.cells import Cells
from kaiteki.stores.sqlite.driver import Connection

STAMPS_MAX: Final = 40_000
"""Entities whose state is remembered: about 10 MB. A full memory begins anew."""
UNSEEN_MAX_S: Final = 0.001
"""How long a change by another process may stay unseen."""
BEHIND_MAX: Final = 400
"""Lines of the log up to which they are read; further behind, everything is forgotten."""

_STATE: Final = "SELECT born, version FROM entity WHERE area=? AND id=? AND doc IS NOT NULL"
_SINCE: Final = "SELECT body FROM log WHERE number>? ORDER BY number LIMIT ?"


_NONE: Final[dict[str, Stamp]] = {}


class Stamps:
    """States by area and id, as of the newest event that was seen. Used by one connection.

    `cells` hear of the same events.
    """

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._known: dict[int, dict[str, Stamp]] = {}
        self._size = 0
        self._checked_at_s = 0.0
        self.number = -1
        """The newest event that was seen."""
        self.ahead = False
        """Whether a state was read since then that may be newer."""

    @property
    def kept(self) -> int:
        """How many states are remembered."""
        return sum(map(len, self._known.values()))

    def is_fresh(self, own: int) -> bool:
        """Whether nothing can have changed unseen. `own` is the newest event of this process that was answered."""
        return own <= self.number and monotonic() - self._checked_at_s < UNSEEN_MAX_S

    def remembered(self, place: int, entity_id: str) -> Stamp | None:
        """The state of an entity, as it was when it was fresh."""
        known = self._known.get(place)
        return None if known is None else known.get(entity_id)

    def remember(self, place: int, entity_id: str, stamp: Stamp) -> None:
        """Take a state that was just read; if it is newer than the newest event seen, it is forgotten with that event."""
        if self._size >= STAMPS_MAX:
            self._forget()
        self._size += 1
        self.ahead = True
        self._known.setdefault(place, {})[entity_id] = stamp

    def catch_up(self, connection: Connection) -> int:
        """Forget what was changed since the last time; the newest event. To be called first in a transaction."""
        self._checked_at_s = monotonic()
        number = newest(connection)
        self.ahead = False
        if number == self.number:
            return number
        lines = (
            connection.execute(_SINCE, (self.number, BEHIND_MAX + 1)).fetchall()
            if self._size or self._cells.holds
            else []
        )
        if len(lines) > BEHIND_MAX:
            self._forget()
        else:
            for (body,) in lines:
                for change in body_decoder.decode(body).told:
                    for known in self._known.values():
                        known.pop(change[1], None)
                    self._cells.heed(change)
        self.number = number
        return number

    def of(self, connection: Connection, place: int, ids: Iterable[str]) -> list[Stamp]:
        """The states of entities of an area that exist, in the order of the ids."""
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = {}
        get = known.get
        return [get(entity_id) or self._look(connection, place, entity_id) for entity_id in ids]

    def _look(self, connection: Connection, place: int, entity_id: str) -> Stamp:
        found = connection.execute(_STATE, (place, entity_id)).fetchone()
        if found is None:
            raise LookupError(f"{entity_id} stands in an index and is not kept")
        stamp = cast("Stamp", found)
        self.remember(place, entity_id, stamp)
        return stamp

    def page(self, place: int, ids: Iterable[str]) -> list[Stamp | None]:
        """The states of entities of an area as far as they are remembered, in the order of the ids."""
        return list(map(self._known.get(place, _NONE).get, ids))

    def _forget(self) -> None:
        """Forget everything; dictionaries in use are emptied, not replaced."""
        self._cells.forget()
        for known in self._known.values():
            known.clear()
        self._size = 0
