"""Lists, the simple query language, geo queries, order and pages, types, batches."""

from typing import Any

import pytest

from conformance.v2.two_faces import TwoFaces


def car(number: int, **members: Any) -> dict[str, Any]:
    return {"id": f"Car{number}", "type": "Car", **members}


def value(kind: str, it: Any, **metadata: Any) -> dict[str, Any]:
    return {"type": kind, "value": it, "metadata": metadata}


CARS = [
    car(
        1,
        speed=value("Number", 50, accuracy={"type": "Number", "value": 2}),
        colour=value("Text", "red"),
        seen=value("DateTime", "2026-04-01T09:00:00Z"),
        location=value("geo:point", "35.60, 140.10"),
    ),
    car(
        2,
        speed=value("Number", 80),
        colour=value("Text", "light,green"),
        make=value("StructuredValue", {"name": "A", "by": {"in": "JP"}}),
        seen=value("DateTime", "2026-04-02T09:00:00Z"),
        location=value("geo:point", "35.70, 140.20"),
    ),
    car(
        3,
        colour=value("Text", "20"),
        owner=value("Relationship", "Person 1"),
        tags=value("Array", ["a", "b"]),
    ),
    {"id": "urn:ngsi-ld:Bus:1", "type": "Bus", "speed": value("Number", 30), "off": value("Boolean", True)},
]


@pytest.fixture
async def cars(town: TwoFaces) -> TwoFaces:
    for one in CARS:
        town.clock.forward(1)
        await town.done("POST", "/entities", one)
    return town


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "1 2 3 Bus"),
        ("id=Car1,Car3", "1 3"),
        ("idPattern=^Car[12]", "1 2"),
        ("idPattern=Car", "1 2 3"),
        ("idPattern=.*", "1 2 3 Bus"),
        ("type=Bus", "Bus"),
        ("type=Bus,Car&limit=1", "Bus"),
        ("typePattern=^B", "Bus"),
        ("typePattern=nothing", ""),
        ("q=speed", "1 2 Bus"),
        ("q=!speed", "3"),
        ("type=Car&q=!colour", ""),
        ("q=speed>50", "2"),
        ("q=speed>=50;colour", "1 2"),
        ("q=speed==30..50", "1 Bus"),
        ("q=speed!=50", "2 Bus"),
        ("q=speed:50", "1"),
        ("q=colour==red", "1"),
        ("q=colour==red,'light,green'", "1 2"),
        ("q=colour=='20'", "3"),
        ("q=colour==20", ""),
        ("q=colour~=gr", "2"),
        ("q=tags==a", "3"),
        ("q=make.name==A", "2"),
        ("q=make.by.in==JP", "2"),
        ("q='make'.name==A", "2"),
        ("q=off==true", "Bus"),
        ("q=seen>2026-04-01T12:00:00Z", "2"),
        ("q=seen==2026-04-01T09:00:00.000Z", "1"),
        ("q=seen<2026-04-02", "1"),
        ("q=owner=='Person 1'", ""),
        ("q=dateCreated>2026-01-01", "1 2 3 Bus"),
        ("mq=speed.accuracy", "1"),
        ("mq=speed.accuracy>1", "1"),
        ("mq=!speed.accuracy", "2 3 Bus"),
        ("georel=near;maxDistance:1000&geometry=point&coords=35.60,140.10", "1"),
        ("georel=near;minDistance:1000&geometry=point&coords=35.60,140.10", "2"),
        ("georel=coveredBy&geometry=box&coords=35,140;36,140.15", "1"),
        ("georel=intersects&geometry=box&coords=35,140;36,140.15", "1"),
        ("georel=equals&geometry=point&coords=35.60,140.10", "1"),
        ("georel=disjoint&geometry=polygon&coords=35,140;36,140;36,140.15;35,140.15;35,140", "2"),
        ("orderBy=!speed&q=speed", "2 1 Bus"),
        ("orderBy=dateCreated&limit=2&offset=1", "2 3"),
        (
            "orderBy=!geo:distance&georel=near;maxDistance:90000&geometry=point&coords=35.60,140.10",
            "2 1",
        ),
    ],
)
async def test_what_is_found(cars: TwoFaces, query: str, found: str) -> None:
    told = [
        one.removeprefix("Car").replace("urn:ngsi-ld:Bus:1", "Bus")
        for one in await cars.ids(query.replace(" ", "%20"))
    ]
    assert (told if "orderBy" in query else sorted(told)) == found.split()


