"""Deliveries that are due are sent, and what became of them is kept: at least once, with marks that make a repeat harmless.

A round takes the deliveries that are due in an area, oldest first, carries some at a time and keeps all ends in one decision. What the other
side could not take now waits longer each time, or as long as it asks; after ATTEMPTS_MAX it failed for good. The cost of a delivery is
three rows read by id and one written, and a share of one commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import msgspec
import structlog

from kaiteki.kit.channels.carrying import Carrier, Errand, Outcome
from kaiteki.kit.channels.kept import (
    KEPT_DAYS,
    ContactPoint,
    DeliveryCount,
    MessageDelivery,
    PushSubscription,
)
from kaiteki.kit.consents import Opened
from kaiteki.kit.engine import KIT, Asking, Engine, Work
from kaiteki.kit.manifest import State
from kaiteki.kit.messages import Letter
from kaiteki.kit.reactions import SYSTEM
from kaiteki.kit.views import attribute, expand_name, read
from kaiteki.model.decision import Accepted
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.language.q import parse_q
from kaiteki.model.query import Order, Path, Query, TypeIs
from kaiteki.model.said import local_time
from kaiteki.ports.outage import StoreAway

ROUND_MAX: Final = 100
"""Deliveries that are carried and kept together."""
AT_ONCE_MAX: Final = 16
"""Deliveries that are under way at the same time."""
ROUNDS_MAX: Final = 100
"""Rounds of one area before another one has its turn."""
EVERY_S: Final = 1.0
ATTEMPTS_MAX: Final = 8
AGAIN_FIRST_S: Final = 15
AGAIN_FACTOR: Final = 4
AGAIN_S_MAX: Final = 6 * 3600
AFTER_S_MAX: Final = 86_400
"""The longest that another side may ask to be left alone."""
ERROR_LENGTH_MAX: Final = 200
_SECOND: Final = 1_000_000
_DAY: Final = 86_400 * _SECOND

V = TypeVar("V", bound=msgspec.Struct)


class Done(msgspec.Struct, frozen=True):
    """How a delivery ended, or that it goes on (`waiting`); `gone` names an address that is no more."""

    delivery: MessageDelivery
    gone: str = ""


class Sending:
    """Sends what is due in all areas. One per node; of several nodes on a store the one whose turn it is."""

    def __init__(self, engine: Engine, carriers: Mapping[str, Carrier], opened: Opened) -> None:
        self._engine, self._carriers, self._opened = engine, carriers, opened
        self._slots = asyncio.Semaphore(AT_ONCE_MAX)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something may be due now."""
        self._woken.set()

    async def run(self) -> None:
        """Send what is due, until cancelled."""
        log = structlog.get_logger("channels")
        while True:
            self._woken.clear()
            try:
                await self.send_due()
            except StoreAway as away:
                # that it is away the store says itself, once
                log.debug("deliveries wait for the store", why=str(away))
            except Exception:
                # what is due stays due, and the next round tries it again: a task that ended would never come back
                log.exception("deliveries wait")
            try:
                await asyncio.wait_for(self._woken.wait(), EVERY_S)
            except TimeoutError:
                continue

    async def send_due(self) -> int:
        """Send what is due in all areas; how many deliveries were handled."""
        handled = 0
        for area in await self._engine.entities.areas():
            for _ in range(ROUNDS_MAX):
                done = await self._round(area)
                handled += done
                if done < ROUND_MAX:
                    break
        return handled

    async def _round(self, area: str) -> int:
        now = self._engine.clock.now()
        due = await self._due(area, now)
        if not due:
            return 0
        letters = await self._named(area, Letter, {name for one in due for name in one.letters})
        devices = await self._named(
            area, PushSubscription, {one.target for one in due if one.channel == "push"}
        )
        others = await self._named(area, ContactPoint, {one.target for one in due if one.channel != "push"})
        done = await asyncio.gather(
            *(self._send(area, one, letters, {**devices, **others}.get(one.target), now) for one in due)
        )
        await self._keep(area, done, now)
        return len(due)

    async def _due(self, area: str, now: Instant) -> list[MessageDelivery]:
        """What is due by now, the earliest first."""
        asked = Query(
            types=TypeIs(expand_name("MessageDelivery")),
            q=parse_q(f'state=="waiting";dueAt<={format_instant(now)}', expand_name),
            order=(Order(Path((attribute(MessageDelivery, "due_at"),))),),
            limit=ROUND_MAX,
        )
        rows = (await self._engine.entities.find(area, asked)).rows
        return [
            read(MessageDelivery, one) for one in await self._opened(area, [row.entity() for row in rows])
        ]

    async def _named(self, area: str, view: type[V], ids: set[str]) -> dict[str, V]:
        """Entities by id, as a view; those that are no more are left out."""
        rows = await self._engine.entities.load(area, tuple(sorted(ids)))
        found = await self._opened(area, [row.entity() for row in rows.values()])
        return {one.id: read(view, one) for one in found}

    async def _send(
        self,
        area: str,
        delivery: MessageDelivery,
        letters: Mapping[str, Letter],
        to: PushSubscription | ContactPoint | None,
        now: Instant,
    ) -> Done:
        carrier = self._carriers.get(delivery.channel)
        if to is None or carrier is None:
            why = "the address was taken away" if to is None else "the node has no such channel any more"
            return Done(ended(delivery, "failed", now, why))
        if delivery.what == "code":
            is_valid = (
                isinstance(to, ContactPoint) and to.code and to.code_until is not None and to.code_until > now
            )
            return (
                await self._carry(carrier, Errand(area, delivery, (), to, now), now)
                if is_valid
                else Done(ended(delivery, "over", now))
            )
        there = [letters[name] for name in delivery.letters if name in letters]
        lasting = [one for one in there if one.until is None or one.until > now]
        unread = [one for one in lasting if one.read_at is None]
        if not unread:
            return Done(ended(delivery, "read" if lasting else "over", now))
        return await self._carry(carrier, Errand(area, delivery, unread, to, now), now)

    async def _carry(self, carrier: Carrier, errand: Errand, now: Instant) -> Done:
        async with self._slots:
            outcome = await carrier.carry(errand)
        return after(errand.delivery, outcome, now)

    async def _keep(self, area: str, done: Sequence[Done], now: Instant) -> None:
        """Keep all ends in one decision, with the counts of the day; what somebody erased meanwhile stays away."""
        asked = self._engine.asked(KIT, Asking(area, SYSTEM))
        by_id = {one.delivery.id: one for one in done}
        counts = {count_id(one.delivery, now) for one in done}
        gone = {one.gone for one in done if one.gone}

        def rule(loaded: Mapping[str, Entity], state: State) -> Accepted:
            here = [one for name, one in by_id.items() if name in loaded]
            counted = counts_of(here, {name: state[name] for name in counts if name in state}, now)
            kept = tuple(one.delivery for one in here)
            return Accepted((*kept, *counted), deletes=tuple(sorted(gone)))

        ids = (*by_id, *sorted(counts), *sorted(gone))
        await self._engine.decide(Work(KIT, "kit:sent", ids, rule, carries=True), asked)


