"""Reactions of services to what happened: the event log read with a cursor, each event decided once per reaction.

A rule sees the entity as the event left it. At least once with an idempotency key made of the event's number: after a crash an event may come again, and changes
nothing. A rule that fails is kept as a `Failure` with the event's mark, tried again later and less and less often, and set aside in the
end for people to see; the events behind it go on. A store that fails is waited for, and nothing is passed over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Final

import msgspec
import structlog

from kaiteki.kit.engine import Asking, Engine, EntityRule, Work
from kaiteki.kit.failures import Failure
from kaiteki.kit.manifest import Reaction, Service, State
from kaiteki.kit.named_people import led
from kaiteki.kit.views import expand_name, read, slots
from kaiteki.model.access import ANYONE, Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.language.q import parse_q
from kaiteki.model.query import Query, TypeIs
from kaiteki.ports.events import Event, Events
from kaiteki.ports.history import History, Past
from kaiteki.ports.outage import StoreAway

BATCH: Final = 200
"""Events that are read at once."""
UNNOTED_MAX: Final = 1000
"""Events without a reaction after which the cursor is kept nevertheless."""
HISTORY_STATES_MAX: Final = 1000
"""Kept states of an entity that are looked through when it was changed since its event."""
WAIT_S: Final = 5.0
PAUSE_S: Final = 0.02
"""What events have to come together: reading them after each commit costs as much as a tenth of the write, and hardly one has a reaction."""
RETRY_S_MAX: Final = 60.0
DOUBLINGS_MAX: Final = 6
"""After so many failures of the store the wait no longer doubles."""
LOOK_BACK_S: Final = 5
"""How often work that failed is looked for."""
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
        self._by_cause = {
            f"{service.name}:{reaction.on}": (service, reaction)
            for rows in self._by_type.values()
            for service, reaction, _ in rows
        }
        self._look_back_at = Instant(0)
        self._read_to: int | None = None
        """The event up to which everything is handled; None as long as the cursor was not looked at."""
        self._noted = 0
        """The event up to which that is kept."""

    async def step(self) -> int:
        """Handle the next events and keep how far that was; the answer is how many events were read."""
        await self._retry()
        if self._read_to is None:
            self._read_to = self._noted = await self._events.cursor(self._consumer)
        events = await self._events.read(self._read_to, BATCH)
        reacted = False
        for event in events:
            reacted = await self._react(event) or reacted
        if events:
            self._read_to = events[-1].number
            # what nobody reacts to may be read again after a crash; to keep each step would cost a commit beside each write
            if reacted or self._read_to - self._noted >= UNNOTED_MAX:
                await self._events.advance(self._consumer, self._read_to)
                self._noted = self._read_to
        return len(events)

    async def run(self) -> None:
        """Handle events as they come, until cancelled."""
        failures = 0
        while True:
            try:
                read = await self.step()
                if read == 0:
                    await self._events.wait(self._read_to or 0, WAIT_S)
                elif read < BATCH:
                    await asyncio.sleep(PAUSE_S)
                failures = 0
            except StoreAway as away:
                # that it is away the store says itself, once
                failures += 1
                structlog.get_logger("reactions").debug("reactions wait for the store", why=str(away))
                await asyncio.sleep(wait_of(failures))
            except Exception:
                # whatever the store says, the cursor stands before what is not done, and the same events come again
                failures += 1
                structlog.get_logger("reactions").exception("reactions wait for the store", failures=failures)
                await asyncio.sleep(wait_of(failures))

    async def _react(self, event: Event) -> bool:
        """Run the reactions to an event; whether there was one."""
        if event.what == "corrected":
            return False
        reacted, is_gone = False, event.what == "deleted"
        matching = [
            row for kind in event.types for row in self._by_type.get(kind, ()) if row[1].gone == is_gone
        ]
        for service, reaction, watched in matching:
            cause = f"{service.name}:{reaction.on}"
            touched = (
                is_gone or not watched or event.what == "created" or not watched.isdisjoint(event.attributes)
            )
            # A reaction never answers to what it did itself.
            if touched and event.action != cause:
                reacted = True
                await self._decide(service, reaction, event)
        return reacted

    async def _retry(self) -> None:
        """Try what failed before and is due again, in all areas."""
        now = self._engine.clock.now()
        if now < self._look_back_at:
            return
        self._look_back_at = Instant(now + LOOK_BACK_S * 1_000_000)
        q = parse_q(f"setAside==false;number>0;dueAt<={format_instant(now)}", expand_name)
        wanted = Query(types=TypeIs(expand_name("Failure")), q=q, limit=BATCH)
        for area in await self._engine.entities.areas():
            for row in (await self._engine.entities.find(area, wanted)).rows:
                failure = read(Failure, row.entity())
                known = self._by_cause.get(failure.cause)
                events = await self._events.read(failure.number - 1, 1)
                if known is not None and events:
                    await self._decide(*known, events[0], failure)

    async def _decide(
        self, service: Service, reaction: Reaction, event: Event, before: Failure | None = None
    ) -> None:
        """Let a reaction decide on an event; `before` is what is kept of its attempts in vain."""
        cause = f"{service.name}:{reaction.on}"
        failed_id = f"urn:ngsi-ld:Failure:{cause}:{event.number}"
        failure = before or Failure(failed_id, cause, event.entity_id, event.number, event.version)
        asked = self._engine.asked(service, Asking(event.area, SYSTEM))
        seen = read(reaction.input, await self._as_of(event))
        if reaction.people and self._engine.lead is not None:
            seen = await led(seen, reaction.people, partial(self._engine.lead, service.name, event.area))
        once = f"{cause} {event.number}" + (f" {failure.attempts}" if before else "")

        def again(error: Exception) -> Accepted:
            structlog.get_logger("reactions").error(
                "a reaction failed", reaction=cause, number=event.number, exc_info=error
            )
            return Accepted((failure.once_more(error, asked.now),))

        def rule(loaded: Mapping[str, Entity], state: State) -> Accepted | Refused:
            try:
                said = reaction.decide({k: v for k, v in state.items() if k != failed_id}, seen, asked)
            except Exception as error:
                # One event whose rule has a bug must not stop all that follow.
                return again(error)
            if before is None or isinstance(said, Refused):
                return said
            return msgspec.structs.replace(said, deletes=(*said.deletes, failed_id))

        work = Work(service, cause, (failed_id,), rule, once)
        try:
            needs = dict.fromkeys((event.entity_id, *reaction.needs(seen, asked), failed_id))
            said = await self._engine.decide(msgspec.structs.replace(work, ids=tuple(needs)), asked)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            kept = msgspec.structs.replace(work, rule=_keeping(again(error)))
            said = await self._engine.decide(kept, asked)
        if isinstance(said, Refused):
            structlog.get_logger("reactions").info(
                "a reaction refused", reaction=cause, number=event.number, code=said.code
            )
            if before is not None:
                done = msgspec.structs.replace(work, rule=_keeping(Accepted(deletes=(failed_id,))), once=None)
                await self._engine.decide(done, asked)

    async def _as_of(self, event: Event) -> Entity:
        """The entity as the event left it: as it is now when nothing came since, else out of its history; bare where the event took it."""
        if event.what == "deleted":
            return Entity(event.entity_id, event.types)
        row = (await self._engine.entities.load(event.area, (event.entity_id,))).get(event.entity_id)
        if row is not None and row.version == event.version:
            return row.entity()
        pasts = await self._history.past(
            event.area, event.entity_id, limit=HISTORY_STATES_MAX, newest_first=True
        )
        latest: dict[tuple[str, str | None], Past] = {}
        for past in pasts:
            if past.number <= event.number and past.version:
                latest.setdefault((past.attribute, past.dataset_id), past)
        attributes: dict[str, tuple[Instance, ...]] = {}
        for (name, _), past in sorted(latest.items(), key=lambda item: (item[0][0], item[0][1] or "")):
            if past.instance is not None:
                attributes[name] = (*attributes.get(name, ()), past.instance)
        return Entity(event.entity_id, event.types, attributes, version=event.version, modified_at=event.at)


def _keeping(said: Accepted) -> EntityRule:
    """A rule whose answer is known before."""

    def keep(_loaded: Mapping[str, Entity], _state: State) -> Accepted:
        return said

    return keep


def wait_of(failures: int) -> float:
    """Seconds until a store that failed so often is asked again."""
    return min(2.0 ** min(failures, DOUBLINGS_MAX), RETRY_S_MAX)


def _watched(reaction: Reaction) -> frozenset[str]:
    known: dict[str, str] = {}
    for slot in slots(reaction.input):
        known |= {slot.field: slot.iri, slot.short: slot.iri}
    return frozenset(known.get(name) or expand_name(name) for name in reaction.attributes)
