"""Worlds whose notifications and streams are heard: what each subscription is told of each change, free of what only counts lines of a log."""

from __future__ import annotations

import asyncio
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
import pytest
from asked_of_faces import LD, Asked, Draw
from asked_of_watchers import Changes
from law_service import AREA, NOW
from plain_model import Model
from plain_town import consents, town
from two_worlds import PEOPLE, Answer, OpenRulings, Standing, Who, World, Worlds
from whole_node import HOST, Scope

from kaiteki.api.owners import Eyes
from kaiteki.kit.views import write
from kaiteki.model.access import Person
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.ports.outgoing import Letter
from waiting import LONG_S

_NUMBER: Final = re.compile(rb'(Notification:demo:|^id: |"id":")(\d+)', re.MULTILINE)


class Hearing:
    """One world and what it tells. Numbers of events are told as how many changes there were, since reads have numbers of that row, too."""

    def __init__(self, world: World, patch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.state: dict[str, Entity] = {}
        """What stands in it."""
        self._names: dict[int, bytes] = {0: b"#0"}
        self._number = 0
        self._joined = world.node.joined
        self._watchers = self._joined.telling.watchers

        async def nothing_comes(after: int, timeout_s: float) -> bool:
            # (a stream that has told all there is ends, as when the node stops)
            self._watchers.closed = True
            return False

        patch.setattr(self._joined.plane.events, "wait", nothing_comes)

    async def write(self, entity_id: str, entity: Entity | None) -> None:
        """Let an entity stand as it is told, or not at all; one that does so already is left alone."""
        if self.state.get(entity_id) == entity:
            return

        def decide(found: Mapping[str, Entity]) -> Decision[None]:
            before = found.get(entity_id)
            version = before.version + 1 if before is not None else 1
            after = msgspec.structs.replace(entity, version=version) if entity is not None else None
            return Decision([Change(before, after)], None)

        await self._joined.store.entities.change(AREA, [entity_id], decide, By())
        if entity is None:
            del self.state[entity_id]
        else:
            self.state[entity_id] = entity

    async def count(self) -> None:
        """One more change was made, whether it is seen here or not: what is told of the newest event is told of that one."""
        self._number += 1
        self._names.setdefault(await self.newest(), b"#%d" % self._number)

    async def told(self) -> dict[str, list[Letter]]:
        """What was sent since it was last asked, by the last part of the address without what a template adds; plain of numbers."""
        notifier = self._joined.telling.notifier
        dispatcher: Any = notifier.dispatcher
        while await notifier.step():
            pass
        periods: Any = self._joined.telling.periods
        periods.tell_due()
        async with asyncio.timeout(LONG_S):
            await asyncio.gather(*periods._telling.values())
            while under_way := [*dispatcher._tasks]:
                await asyncio.gather(*under_way)
        letters = defaultdict[str, list[Letter]](list)
        for letter in self.world.post.letters:
            letters[urlsplit(letter.url).path.lstrip("/")].append(self._plain(letter))
        self.world.post.letters.clear()
        return letters

    def _plain(self, letter: Letter) -> Letter:
        headers = tuple((name, self.named(value.encode()).decode()) for name, value in letter.headers)
        return msgspec.structs.replace(letter, headers=headers, body=self.named(letter.body))

    def named(self, text: bytes, after: int = -1) -> bytes:
        """A text in which numbers of events are told as how many changes there were; `after` is where its reader was."""
        names = {**self._names, after: b"after"}
        return _NUMBER.sub(lambda found: found[1] + names.get(int(found[2]), found[2]), text)

    async def newest(self) -> int:
        """The number of the newest event."""
        return await self._joined.plane.events.last()

    async def streamed(self, who: Who, path: str, after: int) -> tuple[int, bytes]:
        """What a stream tells by server-sent events behind an event, until there is no more."""
        self._watchers.closed = False
        asked = Asked(
            "streams", "streamNotifications", "GET", f"{LD}/subscriptions/{path}/stream?lastEventId={after}"
        )
        answer: Answer = await self.world.ask(who, asked, 1)
        return answer.status, self.named(answer.body, after)

    async def messages(self, who: Who, path: str, after: int) -> list[bytes]:
        """The same by WebSocket."""
        self._watchers.closed = False
        ear = Ear()
        scope: Any = Scope(
            "GET",
            f"{LD}/subscriptions/{path}/stream",
            f"lastEventId={after}",
            {"host": HOST, **self.world.sent_by(who)},
            proto="ws",
        )
        socket: Any = ear
        async with asyncio.timeout(LONG_S):
            await self.world.node.front.__rsgi__(scope, socket)
        return [self.named(one, after) for one in ear.heard]


class Ear:
    """The other end of a WebSocket: it hears to the end."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    async def accept(self) -> Ear:
        """It is open."""
        return self

    def close(self, status: int | None = None) -> None:
        """It is closed, or refused with a status."""
        self.heard.append(b"%d" % (status or 0))

    async def receive(self) -> Any:
        """Nothing is ever said."""
        await asyncio.Event().wait()

    async def send_str(self, data: str) -> None:
        """A message."""
        self.heard.append(data.encode())


def see_the_past_plainly(patch: pytest.MonkeyPatch, model: Model, truth: Mapping[str, Entity]) -> None:
    """In worlds that decide nothing, let the plain model say what of a former state may be told."""
    decided = Eyes.see_past

    def see_past(self: Any, entity: Entity, present: Entity | None) -> Entity | None:
        if not isinstance(self._trust.rulings, OpenRulings):
            return decided(self, entity, present)
        return model.seen_past(self._person, entity, truth.get(entity.id))

    patch.setattr(Eyes, "see_past", see_past)


class Watcher(NamedTuple):
    """Somebody with subscriptions: the world in which there is only what they see, and the subscriptions by number with their ids."""

    who: Who
    person: Person
    part: Hearing
    subscriptions: dict[int, str]


class TellingTown:
    """A town that changes, whole and as each watcher sees it."""

    def __init__(self, worlds: Worlds, patch: pytest.MonkeyPatch, seed: int) -> None:
        self._worlds = worlds
        self._patch = patch
        draw = random.Random(seed)
        self._agreed = {one.id: one for one in consents(draw)}
        self.model: Final = Model(self._agreed.values())
        records = [write(one, None, NOW) for one in self._agreed.values()]
        self.changes: Final = Changes(Draw(seed), [*town(draw), *records])
        self.watchers: Final[list[Watcher]] = []
        self.whole: Hearing
        see_the_past_plainly(patch, self.model, self.changes.truth)

    async def open(self, people: Iterable[Who]) -> None:
        """Open the worlds, and let everything stand in them."""
        people = tuple(people)
        self.whole = await self._opened(await self._worlds.whole(()), people)
        for who in people:
            person = await self.whole.world.person(who)
            part = await self._opened(await self._worlds.seen_by(self.model, person, ()), people)
            self.watchers.append(Watcher(who, person, part, {}))
        await self.sync()

    async def _opened(self, world: World, people: Iterable[Who]) -> Hearing:
        for who in people:
            if who not in PEOPLE:
                await world.admit(who)
        return Hearing(world, self._patch)

    @property
    def worlds(self) -> list[Hearing]:
        """The whole one, and those of the watchers."""
        return [self.whole, *(watcher.part for watcher in self.watchers)]

    async def begin(self) -> None:
        """Let the worlds tell, from here on."""
        for one in self.worlds:
            await one.world.node.joined.telling.notifier.begin()

    async def change(self, at: Instant) -> None:
        """One change, and perhaps another one of the same entity before anything is told."""
        Standing.at = at
        entity_id, is_plain = self.changes.next(at)
        await self._write(entity_id)
        if is_plain and int(at) % 3 == 0:
            Standing.at = Instant(at + 1)
            self.changes.change(entity_id, Standing.at)
            await self._write(entity_id)

    async def _write(self, entity_id: str) -> None:
        entity = self.changes.truth.get(entity_id)
        await self.whole.write(entity_id, entity)
        await self.whole.count()
        for watcher in self.watchers:
            seen = self.model.seen(watcher.person, entity) if entity is not None else None
            await watcher.part.write(entity_id, seen)
            await watcher.part.count()

    async def decide(self, at: Instant, given: bool) -> None:
        """Let somebody agree or withdraw: what each sees is another from here on, and nobody is told so."""
        Standing.at = at
        fresh = self.changes.decide(at, given)
        known = self._agreed.get(fresh.id)
        record = known.told(fresh.events[0]) if known is not None else fresh
        self._agreed[record.id] = record
        self.model.consents[record.holder, record.purpose] = record.in_force(NOW)
        self.changes.truth[record.id] = write(record, self.changes.truth.get(record.id), at)
        await self.sync()

    async def sync(self) -> None:
        """Let everything stand in each world as it is seen there now; nobody is told."""
        truth = self.changes.truth
        for entity_id in truth:
            await self.whole.write(entity_id, truth[entity_id])
        await self.whole.told()
        for watcher in self.watchers:
            for entity_id in {**truth, **watcher.part.state}:
                entity = truth.get(entity_id)
                seen = self.model.seen(watcher.person, entity) if entity is not None else None
                await watcher.part.write(entity_id, seen)
            await watcher.part.told()


def differing(ours: object, right: object) -> tuple[str, str]:
    """Where two tellings begin to differ."""
    one, other = repr(ours), repr(right)
    least = min(len(one), len(other))
    at = next((n for n in range(least) if one[n] != other[n]), least)
    return one[max(0, at - 300) : at + 200], other[max(0, at - 300) : at + 200]
