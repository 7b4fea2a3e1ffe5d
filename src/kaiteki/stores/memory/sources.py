"""Registrations of context sources, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from kaiteki.model.sources.registration import SourceStanding
from kaiteki.ports.sources import KeptSource, SourceKey


class MemorySources:
    """Registrations by key; see ports.sources."""

    def __init__(self) -> None:
        self._kept: dict[SourceKey, KeptSource] = {}

    async def put(self, kept: KeptSource) -> None:
        """Keep a registration, in place of one with its area and id."""
        self._kept[kept.key] = kept

    async def remove(self, key: SourceKey) -> bool:
        """Forget a registration; whether there was one."""
        return self._kept.pop(key, None) is not None

    async def revision(self) -> int | None:
        """One node alone writes it."""
        return None

    async def list(self, after: SourceKey = ("", ""), limit: int = 1000) -> Sequence[KeptSource]:
        """Registrations behind a key, by area and id."""
        return [self._kept[key] for key in sorted(self._kept) if key > after][:limit]

    async def note(self, standings: Mapping[SourceKey, SourceStanding]) -> None:
        """Keep how asking sources went."""
        for key, standing in standings.items():
            kept = self._kept.get(key)
            if kept is not None:
                self._kept[key] = msgspec.structs.replace(kept, standing=standing)
