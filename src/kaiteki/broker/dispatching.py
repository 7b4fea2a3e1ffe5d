"""Deliveries of notifications: at least once, in order per entity and endpoint, each endpoint for itself.

What cannot be sent soon is written down; what was written down is sent first. An endpoint that fails is asked less and less often; a
notification that waits for too long, or is refused again and again, becomes a dead letter that people can see and send again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from kaiteki.broker.mailing import Mailing, Outcome
from kaiteki.broker.notices import Notice
from kaiteki.broker.outlets import Entry, Lane, Outlet, Patience, Throttle
from kaiteki.broker.parcels import pieces_of
from kaiteki.broker.retiring import Retiring
from kaiteki.broker.watching import Watchers
from kaiteki.model.watch.document import Standing
from kaiteki.model.watch.subscription import microseconds
from kaiteki.ports.outage import StoreAway
from kaiteki.ports.subscriptions import Delivery, DeliveryKey, KeptSubscription, Settlement, SubscriptionKey

YOUNG_S: Final = 5.0
"""How long a notification may wait for an endpoint that answers before it is written down; the event log has it meanwhile."""
PAGE: Final = 200
"""Deliveries of one subscription that are taken back into memory at once."""
TOTAL_MAX: Final = 20_000
"""Notifications in memory for all endpoints together."""
GATHER_S: Final = 0.1
"""How long the first change for a throttled subscription waits for those that were kept together with it."""
HELD_MAX: Final = 1000
"""Entities of one notification that throttling gathers."""


class Dispatcher:
    """The outlets of a node. It is told of notices by `take`; `settle` keeps how far everything is."""

    def __init__(
        self,
        watchers: Watchers,
        mailing: Mailing,
        failed: Callable[[str, str], None],
        patience: Patience | None = None,
    ) -> None:
        self._patience = patience or Patience()
        self._watchers = watchers
        self._mailing = mailing
        self._failed = failed
        self._plane = watchers.plane
        self.outlets: dict[tuple[str, str], Outlet] = {}
        self._throttles: dict[SubscriptionKey, Throttle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._owed: dict[DeliveryKey, Delivery] = {}
        self._done: set[DeliveryKey] = set()
        self.hurry = asyncio.Event()
        """Set when a settlement should not wait: much is to be written, or an outlet may go on."""
        watchers.owing = self.owe
        watchers.fetch = self.fetch
        self._retiring = Retiring(watchers)
        self.size = 0
        """Notifications in memory."""
        self.sent = self.in_vain = 0

    # Taking ----------------------------------------------------------------------------------------------------------

    def take(self, kept: KeptSubscription, notice: Notice) -> None:
        """Take a notice over for a subscription that it concerns."""
        if not kept.subscription.is_streamed and self._retiring.takes(kept, notice.event.number):
            self._admit(kept, Entry(kept.key, (notice,), asyncio.get_running_loop().time()))

    def _admit(self, kept: KeptSubscription, entry: Entry) -> None:
        outlet = self._outlet(kept)
        if not entry.written and (not outlet.has_room or self.size >= TOTAL_MAX):
            self._spill(outlet, entry)
        elif kept.subscription.of_sources:
            # whoever packs parcels of registrations knows of throttling, and tells them in their order
            self._queue(outlet, entry, kept.subscription.id)
        elif kept.subscription.throttling_s is not None:
            self._hold(kept, entry)
        else:
            self._queue(outlet, entry, entry.notices[0].event.entity_id)

    def _outlet(self, kept: KeptSubscription) -> Outlet:
        uri = kept.subscription.telling.endpoint.uri
        outlet = self.outlets.get((kept.area, uri))
        if outlet is None:
            outlet = self.outlets[kept.area, uri] = Outlet(kept.area, uri, self._patience)
        return outlet

    def _spill(self, outlet: Outlet, entry: Entry) -> None:
        outlet.spilled.add(entry.key)
        for owed in entry.owed():
            self._owed[owed.key] = owed
        if len(self._owed) > self._patience.entries_max:
            self.hurry.set()

    def _queue(self, outlet: Outlet, entry: Entry, about: str) -> None:
        lane = outlet.lane(about)
        lane.entries.append(entry)
        outlet.size += 1
        self.size += 1
        self._wake(outlet, lane)

    def _wake(self, outlet: Outlet, lane: Lane) -> None:
        if not lane.busy and lane.entries:
            lane.busy = True
            task = asyncio.create_task(self._drain(outlet, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _hold(self, kept: KeptSubscription, entry: Entry) -> None:
        """Gather what a throttled subscription is to be told (clause 5.8.6): the newest change of each entity."""
        loop, throttle = asyncio.get_running_loop(), self._throttles.setdefault(kept.key, Throttle())
        older = throttle.held.pop(entry.notices[0].event.entity_id, None)
        if older is not None:
            self._finish(older)
        throttle.held[entry.notices[0].event.entity_id] = entry
        if throttle.timer is None:
            wait_s = max(throttle.next_s - loop.time(), GATHER_S)
            throttle.timer = loop.call_later(wait_s, self._release, kept.key)
        if len(throttle.held) > HELD_MAX:
            throttle.timer.cancel()
            self._release(kept.key)

    def _release(self, key: SubscriptionKey) -> None:
        """Let go what throttling has gathered, as one notification."""
        throttle, kept = self._throttles[key], self._watchers.get(key)
        throttle.timer = None
        held = list(throttle.held.values())
        throttle.held.clear()
        if kept is None or not held:
            return
        throttle.next_s = asyncio.get_running_loop().time() + (kept.subscription.throttling_s or 0)
        notices = tuple(notice for entry in held for notice in entry.notices)
        whole = Entry(key, notices, min(entry.since_s for entry in held))
        whole.written = all(entry.written for entry in held)
        self._queue(self._outlet(kept), whole, kept.subscription.id)

    async def _drain(self, outlet: Outlet, lane: Lane) -> None:
        """Send what stands in a lane, one after another, until it is empty or has to pause."""
        loop = asyncio.get_running_loop()
        while lane.entries:
            entry = lane.entries[0]
            if outlet.failures and self._is_old(entry):
                self._bury(entry)
            else:
                opens_s = max(outlet.closed_until_s, lane.closed_until_s)
                if opens_s > loop.time():
                    lane.timer = loop.call_at(opens_s, self._resume, outlet, lane)
                    return
                try:
                    over = await self._send(outlet, lane, entry)
                except StoreAway:
                    lane.timer = loop.call_later(self._patience.store_pause_s, self._resume, outlet, lane)
                    return
                if not over:
                    continue
            lane.entries.popleft()
            outlet.size -= 1
            self.size -= 1
        lane.busy = False
        if outlet.spilled and outlet.size == 0:
            self.hurry.set()

    def _resume(self, outlet: Outlet, lane: Lane) -> None:
        lane.timer, lane.busy = None, False
        self._wake(outlet, lane)

    async def _send(self, outlet: Outlet, lane: Lane, entry: Entry) -> bool:
        """One attempt; whether the entry is over."""
        kept = self._watchers.get(entry.key)
        if (
            kept is None
            or not kept.subscription.is_active
            or kept.subscription.is_over(self._plane.clock.now())
        ):
            self._finish(entry)
            return True
        outcome = await self._mailing.attempt(kept, entry)
        if outcome.what == "nothing":
            self._retiring.again(kept.key)
            self._finish(entry)
            return True
        self.note(kept, outcome)
        await self._retiring.after(kept, outcome)
        if outcome.what == "sent":
            outlet.open()
            self._finish(entry)
            return True
        now_s = asyncio.get_running_loop().time()
        entry.attempts += 1
        entry.reason = outcome.reason
        if outcome.what == "refused":
            entry.refusals += 1
            lane.closed_until_s = now_s + self._patience.refused_pause_s * entry.refusals
        else:
            outlet.close(now_s, (kept.subscription.telling.endpoint.cooldown_ms or 0) / 1000)
            if outlet.size > self._patience.failing_max:
                self._unload(outlet, lambda other: other is not entry)
        if entry.refusals < self._patience.refusals_max:
            return False
        self._bury(entry)
        lane.closed_until_s = 0
        return True

    def note(self, kept: KeptSubscription, outcome: Outcome) -> None:
        """Count an attempt (clause 5.8.6: status, timesSent, timesFailed and the times of the last ones)."""
        now, stood = self._plane.clock.now(), self._watchers.standings.get(kept.key, Standing())
        went = outcome.what == "sent"
        self.sent += went
        self.in_vain += not went
        if not went:
            self._failed(kept.subscription.id, outcome.reason)
        said = msgspec.structs.replace(
            stood,
            times_sent=stood.times_sent + 1,
            times_failed=stood.times_failed + (not went),
            last_notification=now,
            last_success=now if went else stood.last_success,
            last_failure=stood.last_failure if went else now,
            fails=0 if went else stood.fails + 1,
            last_code=outcome.code if went else stood.last_code,
            last_reason=stood.last_reason if went else outcome.reason,
        )
        self._watchers.note(kept.key, said)

    def _is_old(self, entry: Entry) -> bool:
        oldest = min(notice.event.at for notice in entry.notices)
        return oldest + microseconds(self._patience.life_s) < self._plane.clock.now()

    def _finish(self, entry: Entry) -> None:
        """Nothing of an entry is owed any more."""
        for notice in entry.notices:
            key = (*entry.key, notice.event.number)
            was_to_be_written = self._owed.pop(key, None) is not None
            if entry.written or was_to_be_written:
                self._done.add(key)

    def _bury(self, entry: Entry) -> None:
        """Make dead letters of an entry."""
        for owed in entry.owed(dead=True):
            self._owed[owed.key] = owed
            self._done.discard(owed.key)

    # Keeping ---------------------------------------------------------------------------------------------------------

    async def settle(self, consumer: str, number: int, whole: bool = False) -> int:
        """Keep how far everything is, in one transaction; the answer is the number that the cursor stands at.

        Events up to `number` have been taken. What is on its way only since a moment is not written down, and holds the cursor back, unless
        `whole`.
        """
        young_s = asyncio.get_running_loop().time() - (0 if whole else YOUNG_S)
        cursor, fresh = number, list[Entry]()
        for entry, at_once in self._entries():
            if entry.written:
                continue
            if entry.since_s > young_s and not at_once:
                cursor = min(cursor, entry.number - 1)
            else:
                fresh.append(entry)
        owed, self._owed = self._owed, {}
        done, self._done = self._done, set()
        owed |= {one.key: one for entry in fresh for one in entry.owed()}
        watchers = self._watchers
        standings = {key: watchers.standings[key] for key in watchers.unsettled}
        watchers.unsettled.clear()
        for entry in fresh:
            # from here on its end must be told to the register, which may come before the transaction is over
            entry.written = True
        settlement = Settlement((consumer, cursor), list(owed.values()), list(done), standings)
        try:
            await self._plane.subscriptions.settle(settlement)
        except BaseException:
            # nothing of it is kept: all of it is for the next settlement, but for what has ended meanwhile
            self._owed = {key: one for key, one in owed.items() if key not in self._done} | self._owed
            self._done |= done - self._owed.keys()
            watchers.unsettled |= standings.keys()
            raise
        return cursor

    @property
    def is_settled(self) -> bool:
        """Whether nothing is on its way, to be written down or to be forgotten."""
        if self._owed or self._done or self._watchers.unsettled:
            return False
        return all(entry.written for entry, _ in self._entries())

    def _entries(self) -> Iterator[tuple[Entry, bool]]:
        """All notifications in memory, and whether each is to be written down at once: its endpoint fails, or later ones are written."""
        for outlet in self.outlets.values():
            at_once = outlet.failures > 0 or bool(outlet.spilled)
            for lane in outlet.lanes.values():
                for entry in lane.entries:
                    yield entry, at_once or entry.attempts > 0
        for key, throttle in self._throttles.items():
            kept = self._watchers.get(key)
            at_once = kept is not None and bool(self._outlet(kept).spilled)
            for entry in throttle.held.values():
                yield entry, at_once

    def _unload(self, outlet: Outlet, wanted: Callable[[Entry], bool]) -> None:
        """Have notifications written down alone."""
        taken = outlet.unload(wanted)
        self.size -= len(taken)
        for entry in taken:
            self._spill(outlet, entry)

    def owe(self, key: SubscriptionKey) -> None:
        """Try what a subscription is owed now: its dead letters wait again, or it has changed, perhaps its address."""
        kept = self._watchers.get(key)
        if kept is None:
            return
        own = self._outlet(kept)
        for outlet in self.outlets.values():
            if outlet is not own and outlet.area == own.area:
                self._unload(outlet, lambda entry: entry.key == key)
                outlet.spilled.discard(key)
        own.spilled.add(key)
        own.closed_until_s = 0
        for lane in own.lanes.values():
            if lane.timer is not None:
                lane.timer.cancel()
                lane.closed_until_s = 0
                self._resume(own, lane)
        self.hurry.set()

    def fetch(self, key: SubscriptionKey) -> None:
        """A parcel for a subscription is written down: it is sent behind what waits for its endpoint."""
        kept = self._watchers.get(key)
        if kept is not None:
            self._outlet(kept).spilled.add(key)
            self.hurry.set()

    async def begin(self) -> None:
        """Know of all that is owed from before."""
        for backlog in await self._plane.subscriptions.backlogs():
            kept = self._watchers.get((backlog.area, backlog.subscription_id))
            if kept is not None and backlog.waiting:
                self._outlet(kept).spilled.add(kept.key)

    async def refill(self) -> None:
        """Take what was written down back into memory where an outlet has nothing else to do. Only right after `settle`."""
        for key, outlet in list(self.outlets.items()):
            if outlet.spilled and outlet.size == 0:
                await self._refill(outlet)
            elif outlet.is_idle(asyncio.get_running_loop().time()):
                del self.outlets[key]

    def _is_under_way(self, owed: Delivery) -> bool:
        """Whether a delivery that is written down is over or a dead letter already, or gathered for a throttled subscription."""
        throttle, later = self._throttles.get(owed.key[:2]), self._owed.get(owed.key)
        held = throttle.held.get(owed.entity_id) if throttle is not None else None
        is_over = owed.key in self._done or (later is not None and later.dead)
        return is_over or (held is not None and held.number >= owed.number)

    async def _refill(self, outlet: Outlet) -> None:
        """The first deliveries of an outlet, in the order of events over all its subscriptions."""
        asked = list(outlet.spilled)
        pages = {key: await self._plane.subscriptions.owed(key, limit=PAGE) for key in asked}
        horizon = min((page[-1].number for page in pages.values() if len(page) == PAGE), default=None)
        found = sorted((one for page in pages.values() for one in page), key=lambda one: one.number)
        taken = [
            one for one in found if (horizon is None or one.number <= horizon) and not self._is_under_way(one)
        ]
        pieces = await pieces_of(self._plane, taken)
        if horizon is None:
            fresh = {key[:2] for key, one in self._owed.items() if not one.dead}
            outlet.spilled = {key for key in outlet.spilled if key in fresh or key not in pages}
        now_s = asyncio.get_running_loop().time()
        for owed in taken:
            piece, kept = pieces.get(owed.key), self._watchers.get(owed.key[:2])
            # what several runs of a node wrote down for a oneshot subscription is told once
            if piece is None or kept is None or not self._retiring.takes(kept, owed.number):
                self._done.add(owed.key)
                continue
            entry = Entry(kept.key, (piece,), now_s, owed.attempts, written=True, reason=owed.reason)
            self._admit(kept, entry)

    def forget(self) -> None:
        """Forget all that is on its way, to be written down or over; only when it was stopped."""
        self.outlets.clear()
        self._throttles.clear()
        self._owed.clear()
        self._done.clear()
        self.size = 0

    async def stop(self) -> None:
        """Break off what is being sent and all that would go on with it; it stays owed."""
        while True:
            for one in (*self._throttles.values(), *self.outlets.values()):
                one.rest()
            if not self._tasks:
                return
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
