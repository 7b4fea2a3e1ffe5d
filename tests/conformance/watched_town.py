"""A data plane with subscriptions, over any store, whose letters arrive in a room beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from broker.town import StandingClock
from conformance.resting import is_at_rest
from kaiteki.api.exchange import Ask, Reply
from kaiteki.api.ngsi_ld.binding import Binding
from kaiteki.api.ngsi_ld.desk import Beside, Desk
from kaiteki.api.ngsi_ld.handlers import HANDLERS
from kaiteki.api.ngsi_v2 import binding as ngsi_v2
from kaiteki.api.ngsi_v2.handlers import HANDLERS as V2_HANDLERS
from kaiteki.api.owners import eyes_of_owners
from kaiteki.api.persons import EVERYBODY_IS_ADMIN
from kaiteki.api.trust import Trust
from kaiteki.broker.dispatching import Dispatcher
from kaiteki.broker.inquiring import Inquirer
from kaiteki.broker.mailing import Mailing
from kaiteki.broker.notifying import Notifier
from kaiteki.broker.outlets import Patience
from kaiteki.broker.passing import Passing
from kaiteki.broker.periods import Periods
from kaiteki.broker.picturing import Picturing
from kaiteki.broker.plane import Plane
from kaiteki.broker.registry import Registry
from kaiteki.broker.watching import Watchers
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.schema import Catalogue
from kaiteki.main.desks import plane_apart
from kaiteki.model.access import Person
from kaiteki.model.entity import Json
from kaiteki.model.visibility import Sight
from kaiteki.ports.outgoing import Answered, Letter, Question, Unreachable
from kaiteki.stores.store import Store
from waiting import LONG_S

WAIT_S = LONG_S
QUIET_S = 0.15
"""How long nothing must come so that nothing comes, when all parts of all nodes are at rest."""
REST_S = 0.01
HURRIED = Patience(pause_s=0.02, pause_max_s=0.1, refused_pause_s=0.02)
URI = "https://receiver.example/n"


class Room:
    """Where letters arrive. `answers` decides what each receiver answers: a status, or None for one that is not there."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.documents: dict[str, Json] = {}
        self.ask: Callable[[Question], Awaitable[Answered]] = self._nobody
        self.answers: Callable[[Letter], int | None] = lambda letter: 200
        self.onward: Callable[[Letter], Awaitable[int | None]] = self._nowhere
        """Takes letters to other nodes; None for those to this room."""
        self._news = asyncio.Event()

    async def _nobody(self, question: Question) -> Answered:
        raise Unreachable(question.url)

    async def _nowhere(self, letter: Letter) -> int | None:
        return None

    def forbids(self, area: str, url: str) -> bool:
        """Everything may be reached but one network."""
        return "//10." in url

    async def send(self, letter: Letter) -> int:
        """A letter arrives, or finds nobody."""
        taken = await self.onward(letter)
        if taken is not None:
            return taken
        answer = self.answers(letter)
        if answer is None:
            raise Unreachable(f"{letter.url} is not there")
        self.letters.append(letter)
        self._news.set()
        return answer

    async def fetch_json(self, url: str) -> Json:
        """A @context that a test has put up."""
        if url not in self.documents:
            raise Unreachable(url)
        return self.documents[url]

    async def heard(self, count: int) -> list[Any]:
        """The notifications so far, once there are so many."""
        return [json.loads(letter.body) for letter in await self.arrived(count)]

    async def arrived(self, count: int) -> list[Letter]:
        """The letters so far, once there are so many."""
        async with asyncio.timeout(LONG_S):
            while len(self.letters) < count:
                self._news.clear()
                await self._news.wait()
        return self.letters

    async def quiet(self) -> list[Any]:
        """The notifications so far, when the nodes of this test have nothing left to do and none has come for a while."""
        seen = -1
        while seen != len(self.letters):
            await rest()
            seen = len(self.letters)
            await asyncio.sleep(QUIET_S)
            await rest()
        return [json.loads(letter.body) for letter in self.letters]


_at_work: list[WatchedTown] = []
"""The towns of this test whose parts are at work."""


async def rest() -> None:
    """Wait until every node of this test has done what there is to do."""
    async with asyncio.timeout(LONG_S):
        while True:
            if all([await is_at_rest(town) for town in _at_work]):
                return
            await asyncio.sleep(REST_S)


