"""Reactions of services to what happened: the event log read with a cursor, each event decided once per reaction.

A rule sees the entity as the event left it. At least once with an idempotency key made of the event's number: after a crash an event may come again, and changes
nothing. A rule that fails is logged and passed over; a store that fails is waited for, and nothing is passed over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog

from kaiteki.kit.engine import Asking, Engine, Work
from kaiteki.kit.manifest import Reaction, Service, State
from kaiteki.kit.views import expand_name, read, slots
from kaiteki.model.access import ANYONE, Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.entity import Entity, Instance
from kaiteki.ports.events import Event, Events
from kaiteki.ports.history import History, Past

BATCH: Final = 200
"""Events that are read at once."""
HISTORY_STATES_MAX: Final = 1000
"""Kept states of an entity that are looked through when it was changed since its event."""
WAIT_S: Final = 5.0
RETRY_S_MAX: Final = 60.0
SYSTEM: Final = Person("system", "自動処理", frozenset({ANYONE}))
"""Who acts when nobody asks: reactions and jobs."""


class Reactions:
    """Runs the reactions of all services. One per node; `consumer` names its cursor."""

    def __init__(self, engine: Engine, events: Events, history: History, consumer: str = "reactions") -> None:
        self._engine = engine
        self._events = events
        self._history = history
        self._consumer = consumer
        self._by_type: dict[str, list[tuple[Service, Reaction, frozenset[str]]]] = {}
        for service in engine.services.values():
            for reaction in service.reactions:
                row = (service, reaction, _watched(reaction))
                self._by_type.setdefault(expand_name(reaction.type), []).append(row)

    async def step(self) -> int:
        """Handle the next events and keep how far that was; the answer is how many events were read."""
        events = await self._events.read(await self._events.cursor(self._consumer), BATCH)
        for event in events:
            await self._react(event)
        if events:
            await self._events.advance(self._consumer, events[-1].number)
        return len(events)

    async def run(self) -> None:
        """Handle events as they come, until cancelled."""
        failures = 0
        while True:
            try:
                if await self.step() == 0:
                    await self._events.wait(await self._events.cursor(self._consumer), WAIT_S)
                failures = 0
            except Exception:
                failures += 1
                structlog.get_logger("reactions").exception("reactions wait for the store", failures=failures)
                await asyncio.sleep(min(2.0**failures, RETRY_S_MAX))

    async def _react(self, event: Event) -> None:
        if event.what == "deleted":
            return
        matching = [row for kind in event.types for row in self._by_type.get(kind, ())]
        for service, reaction, watched in matching:
            cause = f"{service.name}:{reaction.on}"
            touched = not watched or event.what == "created" or not watched.isdisjoint(event.attributes)
            # A reaction never answers to what it did itself.
            if touched and event.action != cause:
                await self._decide(service, reaction, event, cause)

    async def _decide(self, service: Service, reaction: Reaction, event: Event, cause: str) -> None:
        asked = self._engine.asked(service, Asking(event.area, SYSTEM))
        seen = read(reaction.input, await self._as_of(event))
        try:
            needs = reaction.needs(seen, asked)
        except Exception:
            structlog.get_logger("reactions").exception(
                "a reaction failed", reaction=cause, number=event.number
            )
            return

        def rule(loaded: Mapping[str, Entity], state: State) -> Accepted | Refused:
            try:
                return reaction.decide(state, seen, asked)
            except Exception:
                # One event whose rule has a bug must not stop all that follow.
                structlog.get_logger("reactions").exception(
                    "a reaction failed", reaction=cause, number=event.number
                )
                return Refused("failed")

        ids = tuple(dict.fromkeys((event.entity_id, *needs)))
        said = await self._engine.decide(Work(service, cause, ids, rule, f"{cause} {event.number}"), asked)
        if isinstance(said, Refused):
            structlog.get_logger("reactions").info(
                "a reaction refused", reaction=cause, number=event.number, code=said.code
            )

    async def _as_of(self, event: Event) -> Entity:
        """The entity as the event left it: as it is now when nothing came since, else out of its history."""
        row = (await self._engine.entities.load(event.area, (event.entity_id,))).get(event.entity_id)
        if row is not None and row.version == event.version:
            return row.entity()
        pasts = await self._history.past(
            event.area, event.entity_id, limit=HISTORY_STATES_MAX, newest_first=True
        )
        latest: dict[tuple[str, str | None], Past] = {}
        for past in pasts:
            if past.number <= event.number:
                latest.setdefault((past.attribute, past.dataset_id), past)
        attributes: dict[str, tuple[Instance, ...]] = {}
        for (name, _), past in sorted(latest.items(), key=lambda item: (item[0][0], item[0][1] or "")):
            if past.instance is not None:
                attributes[name] = (*attributes.get(name, ()), past.instance)
        return Entity(event.entity_id, event.types, attributes, version=event.version, modified_at=event.at)


def _watched(reaction: Reaction) -> frozenset[str]:
    known: dict[str, str] = {}
    for slot in slots(reaction.input):
        known |= {slot.field: slot.iri, slot.short: slot.iri}
    return frozenset(known.get(name) or expand_name(name) for name in reaction.attributes)
