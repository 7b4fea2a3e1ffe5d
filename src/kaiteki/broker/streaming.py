"""The notifications of one subscription as its owner reads them, instead of having them sent; resumed behind any event.

A stream keeps nothing: it reads the event log from where its reader was, and asks the same questions as whoever sends.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from kaiteki.broker.mailing import Mailing, notification_id
from kaiteki.broker.notices import Notice, notice_of
from kaiteki.broker.watching import Viewer
from kaiteki.model.instant import format_instant
from kaiteki.model.watch.happening import concerns
from kaiteki.model.watch.letter import notification
from kaiteki.model.watch.subscription import Terms
from kaiteki.ports.events import Event
from kaiteki.ports.subscriptions import KeptSubscription, SubscriptionKey

BATCH: Final = 200
TURN_S: Final = 1.0
"""How soon a stream sees that its subscription is gone, or that the node stops."""
QUIET_TURNS: Final = 15
"""Turns without news after which a reader hears how far it is."""


async def follow(
    mailing: Mailing, key: SubscriptionKey, number: int, terms: Terms | None = None
) -> AsyncGenerator[tuple[int, bytes | None]]:
    """(number of the event, body of its notification) behind a number, as they come; a None body says only how far it is.

    It ends when the subscription is gone or expired, or the node stops. `terms` are those that its reader comes with.
    """
    watchers, plane, quiet = mailing.watchers, mailing.watchers.plane, 0
    while not watchers.closed:
        await watchers.ready()
        kept = watchers.get(key)
        if kept is None or kept.subscription.is_over(plane.clock.now()):
            return
        events = await plane.events.read(number, BATCH)
        for event in events:
            number = event.number
            body = await _told(mailing, kept, event, terms)
            if body is not None:
                quiet = 0
                yield number, body
        if not events and not await plane.events.wait(number, TURN_S):
            quiet += 1
            if quiet % QUIET_TURNS == 0:
                yield number, None


async def _told(mailing: Mailing, kept: KeptSubscription, event: Event, terms: Terms | None) -> bytes | None:
    """The notification of an event, None where it does not concern the subscription. What was opened for it is recorded by then."""
    watchers, plane = mailing.watchers, mailing.watchers.plane
    if event.area != kept.area or event.number <= kept.since:
        return None
    types, names = watchers.types_of(event), watchers.names_of(event)
    if kept.key not in watchers.concerned(event.area, event.entity_id, types, names):
        return None
    notice, viewer = await notice_of(plane, event), await mailing.viewer(kept, terms)
    if notice is None or viewer is None:
        return None
    await notice.look(plane)
    async with viewer.reading():
        return await _told_to(mailing, kept, notice, viewer)


async def _told_to(mailing: Mailing, kept: KeptSubscription, notice: Notice, viewer: Viewer) -> bytes | None:
    watchers, now = mailing.watchers, mailing.watchers.plane.clock.now()
    happened = await mailing.seen(notice, viewer)
    if happened is None:
        return None
    if not concerns(kept.subscription, await viewer.plain(kept.area, happened), now):
        return None
    context = await watchers.context(kept)
    bodies = await mailing.bodies(kept, (notice,), viewer, context)
    head = (notification_id(kept, str(notice.event.number)), kept.subscription.id, format_instant(now))
    return notification(head, bodies, kept.subscription, context) if bodies else None
