"""Parcels: notifications of what no event of this node has. What they tell is kept with them, until they are delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from kaiteki.broker.notices import Notice, notice_of
from kaiteki.broker.plane import Plane
from kaiteki.model.instant import Instant
from kaiteki.model.sources.watching import Tidings
from kaiteki.ports.events import Event
from kaiteki.ports.subscriptions import Delivery, DeliveryKey, SubscriptionKey

EVENTS_AT_ONCE: Final = 200
_encode: Final = msgspec.json.Encoder().encode
_tidings: Final = msgspec.json.Decoder(Tidings)


class Parcel:
    """Registrations that a subscription is to be told of. It stands in a queue as a notice does, under an event that is in no log."""

    __slots__ = ("event", "kept", "tidings")

    def __init__(self, event: Event, kept: bytes) -> None:
        self.event = event
        self.kept = kept
        self.tidings = _tidings.decode(kept)


Piece: TypeAlias = Notice | Parcel
"""What a notification tells one of."""


class Packing:
    """Numbers parcels: by the microsecond, each behind the one before."""

    def __init__(self, plane: Plane) -> None:
        self._clock = plane.clock
        self._last = 0

    def pack(self, key: SubscriptionKey, told: Sequence[Tidings]) -> list[Delivery]:
        """Parcels for a subscription, to be owed to it."""
        now = self._clock.now()
        parcels: list[Delivery] = []
        for one in told:
            self._last = max(now, self._last + 1)
            about = one.registrations[0].id
            parcels.append(Delivery(*key, self._last, about, now, parcel=_encode(one)))
        return parcels


async def pieces_of(plane: Plane, owed: Sequence[Delivery]) -> Mapping[DeliveryKey, Piece]:
    """What deliveries tell; what nobody knows any more is not among it."""
    notices: dict[int, Notice] = {}
    events: Mapping[int, Event] = {}
    for number in sorted({one.number for one in owed if not one.parcel}):
        if number not in events:
            page = await plane.events.read(number - 1, EVENTS_AT_ONCE)
            events = {one.number: one for one in page}
        event = events.get(number)
        notice = await notice_of(plane, event) if event is not None else None
        if notice is not None:
            notices[number] = notice
    found: dict[DeliveryKey, Piece] = {one.key: unpacked(one) for one in owed if one.parcel}
    found |= {one.key: notices[one.number] for one in owed if one.number in notices}
    return found


def unpacked(owed: Delivery) -> Parcel:
    """The parcel of a delivery."""
    event = Event(owed.number, owed.area, Instant(owed.at), "created", owed.entity_id, (), (), 0, "", "")
    return Parcel(event, owed.parcel)
