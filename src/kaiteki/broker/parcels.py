"""Parcels: notifications of what no event of this node has. What they tell is kept with them, until they are delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from kaiteki.broker.notices import Notice, notice_of
from kaiteki.broker.plane import Plane
from kaiteki.broker.watching import Viewer
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.representation.rendering import encode
from kaiteki.model.sources.watching import Tidings
from kaiteki.model.terms.context import Context
from kaiteki.model.watch.happening import Happening, Touch
from kaiteki.model.watch.letter import tell
from kaiteki.model.watch.subscription import Subscription
from kaiteki.ports.events import Event
from kaiteki.ports.subscriptions import Delivery, DeliveryKey

EVENTS_AT_ONCE: Final = 200


class Told(msgspec.Struct, frozen=True, tag="entity"):
    """What a context source tells of an entity of its own: what happened, as far as it says (model.watch.happening)."""

    before: Entity | None
    after: Entity | None
    touches: tuple[Touch, ...] = ()
    known: Entity | None = None


encode_parcel: Final = msgspec.json.Encoder().encode
"""Tidings, or what a source tells, as a parcel keeps it."""
_decoder: Final = msgspec.json.Decoder(Tidings | Told)


class Parcel:
    """Registrations that a subscription is to be told of. It stands in a queue as a notice does, under an event that is in no log."""

    __slots__ = ("event", "kept", "tidings")

    def __init__(self, event: Event, kept: bytes, tidings: Tidings) -> None:
        self.event = event
        self.kept = kept
        self.tidings = tidings


class Heard:
    """What a source tells of an entity, on its way to a subscription as if it had happened here. What its owner may not see is cut when it is sent."""

    __slots__ = ("_told", "event", "kept")

    def __init__(self, event: Event, kept: bytes, told: Told) -> None:
        self.event = event
        self.kept = kept
        self._told = told

    async def look(self, plane: Plane) -> None:
        """Nobody here knows how the entity is now; what was told stands."""

    @property
    def states(self) -> list[Entity]:
        """The states that decide who sees what of it."""
        return [state for state in (self._told.before, self._told.after) if state is not None]

    def seen_by(self, viewer: Viewer) -> Happening | None:
        """What happened as somebody sees it; None where nothing is seen."""
        return seen(
            Happening(self._told.before, self._told.after, self._told.touches, self._told.known), viewer
        )

    def body(self, viewer: Viewer, happened: Happening, one: Subscription, how: tuple[Context, str]) -> bytes:
        """The entity of a notification as bytes."""
        return encode(tell(one, happened, how[0], self.event.at))


def seen(happened: Happening, viewer: Viewer) -> Happening | None:
    """What somebody sees of what happened elsewhere, by the rules for what stands here."""
    after = viewer.see(happened.after) if happened.after is not None else None
    if happened.after is not None and after is None:
        return None
    before = viewer.see_past(happened.before, happened.after) if happened.before is not None else None
    if after is None and before is None:
        return None
    names = {name for one in (before, after) if one is not None for name in one.attributes}
    touches = tuple(touch for touch in happened.touches if touch.name in names)
    return Happening(before, after, touches, before if happened.known is not None else None)


Piece: TypeAlias = Notice | Parcel | Heard
"""What a notification tells one of."""


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


def unpacked(owed: Delivery) -> Parcel | Heard:
    """The parcel of a delivery."""
    told = _decoder.decode(owed.parcel)
    event = Event(owed.number, owed.area, Instant(owed.at), "modified", owed.entity_id, (), (), 0, "", "")
    return Parcel(event, owed.parcel, told) if isinstance(told, Tidings) else Heard(event, owed.parcel, told)
