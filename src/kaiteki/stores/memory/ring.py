"""The ring of keys in memory; see ports.keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from kaiteki.ports.keys import KeptKey, Tombstone


class MemoryRing:
    """Keys by id, as long as the process lives."""

    def __init__(self) -> None:
        self._keys: dict[str, KeptKey] = {}
        self._tombstones: list[Tombstone] = []

    async def put(self, keys: Sequence[KeptKey]) -> None:
        """Keep keys of those who have none."""
        for key in keys:
            if all(kept.holder != key.holder for kept in self._keys.values()):
                self._keys[key.id] = key

    async def find(self, holders: Sequence[str] = (), ids: Sequence[str] = ()) -> Sequence[KeptKey]:
        """Keys by holders and ids."""
        return [key for key in self._keys.values() if key.holder in holders or key.id in ids]

    async def list(self, after_id: str = "", limit: int = 500) -> Sequence[KeptKey]:
        """Keys behind an id."""
        return [self._keys[one] for one in sorted(self._keys) if one > after_id][:limit]

    async def replace(self, keys: Sequence[KeptKey]) -> None:
        """Newly wrapped keys."""
        self._keys |= {key.id: key for key in keys if key.id in self._keys}

    async def destroy(self, holders: Sequence[str], tombstone: Tombstone) -> int:
        """Forget the keys of holders."""
        gone = [key.id for key in self._keys.values() if key.holder in holders]
        for one in gone:
            del self._keys[one]
        if gone or tombstone.who:
            number = len(self._tombstones) + 1
            self._tombstones.append(msgspec.structs.replace(tombstone, count=len(gone), number=number))
        return len(gone)

    async def tombstones(self) -> Sequence[Tombstone]:
        """What was destroyed."""
        return tuple(self._tombstones)

    async def shared_kek(self, text: Mapping[str, str]) -> Mapping[str, str]:
        """One process shares nothing."""
        return text
