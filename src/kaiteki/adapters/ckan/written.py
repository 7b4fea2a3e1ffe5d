"""Packages as the JSON that was last answered of them, so that a page of a thousand is copied and not made anew.

    package_search ─► take(entry, marks) ─ the same entry, sizes and address ──► its bytes
                                         └ else ──► made, and kept in their place

A package of a city is 5 to 8 kB, so a thousand of them fit; what was asked for longest ago goes first. What an area no longer has, or has otherwise, is
let go with the first question after the change (`only`): what was withdrawn does not stay in memory here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Final, NamedTuple

import msgspec

from kaiteki.kit.catalogue.entries import Entry

WRITTEN_BYTES_MAX: Final = 8_000_000
"""Bytes of the packages of an area that are kept."""


class _Kept(NamedTuple):
    entry: Entry
    marks: Hashable
    told: bytes


class Written:
    """The packages of one area, by the ids of their entries. Threads may ask at once."""

    def __init__(self, bytes_max: int = WRITTEN_BYTES_MAX) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._bytes, self._bytes_max = 0, bytes_max
        self._lock = Lock()

    @property
    def bytes(self) -> int:
        """How many are kept."""
        return self._bytes

    def take(self, entry: Entry, marks: Hashable, make: Callable[[], Mapping[str, object]]) -> msgspec.Raw:
        """The package of an entry: the kept one where the entry is the very same and the marks are equal, else one that is made."""
        kept = self._kept.get(entry.id)
        if kept is None or kept.entry is not entry or kept.marks != marks:
            kept = _Kept(entry, marks, msgspec.json.encode(make()))
            self._keep(kept)
        return msgspec.Raw(kept.told)

    def only(self, entries: Mapping[str, Entry]) -> None:
        """Let go of the packages of all but these entries, by their ids."""
        with self._lock:
            for kept in [*self._kept.values()]:
                if entries.get(kept.entry.id) is not kept.entry:
                    self._drop(kept.entry.id)

    def _keep(self, kept: _Kept) -> None:
        with self._lock:
            self._drop(kept.entry.id)
            self._kept[kept.entry.id] = kept
            self._bytes += len(kept.told)
            while self._bytes > self._bytes_max:
                self._drop(next(iter(self._kept)))

    def _drop(self, entry_id: str) -> None:
        gone = self._kept.pop(entry_id, None)
        self._bytes -= len(gone.told) if gone is not None else 0
