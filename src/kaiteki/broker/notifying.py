"""From events to notifications: one reader of the event log, who looks at few subscriptions of many (ETSI GS CIM 009 V1.9.1 clause 5.8.6)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec

from kaiteki.broker.dispatching import Dispatcher
from kaiteki.broker.mailing import Mailing
from kaiteki.broker.notices import Notice, notice_of
from kaiteki.broker.watching import Viewer, Watchers
from kaiteki.model.watch.happening import Happening, concerns
from kaiteki.ports.events import Event

CONSUMER: Final = "notifications"
BATCH: Final = 200
"""Events that are read at once."""
TURN_S: Final = 0.004
"""How long matching may hold the event loop before others have a turn."""
SETTLE_S: Final = 1.0
"""How often it is kept how far everything is; what was sent since may be sent again after a crash."""
WAIT_S: Final = 5.0
LOOK_S: Final = 30.0
"""How often the register is asked for what others made to wait again."""
SHARED_LOOK_S: Final = 2.0
"""How often, where other nodes take parcels of context sources in."""
RETRY_S: Final = 5.0
"""How long a store that fails is left alone."""


class Measures(msgspec.Struct, frozen=True):
    """The work of a notifier: attempts since the start, endpoints that pause after a failure, and by area what is owed."""

    subscriptions: int
    looked_at: int
    sent: int
    in_vain: int
    pausing: int
    waiting: Mapping[str, int]
    dead: Mapping[str, int]
    in_memory: int
    """Notifications that wait in memory in front of endpoints."""
    endpoints: int
    """Endpoints that something is or was lately sent to."""


class Notifier:
    """Reads the event log and hands what concerns subscriptions to the dispatcher. One per node."""

    def __init__(
        self,
        watchers: Watchers,
        mailing: Mailing,
        dispatcher: Dispatcher,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._watchers = watchers
        self._failed = failed
        self.mailing: Final = mailing
        self.dispatcher: Final = dispatcher
        self._plane = watchers.plane
        self._number = 0
        self._settled = 0
        self._is_let_go = False
        self.looked_at = 0
        """How many subscriptions were asked whether a change concerns them."""

    def let_go(self) -> None:
        """Another node notifies from now on: when this one stops, it keeps nothing and forgets what was on its way."""
        self._is_let_go = True

    async def begin(self) -> None:
        """Know all subscriptions, where the cursor stands, and what is owed from before."""
        self._is_let_go = False
        await self._watchers.ready()
        if self._watchers.count:
            # from here on changes are remembered, so that they need not be recalled; without subscribers the first asked for does it
            self._plane.events.witnessed(0)
        oldest = min((kept.since for kept in self._watchers.all()), default=0)
        self._number = self._settled = max(await self._plane.events.cursor(CONSUMER), oldest)
        await self.dispatcher.begin()
        await self.dispatcher.refill()

    async def step(self) -> int:
        """Take the next events; how many there were."""
        if self._watchers.count:
            events = await self._plane.events.read(self._number, BATCH)
            # whoever subscribed at another node before one of these events is known now
            await self._watchers.ready()
        else:
            last = await self._plane.events.last()
            await self._watchers.ready()
            events = ()
            if not self._watchers.count:
                self._number = last
        loop = asyncio.get_running_loop()
        until_s = loop.time() + TURN_S
        for event in events:
            await self._take(event)
            self._number = event.number
            if loop.time() > until_s:
                await asyncio.sleep(0)
                until_s = loop.time() + TURN_S
        return len(events)

    async def _take(self, event: Event) -> None:
        """Find whom an event concerns. Conditions are asked of what the owner of a subscription sees."""
        change = self._plane.events.witnessed(event.number)
        types, names = self._watchers.types_of(event), self._watchers.names_of(event)
        keys = self._watchers.concerned(event.area, event.entity_id, types, names)
        notice: Notice | None = None
        for key in keys:
            self.looked_at += 1
            kept = self._watchers.get(key)
            if kept is None or kept.since >= event.number:
                continue
            if notice is None:
                notice = Notice(event, change) if change is not None else await notice_of(self._plane, event)
                if notice is None:
                    return
                await notice.look(self._plane)
            viewer = await self.mailing.viewer(kept)
            happened = await self._seen(notice, viewer) if viewer is not None else None
            if happened is None or viewer is None:
                continue
            plain = await viewer.plain(event.area, happened)
            if concerns(kept.subscription, plain, self._plane.clock.now()):
                self.dispatcher.take(kept, notice)

    async def _seen(self, notice: Notice, viewer: Viewer) -> Happening | None:
        if not viewer.by_consent:
            return notice.seen_by(viewer)
        async with viewer.reading():
            return await self.mailing.seen(notice, viewer)

    async def measures(self) -> Measures:
        """How much there is to do, and how it goes. What is on its way only since a moment may not be counted yet."""
        waiting, dead = Counter[str](), Counter[str]()
        for backlog in await self._plane.subscriptions.backlogs():
            waiting[backlog.area] += backlog.waiting
            dead[backlog.area] += backlog.dead
        dispatcher, now_s = self.dispatcher, asyncio.get_running_loop().time()
        return Measures(
            subscriptions=self._watchers.count,
            looked_at=self.looked_at,
            sent=dispatcher.sent,
            in_vain=dispatcher.in_vain,
            pausing=sum(outlet.closed_until_s > now_s for outlet in dispatcher.outlets.values()),
            waiting=waiting,
            dead=dead,
            in_memory=sum(outlet.size for outlet in dispatcher.outlets.values()),
            endpoints=len(dispatcher.outlets),
        )

    async def settle(self, whole: bool = False) -> None:
        """Keep how far everything is, when anything has moved; then, unless it is the end (`whole`), take what is written down into memory again."""
        moved = self._number != self._settled and self._watchers.count > 0
        if moved or not self.dispatcher.is_settled:
            self._settled = await self.dispatcher.settle(CONSUMER, self._number, whole)
        if not whole:
            await self.dispatcher.refill()

    async def run(self) -> None:
        """Notify until cancelled; then keep what is still owed."""
        settling: asyncio.Task[None] | None = None
        try:
            await self._insist(self.begin)
            settling = asyncio.create_task(self._insist(self._settle_often), name="settling")
            await self._insist(self._follow)
        finally:
            if settling is not None:
                settling.cancel()
                await asyncio.gather(settling, return_exceptions=True)
                await self.dispatcher.stop()
                if self._is_let_go:
                    self._is_let_go = False
                    self.dispatcher.forget()
                else:
                    await self.settle(whole=True)

    async def _insist(self, do: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do something to its end, anew after each failure of the store."""
        while True:
            try:
                return await do()
            except Exception as failure:
                # whatever the store says, what is owed stays owed and is tried again
                self._failed(failure)
                await asyncio.sleep(RETRY_S)

    async def _follow(self) -> None:
        while True:
            if await self.step():
                continue
            if self._watchers.count or self._watchers.is_shared:
                await self._plane.events.wait(self._number, WAIT_S)
            else:
                await self._watchers.news.wait()

    async def _settle_often(self) -> None:
        hurry, looked = self.dispatcher.hurry, 0.0
        loop = asyncio.get_running_loop()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_S):
                    await hurry.wait()
            hurry.clear()
            await self.settle()
            if loop.time() > looked + (SHARED_LOOK_S if self._watchers.is_shared else LOOK_S):
                looked = loop.time()
                await self.dispatcher.begin()
