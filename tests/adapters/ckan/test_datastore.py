"""The DataStore: records by open columns, filters, words, order and pages; of what is closed nothing can be asked."""

from __future__ import annotations

import json

import pytest
from ckan_client import Client


@pytest.fixture
async def town() -> Client:
    client = Client()
    await client.fill()
    return client


async def test_records_come_with_their_columns(town: Client) -> None:
    found = await town.result("datastore_search", resource_id=await town.records_of("bench"), limit="2")
    assert [(one["id"], one["type"]) for one in found["fields"]] == [
        ("_id", "text"),
        ("name", "text"),
        ("seats", "int"),
        ("covered", "bool"),
        ("placed", "timestamp"),
        ("location", "json"),
    ]
    assert (found["total"], found["limit"], found["offset"]) == (5, 2, 0)
    assert found["records"][1] == {
        "_id": "urn:ngsi-ld:Bench:1",
        "name": "ベンチ1",
        "seats": 3,
        "covered": False,
        "placed": "2026-01-02T00:00:00Z",
        "location": {"type": "Point", "coordinates": [141.01, 35.3]},
    }


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({"filters": '{"seats": 2}'}, [0, 3]),
        ({"filters": '{"seats": "2"}'}, [0, 3]),
        ({"filters": '{"seats": [2, 3], "covered": true}'}, [0, 4]),
        ({"filters": '{"name": "ベンチ2"}'}, [2]),
        ({"filters": '{"placed": "2026-01-03T00:00:00Z"}'}, [2]),
        ({"filters": '{"_id": "urn:ngsi-ld:Bench:4"}'}, [4]),
        ({"q": "ベンチ3"}, [3]),
        ({"q": "３"}, [1, 3, 4]),
        ({"q": "(+"}, []),
        ({"q": '{"name": "チ1"}'}, [1]),
        ({"sort": "seats desc, name asc", "limit": "3"}, [2, 1, 4]),
        ({"offset": "3"}, [3, 4]),
        ({"sort": "placed desc", "limit": "1", "offset": "1"}, [3]),
    ],
)
async def test_records_are_found_ordered_and_paged(
    town: Client, asked: dict[str, str], numbers: list[int]
) -> None:
    found = await town.result("datastore_search", resource_id=await town.records_of("bench"), **asked)
    assert [int(one["_id"].rpartition(":")[2]) for one in found["records"]] == numbers


async def test_a_table_has_its_items_and_its_further_columns(town: Client) -> None:
    aed = (await town.result("package_search", q="title:aed"))["results"][0]
    resource = aed["resources"][0]["id"]
    found = await town.result("datastore_search", resource_id=resource, fields="name,夜間")
    assert found["records"] == [{"name": "市役所", "夜間": "可"}, {"name": "図書館", "夜間": None}]
    night = await town.result(
        "datastore_search", resource_id=resource, filters='{"夜間": "可"}', fields="name"
    )
    assert [one["name"] for one in night["records"]] == ["市役所"]
    told = await town.result("datastore_info", id=resource)
    assert told["meta"]["count"] == 2
    assert "夜間" in [one["id"] for one in told["fields"]]


async def test_records_come_as_lists_and_as_text(town: Client) -> None:
    resource = await town.records_of("bench")
    asked = {"resource_id": resource, "fields": "name,seats", "limit": "2"}
    lists = await town.result("datastore_search", records_format="lists", **asked)
    assert lists["records"] == [["ベンチ0", 2], ["ベンチ1", 3]]
    text = await town.result("datastore_search", records_format="csv", **asked)
    assert text["records"] == "ベンチ0,2\nベンチ1,3\n"
    uncounted = await town.result("datastore_search", include_total="false", **asked)
    assert "total" not in uncounted


@pytest.mark.parametrize("name", ["giver", "state", "urn:x", "dataSet"])
@pytest.mark.parametrize("parameter", ["filters", "fields", "sort", "q"])
async def test_of_what_is_closed_nothing_can_be_asked(town: Client, name: str, parameter: str) -> None:
    asked = json.dumps({name: "山田"}) if parameter in ("filters", "q") else name
    status, error = await town.refused(
        "datastore_search", resource_id=await town.records_of("bench"), **{parameter: asked}
    )
    assert (status, error["__type"]) == (409, "Validation Error")
    assert parameter in error
    if parameter != "q":
        # which fields there are is told, and of what is closed no more than that it is none of them
        (told,) = error[parameter]
        assert told.startswith(f'field "{name}" not in table; there are ')
        assert {"name", "seats"} <= set(told.partition("; there are ")[2].split(", ")).difference({name})


@pytest.mark.parametrize(
    ("parameter", "told"),
    [
        ("filters", "no json"),
        ("filters", '{"seats": "many"}'),
        ("filters", '{"location": "x"}'),
        ("records_format", "xml"),
        ("distinct", "true"),
        ("sort", "seats sideways"),
        ("limit", "-1"),
        ("colour", "red"),
    ],
)
async def test_what_cannot_be_read_is_refused_at_its_parameter(
    town: Client, parameter: str, told: str
) -> None:
    status, error = await town.refused(
        "datastore_search", resource_id=await town.records_of("bench"), **{parameter: told}
    )
    assert status == 409 and parameter in error


async def test_a_resource_without_records_is_not_in_the_datastore(town: Client) -> None:
    package = await town.result("package_show", id="bench")
    other = next(one["id"] for one in package["resources"] if not one["datastore_active"])
    assert (await town.refused("datastore_search", resource_id=other))[0] == 404
    assert (await town.refused("datastore_search", resource_id="nothing"))[0] == 404
