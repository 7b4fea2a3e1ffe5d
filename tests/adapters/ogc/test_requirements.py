"""The abstract tests of OGC API Features, part 1, each a case that names its requirement (17-069r4 Annex A).

They were written from the texts; the suites of the OGC themselves (Java) did not run.
"""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
import pytest
from ogc_client import COUNT, ITEMS, KEY, ORIGIN, Client, hall, refused

from kaiteki.adapters.ogc.documents import CONFORMANCE
from kaiteki.kit.views import write
from kaiteki.ports.entities import By, Change, Decision
from reader import Reader
from town import MORNING

LINK = {
    "type": "object",
    "required": ["href", "rel", "type", "title"],
    "properties": {name: {"type": "string", "minLength": 1} for name in ("href", "rel", "type", "title")},
}


@pytest.fixture
async def client() -> Client:
    one = Client()
    await one.fill()
    return one


def rels(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The links of a document by relation, after each was looked at."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in document["links"]:
        jsonschema.validate(one, LINK)
        found.setdefault(one["rel"], []).append(one)
    return found


# 17-069r4: core ------------------------------------------------------------------------------------------------------


async def test_core_root_success(client: Client) -> None:
    """/req/core/root-op, root-success."""
    for path in ("", "/"):
        page = await client.told(path)
        links = rels(page)
        assert {"self", "alternate", "service-desc", "service-doc", "conformance", "data"} <= links.keys()
        assert page["title"]


async def test_core_every_link_leads_somewhere(client: Client) -> None:
    """/req/core/root-success, api-definition-op, conformance-op, fc-md-op, sfc-md-op, fc-op: what is linked answers."""
    page = await client.told("/collections/Hall")
    documents = [
        await client.told(),
        await client.told("/collections"),
        page,
        await client.told(ITEMS, limit="2"),
    ]
    seen = {one["href"] for document in documents for one in document["links"]}
    assert len(seen) > 15
    for href in sorted(seen):
        assert href.startswith(ORIGIN)
        path, _, query = href[len(ORIGIN) :].partition("?")
        answer = await client.get(path, **dict(part.split("=") for part in query.split("&") if part))
        assert answer.status == 200, href


async def test_core_conformance_success(client: Client) -> None:
    """/req/core/conformance-success."""
    told = await client.told("/conformance")
    assert told["conformsTo"] == list(CONFORMANCE)
    assert all(one.startswith("http://www.opengis.net/spec/") for one in CONFORMANCE)


async def test_core_collections_success(client: Client) -> None:
    """/req/core/fc-md-success, fc-md-links, fc-md-items: each collection with a place, none without."""
    told = await client.told("/collections")
    assert {"self", "alternate"} <= rels(told).keys()
    assert [one["id"] for one in told["collections"]] == ["Hall"]
    for one in told["collections"]:
        alone = await client.told(f"/collections/{one['id']}")
        assert {**alone, "crs": one["crs"], "links": one["links"]} == one
        items = rels(one)["items"]
        assert {each["type"] for each in items} == {"application/geo+json", "text/html"}


async def test_core_extent(client: Client) -> None:
    """/req/core/fc-md-extent: every feature lies in it."""
    one = await client.told("/collections/Hall")
    ((west, south, east, north),) = one["extent"]["spatial"]["bbox"]
    assert west < east
    assert south < north


async def test_core_single_collection_missing(client: Client) -> None:
    """/req/core/sfc-md-op: an id that is none."""
    assert await refused(client, "/collections/Ledger", 404) == "collectionId"
    assert await refused(client, "/collections/Nothing/items", 404) == "collectionId"


async def test_core_limit(client: Client) -> None:
    """/req/core/fc-limit-definition, fc-limit-response-1."""
    for limit in (1, 7, COUNT, 1000, 999_999):
        page = await client.told(ITEMS, limit=str(limit))
        assert len(page["features"]) == min(limit, COUNT) == page["numberReturned"]
    for wrong in ("0", "-1", "x", "1.5", "", "9" * 12):
        assert await refused(client, ITEMS, limit=wrong) == "limit"


async def test_core_next_leads_through_everything(client: Client) -> None:
    """/req/core/fc-links, /rec/core/fc-next-1 to 3: each feature once, no next behind the last."""
    seen: list[str] = []
    page = await client.told(ITEMS, limit="4")
    for _ in range(COUNT):
        seen += [one["id"] for one in page["features"]]
        after = rels(page).get("next")
        if after is None:
            break
        query = dict(part.split("=", 1) for part in after[0]["href"].partition("?")[2].split("&"))
        page = await client.told(ITEMS, **{k: v.replace("%3A", ":") for k, v in query.items()})
    assert seen == [hall(number).id for number in range(COUNT)]


async def test_core_bbox(client: Client) -> None:
    """/req/core/fc-bbox-definition, fc-bbox-response: what touches the box, also in six numbers; without a place nothing."""
    placed = [n for n in range(COUNT) if n % 3 != 2]
    assert await client.ids(bbox="141.035,35.3,141.105,36") == [n for n in placed if 3.5 < n < 10.5]
    assert await client.ids(bbox="141.035,35.3,-5,141.105,36,5") == [n for n in placed if 3.5 < n < 10.5]
    assert await client.ids(bbox="0,0,1,1") == []
    assert await client.ids(bbox="170,-80,142,80") == placed, "a box over 180 degrees"
    for wrong in ("1,2,3", "1,2,3,4,5", "a,b,c,d", "1,4,3,2", "", "1,2,3,999", "nan,1,2,3", "1,2,3,4,5,6,7"):
        assert await refused(client, ITEMS, bbox=wrong) == "bbox"


async def test_core_datetime(client: Client) -> None:
    """/req/core/fc-time-definition, fc-time-response: instants, intervals, open ends; what says no time matches all times."""
    timeless = [n for n in range(COUNT) if n % 4 == 0]
    for text, days in (
        ("2026-01-06T12:00:00Z", (6, 6)),
        ("2026-01-06", (6, 6)),
        ("2026-01-06T00:00:00Z/2026-01-08T00:00:00Z", (6, 7)),
        ("2026-01-20/..", (20, 99)),
        ("../2026-01-03", (0, 3)),
        ("/2026-01-03", (0, 3)),
        ("2026-01-20T12:00:00Z/", (20, 99)),
    ):
        timed = [n for n in range(COUNT) if n % 4 and days[0] <= n + 1 <= days[1]]
        assert await client.ids(datetime=text) == sorted([*timed, *timeless]), text
    for wrong in ("yesterday", "2026-02-30", "2026-01-02/2026-01-01", "../..", "/", "a/b/c", ""):
        assert await refused(client, ITEMS, datetime=wrong) == "datetime"


async def test_core_a_parameter_is_given_once(client: Client) -> None:
    """/req/core/query-param-invalid: at every address, the form and the language too; an empty one counts."""
    tiles = "/collections/Hall/tiles/WebMercatorQuad"
    for path, name in (
        ("", "lang"),
        ("/collections", "f"),
        (ITEMS, "limit"),
        (ITEMS, "bbox"),
        (ITEMS, "name"),
        (f"{ITEMS}/{hall(3).id}", "crs"),
        ("/collections/Hall/cells", "mesh"),
        ("/tiles/WebMercatorQuad", "collections"),
        (f"{tiles}/0/0/0", "f"),
    ):
        for values in (("1", "2"), ("json", "json"), ("", "3")):
            query = "&".join(f"{name}={value}" for value in values)
            answer = await Reader(client.app).get(f"/demo/ogc{path}?{query}")
            told = json.loads(answer.body)
            assert (answer.status, told["field"]) == (400, name), (path, query)
            assert f"{name} is given 2 times" in told["detail"]


async def test_what_asks_for_too_much_is_a_wrong_parameter_and_no_lack_of_a_right(client: Client) -> None:
    """17-069r4, table 3: 403 is for those who may not."""
    for told in ("floors = 1" + " OR floors = 1" * 2_000, "(" * 300 + "floors = 1" + ")" * 300):
        assert await refused(client, ITEMS, filter=told) == "filter"


async def test_core_unknown_and_invalid_parameters(client: Client) -> None:
    """/req/core/query-param-unknown, query-param-invalid: at every address."""
    for path in (
        "/",
        "/conformance",
        "/collections",
        "/collections/Hall",
        ITEMS,
        f"{ITEMS}/{hall(0).id}",
        "/api",
    ):
        assert await refused(client, path, colour="red") == "colour"
        assert await refused(client, path, f="pdf") == "f"
        assert await refused(client, path, lang="fr") == "lang"
    assert await refused(client, ITEMS, rent="1000") == "rent", "what is hidden is no parameter"


async def test_core_response(client: Client) -> None:
    """/req/core/fc-response, fc-timeStamp, fc-numberMatched, fc-numberReturned, fc-links, fc-rel-type."""
    page = await client.told(ITEMS, limit="3")
    assert page["type"] == "FeatureCollection"
    assert page["numberMatched"] == COUNT
    assert page["timeStamp"] == "2026-11-22T00:00:00Z"
    links = rels(page)
    assert {"self", "alternate", "next", "collection"} == links.keys()
    assert links["self"][0]["href"].startswith(ORIGIN + ITEMS)
    few = await client.told(ITEMS, floors="2")
    assert few["numberMatched"] == few["numberReturned"] == len(few["features"])


async def test_core_feature(client: Client) -> None:
    """/req/core/f-op, f-success, f-links: each feature alone is as it is in the page."""
    page = await client.told(ITEMS)
    for one in page["features"]:
        alone = await client.told(f"{ITEMS}/{one['id']}")
        links = rels(alone)
        assert {"self", "alternate", "collection"} == links.keys()
        assert {name: alone[name] for name in one} == one
    assert await refused(client, f"{ITEMS}/urn:ngsi-ld:Hall:999", 404) == "featureId"


async def test_core_an_id_may_hold_a_slash(client: Client) -> None:
    """/req/core/f-op: an id that is an address is one part of the path."""
    kept = write(msgspec.structs.replace(hall(0), id="https://example.org/halls~1/7"), None, MORNING)
    decision = Decision([Change(None, kept)], None)
    await client.town.store.entities.change("demo", [kept.id], lambda _: decision, By())
    alone = await client.told(f"{ITEMS}/https:~1~1example.org~1halls~01~17")
    assert alone["id"] == kept.id
    page = await client.get(ITEMS, f="html", limit="1")
    assert "https:~1~1example.org~1halls~01~17" in page.text


async def test_core_parameters_by_property(client: Client) -> None:
    """/rec/core/fc-filters, /req/queryables-query-parameters: a property under its own name."""
    assert await client.ids(floors="2") == [n for n in range(COUNT) if n % 4 == 1]
    assert await client.ids(floors="2", listed="true") == []
    assert await client.ids(name="集会所7") == [7]
    assert await refused(client, ITEMS, floors="two") == "floors"
    assert await refused(client, ITEMS, listed="yes") == "listed"


# 17-069r4: geojson, html, oas30 ------------------------------------------------------------------------------------------


async def test_geojson_content(client: Client) -> None:
    """/req/geojson/definition, content: the media type, and features as RFC 7946 says, with every property."""
    answer = await client.get(ITEMS)
    assert answer.headers["content-type"] == "application/geo+json"
    for number, one in enumerate(json.loads(answer.body)["features"]):
        kept = hall(number)
        assert one == {
            "type": "Feature",
            "id": kept.id,
            "geometry": kept.location,
            "properties": {
                "name": kept.name,
                "floors": kept.floors,
                "height": kept.height,
                "listed": kept.listed,
                "built": None if kept.built is None else f"2026-01-{number + 1:02}T12:00:00Z",
                "tags": list(kept.tags) if len(kept.tags) > 1 else one["properties"]["tags"],
            },
        }


async def test_what_is_hidden_is_told_to_nobody(client: Client) -> None:
    for query in ({}, {"filter": "floors > 0"}):
        answer = await client.get(ITEMS, **query)
        assert b"rent" not in answer.body
    assert await refused(client, ITEMS, filter="rent > 0") == "filter"
    stranger = await client.get(ITEMS, {"authorization": "Bearer nobody"})
    known = await client.get(ITEMS, {"authorization": f"Bearer {KEY}"})
    assert (stranger.status, known.status) == (401, 200)


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_html_content(client: Client, language: str) -> None:
    """/req/html/definition, content: every address is a page too, in three languages; text/html is preferred where it is."""
    for path in (
        "/",
        "/conformance",
        "/collections",
        "/collections/Hall",
        ITEMS,
        f"{ITEMS}/{hall(0).id}",
        "/api.html",
    ):
        answer = await client.get(path, f="html", lang=language)
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "<h1>" in answer.text
    browser = {"accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"}
    assert (await client.get("/collections", browser)).headers["content-type"].startswith("text/html")
    assert (await client.get("/collections", {"accept": "*/*"})).headers["content-type"] == "application/json"


async def test_accept_is_weighed_and_what_fits_nothing_is_refused(client: Client) -> None:
    """RFC 9110, 12.5.1 and 15.5.7: weights decide; where none of the forms is liked, 406 says which there are; f stands above."""
    for accept, media in {
        "text/html;q=0.1,application/json": "application/json",
        "application/json;q=0.5, text/html;q=0.6": "text/html; charset=utf-8",
        "application/geo+json": "application/json",
        "application/vnd.oai.openapi+json;version=3.0, application/json;q=0.9": "application/json",
        "application/*": "application/json",
        "": "application/json",
    }.items():
        answer = await client.get("/collections", {"accept": accept})
        assert (answer.status, answer.headers["content-type"]) == (200, media), accept
    for path, accept in (
        ("/collections", "image/png"),
        ("/collections", "*/*;q=0"),
        ("/collections", "application/json;q=0"),
        (ITEMS, "text/csv"),
        ("/tiles/WebMercatorQuad/10/403/913", "text/html"),
    ):
        answer = await client.get(path, {"accept": accept})
        assert (answer.status, json.loads(answer.text)["field"]) == (406, "Accept"), (path, accept)
    assert (await client.get("/collections", {"accept": "image/png"}, f="json")).status == 200
    tile = await client.get("/tiles/WebMercatorQuad/10/403/913", {"accept": "application/x-protobuf"})
    assert tile.status in (200, 204)


async def test_html_says_what_to_do_where_nothing_is_found(client: Client) -> None:
    page = await client.get(ITEMS, f="html", lang="ja", bbox="0,0,1,1")
    assert "条件を減らすか" in page.text


async def test_oas30_definition(client: Client) -> None:
    """/req/oas30/oas-definition-1 and 2, oas-impl, completeness, exceptions-codes: OpenAPI 3.0, every address, every parameter."""
    answer = await client.get("/api")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    told = json.loads(answer.body)
    assert told["openapi"].startswith("3.0")
    items = told["paths"]["/collections/{collectionId}/items"]["get"]
    named = {one.get("$ref", "").rpartition("/")[2] for one in items["parameters"]}
    assert {"limit", "bbox", "datetime", "crs", "bbox-crs", "filter", "filter-lang", "filter-crs"} <= named
    limit = told["components"]["parameters"]["limit"]["schema"]
    assert (limit["type"], limit["minimum"], limit["default"]) == ("integer", 1, 100)
    box = told["components"]["parameters"]["bbox"]
    assert (box["style"], box["explode"], box["schema"]["items"]) == ("form", False, {"type": "number"})
    for item in told["paths"].values():
        assert {"200", "400"} <= item["get"]["responses"].keys()
