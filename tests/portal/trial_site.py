"""A whole portal over a memory store with the data of the trial town: for page tests, pictures and the axe harness."""

from __future__ import annotations

from typing import Any

import msgspec
from argon2 import PasswordHasher
from garden_town import GARDEN, Garden, Shelter
from starlette.applications import Starlette

from broker.town import Web
from kaiteki.broker.plane import Plane
from kaiteki.broker.watching import Watchers
from kaiteki.kit.api_keys import ApiKeys
from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.identity import Identity, Mandates
from kaiteki.kit.manifest import Service
from kaiteki.kit.messages import Letter
from kaiteki.kit.views import write
from kaiteki.main.cities import load_city
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.watch.document import Standing
from kaiteki.model.watch.parsing import parse_subscription
from kaiteki.model.words import Words
from kaiteki.portal.app import portal
from kaiteki.portal.open_pages import Pace
from kaiteki.portal.site import Options, Parts
from kaiteki.ports.accounts import Grant
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.ports.subscriptions import Delivery, KeptSubscription, Settlement
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store

MORNING = parse_instant("2026-11-22T00:20:00Z") or Instant(0)
PASSWORD = "correct horse battery"
SECRET = b"a secret of the tests, 32 bytes long"


class TrialClock:
    """A clock that only stands still or is set; its seeds count."""

    def __init__(self) -> None:
        self.at = MORNING
        self._seed = 2**40

    def now(self) -> Instant:
        return self.at

    def seed(self) -> int:
        self._seed += 7919
        return self._seed


class TrialSite(msgspec.Struct, frozen=True):
    """The application and what tests look at."""

    app: Starlette
    clock: TrialClock
    store: Store
    engine: Engine
    staff_id: str
    identity: Identity
    mandates: Mandates


NO_OPTIONS, USUAL_PACE = Options(), Pace()


async def open_site(
    service: Service = GARDEN, options: Options = NO_OPTIONS, settings: Any = None, pace: Pace = USUAL_PACE
) -> TrialSite:
    """The portal of two areas: the trial town with places and gardens, and 千葉市 as its data are, without entities.

    `settings` are those of the service in the trial town; None: as it has them of itself.
    """
    clock = TrialClock()
    store = open_memory(clock)
    told = {} if settings is None else {"demo": {service.name: settings}}
    engine = Engine(store.entities, clock, (service,), told)
    identity = Identity(
        store.accounts,
        store.credentials,
        clock,
        SECRET,
        PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
    )
    staff: Any = await identity.register("desk", "見本 花子", PASSWORD, [Grant("demo", "staff")])
    await identity.register("guest", "見本 太郎", PASSWORD)
    for view in _standing(staff.id):
        await _keep(store, clock, view)
    darkroom = Darkroom(engine, store.files, store.received)
    cities = Cities(engine, darkroom)
    cities.beside = msgspec.structs.replace(cities.beside, history=store.history)
    engine.history = store.history
    mandates = Mandates(store.accounts, store.credentials, clock)
    parts = Parts(
        areas=[load_city("demo"), load_city("chiba")],
        services=(service,),
        city=cities.of,
        identity=identity,
        mandates=mandates,
        darkroom=darkroom,
        history=store.history,
        events=store.events,
        clock=clock,
        settings=engine.settings,
        secret=SECRET,
        watchers=await _watchers(store, clock, staff.id),
        ledger=store.ledger,
        api_keys=ApiKeys(store.credentials, clock),
        options=options,
        pace=pace,
    )
    return TrialSite(portal(parts), clock, store, engine, staff.id, identity, mandates)


def _standing(staff_id: str) -> list[msgspec.Struct]:
    """What stands in the trial town from the beginning."""
    return [
        *(
            Shelter(
                f"urn:ngsi-ld:Shelter:{n}",
                f"{'港丘浜'[n % 3]}第{n + 1}小学校",
                f"見本市{'港丘浜'[n % 3]}区 {n + 1}丁目",
                {"type": "Point", "coordinates": [141.01 + (n * 37 % 80) / 1000, 35.31 + (n * 53 % 80) / 1000]},
                ("地震", "津波", "洪水")[: n % 3 + 1],
            )
            for n in range(130)
        ),
        *(Garden(f"urn:ngsi-ld:Garden:{n}", f"{n + 1}番の庭", "花が咲いています", "told") for n in range(3)),
        Letter("urn:ngsi-ld:Message:1", staff_id, Words("庭の知らせ", "A garden", "にわ"), Words("庭が1つふえました", "One more", "ふえました"), MORNING, link="gardens"),
    ]  # fmt: skip


async def _watchers(store: Store, clock: TrialClock, owner: str) -> Watchers:
    """Two who are told of changes: all is well with one, the other refused two notifications."""
    plane = Plane(
        store.entities,
        store.history,
        store.events,
        store.contexts,
        clock,
        outgoing=Web({}),
        glances=store.glances,
        subscriptions=store.subscriptions,
        sources=store.sources,
    )
    watchers = Watchers(plane)
    for name, standing in (
        ("lamps", Standing(5, 0, MORNING, MORNING)),
        ("doors", Standing(9, 6, MORNING, None, MORNING)),
    ):
        document = {
            "type": "Subscription",
            "subscriptionName": f"見本の{name}",
            "entities": [{"type": "Garden"}],
            "notification": {"endpoint": {"uri": f"https://{name}.example/told?key=secret"}},
        }
        one = parse_subscription(document, core_context(), f"urn:ngsi-ld:Subscription:{name}", clock.at)
        await store.subscriptions.put(KeptSubscription("demo", owner, one, 0, standing))
    dead = [
        Delivery("demo", "urn:ngsi-ld:Subscription:doors", number, f"urn:ngsi-ld:Garden:{number}", MORNING, 3, reason, True)
        for number, reason in ((1, "the receiver answered 403"), (2, "the receiver answered 410"))
    ]  # fmt: skip
    await store.subscriptions.settle(Settlement(owed=dead))
    return watchers


async def _keep(store: Any, clock: TrialClock, view: Any) -> None:
    kind = "Message" if isinstance(view, Letter) else None

    def decide(loaded: Any) -> Decision[None]:
        return Decision([Change(None, write(view, None, clock.at, kind))], None)

    await store.entities.change("demo", (), decide, By(action="trial"))
