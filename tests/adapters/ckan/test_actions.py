"""Every action answers as CKAN's does, in its envelope; what is not offered is refused by name."""

from __future__ import annotations

import json
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from ckan_client import KEY, Client
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.adapters.ckan.actions import ACTIONS
from kaiteki.adapters.ckan.bound import stable_id
from reader import Reader


@pytest.fixture
async def town() -> Client:
    client = Client()
    await client.fill()
    return client


async def names(town: Client, **query: str) -> list[str]:
    """The titles of what package_search finds, in its order."""
    found = await town.result("package_search", **query)
    return [one["title"] for one in found["results"]]


@given(st.lists(st.text()))
def test_ids_are_uuids_of_names(parts: list[str]) -> None:
    """Version 5 of RFC 9562, as the standard library makes them: they are the same on every node, and stay."""
    assert stable_id(*parts) == str(uuid5(NAMESPACE_URL, ":".join(("urn:kaiteki", *parts))))


async def test_a_package_says_everything_that_the_catalogue_knows(town: Client) -> None:
    one = await town.result("package_show", id="bench")
    assert (one["name"], one["title"], one["notes"]) == ("bench", "ベンチ", "町のベンチの一覧です。")
    assert (one["license_id"], one["isopen"], one["license_url"]) == (
        *("CC-BY-4.0", True),
        "https://creativecommons.org/licenses/by/4.0/",
    )
    assert (one["organization"]["name"], one["maintainer_email"]) == ("ict", "ict@city.example")
    assert [group["name"] for group in one["groups"]] == ["regi"]
    assert [(part["format"], part["url"], part["datastore_active"]) for part in one["resources"]] == [
        ("CSV", "http://localhost/demo/data/Bench/records.csv", True),
        ("GeoJSON", "http://localhost/demo/data/Bench/records.geojson", False),
        ("JSON Lines", "http://localhost/demo/data/Bench/records.jsonl", False),
        ("OGC API", "http://localhost/demo/ogc/collections/Bench/items", False),
    ]
    extras = {extra["key"]: extra["value"] for extra in one["extras"]}
    assert (extras["records"], extras["frequency_label"]) == ("5", "毎日")


async def test_ids_stay_and_everything_is_found_by_id_name_and_urn(town: Client) -> None:
    one = await town.result("package_show", id="bench")
    other = Client()
    await other.fill()
    assert await other.result("package_show", id=one["id"]) == one
    aed = next(x for x in (await town.result("package_search", q="AED"))["results"] if x["title"] == "aed")
    for extra in aed["extras"]:
        if extra["key"] == "urn":
            assert (await town.result("package_show", id=extra["value"]))["id"] == aed["id"]
    resource = aed["resources"][0]
    assert await town.result("resource_show", id=resource["id"]) == resource


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"ベンチ", "aed", "toilets"}),
        ("*:*", {"ベンチ", "aed", "toilets"}),
        ("ＡＥＤ", {"aed"}),
        ("aed OR toilets", {"aed", "toilets"}),
        ("-aed", {"ベンチ", "toilets"}),
        ("NOT aed AND NOT name:bench", {"toilets"}),
        ("groups:heal", {"aed"}),
        ("groups:(heal OR regi)", {"aed", "ベンチ", "toilets"}),
        ('title:"ベンチ"', {"ベンチ"}),
        ("name:ben*", {"ベンチ"}),
        ("res_format:CSV", {"ベンチ", "aed", "toilets"}),
        ("license_id:notspecified", {"aed", "toilets"}),
        ("metadata_modified:[2026-11-22T00:00:30Z TO *]", {"aed", "toilets"}),
        ("+metadata_modified:{* TO 2026-11-22T00:00:30Z]", {"ベンチ"}),
        ("standard_data_set:*", {"aed", "toilets"}),
        ("(aed OR ベンチ) -aed", {"ベンチ"}),
        ("ない", set()),
    ],
)
async def test_the_language_of_searches(town: Client, query: str, found: set[str]) -> None:
    assert set(await names(town, q=query)) == found
    assert set(await names(town, fq=query)) == found


@pytest.mark.parametrize(
    "query",
    ["colour:red", "aed~2", "aed^4", "(aed", "aed)", "{!knn f=x}", "a?d", "name:title:x", '"open', "(" * 30],
)
async def test_what_is_no_query_is_refused(town: Client, query: str) -> None:
    status, error = await town.refused("package_search", q=query)
    assert (status, error["__type"]) == (400, "Search Query Error")


async def test_answers_have_an_order_pages_and_facets(town: Client) -> None:
    assert await names(town, sort="title asc") == ["aed", "toilets", "ベンチ"]
    assert await names(town, sort="metadata_modified desc, name asc", rows="1", start="2") == ["ベンチ"]
    found = await town.result("package_search", rows="0", facet__field='["groups","res_format"]')
    assert (found["count"], found["results"]) == (3, [])
    assert found["facets"] == {
        "groups": {"regi": 2, "heal": 1},
        "res_format": {"CSV": 3, "GeoJSON": 3, "JSON Lines": 3, "OGC API": 3},
    }
    assert found["search_facets"]["groups"]["items"][0] == {
        "name": "regi",
        "display_name": "地域・まちづくり",
        "count": 2,
    }
    assert (await town.refused("package_search", sort="colour"))[0] == 400
    assert (await town.refused("package_search", facet__field='["colour"]'))[0] == 409
    assert (await town.refused("package_search", colour="red"))[0] == 400


