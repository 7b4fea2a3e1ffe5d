"""Subscriptions of NGSI v2 that end by themselves: after one notification, or after too many failures one after another."""

from __future__ import annotations

import msgspec

from kaiteki.broker.mailing import Outcome
from kaiteki.broker.watching import Watchers
from kaiteki.model.watch.document import Standing
from kaiteki.ports.subscriptions import KeptSubscription, SubscriptionKey


class Retiring:
    """Which oneshot subscriptions are being told, and the end of those that have had enough."""

    def __init__(self, watchers: Watchers) -> None:
        self._watchers = watchers
        self._told: dict[SubscriptionKey, int] = {}

    def takes(self, kept: KeptSubscription, number: int) -> bool:
        """Whether a subscription is to be told of an event: a oneshot one only of its first."""
        if kept.subscription.v2 is None or not kept.subscription.v2.oneshot:
            return True
        first = self._told.get(kept.key)
        if first is not None and kept.since < first < number:
            return False
        self._told[kept.key] = number
        return True

    def again(self, key: SubscriptionKey) -> None:
        """There was nothing to tell of the event that was taken; the next one is the first."""
        self._told.pop(key, None)

    async def after(self, kept: KeptSubscription, outcome: Outcome) -> None:
        """Put a subscription to rest when this attempt was its last."""
        words = kept.subscription.v2
        if words is None:
            return
        fails = self._watchers.standings.get(kept.key, Standing()).fails
        over = (
            words.oneshot
            if outcome.what == "sent"
            else words.fails_max is not None and fails > words.fails_max
        )
        if over:
            rests = msgspec.structs.replace(kept.subscription, is_active=False)
            await self._watchers.put(msgspec.structs.replace(kept, subscription=rests))
