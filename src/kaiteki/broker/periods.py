"""Subscriptions with a timeInterval: all that match is told again and again (ETSI GS CIM 009 V1.9.1 clause 5.8.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from kaiteki.broker.dispatching import Dispatcher
from kaiteki.broker.mailing import NOTHING, Mailing, Outcome, notification_id
from kaiteki.broker.sifting import sift
from kaiteki.broker.watching import Viewer, Watchers
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query
from kaiteki.model.watch.document import Standing
from kaiteki.model.watch.happening import Happening, is_wanted
from kaiteki.model.watch.subscription import Subscription, microseconds
from kaiteki.ports.subscriptions import KeptSubscription, SubscriptionKey

TURN_S: Final = 0.1
"""How exactly intervals are kept."""
ENTITIES_MAX: Final = 1000
"""Entities of one notification; those with the smallest ids."""
AT_ONCE: Final = 16
"""Subscriptions that are told at the same time."""


class Periods:
    """Tells subscriptions at intervals. What could not be sent is not sent later: the next interval has the newer state."""

    def __init__(
        self,
        watchers: Watchers,
        mailing: Mailing,
        dispatcher: Dispatcher,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._watchers = watchers
        self._mailing = mailing
        self._dispatcher = dispatcher
        self._failed = failed
        self._plane = watchers.plane
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._looked: dict[SubscriptionKey, Instant] = {}
        self._telling: dict[SubscriptionKey, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Tell whoever is due, until cancelled."""
        try:
            while True:
                if not self._watchers.periodic:
                    await self._watchers.news.wait()
                self.tell_due()
                await asyncio.sleep(TURN_S)
        finally:
            for task in self._telling.values():
                task.cancel()

    def tell_due(self) -> None:
        """Begin to tell those whose time has come."""
        now = self._plane.clock.now()
        self._looked = {key: at for key, at in self._looked.items() if key in self._watchers.periodic}
        for key in list(self._watchers.periodic):
            kept = self._watchers.get(key)
            if kept is not None and key not in self._telling and self._is_due(kept, now):
                task = asyncio.create_task(self._tell(kept))
                self._telling[key] = task
                task.add_done_callback(lambda _, key=key: self._telling.pop(key, None))

    def _is_due(self, kept: KeptSubscription, now: Instant) -> bool:
        one = kept.subscription
        if not one.is_active or one.is_over(now) or one.is_streamed:
            return False
        told = self._watchers.standings.get(kept.key, Standing()).last_notification
        latest = self._looked.get(kept.key) or told or one.created_at
        return now >= latest + microseconds(one.time_interval_s or 0)

    async def _tell(self, kept: KeptSubscription) -> None:
        async with self._slots:
            self._looked[kept.key] = self._plane.clock.now()
            try:
                outcome = await self._attempt(kept)
            except Exception as failure:
                # a store that fails now may answer at the next interval
                self._failed(failure)
            else:
                if outcome.what != "nothing":
                    self._dispatcher.note(kept, outcome)

    async def _attempt(self, kept: KeptSubscription) -> Outcome:
        viewer = await self._mailing.viewer(kept)
        if viewer is None:
            return NOTHING
        async with viewer.reading():
            return await self._attempt_as(viewer, kept)

    async def _attempt_as(self, viewer: Viewer, kept: KeptSubscription) -> Outcome:
        try:
            context = await self._watchers.context(kept)
            found = await self._matching(kept, viewer)
        except Problem as problem:
            return Outcome("failed", problem.detail)
        bodies = [
            body for entity in found for body in await self._mailing.present(kept, entity, viewer, context)
        ]
        if not bodies:
            return NOTHING
        now = self._plane.clock.now()
        return await self._mailing.post(kept, context, (notification_id(kept, f"at{now}"), now), bodies)

    async def _matching(self, kept: KeptSubscription, viewer: Viewer) -> list[Entity]:
        """The entities that match now, as the owner sees them."""
        wanted = viewer.narrow(_query(kept.subscription))
        if wanted is None:
            return []
        rows = (await sift(self._plane.entities, kept.area, wanted)).rows
        found: list[Entity] = []
        for row in rows:
            seen = viewer.see(row.entity())
            if seen is None:
                continue
            plain = await viewer.plain(kept.area, Happening(None, seen, ()))
            if is_wanted(kept.subscription, plain.subject):
                found.append(seen)
        return found


def _query(one: Subscription) -> Query:
    return Query(
        selectors=one.selectors,
        attrs=one.telling.attributes,
        q=one.q,
        geo=one.geo,
        scope=one.scope,
        limit=ENTITIES_MAX,
    )
