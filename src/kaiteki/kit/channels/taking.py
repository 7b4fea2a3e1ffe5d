"""Letters that were kept become deliveries: the event log read with a cursor, each letter planned once.

At least once: after a crash the same events come again, and the deliveries they make have the same ids. A store that fails is waited for.
The cost of a letter is two rows read by id and two found by their holder, shared by all letters of a batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import msgspec
import structlog

from kaiteki.kit.channels.kept import (
    ADDRESSES_MAX,
    DEVICES_MAX,
    ContactPoint,
    MessageDelivery,
    MessagePreference,
    PushSubscription,
    preference_id,
)
from kaiteki.kit.channels.planning import joined, planned
from kaiteki.kit.consents import Known, Opened
from kaiteki.kit.engine import KIT, Asking, Engine, Work
from kaiteki.kit.manifest import State
from kaiteki.kit.messages import Letter
from kaiteki.kit.reactions import SYSTEM, wait_of
from kaiteki.kit.views import attribute, expand_name, read, type_name
from kaiteki.model.decision import Accepted
from kaiteki.model.entity import Entity
from kaiteki.model.query import PAGE_SIZE_MAX, Comparison, OneOf, Path, Query, TypeIs
from kaiteki.ports.events import Event, Events
from kaiteki.ports.outage import StoreAway

CONSUMER: Final = "channels"
BATCH: Final = 200
"""Events that are read at once."""
UNNOTED_MAX: Final = 1000
"""Events without a letter after which the cursor is kept nevertheless."""
PLANNED_MAX: Final = 400
"""Deliveries that one decision keeps."""
WAIT_S: Final = 5.0
PAUSE_S: Final = 0.02
OFFICE: Final = "office:"
"""How a letter to an office begins: it waits at its desk, and goes to no person."""
_LETTER: Final = expand_name("Message")

V = TypeVar("V", bound=msgspec.Struct)
H = TypeVar("H", PushSubscription, ContactPoint)
Wake = Callable[[], None]
"""Says that something may be due."""


class TakingOver:
    """Makes deliveries of the letters of all areas. One per node; of several nodes on a store the one whose turn it is.

    `known` leads from the ids by which services know people to those by which the kit does, `opened` reads what is sealed.
    """

    def __init__(self, engine: Engine, events: Events, known: Known, opened: Opened, wake: Wake) -> None:
        self._engine, self._events = engine, events
        self._known, self._opened, self._wake = known, opened, wake
        self._read_to: int | None = None
        self._noted = 0

    async def run(self) -> None:
        """Plan letters as they come, until cancelled."""
        failures = 0
        while True:
            try:
                read_now = await self.step()
                if read_now == 0:
                    await self._events.wait(self._read_to or 0, WAIT_S)
                elif read_now < BATCH:
                    await asyncio.sleep(PAUSE_S)
                failures = 0
            except StoreAway as away:
                # that it is away the store says itself, once
                failures += 1
                structlog.get_logger("channels").debug("letters wait for the store", why=str(away))
                await asyncio.sleep(wait_of(failures))
            except Exception:
                # the cursor stands before what is not planned, and the same events come again: a task that ended would never come back
                failures += 1
                structlog.get_logger("channels").exception("letters wait", failures=failures)
                await asyncio.sleep(wait_of(failures))

    async def step(self) -> int:
        """Plan the letters of the next events and keep how far that was; how many events were read."""
        if self._read_to is None:
            self._read_to = self._noted = await self._events.cursor(CONSUMER)
        events = await self._events.read(self._read_to, BATCH)
        by_area: dict[str, list[str]] = {}
        for one in events:
            if is_new_letter(one):
                by_area.setdefault(one.area, []).append(one.entity_id)
        made = [await self._plan(area, ids) for area, ids in by_area.items()]
        if events:
            self._read_to = events[-1].number
            if by_area or self._read_to - self._noted >= UNNOTED_MAX:
                await self._events.advance(CONSUMER, self._read_to)
                self._noted = self._read_to
        if any(made):
            self._wake()
        return len(events)

    async def _plan(self, area: str, ids: Sequence[str]) -> int:
        """Keep the deliveries of some letters of an area; how many."""
        rows = await self._engine.entities.load(area, tuple(ids))
        letters = await self._views(area, Letter, [rows[one].entity() for one in ids if one in rows])
        to = {one.to for one in letters if one.to and not one.to.startswith(OFFICE)}
        holders = await self._known(area, tuple(to))
        devices = await self._of(area, PushSubscription, holders, DEVICES_MAX)
        addresses = await self._of(area, ContactPoint, holders, ADDRESSES_MAX)
        reached = {one for one in holders.values() if one in devices or one in addresses}
        if not reached:
            return 0
        wishes = await self._wishes(area, reached)
        now = self._engine.clock.now()
        made = [
            one
            for letter in letters
            if (holder := holders.get(letter.to, "")) in reached
            for one in planned(
                letter, wishes[holder], devices.get(holder, ()), addresses.get(holder, ()), now
            )
        ]
        for start in range(0, len(made), PLANNED_MAX):
            await self._keep(area, made[start : start + PLANNED_MAX])
        return len(made)

    async def _keep(self, area: str, made: Sequence[MessageDelivery]) -> None:
        asked = self._engine.asked(KIT, Asking(area, SYSTEM))

        def rule(_loaded: Mapping[str, Entity], state: State) -> Accepted:
            kept: dict[str, MessageDelivery] = {}
            for one in made:
                kept[one.id] = joined(kept.get(one.id) or state.get(one.id), one)
            return Accepted(tuple(kept.values()))

        ids = tuple(dict.fromkeys(one.id for one in made))
        await self._engine.decide(Work(KIT, "kit:deliveries", ids, rule, carries=True), asked)

    async def _wishes(self, area: str, holders: set[str]) -> Mapping[str, MessagePreference]:
        """What each of some people wishes; who said nothing, the usual."""
        ids = {holder: preference_id(holder) for holder in sorted(holders)}
        rows = await self._engine.entities.load(area, tuple(ids.values()))
        found = await self._views(area, MessagePreference, [row.entity() for row in rows.values()])
        said = {one.holder: one for one in found}
        return {holder: said.get(holder) or MessagePreference(own, holder) for holder, own in ids.items()}

    async def _of(
        self, area: str, view: type[H], holders: Mapping[str, str], each_max: int
    ) -> Mapping[str, list[H]]:
        """What some people hold of a type, at most so many each."""
        wanted = sorted(set(holders.values()))
        found: dict[str, list[H]] = {}
        for start in range(0, len(wanted), PAGE_SIZE_MAX // each_max):
            some = tuple(wanted[start : start + PAGE_SIZE_MAX // each_max])
            whose = Comparison(Path((attribute(view, "holder"),)), "==", OneOf(some))
            asked = Query(types=TypeIs(expand_name(type_name(view))), q=whose, limit=PAGE_SIZE_MAX)
            rows = (await self._engine.entities.find(area, asked)).rows
            for one in await self._views(area, view, [row.entity() for row in rows]):
                found.setdefault(one.holder, []).append(one)
        return found

    async def _views(self, area: str, view: type[V], entities: Sequence[Entity]) -> list[V]:
        return [read(view, one) for one in await self._opened(area, entities)]


def is_new_letter(event: Event) -> bool:
    """Whether an event says that a letter was kept."""
    return event.what == "created" and _LETTER in event.types
