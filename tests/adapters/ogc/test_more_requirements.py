"""Further abstract tests of OGC API Features, as in test_requirements: reference systems (18-058r1) and filters (19-079r2)."""

from __future__ import annotations

import json
import math
from typing import Any

import jsonschema
import pytest
from ogc_client import COUNT, ITEMS, ORIGIN, Client, hall, refused

from kaiteki.adapters.ogc.collections import GEOMETRY
from kaiteki.adapters.ogc.systems import CRS84, SYSTEMS

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
RADIUS_M = 6_378_137.0
"""Of the sphere of Web Mercator."""


@pytest.fixture
async def client() -> Client:
    one = Client()
    await one.fill()
    return one


# 18-058r1: crs ---------------------------------------------------------------------------------------------------------


async def test_crs_lists(client: Client) -> None:
    """/req/crs/fc-md-crs-list, fc-md-storageCrs, fc-md-crs-list-global, crs-uri."""
    told = await client.told("/collections")
    assert told["crs"] == list(SYSTEMS)
    assert told["crs"][0] == CRS84
    one = await client.told("/collections/Hall")
    assert one["storageCrs"] in one["crs"]
    assert {EPSG + "4326", EPSG + "6668", EPSG + "6677"} <= set(one["crs"])


@pytest.mark.parametrize(
    ("system", "first"),
    [
        (CRS84, [141.0, 35.3]),
        (EPSG + "4326", [35.3, 141.0]),
        (EPSG + "6668", [35.3, 141.0]),
        (EPSG + "6677", [-76985.0, 106073.0]),
        (
            EPSG + "3857",
            [math.radians(141.0) * RADIUS_M, math.asinh(math.tan(math.radians(35.3))) * RADIUS_M],
        ),
    ],
)
async def test_crs_of_the_answer(client: Client, system: str, first: list[float]) -> None:
    """/req/crs/fc-crs-valid-value, fc-crs-action, geojson/content-crs: coordinates in the order of the axes, and said so."""
    for path in (ITEMS, f"{ITEMS}/{hall(0).id}"):
        answer = await client.get(path, crs=system)
        assert answer.headers["content-crs"] == f"<{system}>"
        told = json.loads(answer.body)
        feature = told["features"][0] if "features" in told else told
        at = feature["geometry"]["coordinates"]
        assert at == pytest.approx(first, abs=200 if abs(first[0]) > 200 else 1e-7)
    plain = await client.get(ITEMS)
    assert plain.headers["content-crs"] == f"<{CRS84}>"


async def test_crs_of_the_box(client: Client) -> None:
    """/req/crs/fc-bbox-crs-definition, fc-bbox-crs-valid-value, fc-bbox-crs-action: the same box in each system finds the same."""
    right = await client.ids(bbox="141.035,35.3,141.105,36")
    assert right
    for system in (EPSG + "4326", EPSG + "6668", "[EPSG:6668]"):
        assert await client.ids(bbox="35.3,141.035,36,141.105", bbox_crs=system) == right
    page = await client.told(ITEMS, crs=EPSG + "6677")
    for one in page["features"]:
        if one["geometry"] is not None:
            north, east = one["geometry"]["coordinates"]
            box = f"{north - 1},{east - 1},{north + 1},{east + 1}"
            assert await client.ids(bbox=box, bbox_crs=EPSG + "6677") == [int(one["id"][-3:])]


async def test_crs_invalid_values(client: Client) -> None:
    """/req/crs/fc-crs-invalid-value, fc-bbox-crs-invalid-value."""
    assert await refused(client, ITEMS, crs=EPSG + "99999") == "crs"
    assert await refused(client, ITEMS, bbox="1,2,3,4", bbox_crs="nonsense") == "bbox-crs"
    assert await refused(client, f"{ITEMS}/{hall(0).id}", crs="nonsense") == "crs"


# 19-079r2: queryables, filter ---------------------------------------------------------------------------------------------


async def test_queryables(client: Client) -> None:
    """/req/queryables/get-op, get-success, get-content: a JSON Schema without what is hidden."""
    for name, more in (("queryables", set[str]()), ("schema", {"id"})):
        answer = await client.get(f"/collections/Hall/{name}")
        assert answer.headers["content-type"] == "application/schema+json"
        told = json.loads(answer.body)
        jsonschema.Draft202012Validator.check_schema(told)
        assert (
            set(told["properties"])
            == {"geometry", "name", "floors", "height", "listed", "built", "tags"} | more
        )
        assert told["$id"] == f"{ORIGIN}/collections/Hall/{name}"
    assert told["properties"]["floors"] == {"type": ["integer", "null"], "title": "階数"}
    right = jsonschema.Draft202012Validator(told)
    features = (await client.told(ITEMS, limit=100))["features"]
    rows = [{"id": one["id"], GEOMETRY: one["geometry"], **one["properties"]} for one in features]
    assert any(None in one.values() for one in rows)
    assert [wrong.message for one in rows for wrong in right.iter_errors(one)] == []


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("floors = 2 OR name = '集会所0'", lambda n: n % 4 == 1 or n == 0),
        ("NOT (floors = 2) AND height BETWEEN 1 AND 3", lambda n: n % 4 != 1 and 2 <= n <= 6),
        ("name LIKE '集会所1%' AND listed", lambda n: str(n).startswith("1") and n % 2 == 0),
        ("built IS NULL", lambda n: n % 4 == 0),
        ("built > DATE('2026-01-10')", lambda n: n % 4 != 0 and n + 1 > 10),
        ("T_BEFORE(built, TIMESTAMP('2026-01-05T00:00:00Z'))", lambda n: n % 4 != 0 and n + 1 < 5),
        ("A_CONTAINS(tags, ('a'))", lambda n: n % 2 == 1),
        ("geometry IS NULL", lambda n: n % 3 == 2),
        ("S_INTERSECTS(geometry, BBOX(141.035, 35, 141.105, 36))", lambda n: n % 3 != 2 and 3.5 < n < 10.5),
        ("floors * 2 = height", lambda n: (n % 4 + 1) * 2 == n / 2),
    ],
)
async def test_filter(client: Client, text: str, right: Any) -> None:
    """/req/filter/filter-param, filter-lang-param, features-filter: text, JSON, and together with other parameters."""
    expected = [n for n in range(COUNT) if right(n)]
    assert expected
    assert await client.ids(filter=text) == expected
    assert await client.ids(filter=text, filter_lang="cql2-text", filter_crs=CRS84) == expected
    assert await client.ids(filter=text, listed="true") == [n for n in expected if n % 2 == 0]


async def test_filter_in_json(client: Client) -> None:
    """/req/cql2-json/cql2-filter."""
    document = {"op": "=", "args": [{"property": "floors"}, 2]}
    found = await client.ids(filter=json.dumps(document), filter_lang="cql2-json")
    assert found == [n for n in range(COUNT) if n % 4 == 1]


async def test_filter_invalid(client: Client) -> None:
    """/req/filter/response: what is no expression, names no queryable, or is in another language or system."""
    for query in (
        {"filter": "floors ="},
        {"filter": "nobody = 1"},
        {"filter": "floors"},
        {"filter": "{", "filter_lang": "cql2-json"},
        {"filter": "[" * 5000, "filter_lang": "cql2-json"},
    ):
        assert await refused(client, ITEMS, **query) == "filter"
    assert await refused(client, ITEMS, filter="floors = 1", filter_lang="ecql") == "filter-lang"
    assert await refused(client, ITEMS, filter="floors = 1", filter_crs=EPSG + "6677") == "filter-crs"
