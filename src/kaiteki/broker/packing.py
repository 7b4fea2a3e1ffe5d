"""Packs what no event has into parcels, and numbers them: by the microsecond, each behind the one before."""

from __future__ import annotations

from collections.abc import Iterable

from kaiteki.broker.plane import Plane
from kaiteki.ports.subscriptions import Delivery, SubscriptionKey


class Packing:
    """The numbers of the parcels of a node."""

    def __init__(self, plane: Plane) -> None:
        self._clock = plane.clock
        self._last = 0

    def pack(self, key: SubscriptionKey, told: Iterable[tuple[str, bytes]]) -> list[Delivery]:
        """Parcels for a subscription, to be owed to it; of each the id that it is about, and what it tells."""
        now = self._clock.now()
        parcels: list[Delivery] = []
        for about, body in told:
            self._last = max(now, self._last + 1)
            parcels.append(Delivery(*key, self._last, about, now, parcel=body))
        return parcels