@pytest.mark.parametrize(
    "query",
    [
        "id=a&idPattern=b",
        "type=a&typePattern=b",
        "limit=0",
        "limit=1001",
        "limit=x",
        "offset=-1",
        "q=;",
        "q=speed>",
        "q=speed==",
        "q=(a)",
        "q=a~=(",
        "mq=speed>1",
        "georel=near;maxDistance:1",
        "georel=near&geometry=point&coords=1,2",
        "georel=far&geometry=point&coords=1,2",
        "georel=coveredBy&geometry=circle&coords=1,2",
        "georel=near;maxDistance:1&geometry=point&coords=1;2",
        "orderBy=geo:distance",
        "orderBy=",
        "attrs=a%20b",
        "idPattern=(",
        "id=a<b",
    ],
)
async def test_what_cannot_be_asked(town: TwoFaces, query: str) -> None:
    assert await town.refused("GET", f"/entities?{query}") == (400, "BadRequest")


async def test_count_attrs_and_formats(cars: TwoFaces) -> None:
    reply = await cars.done("GET", "/entities?type=Car&options=count,keyValues&limit=1&attrs=speed,colour")
    assert reply.header("fiware-total-count") == "3"
    assert reply.json() == [{"id": "Car1", "type": "Car", "speed": 50, "colour": "red"}]
    assert await cars.told("/entities?options=values&attrs=speed&type=Bus") == [[30]]
    assert await cars.told("/entities?options=unique&attrs=speed,speed,*&type=Bus") == [[30, True]]
    shown = await cars.told("/entities?id=Car1&attrs=dateModified,speed&metadata=dateCreated")
    assert set(shown[0]) == {"id", "type", "dateModified", "speed"}
    assert set(shown[0]["speed"]["metadata"]) == {"dateCreated"}
    # what an operation does not know is passed over, as Orion does
    assert len(await cars.ids("shape=round")) == 4


async def test_a_link_is_found_by_the_id_it_leads_to(cars: TwoFaces) -> None:
    await cars.done("POST", "/entities", {"id": "Car4", "type": "Car", "owner": value("Relationship", "P2")})
    assert await cars.ids("q=owner==P2") == ["Car4"]


async def test_query_by_a_document(cars: TwoFaces) -> None:
    document = {
        "entities": [{"idPattern": "^Car", "type": "Car"}, {"id": "urn:ngsi-ld:Bus:1"}],
        "attrs": ["speed"],
        "expression": {"q": "speed>40"},
    }
    reply = await cars.done("POST", "/op/query?options=keyValues,count&orderBy=speed", document)
    assert [(one["id"], one["speed"]) for one in reply.json()] == [("Car1", 50), ("Car2", 80)]
    assert reply.header("fiware-total-count") == "2"
    by_type = await cars.done("POST", "/op/query", {"entities": [{"typePattern": "^Bu"}]})
    assert [one["id"] for one in by_type.json()] == ["urn:ngsi-ld:Bus:1"]
    older = {"entities": [{"idPattern": ".*"}], "attributes": ["colour"], "attrs": ["colour"]}
    assert len((await cars.done("POST", "/op/query", older)).json()) == 3
    for bad in ({}, [], {"entities": []}, {"entities": [3]}, {"expression": 3}, {"attrs": 3}):
        assert await cars.refused("POST", "/op/query", bad) == (400, "BadRequest")


