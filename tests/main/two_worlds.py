"""Two worlds to ask the same: a whole node, and for each person a node in which there is only what that person sees.

The second one decides nothing: its rulings open everything, nothing in it is sealed, and what is hidden was never written there. Of the past
it holds what of the past may be seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import msgspec
import pytest
from asked_of_faces import Asked
from law_service import ALL, AREA, HOUR_US, NOW, OWN_POLICY
from plain_model import Model
from whole_node import HOST, Exchange, Scope

from kaiteki.api.tally import Tally
from kaiteki.broker.sealed_accounts import SealedAccounts
from kaiteki.broker.sealing import SealedEntities, Seals
from kaiteki.kit.engine import KIT_TYPES, running
from kaiteki.kit.identity import Mandates
from kaiteki.kit.identity.mandates import Wanted
from kaiteki.kit.rulings.policies import Policies, Source, generic_policies
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.sealing import sealed_types
from kaiteki.main import node as nodes
from kaiteki.main import parts, site
from kaiteki.main.kek import open_keys
from kaiteki.main.node import Node, build_front, join
from kaiteki.main.settings import Settings
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.visibility import Sight
from kaiteki.portal import site as portal_site
from kaiteki.ports.accounts import Account, Grant, Session
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.ports.outgoing import Answered, Letter, Question, Unreachable
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store

FIRST, THEN = Instant(NOW - 5 * HOUR_US), Instant(NOW - 3 * HOUR_US)
ELSEWHERE: Final = "elsewhere"
"""The area in which something stands for what is hidden, so that events have the same numbers in both worlds."""
SEEDS: Final = 1000
"""Seeds that one question may take."""


class Standing:
    """The clock of both worlds."""

    at: Instant = FIRST
    seeds: int = 0

    def now(self) -> Instant:
        """The present of both."""
        return Standing.at

    def seed(self) -> int:
        """The next number."""
        Standing.seeds += 1
        return Standing.seeds


@dataclass
class Post:
    """The way out of a world: letters are kept, nobody answers."""

    letters: list[Letter] = field(default_factory=list[Letter])

    def forbids(self, area: str, url: str) -> bool:
        """Everything may be reached."""
        return False

    async def send(self, letter: Letter) -> int:
        """A letter arrives."""
        self.letters.append(letter)
        return 204

    async def ask(self, question: Question) -> Answered:
        """Nobody is there."""
        raise Unreachable(question.url)

    async def fetch_bytes(self, url: str, accept: str, size_max_bytes: int) -> bytes:
        """Nothing is there."""
        raise Unreachable(url)

    async def fetch_json(self, url: str) -> Any:
        """Nothing is there."""
        raise Unreachable(url)


class Who(msgspec.Struct, frozen=True):
    """Somebody who asks: the account, its grants (role, office), what it stands for, for what it asks, whom it acts for."""

    name: str
    grants: tuple[tuple[str, str], ...] = ()
    kind: str = "person"
    purpose: str = ""
    helps: str = ""


PEOPLE: Final = (
    Who("nobody", kind="nobody"),
    Who("key", kind="key"),
    Who("taro"),
    Who("hana"),
    Who("yui", helps="taro"),
    Who("chie", (("staff", "road"),)),
    Who("ken", (("staff", "park"),)),
    Who("boss", (("staff", ""), ("admin", ""))),
    Who("otto", (("auditor", ""),)),
    Who("pump", (("staff", "road"),), kind="machine"),
    Who("pipe", (("staff", "road"),), kind="machine", purpose="law.sharing"),
)
"""Who asks: a visitor, a key for open data, two residents, a helper of one of them, clerks of two offices, who runs the node, who looks
after the log, a program, and one that asks for a purpose by consent."""


class Answer(msgspec.Struct, frozen=True):
    """All that somebody is told."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class OpenRulings(Rulings):
    """Opens everything to everybody; forms are kept apart as where something is decided."""

    def __init__(self, *told: Any) -> None:
        super().__init__(*told)
        self._deciding = Rulings(*told)

    def sight(self, type_iri: str) -> Sight:
        """Nothing is sealed."""
        return msgspec.structs.replace(super().sight(type_iri), sealed=frozenset())

    def is_free(self, person: Person, area: str) -> bool:
        """Nothing needs to be decided."""
        return True

    def level(self, person: Person, area: str) -> str:
        """As where something is decided."""
        return self._deciding.level(person, area)