class WatchedTown:
    """The areas demo and chiba; everybody may do everything unless there are `sights`."""

    def __init__(
        self, store: Store, sights: tuple[Sight, ...] = (), name: str = "here", **patience: float
    ) -> None:
        self.clock = StandingClock()
        self.store = store
        self.room = Room()
        self.person = EVERYBODY_IS_ADMIN
        self.persons: dict[str, Person] = {}
        self.failures: list[BaseException] = []
        self.reasons: list[str] = []
        self.plane = Plane(
            entities=store.entities,
            history=store.history,
            events=store.events,
            contexts=store.contexts,
            clock=self.clock,
            outgoing=self.room,
            glances=store.glances,
            subscriptions=store.subscriptions,
            sources=store.sources,
        )
        trust = Trust(Rulings(Catalogue(sights)))
        hurried = msgspec.structs.replace(HURRIED, **patience)
        self.watchers = Watchers(self.plane)
        self.watchers.deciding = trust.deciding(trust.rulings.types)
        mailing = Mailing(self.watchers, eyes_of_owners(trust, self._person_of))
        dispatcher = Dispatcher(
            self.watchers, mailing, lambda _, reason: self.reasons.append(reason), hurried
        )
        self.notifier = Notifier(self.watchers, mailing, dispatcher, self.failures.append)
        self.periods = Periods(self.watchers, mailing, dispatcher, self.failures.append)
        self.registry = Registry(self.plane, name)
        self.picturing = Picturing(self.watchers, self.registry, self.failures.append)
        inquirer = Inquirer(self.registry, self.watchers.contexts)
        self.passing = Passing(self.watchers, inquirer, f"http://{name}", self.failures.append)
        desk = Desk(
            self.plane,
            trust,
            self._who,
            ("demo", "chiba"),
            True,
            Beside(mailing, inquirer, lambda: plane_apart(self.plane)),
        )
        self.binding = Binding(desk, HANDLERS)
        self.v2_binding = ngsi_v2.Binding(desk, V2_HANDLERS)

    async def _who(self, _headers: Any, _area: str) -> Person:
        return self.person

    async def _person_of(self, _area: str, account: str) -> Person | None:
        known = {EVERYBODY_IS_ADMIN.account_id: EVERYBODY_IS_ADMIN, **self.persons}
        return known.get(account)

    async def ask(self, method: str, path: str, document: Json = None, **headers: str) -> Reply:
        """A request below /ngsi-ld/v1, or of a path that begins with /v2/."""
        body = b"" if document is None else json.dumps(document).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if document is not None:
            named.setdefault("content-type", "application/json")
        face = self.v2_binding if path.startswith("/v2/") else self.binding
        where, _, query = (path if path.startswith("/v2/") else f"/ngsi-ld/v1{path}").partition("?")
        return await face(Ask(method, where, query, named, _Body(body)))

    async def did(self, method: str, path: str, document: Json = None, **headers: str) -> Reply:
        """A request that succeeds."""
        reply = await self.ask(method, path, document, **headers)
        assert reply.status < 300, reply.body
        return reply

    def hurry_throttled(self) -> float:
        """Send what throttling holds back, as if its time had come; for how many seconds it would have been held."""
        dispatcher: Any = self.notifier.dispatcher
        (key, throttle), *_ = dispatcher._throttles.items()
        left_s = throttle.timer.when() - asyncio.get_running_loop().time()
        throttle.timer.cancel()
        dispatcher._release(key)
        return left_s

    def waiting(self) -> asyncio.Timeout:
        """As long as something that must come may take."""
        return asyncio.timeout(LONG_S)

    async def subscribe(self, telling: Mapping[str, Json] | None = None, **members: Json) -> str:
        """Subscribe to lamps unless the members say otherwise; the path of the subscription below /ngsi-ld/v1."""
        notification = {"endpoint": {"uri": URI}, **(telling or {})}
        document = {
            "type": "Subscription",
            "entities": [{"type": "Lamp"}],
            "notification": notification,
            **members,
        }
        reply = await self.did("POST", "/subscriptions", document)
        return dict(reply.headers)["location"].removeprefix("/ngsi-ld/v1")

    async def lamp(self, number: int = 1, **values: Json) -> None:
        """Create a lamp with Properties."""
        await self.did("POST", "/entities", lamp(number, **values))

    async def turn(self, number: int = 1, **values: Json) -> None:
        """Put Properties of a lamp."""
        fragment = {name: {"type": "Property", "value": value} for name, value in values.items()}
        await self.did("PATCH", f"/entities/urn:ngsi-ld:Lamp:{number}/attrs", fragment)

    async def eventually(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with self.waiting():
            while True:
                if condition():
                    return
                await asyncio.sleep(0.01)

    async def until(self, path: str, condition: Callable[[Any], bool]) -> Any:
        """A document that is there, once something holds for it."""
        async with self.waiting():
            while True:
                found = await self.shown(path)
                if condition(found):
                    return found
                await asyncio.sleep(0.02)

    async def shown(self, path: str) -> Any:
        """A document that is there."""
        return json.loads((await self.did("GET", path)).body)


class _Body:
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __call__(self) -> bytes:
        return self._body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


def lamp(number: int = 1, **values: Json) -> dict[str, Json]:
    """A lamp with Properties."""
    attributes = {name: {"type": "Property", "value": value} for name, value in values.items()}
    return {"id": f"urn:ngsi-ld:Lamp:{number}", "type": "Lamp", **attributes}


@asynccontextmanager
async def notifying(town: WatchedTown) -> AsyncIterator[WatchedTown]:
    """The town while its notifier is at work; what failed inside fails the test."""
    parts = (town.notifier, town.periods, town.picturing, town.passing)
    running = [asyncio.create_task(part.run()) for part in parts]
    _at_work.append(town)
    try:
        yield town
    finally:
        _at_work.remove(town)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    assert town.failures == []


def values(notifications: list[Any], name: str = "watts") -> list[Json]:
    """The values of one attribute, notification by notification."""
    return [one["data"][0].get(name, {}).get("value") for one in notifications]