async def test_types(cars: TwoFaces) -> None:
    reply = await cars.done("GET", "/types?options=count")
    assert reply.header("fiware-total-count") == "2"
    assert [(one["type"], one["count"]) for one in reply.json()] == [("Bus", 1), ("Car", 3)]
    one = await cars.told("/types/Car")
    assert one["attrs"]["location"] == {"types": ["geo:point"]}
    assert one["attrs"]["owner"] == {"types": ["Relationship"]}
    assert await cars.told("/types?options=values") == ["Bus", "Car"]
    assert (await cars.told("/types/Car?options=noAttrDetail"))["attrs"]["speed"] == {"types": []}
    assert await cars.refused("GET", "/types/Boat") == (404, "NotFound")


async def test_batches(town: TwoFaces) -> None:
    one = {"id": "a", "type": "T", "n": {"value": 1}}

    async def update(action: str, *entities: Any, options: str = "") -> int:
        document = {"actionType": action, "entities": list(entities)}
        return (await town.v2("POST", f"/op/update{options}", document)).status

    assert await update("append", one, {**one, "id": "b"}) == 204
    assert await update("appendStrict", {"id": "a", "type": "T", "m": {"value": 1}}) == 204
    assert await update("appendStrict", {"id": "a", "type": "T", "m": {"value": 2}}) == 422
    assert await update("update", {"id": "a", "n": 5}, options="?options=keyValues") == 204
    assert await update("update", {"id": "a", "n": {"value": 6}}, {"id": "none", "n": {"value": 6}}) == 404
    assert (await town.told("/entities/a?options=keyValues"))["n"] == 6
    assert await update("replace", {"id": "b", "type": "T", "only": {"value": 1}}) == 204
    assert await town.told("/entities/b?options=keyValues") == {"id": "b", "type": "T", "only": 1}
    assert await update("delete", {"id": "a", "m": {}}, {"id": "b"}) == 204
    assert await town.ids("") == ["a"]
    assert await update("erase", one) == 400
    assert await update("append") == 400


async def test_notifications_of_another_broker_are_kept(town: TwoFaces) -> None:
    told = {
        "subscriptionId": "5aeb0ee97d4ef10a12a0262f",
        "data": [{"id": "a", "type": "T", "n": {"value": 1}}],
    }
    assert (await town.done("POST", "/op/notify", told)).status == 200
    assert await town.ids("") == ["a"]
    assert await town.refused("POST", "/op/notify", {"data": []}) == (400, "BadRequest")


async def test_service_and_service_path(town: TwoFaces) -> None:
    in_park = {"fiware_servicepath": "/park/east"}
    await town.done("POST", "/entities", {"id": "bench"}, **in_park)
    await town.done("POST", "/entities", {"id": "root"})
    assert (await town.told_ld("/entities/urn:ngsi-ld:v2:bench"))["scope"] == "/park/east"
    for path, found in (
        ("/park/east", ["bench"]),
        ("/park", []),
        ("/park/#", ["bench"]),
        ("/", ["root"]),
        ("/#", ["bench", "root"]),
        ("/,/park/#", ["bench", "root"]),
    ):
        assert sorted(await town.ids("", fiware_servicepath=path)) == found, path
    assert sorted(await town.ids("")) == ["bench", "root"]
    assert await town.refused("GET", "/entities/bench", fiware_servicepath="/") == (404, "NotFound")
    assert await town.refused("DELETE", "/entities/bench", fiware_servicepath="/sea") == (404, "NotFound")
    assert await town.refused("POST", "/entities", {"id": "c"}, fiware_servicepath="/a/#") == (
        400,
        "BadRequest",
    )
    await town.done("POST", "/entities", {"id": "there"}, fiware_service="Chiba")
    assert await town.ids("", fiware_service="chiba") == ["there"]
    assert (await town.told_ld("/entities?local=true&options=keyValues", ngsild_tenant="chiba"))[0]["id"] == (
        "urn:ngsi-ld:v2:there"
    )
