"""One node, whole: stores, plane, services, api, portal and adapters, joined."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.metadata import version

import msgspec
from starlette.applications import Starlette
from starlette.routing import Mount

from kaiteki.api.commands import command_routes
from kaiteki.api.description.document import describe_node, description_route
from kaiteki.api.front import Front, Hot
from kaiteki.api.health import health_routes
from kaiteki.api.metrics import Tally
from kaiteki.api.ngsi_ld.binding import Binding
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.glancing import Glancing
from kaiteki.api.ngsi_ld.handlers import HANDLERS
from kaiteki.api.persons import ask_the_register, nobody_is_asked
from kaiteki.api.photos import photo_routes
from kaiteki.api.trust import Trust
from kaiteki.broker.plane import Plane
from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Engine, sight
from kaiteki.kit.identity import Identity
from kaiteki.main.background import background
from kaiteki.main.cities import load_city
from kaiteki.main.clock import PassingClock, SystemClock
from kaiteki.main.outgoing import GuardedClient
from kaiteki.main.parts import ADAPTERS, SERVICES, Joined, settings_of_services
from kaiteki.main.secret import node_secret
from kaiteki.main.settings import Settings
from kaiteki.main.stores import open_store
from kaiteki.portal.app import portal
from kaiteki.portal.site import Parts

SESSION_COOKIE = "kaiteki_session"


class Node(msgspec.Struct, frozen=True):
    """A node that can answer: its joined parts and its front."""

    joined: Joined
    front: Front


def join(settings: Settings) -> Joined:
    """Open the stores and build everything that stands on them; raises BadCity for an area that cannot be served."""
    areas = {name: load_city(name) for name in settings.cities}
    clock = PassingClock() if settings.world else SystemClock()
    store = open_store(settings.data, clock)
    plane = Plane(
        entities=store.entities,
        history=store.history,
        events=store.events,
        contexts=store.contexts,
        clock=clock,
        outgoing=GuardedClient(),
        glances=store.glances,
    )
    # a session lasts by the time of the person, not by that of a city whose past is being told
    identity = Identity(store.accounts, SystemClock())
    engine = Engine(store.entities, clock, SERVICES, settings_of_services(areas))
    return Joined(
        settings=settings,
        areas=areas,
        store=store,
        plane=plane,
        clock=clock,
        engine=engine,
        cities=Cities(engine, store.files),
        who=nobody_is_asked if settings.open else ask_the_register(identity, SESSION_COOKIE),
        identity=identity,
        secret=node_secret(settings.data),
    )


def build_portal(joined: Joined) -> Starlette:
    """The pages of the areas."""
    return portal(
        Parts(
            areas=tuple(joined.areas.values()),
            services=SERVICES,
            city=joined.cities.of,
            identity=joined.identity,
            files=joined.store.files,
            history=joined.store.history,
            events=joined.store.events,
            clock=joined.clock,
            settings=joined.engine.settings,
            secret=joined.secret,
        )
    )


def build_front(joined: Joined) -> Front:
    """The front of a node: raw handlers for the data plane, one Starlette site for all else."""
    tally = Tally()

    async def store_answers() -> bool:
        return await joined.store.events.last() >= 0

    site = Starlette(
        routes=[
            *health_routes({"store": store_answers}, tally),
            description_route(describe_node(SERVICES, tuple(joined.areas), version("kaiteki"), {})),
            *command_routes(joined.engine, joined.who, tuple(joined.areas)),
            *photo_routes(joined.cities, joined.who, tuple(joined.areas)),
            *(route for adapter in ADAPTERS for route in adapter(joined)),
            # the portal answers every path that is left, with an error page where there is nothing
            Mount("/", build_portal(joined)),
        ]
    )
    desk = Desk(
        joined.plane,
        Trust(sight(declared) for declared in joined.engine.types.values()),
        joined.who,
        tuple(joined.areas),
        joined.settings.open,
    )
    return Front({"ngsi-ld": Hot(Binding(desk, HANDLERS), Glancing(desk))}, site, tally)


@asynccontextmanager
async def open_node(settings: Settings) -> AsyncGenerator[Node]:
    """A node while it is open; on leaving, what was accepted is kept and the files are let go."""
    joined = join(settings)
    try:
        async with background(joined):
            yield Node(joined, build_front(joined))
    finally:
        await joined.store.entities.close()
