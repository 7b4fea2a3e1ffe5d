"""Subscriptions and what is owed to them, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from kaiteki.ports.subscriptions import (
    PARCELS_FROM,
    Backlog,
    Delivery,
    DeliveryKey,
    KeptSubscription,
    Settlement,
    SubscriptionKey,
)
from kaiteki.stores.memory.journal import MemoryEvents


class MemorySubscriptions:
    """Subscriptions by key, deliveries by key; see ports.subscriptions."""

    def __init__(self, events: MemoryEvents) -> None:
        self._events = events
        self._kept: dict[SubscriptionKey, KeptSubscription] = {}
        self._owed: dict[DeliveryKey, Delivery] = {}
        events.erased.append(self._forget)

    def _forget(self, area: str, entity_id: str, number: int) -> None:
        """Nothing is owed any more of an entity that was erased."""
        for key, owed in list(self._owed.items()):
            named = (owed.area, owed.entity_id) == (area, entity_id)
            if named and (owed.number < number or owed.number >= PARCELS_FROM):
                del self._owed[key]

    async def put(self, kept: KeptSubscription) -> None:
        """Keep a subscription, in place of one with its area and id."""
        self._kept[kept.key] = kept

    async def remove(self, key: SubscriptionKey) -> bool:
        """Forget a subscription and all that is owed to it; whether there was one."""
        for owed in [owed for owed in self._owed if owed[:2] == key]:
            del self._owed[owed]
        return self._kept.pop(key, None) is not None

    async def revision(self) -> int | None:
        """One node alone writes it."""
        return None

    async def list(self, after: SubscriptionKey = ("", ""), limit: int = 1000) -> Sequence[KeptSubscription]:
        """Subscriptions behind a key, by area and id."""
        return [self._kept[key] for key in sorted(self._kept) if key > after][:limit]

    async def settle(self, settlement: Settlement) -> None:
        """Keep all parts of a settlement."""
        if settlement.cursor is not None:
            await self._events.advance(*settlement.cursor)
        for owed in settlement.owed:
            if owed.key[:2] in self._kept:
                self._owed[owed.key] = owed
        for key in settlement.done:
            self._owed.pop(key, None)
        for key, standing in settlement.standings.items():
            kept = self._kept.get(key)
            if kept is not None:
                self._kept[key] = msgspec.structs.replace(kept, standing=standing)

    async def owed(
        self, key: SubscriptionKey, after: int = 0, limit: int = 500, dead: bool = False
    ) -> Sequence[Delivery]:
        """Deliveries of a subscription behind the number of an event, in order of events."""
        return [
            self._owed[one]
            for one in sorted(self._owed)
            if one[:2] == key and one[2] > after and self._owed[one].dead == dead
        ][:limit]

    async def backlogs(self) -> Sequence[Backlog]:
        """The subscriptions to which anything is owed, by area and id."""
        counts = Counter((*key[:2], owed.dead) for key, owed in self._owed.items())
        keys = sorted({key[:2] for key in self._owed})
        return [Backlog(*key, counts[(*key, False)], counts[(*key, True)]) for key in keys]
