"""The log as a whole in memory; see ports.ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from kaiteki.ports.ledger import (
    LINES_MAX,
    Batch,
    Entries,
    Entry,
    Erasing,
    Head,
    Leaf,
    Named,
    commitment,
    is_commitment,
)
from kaiteki.stores.ledger import aside_entry, erasing_row, in_order, salted_anew
from kaiteki.stores.memory.journal import MemoryEvents


class MemoryLedger:
    """All lines, written out anew each time, and the tree. `sources` are who knows lines."""

    def __init__(self, events: MemoryEvents, sources: Sequence[Callable[[], Iterable[Entry]]]) -> None:
        self._events = events
        self._sources = sources
        self._erasings: list[Entry] = []
        self._left: dict[int, str] = {}
        """What the last erasing that emptied a line says of it."""
        self._leaves: list[Leaf] = []
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._heads: dict[int, Head] = {}
        events.erased.append(self._erase)

    async def lines(self, after: int, limit: int = LINES_MAX) -> Entries:
        """Lines behind a number, oldest first."""
        behind = [entry for entry in self._all() if entry.number > after]
        erasing = self._erasings[-1].number if self._erasings else 0
        return Entries(in_order(behind, (), min(limit, LINES_MAX)), erasing)

    def _all(self) -> list[Entry]:
        return [*(entry for source in self._sources for entry in source()), *self._erasings]

    async def size(self) -> int:
        """How many leaves there are."""
        return len(self._leaves)

    async def leaves(self, first: int, count: int) -> Sequence[Leaf]:
        """Leaves from a place on."""
        return self._leaves[first : first + min(count, LINES_MAX)]

    async def tiles(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """Hashes of completed tiles of a level."""
        if level == 0:
            return [leaf.hash for leaf in await self.leaves(first, count)]
        places = range(first, first + min(count, LINES_MAX))
        return [self._tiles[level, place] for place in places if (level, place) in self._tiles]

    async def place_of(self, number: int) -> int | None:
        """The place of the leaf of a line."""
        return next((place for place, leaf in enumerate(self._leaves) if leaf.number == number), None)

    async def append(self, batch: Batch, erasing: int) -> bool:
        """Keep leaves, unless something came between."""
        newest = self._erasings[-1].number if self._erasings else 0
        if batch.first != len(self._leaves) or erasing != newest:
            return False
        self._leaves += batch.leaves
        self._tiles.update({(level, place): one for level, place, one in batch.tiles})
        return True

    async def sign(self, head: Head) -> None:
        """Keep a signed head."""
        self._heads.setdefault(head.size, head)

    async def heads(self, before: int = 0, limit: int = 100) -> Sequence[Head]:
        """Signed heads, longest first."""
        sizes = sorted((size for size in self._heads if not before or size < before), reverse=True)
        return [self._heads[size] for size in sizes[: min(limit, LINES_MAX)]]

    def lose_salts(self, numbers: Sequence[int]) -> None:
        """The salts of lines that were let go are destroyed."""
        gone = frozenset(numbers)
        for place, leaf in enumerate(self._leaves):
            if leaf.number in gone:
                self._leaves[place] = msgspec.structs.replace(leaf, salt=b"")

    def _erase(self, area: str, entity_id: str, number: int) -> None:
        """Lines before a number name an entity no more: their salts go, and a line says so."""
        entries = {entry.number: entry for entry in self._all()}
        lines: list[Named] = []
        for place, leaf in enumerate(self._leaves):
            entry = entries.get(leaf.number)
            if entry is None or leaf.number >= number or entry.area != area or self._stands(leaf, entry.text):
                continue
            salt, named = salted_anew(entry)
            self._leaves[place] = msgspec.structs.replace(leaf, salt=salt)
            self._left[leaf.number] = named.left
            lines.append(named)
        told = Erasing((number,), tuple(lines))
        row = erasing_row(self._events.next_line(), area, self._events.newest_at(), told)
        self._erasings.append(aside_entry(row))

    def _stands(self, leaf: Leaf, text: bytes) -> bool:
        """Whether a line is as its leaf, or the erasing that emptied it, says."""
        left = self._left.get(leaf.number)
        return is_commitment(leaf, text) if left is None else commitment(leaf.salt, text).hex() == left