async def test_lists_of_offices_themes_keywords_and_licences(town: Client) -> None:
    assert await town.result("organization_list") == ["ict"]
    (office,) = await town.result("organization_list", all_fields="true")
    assert office["package_count"] == 3
    shown = await town.result("organization_show", id="ict", include_datasets="true")
    assert {one["name"] for one in shown["packages"]} == set(await town.result("package_list"))
    assert await town.result("group_list") == ["heal", "regi"]
    assert (await town.result("group_show", id="heal", include_datasets="true"))["packages"][0][
        "title"
    ] == "aed"
    assert "ベンチ" in await town.result("tag_list")
    assert (await town.result("tag_show", id="ベンチ"))["name"] == "ベンチ"
    assert {"PDL-1.0".lower(), "CC-BY-4.0", "notspecified"} < {
        one["id"] for one in await town.result("license_list")
    }
    found = await town.result("resource_search", query="format:geojson")
    assert found["count"] == 3
    assert len(await town.result("current_package_list_with_resources", limit="2")) == 2


async def test_both_ways_of_asking_and_both_addresses_answer_the_same(town: Client) -> None:
    asked = await town.result("package_search", q="aed", rows="5")
    reader = Reader(town.app)
    for path in ("/demo/ckan/api/3/action/package_search", "/demo/ckan/api/action/package_search"):
        body = json.dumps({"q": "aed", "rows": 5}).encode()
        answer = await reader.send(path, body, "application/json")
        assert json.loads(answer.body)["result"] == asked


@pytest.mark.parametrize(
    ("action", "query", "status", "kind"),
    [
        ("package_create", {}, 400, "Bad Request"),
        ("package_show", {}, 409, "Validation Error"),
        ("package_show", {"id": "nothing"}, 404, "Not Found Error"),
        ("resource_show", {"id": "nothing"}, 404, "Not Found Error"),
        ("organization_show", {"id": "nothing"}, 404, "Not Found Error"),
        ("datastore_search_sql", {"sql": "select 1"}, 409, "Validation Error"),
        ("package_list", {"limit": "many"}, 409, "Validation Error"),
    ],
)
async def test_refusals_are_those_of_ckan(
    town: Client, action: str, query: dict[str, str], status: int, kind: str
) -> None:
    said, error = await town.refused(action, **query)
    assert (said, error["__type"]) == (status, kind)


async def test_what_has_one_value_is_given_once_and_a_list_as_often_as_it_is_long(town: Client) -> None:
    reader = Reader(town.app)
    table = await town.records_of("bench")
    for path, name in (
        ("package_list?limit=1&limit=2", "limit"),
        ("package_show?id=bench&id=bench", "id"),
        ("package_search?q=a&q=b", "q"),
        ("package_search?facet=true&facet=false", "facet"),
        (f"datastore_search?resource_id={table}&filters=%7B%7D&filters=%7B%7D", "filters"),
    ):
        answer = await reader.get(f"/demo/ckan/api/3/action/{path}")
        error = json.loads(answer.body)["error"]
        assert (answer.status, error["__type"]) == (400, "Bad Request"), path
        assert f"{name} is given 2 times" in error["message"]
    body = b"limit=1&limit=2"
    sent = await reader.send(
        "/demo/ckan/api/3/action/package_list", body, "application/x-www-form-urlencoded"
    )
    assert sent.status == 400
    shown = await reader.get(
        f"/demo/ckan/api/3/action/datastore_search?resource_id={table}&fields=name&fields=seats"
    )
    assert [one["id"] for one in json.loads(shown.body)["result"]["fields"]] == ["name", "seats"]


async def test_the_address_above_the_api_says_where_it_is(town: Client) -> None:
    for path in ("/demo/ckan", "/demo/ckan/"):
        told = json.loads((await Reader(town.app).get(path)).body)
        assert told["api"] == "http://localhost/demo/ckan/api/3"
        assert list(told["actions"]) == list(ACTIONS)
        listed = await Reader(town.app).get(told["actions"]["package_list"].removeprefix("http://localhost"))
        assert listed.status == 200
        page = await Reader(town.app, accept="text/html,*/*;q=0.8").get(path)
        assert (page.status, page.headers["location"]) == (303, "/demo/developers")
        assert (await Reader(town.app).get(path.replace("demo", "nowhere"))).status == 404


async def test_a_key_that_is_none_is_refused_and_a_good_one_changes_nothing(town: Client) -> None:
    for header in ("authorization", "x-ckan-api-key"):
        assert (await town.get("package_list", {header: "guessed"})).status == 403
        good = await town.get("package_list", {header: KEY})
        assert json.loads(good.body)["result"] == await town.result("package_list")


async def test_every_action_says_what_it_is_for(town: Client) -> None:
    told: dict[str, Any] = {name: await town.result("help_show", name=name) for name in ACTIONS}
    assert told == {name: one.about for name, one in ACTIONS.items()}
    assert (await town.result("status_show"))["site_title"] == "見本市 オープンデータ"
