"""Subscriptions to registrations: who is told which of them match now, and what has changed since (ETSI GS CIM 009 V1.9.1 clauses 5.11.2 and 5.11.7).

What somebody has been told is kept beside the subscription, in one transaction with the parcels that tell it. So nothing is told before it is kept, and
a registration that came, changed or went while no node ran is told of as soon as one does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from kaiteki.broker.parcels import encode_parcel
from kaiteki.broker.registry import Registry
from kaiteki.broker.time_asking import read_time
from kaiteki.broker.watching import Watchers
from kaiteki.model.instant import Instant
from kaiteki.model.sources.registration import Registration
from kaiteki.model.sources.watching import NEWLY, Stretched, Tidings, changes, matching_part, plain_form
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.watch.document import Pictured, Standing
from kaiteki.model.watch.subscription import Subscription, microseconds
from kaiteki.ports.subscriptions import KeptSubscription, Settlement, SubscriptionKey

LOOK_S: Final = 0.2
"""How soon it is seen that a registration has expired, or that somebody is due."""
RETRY_S: Final = 5.0
"""How long a store that fails is left alone."""


class Looked(NamedTuple):
    """What a look was taken at: the registrations, the wording of the subscription; and until when it is good for."""

    generation: int
    wording: Instant
    until: Instant | None


class Picturing:
    """Tells subscribers of registrations. One node of all does it at a time."""

    def __init__(
        self,
        watchers: Watchers,
        registry: Registry,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._watchers = watchers
        self._registry = registry
        self._failed = failed
        self._clock = watchers.plane.clock
        self._looked: dict[SubscriptionKey, Looked] = {}

    async def run(self) -> None:
        """Tell until cancelled; a store that fails is tried again."""
        while True:
            try:
                await self._watchers.ready()
                await self._registry.ready()
                # what comes while a look is taken is looked at again
                news = (self._watchers.news, self._registry.news)
                await self.look()
                await self._wait(*news)
            except Exception as failure:
                # whatever the store says, pictures that are due stay due
                self._failed(failure)
                await asyncio.sleep(RETRY_S)

    async def _wait(self, watched: asyncio.Event, registered: asyncio.Event) -> None:
        waiting = [asyncio.create_task(one.wait()) for one in (watched, registered)]
        with_limit = LOOK_S if self._watchers.of_sources or self._watchers.is_shared else None
        try:
            await asyncio.wait(waiting, timeout=with_limit, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    async def look(self) -> None:
        """Tell everybody who has not been told how registrations stand now."""
        self._looked = {key: one for key, one in self._looked.items() if key in self._watchers.of_sources}
        for key in sorted(self._watchers.of_sources):
            kept = self._watchers.get(key)
            if kept is not None and self._is_due(kept, self._clock.now()):
                await self._tell(kept)

    def _is_due(self, kept: KeptSubscription, now: Instant) -> bool:
        one, told = kept.subscription, self._pictured(kept)
        if not one.is_active or one.is_over(now):
            return False
        if told is not None and one.time_interval_s is not None:
            return now >= told.at + microseconds(one.time_interval_s)
        if told is not None and one.throttling_s is not None:
            return now >= told.at + microseconds(one.throttling_s)
        looked = self._looked.get(kept.key)
        if looked is None or (looked.until is not None and looked.until <= now):
            return True
        return (looked.generation, looked.wording) != (self._registry.generation, one.modified_at)

    def _pictured(self, kept: KeptSubscription) -> Pictured | None:
        """What it has been told since it got its wording (clause 5.11.3.4: after an update it is told everything anew)."""
        told = self._watchers.standings.get(kept.key, Standing()).pictured
        return told if told is not None and told.wording == kept.subscription.modified_at else None

    async def _tell(self, kept: KeptSubscription) -> None:
        one, now = kept.subscription, self._clock.now()
        generation = self._registry.generation
        matching, until = self._matching(kept, now)
        told = self._pictured(kept)
        if one.time_interval_s is None:
            tidings = changes(told.registrations if told is not None else {}, matching)
        elif await self._watchers.plane.subscriptions.owed(kept.key, limit=1):
            # the last picture is on its way still; the next one is made when it has been taken
            return
        else:
            everything = Tidings(NEWLY if told is None else "updated", tuple(matching.values()))
            tidings = [everything] if matching else []
        self._looked[kept.key] = Looked(generation, one.modified_at, until)
        if not tidings and (told is not None and one.time_interval_s is None):
            return
        plain = {key: plain_form(each) for key, each in matching.items()}
        pictured = Pictured(one.modified_at, now, plain if one.time_interval_s is None else {})
        await self._keep(kept, pictured, tidings)

    def _matching(
        self, kept: KeptSubscription, now: Instant
    ) -> tuple[dict[str, Registration], Instant | None]:
        """The registrations that match now, cut to what does, and when the first of the area expires."""
        found: dict[str, Registration] = {}
        until: Instant | None = None
        time = stretched(kept.subscription)
        for source in sorted(self._registry.of(kept.area).values(), key=lambda each: each.registration.id):
            one = source.registration
            if one.is_over(now):
                continue
            if one.expires_at is not None:
                until = one.expires_at if until is None else min(until, one.expires_at)
            part = matching_part(one, kept.subscription, time)
            if part is not None:
                found[one.id] = part
        return found, until

    async def _keep(self, kept: KeptSubscription, pictured: Pictured, tidings: list[Tidings]) -> None:
        watchers = self._watchers
        told = [(one.registrations[0].id, encode_parcel(one)) for one in tidings]
        parcels = watchers.packing.pack(kept.key, told)
        standing = watchers.standings.get(kept.key, Standing())
        settled = msgspec.structs.replace(standing, pictured=pictured)
        await watchers.plane.subscriptions.settle(Settlement(owed=parcels, standings={kept.key: settled}))
        # attempts may have been counted meanwhile
        standing = watchers.standings.get(kept.key, Standing())
        watchers.note(kept.key, msgspec.structs.replace(standing, pictured=pictured))
        if parcels:
            watchers.fetch(kept.key)


def stretched(one: Subscription) -> Stretched | None:
    """The stretch of time that a subscription asks sources for (clause 5.2.21), None for the present. Raises BadRequestData."""
    if one.temporal is None:
        return None
    period = read_time(one.temporal, core_context()).period
    return Stretched(period.start, period.end, period.measured == "observed")
