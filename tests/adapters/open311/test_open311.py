"""Other programs report and look up over Open311: documents valid, XML and JSON equal, refusals in the form of the standard."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import geo_report
import pytest
from jsonschema import Draft202012Validator
from msgspec import Struct
from msgspec.structs import replace
from PIL import Image
from starlette.applications import Starlette

from kaiteki.adapters.open311.app import Parts, routes
from kaiteki.kit.engine import Asking, Work
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.views import Location
from kaiteki.main.cities import load_city, load_service_settings
from kaiteki.main.outgoing import GuardedClient
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.decision import Accepted
from kaiteki.model.problem import Problem
from kaiteki.model.words import Words
from kaiteki.services.reports.manifest import service
from kaiteki.services.reports.model import report_id
from kaiteki.services.reports.settings import Settings
from reader import Answer, Reader
from town import BOSS, Town

KEY = "the-key-of-a-machine"
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
    """One machine with a key; everybody else is nobody."""
    given = headers.get("authorization", "")
    if not given:
        return NOBODY
    if given != f"Bearer {KEY}":
        raise Problem("Unauthorized", "the bearer token is not known here", "Authorization")
    return BOSS


class Client:
    """A program that speaks Open311 to the town."""

    def __init__(self) -> None:
        settings = load_service_settings("demo", "reports", Settings)
        self.town = Town(service, HALL_KEEPER, settings={"reports": settings})
        parts = Parts(
            areas={"demo": load_city("demo")},
            services=(service, HALL_KEEPER),
            city=lambda area, person, browser: self.town.cities.of(Asking(area, person, browser=browser)),
            who=who,
            settings=self.town.engine.settings,
            now=self.town.clock.now,
            fetch=GuardedClient().fetch_bytes,
        )
        self.reader = Reader(Starlette(routes=routes(parts)))

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


async def test_what_can_be_reported_is_told_in_both_forms() -> None:
    client = Client()
    services = await client.both("services")
    check(services, geo_report.SERVICES)
    assert [one["service_code"] for one in services][:3] == ["road", "light", "park"]
    for one in services:
        definition = await client.both(f"services/{one['service_code']}")
        check(definition, geo_report.DEFINITION)
        assert bool(definition["attributes"]) == one["metadata"]
    discovery = await client.both("discovery")
    assert discovery["endpoints"][0]["formats"] == ["text/xml", "application/json"]
    english = json.loads((await client.get("services.json?locale=en")).body)
    assert english[2]["service_name"] == "Playground or bench"


async def test_a_posted_request_is_found_by_every_filter() -> None:
    client = Client()
    number = await client.report(**{"attribute[thing]": "bench", "email": "a@example.jp"})
    await client.report(service_code="litter", lat="35.31", long="141.01", **{"attribute[kind][]": "bags"})
    told = await client.both("requests")
    check(told, geo_report.REQUESTS)
    assert len(told) == 2
    assert "a@example.jp" not in json.dumps(told)
    assert (await client.both(f"requests/{number}"))[0]["agency_responsible"] == "公園緑地課"
    check(await client.both(f"requests/{number}"), geo_report.REQUEST)
    for query, found in (
        (f"?service_request_id={number},R-1", 1),
        ("?service_code=litter", 1),
        ("?service_code=litter,park", 2),
        ("?status=open", 2),
        ("?status=closed", 0),
        ("?status=open,closed", 2),
        ("?start_date=2026-11-21T00:00:00Z&end_date=2026-11-23T00:00:00Z", 2),
        ("?end_date=2026-11-01T00:00:00Z", 0),
        ("?lat=35.358&long=141.05&radius=300", 1),
        ("?bbox=141.0,35.3,141.02,35.32", 1),
        ("?page_size=1&page=2", 1),
        ("?page_size=1&page=3", 0),
        ("?updated_after=2026-11-22T01:00:00Z", 0),
        ("?extensions=true&service_code=park", 1),
    ):
        answer = await client.both("requests", query)
        check(answer, geo_report.REQUESTS)
        assert len(answer) == found, query
    assert (await client.both(f"tokens/{number}")) == [{"service_request_id": number, "token": number}]


async def test_a_photo_comes_as_a_file_and_loses_its_metadata() -> None:
    client = Client()
    picture = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", (64, 48), "red").save(picture, "JPEG", exif=exif)
    parts = [
        f'--x\r\ncontent-disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode()
        for k, v in {"service_code": "park", **PLACE}.items()
    ]
    parts += [
        b'--x\r\ncontent-disposition: form-data; name="media"; filename="a.jpg"\r\ncontent-type: image/jpeg\r\n\r\n',
        picture.getvalue(),
        b"\r\n--x--\r\n",
    ]
    answer = await client.reader.send(
        "/demo/open311/v2/requests.json", b"".join(parts), "multipart/form-data; boundary=x"
    )
    assert answer.status == 201, answer.body
    url = (await client.both("requests"))[0]["media_url"]
    kept = await client.town.store.files.get("demo", url.rsplit("/", 1)[1])
    assert kept is not None and b"secret place" not in kept
    assert dict(Image.open(io.BytesIO(kept)).getexif()) == {}


async def test_steps_of_the_desk_are_updates_for_others() -> None:
    client = Client()
    number = await client.report()
    this = {"id": report_id(number)}
    client.town.clock.pass_s(60)
    await client.town.run("reports.assign", {**this, "why": "明日見に行きます"}, BOSS)
    client.town.clock.pass_s(60)
    posted = await client.post(
        "servicerequestupdates.json",
        {"api_key": KEY, "service_request_id": number, "description": "部品を注文しました"},
    )
    assert (posted.status, json.loads(posted.body)) == (201, [{"update_id": f"{number}-2"}])
    updates = await client.both("servicerequestupdates")
    check(updates, geo_report.UPDATES)
    assert [(one["update_id"], one["status"], one["description"]) for one in updates] == [
        (f"{number}-1", "OPEN", "明日見に行きます"),
        (f"{number}-2", "OPEN", "部品を注文しました"),
    ]
    late = await client.both("servicerequestupdates", "?start_date=2026-11-22T00:01:30Z")
    assert [one["update_id"] for one in late] == [f"{number}-2"]
    assert (await client.both(f"requests/{number}"))[0]["status_notes"] == "部品を注文しました"


async def test_hidden_and_private_things_stay_inside() -> None:
    client = Client()
    number = await client.report(description="電話は090-0000-0000", phone="090-0000-0000")
    await client.town.run("reports.hide", {"id": report_id(number)}, BOSS)
    assert await client.both("requests") == []
    assert (await client.get(f"requests/{number}.json")).status == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("services/moon.json", 404),
        ("services.json?jurisdiction_id=elsewhere", 404),
        ("services.yaml", 406),
        ("requests.xml?status=lost", 400),
        ("requests.xml?start_date=yesterday", 400),
        ("requests.json?lat=35", 400),
        ("requests.json?lat=35&long=999", 400),
        ("requests.json?lat=nan&long=3", 400),
        ("requests.json?lat=35&long=141&radius=-1", 400),
        ("requests.json?page_size=0", 400),
        ("requests.json?page=99999999", 400),
        ("requests.json?bbox=1,2,3", 400),
        ("requests.json?api_key=wrong", 403),
        ("requests/R-2026-99999.xml", 404),
        ("tokens/none.json", 404),
        ("places.json", 400),
        ("places.json?q=x&kind=moon", 400),
    ],
)
async def test_refusals_have_the_form_of_the_standard(path: str, status: int) -> None:
    answer = await Client().get(path)
    assert answer.status == status
    xml = answer.headers["content-type"].startswith("text/xml")
    told = geo_report.read_xml(answer.body) if xml else json.loads(answer.body)
    told = [{**one, "code": int(one["code"])} for one in told]
    check(told, geo_report.ERRORS)
    assert told[0]["code"] == status


@pytest.mark.parametrize(
    ("fields", "status", "named"),
    [
        ({}, 400, "service_code"),
        ({"service_code": "moon", **PLACE}, 404, "service_code"),
        ({"service_code": "park", "description": "x"}, 400, "location"),
        ({"service_code": "park", "lat": "x", "long": "1"}, 400, "lat"),
        ({"service_code": "park", **PLACE}, 400, "description"),
        ({"service_code": "park", "description": "x", "attribute[moon]": "1", **PLACE}, 400, "answers.moon"),
        ({"service_code": "park", "description": "x", "api_key": "wrong", **PLACE}, 403, "token"),
    ],
)
async def test_what_is_wrong_with_a_post_is_named(fields: dict[str, str], status: int, named: str) -> None:
    answer = await Client().post("requests.json", fields)
    told = json.loads(answer.body)
    check(told, geo_report.ERRORS)
    assert (answer.status, named in told[0]["description"]) == (status, True), told


async def test_places_are_found_by_name_and_by_nearness() -> None:
    client = Client()
    for n, name in enumerate(("桜木集会所", "港集会所")):
        hall = Hall(f"urn:h:{n}", name, "丘区域", {"type": "Point", "coordinates": [141.05 + n / 20, 35.358]})
        await client.town.engine.decide(*keeping(client.town, hall))
    assert [one["name"] for one in await client.both("places", "?" + urlencode({"q": "桜木"}))] == [
        "桜木集会所"
    ]
    near = await client.both("places", "?lat=35.358&long=141.05&radius=500&kind=shelter")
    assert [(one["name"], one["lat"], one["long"]) for one in near] == [("桜木集会所", 35.358, 141.05)]


async def test_requests_are_valid_and_equal_in_both_forms_by_the_hundred() -> None:
    client = Client()
    texts = ("a & b < c", "タブ\tあり", "絵文字🚧", '"quoted"', "  spaces  ", "改行\nあり", "]]>", "&amp;")
    for n in range(96):
        said = await client.town.run(
            "reports.submit",
            {
                "category": ("road", "park", "litter", "other")[n % 4],
                "description": texts[n % 8],
                "latitude": 35.3 + n / 1000,
                "longitude": 141.0 + n / 1000,
                "address": texts[(n + 3) % 8],
            },
            BOSS,
        )
        assert isinstance(said, Accepted), said
    told = await client.both("requests", "?page_size=1000")
    check(told, geo_report.REQUESTS)
    assert len(told) == 96


def keeping(town: Town, hall: Hall) -> tuple[Any, Any]:
    """The decision that keeps a hall, and what it is asked with."""
    work = Work(HALL_KEEPER, "halls.keep", (hall.id,), lambda loaded, state: Accepted(writes=(hall,)))
    return work, town.engine.asked(HALL_KEEPER, Asking("demo", BOSS))