class Plan(msgspec.Struct, frozen=True):
    """One moment of the making of a town: what stands then of each entity."""

    at: Instant
    entities: tuple[Entity, ...]


class World:
    """One node that answers in this process."""

    def __init__(self, node: Node, post: Post) -> None:
        self.node: Final = node
        self.post: Final = post
        self._headers: dict[str, Mapping[str, str]] = {}

    async def ask(self, who: Who, asked: Asked, number: int) -> Answer:
        """One request of somebody; its number is the same in both worlds, and with it what is drawn."""
        Standing.seeds = number * SEEDS
        path, _, query = asked.target.partition("?")
        exchange = _Keeping(asked.body)
        sent = {**self._headers[who.name], **asked.headers}
        scope: Any = Scope(asked.method, unquote(path, errors="replace"), query, sent)
        await self.node.front.__rsgi__(scope, exchange)
        return Answer(exchange.reply.status, exchange.headers, exchange.reply.body)

    def sent_by(self, who: Who) -> Mapping[str, str]:
        """The headers of all that somebody asks."""
        return self._headers[who.name]

    async def person(self, who: Who) -> Person:
        """Who asks, as decisions see them."""
        if who.kind in ("nobody", "key"):
            return NOBODY
        name = who.helps or who.name
        found = await self.node.joined.who(self._headers[name], AREA)
        return msgspec.structs.replace(found, helper=f"acc-{who.name}") if who.helps else found

    async def put(self, entity: Entity | None) -> None:
        """Write an entity as it is planned; for one that is hidden, something elsewhere."""
        await _put(self.node.joined.store, entity)

    async def admit(self, who: Who) -> None:
        """Make the account of somebody, as whom requests go out from then on."""
        identity, named = self.node.joined.identity, {"host": HOST}
        if who.purpose:
            named["kaiteki-purpose"] = who.purpose
        if who.kind == "key":
            owner = await self._account(Who("owner"))
            made = await self.node.joined.api_keys.make(owner.id, "key")
            assert isinstance(made, tuple)
            named["x-api-key"] = made[0]
        elif who.kind == "machine":
            named["authorization"] = f"Bearer {await identity.renew_machine(await self._account(who))}"
        elif who.kind == "person":
            account = await self._account(who)
            opened = await identity.open_session(account, 3)
            named["cookie"] = f"kaiteki_session={opened.token}"
            if who.helps:
                await self._entrust(account, f"acc-{who.helps}", opened.session)
        self._headers[who.name] = named

    async def _account(self, who: Who) -> Account:
        grants = tuple(Grant("*", role, office) for role, office in who.grants)
        account = Account(f"acc-{who.name}", who.name, who.name, "", grants, FIRST)
        if who.kind == "machine":
            account = msgspec.structs.replace(account, kind="machine")
        await self.node.joined.store.accounts.put(account)
        return account

    async def _entrust(self, helper: Account, giver: str, session: Session) -> None:
        store = self.node.joined.store
        mandates, account = (
            Mandates(store.accounts, store.credentials, Standing()),
            await store.accounts.by_id(giver),
        )
        assert account is not None
        covers = tuple(f"{service.name}.*" for service in ALL)
        made = await mandates.invite(account, Wanted("entrusted", covers, Instant(NOW + 720 * HOUR_US)))
        assert isinstance(made, tuple), made
        assert isinstance(await mandates.accept(helper, made[1]), msgspec.Struct)
        assert await mandates.act(session, giver)


