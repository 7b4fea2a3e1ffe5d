"""How many bytes the files of data sets have: noted when one was made and sent to its end, forgotten when its data set changes.

    file sent whole ─► note(area, path, entry as it was when it was begun) ─► Catalogue.size_of ─► DCAT, CKAN, schema.org, page

Nothing is made to know its size, and nothing is guessed: what nobody fetched since the node started has no size. An entry does not move
when records of a table are changed past its imports, so the size of such a table is that of a file since its last import.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

from kaiteki.kit.catalogue.entries import Entry
from kaiteki.model.instant import Instant

SIZES_MAX: Final = 100_000
"""Files whose sizes a node remembers; a full memory begins anew."""


class Sizes:
    """The sizes of one node, by area and address below it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[int, Instant | None, int | None]] = {}

    def note(self, area: str, path: str, entry: Entry, size: int) -> None:
        """A file at a path had so many bytes while the entry was as it is."""
        if len(self._known) >= SIZES_MAX:
            self.clear()
        self._known[area, unquote(path)] = size, entry.changed_at, entry.records

    def of(self, area: str, path: str, entry: Entry) -> int | None:
        """The bytes of a file of an entry as it is now; None where nobody knows."""
        size, *state = self._known.get((area, unquote(path)), (None,))
        return size if size is not None and state == [entry.changed_at, entry.records] else None

    def clear(self) -> None:
        """No size is known any more."""
        self._known.clear()
