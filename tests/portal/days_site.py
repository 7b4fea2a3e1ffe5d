"""A portal over a memory store whose map has lived through three days: things came, went, moved and changed."""

from __future__ import annotations

from typing import Any

import msgspec
from argon2 import PasswordHasher
from starlette.applications import Starlette
from trial_site import MORNING, SECRET, TrialClock

from kaiteki.kit.api_keys import ApiKeys
from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.identity import Identity, Mandates
from kaiteki.kit.views import write
from kaiteki.main.cities import load_city
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.portal.app import portal
from kaiteki.portal.site import Parts
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.maps.manifest import service as maps
from kaiteki.services.maps.model import Class, Item, MapLayer, Style
from kaiteki.services.opendata.manifest import service as opendata
from kaiteki.services.opendata.model import record_view
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store

DAY_US = 86_400_000_000
FIRST, SECOND, TODAY = "2026-11-22", "2026-11-23", "2026-11-24"
_KINDS: list[Any] = [record_view(one) for one in ("AED", "PlanningZone", "CertifiedRoad")]
AED, ZONE, ROAD = _KINDS
NAMED = (Item("name", Words("名前", "Name", "なまえ"), role="title"),)


def _layer(name: str, title: Words, **more: Any) -> MapLayer:
    return MapLayer(id=f"urn:ngsi-ld:MapLayer:{name}", title=title, items=NAMED, **more)


LAYERS = (
    _layer(
        "aed", Words("AED", "AED", "AED"), group="facilities", collection="AED", geometry="point", order=1,
        source=Words("見本市", "Mihon", "みほんし"), as_of="2026-11-22", style=Style(colour="#c8102e", symbol="heart"),
    ),
    _layer(
        "roads", Words("市道", "City roads", "市（し）の 道（みち）"), group="roads", collection="CertifiedRoad",
        geometry="line", order=2, style=Style(colour="#1f5fa8", width=4),
    ),
    _layer(
        "zones", Words("用途地域", "Zoning", "まちの しゅるい"), group="planning", collection="PlanningZone", geometry="area", order=3,
        style=Style(by="name", classes=(Class("商業地域", Words("商業地域", "Commercial", "おみせ"), "#e8566d"),)),
    ),
    _layer("reports", Words("報告", "Reports", "ほうこく"), collection="None", geometry="point", order=4),
)  # fmt: skip


def _square(west: float, south: float, side: float) -> dict[str, Any]:
    corners = ((0, 0), (side, 0), (side, side), (0, side), (0, 0))
    return {"type": "Polygon", "coordinates": [[[west + x, south + y] for x, y in corners]]}


def _aed(n: int, lon: float, lat: float, **more: Any) -> Any:
    place = {"type": "Point", "coordinates": [lon, lat]}
    return AED(
        f"urn:ngsi-ld:AED:{n}", "", place, **{"name": f"{n}番館のAED", "installationPosition": "1階"} | more
    )


def _road(n: int, *corners: tuple[float, float]) -> Any:
    line = {"type": "LineString", "coordinates": [list(one) for one in corners]}
    return ROAD(f"urn:ngsi-ld:CertifiedRoad:{n}", "", line, name=f"市道{n}号線")


def _zone(n: int, name: str, place: dict[str, Any]) -> Any:
    return ZONE(f"urn:ngsi-ld:PlanningZone:{n}", "", place, name=name)


class DaysSite(msgspec.Struct, frozen=True):
    """The application and its clock, which stands on the third day, and what it keeps."""

    app: Starlette
    clock: TrialClock
    store: Store


async def _live(store: Store, clock: TrialClock) -> None:
    """Let the layers and what they show live through the days; the clock stands on the third one then."""

    def decide(_loaded: Any) -> Decision[None]:
        return Decision([Change(None, write(one, None, clock.at)) for one in LAYERS], None)

    await store.entities.change("demo", (), decide, By(action="trial"))
    target = LocalTarget(store.entities, clock, "demo")
    await target.keep([_aed(n, 141.03 + n / 200, 35.345 + n % 2 / 200) for n in range(6)])
    await target.keep(
        [
            _road(1, (141.02, 35.34), (141.05, 35.341), (141.07, 35.355)),
            _road(2, (141.04, 35.36), (141.045, 35.33)),
        ]
    )
    await target.keep([_zone(1, "商業地域", _square(141.025, 35.335, 0.012)), _zone(2, "商業地域", _square(141.055, 35.345, 0.01))])  # fmt: skip
    clock.at = Instant(MORNING + DAY_US)
    await target.remove(["urn:ngsi-ld:AED:0", "urn:ngsi-ld:CertifiedRoad:2", "urn:ngsi-ld:PlanningZone:2"])
    await target.keep(
        [
            _aed(1, 141.031, 35.335),
            _aed(2, 141.04, 35.345, installationPosition="玄関の横"),
            _aed(9, 141.06, 35.34),
        ]
    )
    await target.keep([_road(3, (141.05, 35.341), (141.052, 35.33))])
    await target.keep([_zone(1, "商業地域", _square(141.025, 35.335, 0.016)), _zone(3, "商業地域", _square(141.065, 35.335, 0.008))])  # fmt: skip
    clock.at = Instant(MORNING + 2 * DAY_US)


async def open_days_site() -> DaysSite:
    """The portal of the trial town, on the third day."""
    clock = TrialClock()
    store = open_memory(clock)
    engine = Engine(store.entities, clock, (maps, opendata))
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    identity = Identity(store.accounts, store.credentials, clock, SECRET, hasher)

    await _live(store, clock)
    darkroom = Darkroom(engine, store.files, store.received)
    cities = Cities(engine, darkroom, events=store.events)
    cities.beside = msgspec.structs.replace(cities.beside, history=store.history)
    parts = Parts(
        areas=[load_city("demo"), load_city("chiba")],
        services=(maps, opendata),
        city=cities.of,
        identity=identity,
        mandates=Mandates(store.accounts, store.credentials, clock),
        darkroom=darkroom,
        history=store.history,
        events=store.events,
        clock=clock,
        settings=engine.settings,
        secret=SECRET,
        ledger=store.ledger,
        api_keys=ApiKeys(store.credentials, clock),
    )
    return DaysSite(portal(parts), clock, store)
