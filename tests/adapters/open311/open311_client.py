"""A program that speaks Open311 to a small town, and a hall that a service of its own keeps there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import geo_report
from jsonschema import Draft202012Validator
from msgspec import Struct
from msgspec.structs import replace
from starlette.applications import Starlette

from kaiteki.adapters.open311.app import Parts, routes
from kaiteki.kit.engine import Asking
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.views import Location
from kaiteki.main.cities import load_city, load_service_settings
from kaiteki.main.outgoing import GuardedClient
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.problem import Problem
from kaiteki.model.words import Words
from kaiteki.services.reports.manifest import service
from kaiteki.services.reports.settings import Settings
from reader import Answer, Reader
from town import BOSS, RESIDENT_A, Town

KEY = "the-key-of-a-machine"
OTHER_KEY = "the-key-of-a-resident"
PLACE = {"lat": "35.358", "long": "141.05"}


class Hall(Struct, frozen=True):
    """A place of the town, kept by a service of its own."""

    id: str
    name: str
    address: str
    location: Location


HALLS = EntityType(
    "Hall",
    Hall,
    Words("集会所", "Hall"),
    public=("name", "address", "location"),
    plays=frozenset({"place", "shelter"}),
)
HALL_KEEPER = replace(
    service, name="halls", types=(HALLS,), commands=(), pages=(), jobs=(), settings=None, figures=()
)


async def who(headers: Mapping[str, str], area: str) -> Person:
    """Two machines with keys; everybody else is nobody."""
    given = headers.get("authorization", "")
    if not given:
        return NOBODY
    if given == f"Bearer {OTHER_KEY}":
        return RESIDENT_A
    if given != f"Bearer {KEY}":
        raise Problem("Unauthorized", "the bearer token is not known here", "Authorization")
    return BOSS


class Client:
    """A program that speaks Open311 to the town."""

    def __init__(self, *more: Service) -> None:
        """`more`: services beside the reports and the hall."""
        settings = load_service_settings("demo", "reports", Settings)
        self.town = Town(service, HALL_KEEPER, *more, settings={"reports": settings})
        self.parts = Parts(
            areas={"demo": load_city("demo")},
            services=(service, HALL_KEEPER, *more),
            city=lambda area, person, browser: self.town.cities.of(Asking(area, person, browser=browser)),
            who=who,
            settings=self.town.engine.settings,
            now=self.town.clock.now,
            fetch=GuardedClient().fetch_bytes,
        )
        self.reader = Reader(Starlette(routes=routes(self.parts)))

    async def get(self, path: str) -> Answer:
        """GET below the prefix."""
        return await self.reader.get(f"/demo/open311/v2/{path}")

    async def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """POST a form."""
        body = urlencode(fields).encode()
        return await self.reader.send(f"/demo/open311/v2/{path}", body, "application/x-www-form-urlencoded")

    async def both(self, path: str, query: str = "") -> Any:
        """The JSON answer, after making sure that the XML answer says the same."""
        told = await self.get(f"{path}.json{query}")
        in_xml = await self.get(f"{path}.xml{query}")
        assert (told.status, in_xml.status) == (200, 200), told.body
        value = json.loads(told.body)
        assert geo_report.canonical(value) == geo_report.read_xml(in_xml.body)
        return value

    async def report(self, **more: str) -> str:
        """A new request; its number."""
        answer = await self.post(
            "requests.json", {"service_code": "park", "description": "ベンチが割れている", **PLACE, **more}
        )
        assert answer.status == 201, answer.body
        posted = json.loads(answer.body)
        check(posted, geo_report.POSTED)
        return posted[0]["service_request_id"]


def check(value: Any, schema: dict[str, Any]) -> None:
    """Every violation of a schema, none."""
    assert [fault.message for fault in Draft202012Validator(schema).iter_errors(value)] == []
