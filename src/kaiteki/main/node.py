"""One node, whole: stores, plane, services, api, portal and adapters, joined."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib import import_module

import msgspec

from kaiteki.api.bridge import ASGIApp, Message
from kaiteki.api.front import Front, Hot
from kaiteki.api.ngsi_ld.binding import Binding
from kaiteki.api.ngsi_ld.glancing import Glancing
from kaiteki.api.ngsi_ld.handlers import HANDLERS
from kaiteki.api.ngsi_ld.jotting import Jotting
from kaiteki.api.ngsi_v2 import binding as ngsi_v2
from kaiteki.api.ngsi_v2.handlers import HANDLERS as V2_HANDLERS
from kaiteki.api.oauth.tokens import AccessTokens
from kaiteki.api.older import OLDER, say_versions
from kaiteki.api.persons import WhoAsks, ask_the_register, everybody_runs, nobody_is_asked, persons_of
from kaiteki.api.proxies import Proxies
from kaiteki.api.purposes import for_a_purpose
from kaiteki.api.tally import Tally
from kaiteki.api.trust import Trust
from kaiteki.api.turned_away import TurnedAway
from kaiteki.api.uses import Uses
from kaiteki.broker.lasting import LastingEntities, LastingGlances
from kaiteki.broker.notary import Notary, Signer
from kaiteki.broker.opening import Opener, SealedHistory
from kaiteki.broker.plane import Plane
from kaiteki.broker.registry import Registry
from kaiteki.kit.api_keys import ApiKeys
from kaiteki.kit.city import Cities
from kaiteki.kit.engine import KIT, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.identity import Identity, Mandates
from kaiteki.kit.rulings.consenting import Consenting
from kaiteki.kit.rulings.declared import catalogue_of
from kaiteki.kit.rulings.policies import BadPolicy, Policies
from kaiteki.kit.rulings.schema import Catalogue
from kaiteki.kit.taking import Beside, taken
from kaiteki.main.background import background
from kaiteki.main.channels import ways_of
from kaiteki.main.cities import BadCity, load_city, load_policies
from kaiteki.main.clock import PassingClock, SystemClock
from kaiteki.main.desks import desk_of
from kaiteki.main.faces import find_faces
from kaiteki.main.federations import load_named, networks_of, open_federation
from kaiteki.main.known_people import know_people
from kaiteki.main.limits import open_limits, open_pace
from kaiteki.main.log import say_failure
from kaiteki.main.noise import find_noise
from kaiteki.main.outgoing import GuardedClient
from kaiteki.main.parts import SERVICES, Joined, settings_of_services
from kaiteki.main.passwords import equip
from kaiteki.main.scanning import find_scanner
from kaiteki.main.sealing import open_sealed
from kaiteki.main.secret import node_name, node_secret
from kaiteki.main.settings import LOOPBACK, Settings
from kaiteki.main.telling import LOG, telling_over
from kaiteki.main.uses import keeping_uses
from kaiteki.model.area import Area
from kaiteki.ports.clock import Clock
from kaiteki.stores.store import Store

SESSION_COOKIE = "kaiteki_session"
LOG_KEY = "kaiteki.main.log_key"
SITE = "kaiteki.main.site"
"""The module that is read when the site is built: it brings the portal, the adapters and all that they need."""


class Node(msgspec.Struct, frozen=True):
    """A node that can answer: its joined parts, its front, and the site that may still have to be built."""

    joined: Joined
    front: Front
    site: LaterSite


async def join(settings: Settings) -> Joined:
    """Open the stores and build everything that stands on them; raises BadCity for an area that cannot be served."""
    areas, policies = {name: load_city(name) for name in settings.cities}, own_policies(settings)
    clock = PassingClock() if settings.world else SystemClock()
    store, seals = await open_sealed(settings.data, clock, settings.store, settings.pages_bytes)
    secret = await store.sharing.secret(node_secret(settings.data))
    opener = Opener(seals, store.accesses)
    store, lasting = lasting_over(store, opener, clock)
    named = load_named(areas)
    client = GuardedClient(receivers=receivers_of(areas.values(), settings.open) | networks_of(named))
    plane = plane_over(store, clock, client)
    identity = identity_over(store, secret, areas.values())
    tokens = AccessTokens(identity, store.credentials, SystemClock())
    engine = Engine(store.entities, clock, SERVICES, settings_of_services(areas), policies)
    engine.opener, engine.noise, engine.forbids = opener, find_noise(), client.forbids
    ways = ways_of(secret, settings.issuer, areas.values(), os.environ)
    engine.channels = frozenset(ways.others)
    know_people(engine, seals, store)
    opener.purpose_of, seals.met = engine.rulings.purpose_of, Consenting(engine.rulings, engine.consents).met
    trust = Trust(engine.rulings, opener)
    persons = everybody_runs if settings.open else persons_of(store.accounts)
    registry = Registry(plane, node_name(secret))
    return Joined(
        settings=settings,
        areas=areas,
        store=store,
        lasting=lasting,
        opener=opener,
        plane=plane,
        clock=clock,
        engine=engine,
        cities=cities_over(engine, store),
        trust=trust,
        telling=telling_over(settings, registry, trust, persons),
        client=client,
        who=who_asks(settings, identity, tokens, store, engine.rulings.catalogue),
        identity=identity,
        tokens=tokens,
        api_keys=ApiKeys(store.credentials, SystemClock()),
        pace=open_pace(settings),
        named=named,
        federation=open_federation(settings, named, identity, store, (client, secret)),
        secret=secret,
        ways=ways,
        notary=Notary(store.ledger, SystemClock(), _signer(settings, node_name(secret)), secrets.token_bytes),
    )


def identity_over(store: Store, secret: bytes, areas: Iterable[Area]) -> Identity:
    """The register of who is who. A session lasts by the time of the person, not by that of a city whose past is being told."""
    identity = Identity(store.accounts, store.credentials, SystemClock(), secret)
    equip(identity, areas, SERVICES)
    return identity


def cities_over(engine: Engine, store: Store) -> Cities:
    """The cities as pages and services see them, with the room where photos are developed."""
    darkroom = Darkroom(engine, store.files, store.received, find_faces(), find_scanner(os.environ))
    beside = Beside(store.accounts, store.credentials, store.files)
    cities = Cities(engine, darkroom, store.accesses, partial(taken, beside), store.events)
    cities.beside = msgspec.structs.replace(cities.beside, history=store.history)
    engine.history = store.history
    return cities


def lasting_over(store: Store, opener: Opener, clock: Clock) -> tuple[Store, LastingEntities]:
    """A store without what has expired, whose past is opened within a reading; and what removes the expired."""
    lasting = LastingEntities(store.entities, clock, lambda failure: say_failure(LOG, "expiry", failure))
    glances, history = LastingGlances(store.glances, lasting), SealedHistory(store.history, opener)
    return replace(store, entities=lasting, glances=glances, history=history), lasting


def plane_over(store: Store, clock: Clock, client: GuardedClient) -> Plane:
    """The data plane over a store."""
    return Plane(
        entities=store.entities,
        history=store.history,
        events=store.events,
        contexts=store.contexts,
        clock=clock,
        outgoing=client,
        glances=store.glances,
        subscriptions=store.subscriptions,
        sources=store.sources,
    )


def who_asks(
    settings: Settings, identity: Identity, tokens: AccessTokens, store: Store, catalogue: Catalogue
) -> WhoAsks:
    """Who asks, and for what."""
    if settings.open:
        return nobody_is_asked
    mandates = Mandates(store.accounts, store.credentials, SystemClock())
    return for_a_purpose(ask_the_register(identity, SESSION_COOKIE, tokens, mandates), catalogue.uses)


def own_policies(settings: Settings) -> dict[str, Policies]:
    """The policies of the areas; none where access control is off. Raises BadCity for those that cannot be used."""
    try:
        policies = {} if settings.open else load_policies(settings.cities)
        for own in policies.values():
            own.check(catalogue_of((*SERVICES, KIT)))
    except BadPolicy as bad:
        raise BadCity(str(bad)) from bad
    return policies


def _signer(settings: Settings, name: str) -> Callable[[], Signer]:
    """Who signs how the log stands; the key is read when it is to sign, with what can sign."""
    return lambda: import_module(LOG_KEY).log_key(settings.data, name)


def receivers_of(areas: Iterable[Area], is_open: bool) -> dict[str, frozenset[str]]:
    """The receivers of an own network that each area may notify; an open node, which only this machine reaches, may notify it too."""
    here = LOOPBACK if is_open else ()
    return {area.name: frozenset((*area.receivers, *here)) for area in areas}


class LaterSite:
    """All that a node answers beside its data plane; put together at the first request or by `catch_up`."""

    def __init__(self, joined: Joined, tally: Tally) -> None:
        self._joined = joined
        self._tally = tally
        self._site: ASGIApp | None = None

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer one request (ASGI)."""
        await self.built()(scope, receive, send)

    def built(self) -> ASGIApp:
        """The site, put together by now."""
        if self._site is None:
            build: Callable[[Joined, Tally], ASGIApp] = import_module(SITE).build_site
            self._site = build(self._joined, self._tally)
        return self._site