class _Keeping(Exchange):
    """An exchange that keeps the headers."""

    headers: tuple[tuple[str, str], ...] = ()

    def response_empty(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        self.headers = tuple(headers)
        super().response_empty(status, headers)

    def response_bytes(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        self.headers = tuple(headers)
        super().response_bytes(status, headers, body)

    def response_stream(self, status: int, headers: Sequence[tuple[str, str]]) -> Any:
        self.headers = tuple(headers)
        return super().response_stream(status, headers)


class Worlds:
    """Makes worlds in a folder, where everything that is outside of a node is put in its place."""

    def __init__(self, patch: pytest.MonkeyPatch, data: Path) -> None:
        self._patch = patch
        self._settings = Settings(data=data, cities=(AREA,))
        for module in (nodes, site, parts):
            patch.setattr(module, "SERVICES", ALL)
        patch.setattr(nodes, "SystemClock", Standing)
        patch.setattr(site, "SystemClock", Standing)
        patch.setattr(nodes, "own_policies", _said_always({AREA: _policies()}))
        patch.setattr(nodes, "open_limits", _said_always(None))
        patch.setattr(nodes, "open_pace", _said_always(None))
        # (templates are read once for all worlds)
        patch.setattr(portal_site, "Renderer", _once(portal_site.Renderer))

    async def whole(self, plans: Sequence[Plan]) -> World:
        """The world in which there is everything."""
        world, _ = await self._open(sealed=True)
        for plan in plans:
            Standing.at = plan.at
            for entity in plan.entities:
                await world.put(entity)
        Standing.at = NOW
        return world

    async def seen_by(self, model: Model, person: Person, plans: Sequence[Plan]) -> World:
        """The world of what a person sees, beside the past of what of the past they see."""
        world, behind = await self._open(sealed=False)
        for past, store in ((False, world.node.joined.store), (True, behind)):
            for plan in plans:
                Standing.at = plan.at
                for entity in plan.entities:
                    await _put(store, model.seen(person, entity, past))
        Standing.at = NOW
        return world

    async def _open(self, sealed: bool) -> tuple[World, Store]:
        """An empty node; where nothing is sealed, its past is that of the other store."""
        post, behind = Post(), open_memory(Standing())

        async def opened(data: Path, clock: Clock, _address: str, _pages: int) -> tuple[Store, Seals]:
            store = open_memory(clock)
            keys = await open_keys(data, store, clock, in_database=False)
            declared = (*KIT_TYPES, *(one for service in ALL for one in service.types))
            seals = Seals(sealed_types(declared) if sealed else (), keys)
            accounts = SealedAccounts(store.accounts, keys)
            history = store.history if sealed else behind.history
            entities = SealedEntities(store.entities, seals)
            return replace(store, entities=entities, accounts=accounts, history=history), seals

        with self._patch.context() as patch:
            patch.setattr(nodes, "open_sealed", opened)
            patch.setattr(nodes, "GuardedClient", _said_always(post))
            patch.setattr(running, "Rulings", Rulings if sealed else OpenRulings)
            joined = await join(self._settings)
        Standing.at = NOW
        tally = Tally()
        later = nodes.LaterSite(joined, tally)
        world = World(Node(joined, build_front(joined, later, tally), later), post)
        for who in PEOPLE:
            await world.admit(who)
        return world, behind


@lru_cache(maxsize=1)
def _policies() -> Policies:
    return Policies((*generic_policies().sources, Source("own", OWN_POLICY)))


def _said_always(what: Any) -> Any:
    def same(*told: Any, **more: Any) -> Any:
        return what

    return same


def _once(make: Any) -> Any:
    made: list[Any] = []

    def same(*told: Any) -> Any:
        if not made:
            made.append(make(*told))
        return made[0]

    return same


async def _put(store: Store, entity: Entity | None) -> None:
    named = entity or Entity("urn:ngsi-ld:Nothing:1", ("urn:Nothing",))
    area = AREA if entity is not None else ELSEWHERE

    def decide(found: Mapping[str, Entity]) -> Decision[None]:
        before = found.get(named.id)
        return Decision([Change(before, _next(before, named))], None)

    await store.entities.change(area, [named.id], decide, By())


def _next(before: Entity | None, planned: Entity) -> Entity:
    """What stands after a change: attributes that are as they were keep their times."""
    at, old = Standing.at, before.attributes if before is not None else {}
    attributes = {
        name: old[name]
        if name in old and [one.value for one in old[name]] == [one.value for one in many]
        else tuple(
            msgspec.structs.replace(
                one, created_at=old[name][0].created_at if name in old else at, modified_at=at
            )
            for one in many
        )
        for name, many in planned.attributes.items()
    }
    return msgspec.structs.replace(
        planned,
        attributes=attributes,
        created_at=before.created_at if before is not None else at,
        modified_at=at,
        version=before.version + 1 if before is not None else 1,
    )
