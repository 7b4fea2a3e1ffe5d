"""What the core asks of a register of subscriptions: they, how their sending went, and the deliveries that wait or are dead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeAlias

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.model.watch.document import Standing
from kaiteki.model.watch.subscription import Subscription

SubscriptionKey: TypeAlias = tuple[str, str]
"""Area and id of a subscription."""
DeliveryKey: TypeAlias = tuple[str, str, int]
"""Area, id of the subscription, number of the event."""
PARCELS_FROM: Final = 10**14
"""Deliveries with a number from here on are parcels: what they tell is kept with them, as no event of this node has it.
They are numbered by the microsecond in which they were packed."""


class KeptSubscription(msgspec.Struct, frozen=True):
    """A subscription of an area. `owner` is the account whose eyes its notifications are seen with.

    Only events behind the number `since` concern it.
    """

    area: str
    owner: str
    subscription: Subscription
    since: int = 0
    standing: Standing = Standing()

    @property
    def key(self) -> SubscriptionKey:
        """Area and id."""
        return (self.area, self.subscription.id)


class Delivery(msgspec.Struct, frozen=True):
    """A notification that is owed: a pointer to the event of a change, no copy of what changed.

    `at` is the time of the event. A dead one is attempted no more unless it is made to wait again; `reason` says why it failed.
    `parcel` is what is told, of one that no event has.
    """

    area: str
    subscription_id: str
    number: int
    entity_id: str
    at: Instant
    attempts: int = 0
    reason: str = ""
    dead: bool = False
    parcel: bytes = b""

    @property
    def key(self) -> DeliveryKey:
        """Area, subscription and event."""
        return (self.area, self.subscription_id, self.number)


class Settlement(msgspec.Struct, frozen=True):
    """What is kept at once: how far the consumer of events has come, what is owed still, what no more, how sending went.

    `cursor` is (consumer, number), None to leave it. Deliveries and standings of subscriptions that are gone are passed over.
    """

    cursor: tuple[str, int] | None = None
    owed: Sequence[Delivery] = ()
    done: Sequence[DeliveryKey] = ()
    standings: Mapping[SubscriptionKey, Standing] = {}


class Backlog(msgspec.Struct, frozen=True):
    """How many deliveries of a subscription are owed."""

    area: str
    subscription_id: str
    waiting: int
    dead: int


class Subscriptions(Protocol):
    """The subscriptions of all areas and what is owed to them."""

    async def put(self, kept: KeptSubscription) -> None:
        """Keep a subscription durably, in place of one with its area and id."""
        ...

    async def remove(self, key: SubscriptionKey) -> bool:
        """Forget a subscription and all that is owed to it; whether there was one."""
        ...

    async def revision(self) -> int | None:
        """A number that moves whenever a node keeps or forgets a subscription; None where there is one node alone."""
        ...

    async def list(self, after: SubscriptionKey = ("", ""), limit: int = 1000) -> Sequence[KeptSubscription]:
        """Subscriptions behind a key, by area and id, with their standings."""
        ...

    async def settle(self, settlement: Settlement) -> None:
        """Keep all parts of a settlement durably in one transaction; of an owed delivery that is there the newer state counts."""
        ...

    async def owed(
        self, key: SubscriptionKey, after: int = 0, limit: int = 500, dead: bool = False
    ) -> Sequence[Delivery]:
        """Deliveries of a subscription behind the number of an event, in order of events: those that wait, or the dead ones."""
        ...

    async def backlogs(self) -> Sequence[Backlog]:
        """The subscriptions to which anything is owed, by area and id."""
        ...
