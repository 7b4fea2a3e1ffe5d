"""The reads of personal data in memory; see ports.accesses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.model.retired import NODE
from kaiteki.ports.accesses import PAGE_MAX, Access, Kept, check_accesses, check_subjects
from kaiteki.ports.clock import Clock
from kaiteki.ports.events import ERASED
from kaiteki.ports.ledger import READ, Entry
from kaiteki.stores.journal import access_body, key_of
from kaiteki.stores.ledger import aside_entry
from kaiteki.stores.memory.journal import MemoryEvents


class MemoryAccesses:
    """Lines that share their numbers with the events."""

    def __init__(self, clock: Clock, events: MemoryEvents) -> None:
        self._clock = clock
        self._events = events
        self._kept: list[Kept] = []
        self.forgotten: list[Callable[[Sequence[int]], None]] = []
        """Whoever has to know of lines that were let go."""
        events.erased.append(self._erase)

    async def keep(self, accesses: Sequence[Access]) -> None:
        """Keep accesses."""
        check_accesses(accesses)
        if not accesses:
            return
        at = self._clock.now()
        self._kept += [Kept(self._events.next_line(), at, access) for access in accesses]

    async def of(
        self, area: str, subjects: Sequence[str], before: int = 0, limit: int = 50
    ) -> Sequence[Kept]:
        """The accesses to the data of subjects, newest first."""
        check_subjects(subjects)
        return self._page(lambda one: one.area == area and one.subject in subjects, before, limit)

    async def by(self, area: str, actor: str, before: int = 0, limit: int = 50) -> Sequence[Kept]:
        """The accesses of an actor, newest first."""
        return self._page(lambda one: one.area == area and one.by.actor == actor, before, limit)

    async def older(self, area: str, before: Instant, up_to: int, limit: int) -> Sequence[int]:
        """The numbers of the oldest reads of an area."""
        found = [
            kept.number
            for kept in self._kept
            if kept.access.area == area and kept.at < before and kept.number <= up_to
            if kept.access.by.actor != NODE
        ]
        return found[:limit]

    async def forget(self, area: str, numbers: Sequence[int]) -> None:
        """Let go of reads and of the salts of their leaves."""
        gone = frozenset(numbers)
        self._kept = [kept for kept in self._kept if kept.number not in gone or kept.access.area != area]
        for hear in self.forgotten:
            hear(numbers)

    def _page(self, is_meant: Callable[[Access], bool], before: int, limit: int) -> list[Kept]:
        found = [
            kept
            for kept in reversed(self._kept)
            if (not before or kept.number < before) and is_meant(kept.access)
        ]
        return found[: min(limit, PAGE_MAX)]

    def entries(self) -> list[Entry]:
        """All lines of reads, written out."""
        return [
            aside_entry(
                (
                    kept.number,
                    kept.access.area,
                    kept.at,
                    READ,
                    key_of(kept.access.by.actor),
                    key_of(kept.access.subject),
                    access_body(kept.access),
                )
            )
            for kept in self._kept
        ]

    def _erase(self, area: str, entity_id: str, number: int) -> None:
        """Lines before a number name an entity no more."""
        for place, kept in enumerate(self._kept):
            named = kept.access.entities
            if kept.number < number and kept.access.area == area and entity_id in named:
                entities = tuple(ERASED if one == entity_id else one for one in named)
                access = msgspec.structs.replace(kept.access, entities=entities)
                self._kept[place] = msgspec.structs.replace(kept, access=access)