def after(delivery: MessageDelivery, outcome: Outcome, now: Instant) -> Done:
    """A delivery after an attempt."""
    attempts, error = delivery.attempts + 1, outcome.error[:ERROR_LENGTH_MAX]
    tried = msgspec.structs.replace(delivery, attempts=attempts, error=error)
    if outcome.end == "taken":
        return Done(ended(tried, "taken", now))
    if outcome.end == "gone":
        return Done(ended(tried, "failed", now, error), gone=delivery.target)
    if outcome.end == "failed" or attempts >= ATTEMPTS_MAX:
        return Done(ended(tried, "failed", now, error))
    waits_s = min(AGAIN_FIRST_S * AGAIN_FACTOR ** (attempts - 1), AGAIN_S_MAX)
    waits_s = max(waits_s, min(outcome.after_s, AFTER_S_MAX))
    return Done(msgspec.structs.replace(tried, due_at=Instant(now + waits_s * _SECOND)))


def ended(delivery: MessageDelivery, state: str, now: Instant, error: str = "") -> MessageDelivery:
    """A delivery that is over with."""
    forget_at = Instant(now + KEPT_DAYS * _DAY)
    return msgspec.structs.replace(delivery, state=state, done_at=now, forget_at=forget_at, error=error)


def count_id(delivery: MessageDelivery, now: Instant) -> str:
    """Where deliveries of its service by its channel are counted on the present day."""
    day = local_time(now).date().isoformat()
    return f"urn:ngsi-ld:DeliveryCount:{day}:{delivery.channel}:{delivery.service or delivery.what}"


def counts_of(
    done: Sequence[Done], before: Mapping[str, DeliveryCount], now: Instant
) -> tuple[DeliveryCount, ...]:
    """The counts of a day with what ended just now."""
    counts = dict(before)
    for one in done:
        if one.delivery.state == "waiting":
            continue
        own, delivery = count_id(one.delivery, now), one.delivery
        day = local_time(now).date().isoformat()
        count = counts.get(own) or DeliveryCount(
            own, day, delivery.channel, delivery.service or delivery.what
        )
        field = "gone" if one.gone else delivery.state
        counts[own] = msgspec.structs.replace(count, **{field: getattr(count, field) + 1})
    return tuple(one for name, one in counts.items() if one is not before.get(name))
