"""A program that speaks OGC API Features to a small town whose places a service of its own keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import jsonschema
from msgspec import Struct
from starlette.applications import Starlette

from kaiteki.adapters.ogc.app import routes
from kaiteki.adapters.ogc.bound import Parts, Shelf
from kaiteki.kit.engine import Asking
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.views import Location, write
from kaiteki.main.cities import load_city
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.problem import Problem
from kaiteki.model.words import Words
from kaiteki.ports.entities import By, Change, Decision
from reader import Answer, Reader
from town import BOSS, MORNING, Town

ITEMS = "/collections/Hall/items"
EXCEPTION = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {"status": {"type": "integer"}, "detail": {"type": "string"}},
}
KEY = "the-key-of-a-machine"
ORIGIN = "http://localhost/demo/ogc"


class Hall(Struct, frozen=True):
    """A place of the town. `rent` is nobody's business."""

    id: str
    name: str = ""
    floors: int | None = None
    height: float | None = None
    listed: bool | None = None
    built: Instant | None = None
    tags: tuple[str, ...] = ()
    rent: int | None = None
    location: Location | None = None


class Ledger(Struct, frozen=True):
    """Something without a place."""

    id: str
    name: str = ""


HALLS = EntityType(
    "Hall",
    Hall,
    Words("集会所", "Hall", "あつまる ところ"),
    labels={"name": Words("名前", "Name", "なまえ"), "floors": Words("階数", "Floors", "かいすう")},
    public=("name", "floors", "height", "listed", "built", "tags", "location"),
)
LEDGERS = EntityType("Ledger", Ledger, Words("台帳", "Ledger"), public=("name",))
KEEPER = Service(
    name="halls",
    words=Words("集会所", "Halls"),
    summary=Words("集会所", "Halls"),
    field="town",
    stage="pilot",
    package="kaiteki.services.opendata",
    types=(HALLS, LEDGERS),
)
COUNT = 25


def hall(number: int) -> Hall:
    """A hall on a line to the north-east; each third one has no place, each fourth says no time."""
    at: dict[str, Json] = {"type": "Point", "coordinates": [141.0 + number / 100, 35.3 + number / 100]}
    return Hall(
        f"urn:ngsi-ld:Hall:{number:03}",
        f"集会所{number}",
        floors=number % 4 + 1,
        height=number / 2,
        listed=number % 2 == 0,
        built=parse_instant(f"2026-01-{number + 1:02}T12:00:00Z") if number % 4 else None,
        tags=("a", "b") if number % 2 else ("c",),
        rent=number * 1000,
        location=None if number % 3 == 2 else at,
    )


async def who(headers: Mapping[str, str], area: str) -> Person:
    """One machine with a key; everybody else is nobody."""
    given = headers.get("authorization", "")
    if given not in ("", f"Bearer {KEY}"):
        raise Problem("Unauthorized", "the bearer token is not known here", "Authorization")
    return BOSS if given else NOBODY


class Client:
    """A program that asks the town for its places."""

    def __init__(self, *more: Service) -> None:
        self.town = Town(KEEPER, *more)
        self.services = (KEEPER, *more)
        self.start()

    def start(self, shelf: Shelf | None = None, rules: str = "") -> None:
        """Ask a node from now on that has just been started over the same town."""
        self.parts = Parts(
            areas={"demo": load_city("demo")},
            services=self.services,
            city=lambda area, person: self.town.cities.of(Asking(area, person)),
            who=who,
            now=lambda: MORNING,
            events=self.town.store.events,
            asset=lambda name: f"/static/{name}",
            shelf=shelf,
            rules=rules,
        )
        self.app = Starlette(routes=routes(self.parts))

    async def fill(self) -> None:
        """Keep the halls."""
        kept = [write(hall(number), None, MORNING) for number in range(COUNT)]
        changes = [Change(None, one) for one in kept]
        await self.town.store.entities.change(
            "demo", [one.id for one in kept], lambda _: Decision(changes, None), By()
        )

    async def get(self, path: str = "", headers: Mapping[str, str] | None = None, **query: str) -> Answer:
        """One answer; `_` in names of parameters stands for `-`."""
        told = {name.replace("_", "-"): value for name, value in query.items()}
        address = f"/demo/ogc{path}" + (f"?{urlencode(told)}" if told else "")
        return await Reader(self.app, **(headers or {})).get(address)

    async def told(self, path: str = "", **query: str) -> dict[str, Any]:
        """A document that must be there."""
        answer = await self.get(path, **query)
        assert answer.status == 200, answer.body
        found: dict[str, Any] = json.loads(answer.body)
        return found

    async def ids(self, **query: str) -> list[int]:
        """The numbers of the halls of a page."""
        page = await self.told("/collections/Hall/items", **query)
        return [int(one["id"].rpartition(":")[2]) for one in page["features"]]


async def refused(client: Client, path: str, status: int = 400, **query: str) -> str:
    """The field that a refusal names."""
    answer = await client.get(path, **query)
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    told = json.loads(answer.body)
    jsonschema.validate(told, EXCEPTION)
    return str(told.get("field", ""))