def build_front(joined: Joined, site: ASGIApp, tally: Tally, uses: Uses | None = None) -> Front:
    """The front of a node: raw handlers for the data plane, the site for all else."""
    desk = desk_of(joined)
    glancing = Glancing(desk, joined.settings.answers_bytes, uses)
    tally.forms = desk.forms.tally
    tally.remembered = lambda: {
        **glancing.kept,
        "views": desk.views.kept,
        "contexts": desk.contexts.kept,
        "source_answers": desk.inquirer.kept,
    }
    binding = Binding(desk, HANDLERS)
    limits = open_limits(joined.settings, joined.api_keys)
    front = Front(
        {
            "ngsi-ld": Hot(binding, glancing, Jotting(desk, binding)),
            "v2": Hot(ngsi_v2.Binding(desk, V2_HANDLERS)),
            **{name: Hot(say_versions) for name in OLDER},
        },
        site,
        tally,
        Proxies(joined.settings.proxies),
        limits,
    )
    front.uses = uses
    if limits is not None:
        front.turned_away = TurnedAway(joined.identity.witness, limits.sender, SESSION_COOKIE)
    return front


@asynccontextmanager
async def open_node(settings: Settings) -> AsyncGenerator[Node]:
    """A node while it is open; on leaving, what was accepted is kept and the files are let go."""
    joined = await join(settings)
    try:
        async with background(joined):
            tally = Tally()
            site = LaterSite(joined, tally)
            # a node that asks nobody who they are counts nothing either
            uses = None if settings.open else Uses(tuple(joined.areas))
            async with keeping_uses(joined, uses):
                yield Node(joined, build_front(joined, site, tally, uses), site)
    finally:
        await joined.client.close()
        await joined.store.entities.close()
