"""A program that speaks the Action API of CKAN to a small town: benches of a type that is open, and tables that were imported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from importing_hall import Hall, source
from msgspec import Struct
from starlette.applications import Starlette

from kaiteki.adapters.ckan.app import routes
from kaiteki.adapters.ckan.bound import Parts
from kaiteki.kit.catalogue.settings import Office
from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.views import Location, write
from kaiteki.main.cities import load_city
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.open_data import OpenData
from kaiteki.model.problem import Problem
from kaiteki.model.words import Words
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.opendata.manifest import service as opendata
from kaiteki.services.opendata.settings import Settings
from reader import Answer, Reader

KEY = "the-key-of-a-machine"
AED = "NO,名称,住所,緯度,経度,夜間\n1,市役所,本町1,35.6,140.1,可\n2,図書館,本町2,35.61,140.12,\n"
TOILETS = "NO,名称,住所,緯度,経度,男性トイレ総数\n1,駅前,本町,35.6,140.1,3\n"


class Bench(Struct, frozen=True):
    """A bench. `state` is public and not open; who gave it is nobody's business."""

    id: str
    name: str = ""
    seats: int | None = None
    covered: bool | None = None
    placed: Instant | None = None
    state: str = ""
    giver: str = ""
    location: Location | None = None


BENCHES = EntityType(
    "Bench",
    Bench,
    Words("ベンチ", "Benches", "いす"),
    labels={"name": Words("名前", "Name")},
    public=("name", "seats", "covered", "placed", "state", "location"),
    open_data=OpenData(("name", "seats", "covered", "placed", "location"), "REGI", rhythm="DAILY"),
)
KEEPER = Service(
    name="benches",
    words=Words("ベンチ", "Benches"),
    summary=Words("町のベンチの一覧です。", "The benches of the town."),
    field="town",
    stage="lab",
    package="kaiteki.services.opendata",
    types=(BENCHES,),
)
TOLD = Settings(licence="CC-BY-4.0", offices=(Office("ict", Words("情報課", "ICT"), "ict@city.example"),))


def bench(number: int) -> Bench:
    """A bench by the sea."""
    return Bench(
        f"urn:ngsi-ld:Bench:{number}",
        f"ベンチ{number}",
        seats=number % 3 + 2,
        covered=number % 2 == 0,
        placed=parse_instant(f"2026-01-{number + 1:02}T00:00:00Z"),
        state="good",
        giver="山田",
        location={"type": "Point", "coordinates": [141.0 + number / 100, 35.3]},
    )


async def who(headers: Mapping[str, str], area: str) -> Person:
    """One key is known; who asks without one is nobody."""
    if headers.get("x-api-key", KEY) != KEY or headers.get("authorization", "") not in ("", f"Bearer {KEY}"):
        raise Problem("Unauthorized", "the key is not known here", "Authorization")
    return NOBODY


class Client:
    """A program that asks the town for its data."""

    def __init__(self) -> None:
        self.hall = Hall()
        engine = Engine(
            self.hall.store.entities, self.hall.clock, (opendata, KEEPER), {"demo": {"opendata": TOLD}}
        )
        darkroom = Darkroom(engine, self.hall.store.files, self.hall.store.received)
        self.cities = Cities(engine, darkroom, events=self.hall.store.events)
        parts = Parts(
            areas={"demo": load_city("demo")},
            city=lambda area: self.cities.of(Asking(area)),
            who=who,
            now=self.hall.clock.now,
            version="1.2.3",
        )
        self.app = Starlette(routes=routes(parts))

    async def fill(self) -> None:
        """Five benches and two tables."""
        kept = [write(bench(number), None, self.hall.clock.now()) for number in range(5)]
        changes = [Change(None, one) for one in kept]
        await self.hall.store.entities.change(
            "demo", [one.id for one in kept], lambda _: Decision(changes, None), By()
        )
        await self.hall.bring(source("aed.csv", AED.encode()), source("toilets.csv", TOILETS.encode()))

    async def get(self, action: str, headers: Mapping[str, str] | None = None, **query: str) -> Answer:
        """One answer to a question by its address; `__` in names of parameters stands for a dot."""
        told = urlencode({name.replace("__", "."): value for name, value in query.items()})
        return await Reader(self.app, **(headers or {})).get(f"/demo/ckan/api/3/action/{action}?{told}")

    async def result(self, action: str, **query: str) -> Any:
        """What an action answers that must succeed."""
        answer = await self.get(action, **query)
        told = json.loads(answer.body)
        assert answer.status == 200 and told["success"] is True, told
        return told["result"]

    async def refused(self, action: str, **query: str) -> tuple[int, dict[str, Any]]:
        """Status and error of what must not succeed."""
        answer = await self.get(action, **query)
        told = json.loads(answer.body)
        assert told["success"] is False, told
        return answer.status, told["error"]

    async def records_of(self, name: str) -> str:
        """The id of the resource with the records of a data set."""
        package = await self.result("package_show", id=name)
        found: str = next(one["id"] for one in package["resources"] if one["datastore_active"])
        return found
