"""Entities and attributes: create, retrieve, change, remove, with Orion's status codes and words."""

from typing import Any

import pytest

from conformance.v2.two_faces import TwoFaces

ROOM: dict[str, Any] = {
    "id": "Room1",
    "type": "Room",
    "temperature": {
        "value": 23,
        "type": "Number",
        "metadata": {"accuracy": {"value": 0.5, "type": "Number"}},
    },
    "name": {"value": "south"},
}


def attribute(kind: str, value: Any, **metadata: Any) -> dict[str, Any]:
    return {"type": kind, "value": value, "metadata": metadata}


async def made(town: TwoFaces, **members: Any) -> None:
    await town.done("POST", "/entities", {**ROOM, **members})


async def test_what_was_created_is_retrieved(town: TwoFaces) -> None:
    reply = await town.done("POST", "/entities", ROOM)
    assert (reply.status, reply.header("location")) == (201, "/v2/entities/Room1?type=Room")
    assert await town.told("/entities/Room1") == {
        "id": "Room1",
        "type": "Room",
        "temperature": attribute("Number", 23, accuracy={"type": "Number", "value": 0.5}),
        "name": attribute("Text", "south"),
    }
    assert await town.told("/entities/Room1?options=keyValues&attrs=name") == {
        "id": "Room1",
        "type": "Room",
        "name": "south",
    }
    assert await town.told("/entities/Room1?options=values&attrs=name,temperature") == ["south", 23]
    assert set(await town.told("/entities/Room1/attrs")) == {"temperature", "name"}


async def test_an_id_is_given_once_and_upsert_puts_attributes(town: TwoFaces) -> None:
    await made(town)
    assert await town.refused("POST", "/entities", ROOM) == (422, "Unprocessable")
    again = {"id": "Room1", "type": "Room", "humidity": 40}
    reply = await town.done("POST", "/entities?options=upsert,keyValues", again)
    assert reply.status == 204
    assert set(await town.told("/entities/Room1/attrs")) == {"temperature", "name", "humidity"}
    other = {"id": "Room1", "type": "Hall", "humidity": 40}
    assert await town.refused("POST", "/entities?options=upsert,keyValues", other) == (422, "Unprocessable")


async def test_a_type_that_is_left_out_is_thing(town: TwoFaces) -> None:
    reply = await town.done("POST", "/entities", {"id": "lost"})
    assert reply.header("location") == "/v2/entities/lost?type=Thing"
    assert await town.told("/entities/lost?type=Thing") == {"id": "lost", "type": "Thing"}
    assert await town.refused("GET", "/entities/lost?type=Room") == (404, "NotFound")


async def test_types_of_values_that_come_without_one(town: TwoFaces) -> None:
    values = {"a": "x", "b": 1.5, "c": True, "d": {"e": [1]}, "f": [1, "2"], "g": None}
    await town.done("POST", "/entities?options=keyValues", {"id": "v", **values})
    told = await town.told("/entities/v/attrs")
    assert {name: one["value"] for name, one in told.items()} == values
    assert [told[name]["type"] for name in "abcdfg"] == [
        "Text",
        "Number",
        "Boolean",
        "StructuredValue",
        "StructuredValue",
        "None",
    ]


async def test_append_update_and_replace(town: TwoFaces) -> None:
    await made(town)
    path = "/entities/Room1/attrs"
    await town.done("POST", path, {"pressure": {"value": 720}})
    assert await town.refused("POST", f"{path}?options=append", {"pressure": {"value": 1}}) == (
        422,
        "Unprocessable",
    )
    await town.done("PATCH", f"{path}?options=keyValues", {"pressure": 721, "name": "north"})
    assert await town.refused("PATCH", path, {"pressure": {"value": 1}, "none": {"value": 1}}) == (
        422,
        "Unprocessable",
    )
    assert (await town.told("/entities/Room1?options=keyValues"))["pressure"] == 721
    await town.done("PUT", path, {"only": {"value": "this"}})
    assert await town.told("/entities/Room1?options=keyValues") == {
        "id": "Room1",
        "type": "Room",
        "only": "this",
    }


async def test_metadata_stay_until_they_are_overridden(town: TwoFaces) -> None:
    await made(town)
    path = "/entities/Room1/attrs/temperature"
    await town.done("PUT", path, {"value": 24, "metadata": {"by": {"value": "hand"}}})
    told = await town.told(path)
    assert told["value"] == 24 and set(told["metadata"]) == {"accuracy", "by"}
    await town.done("PUT", f"{path}?options=overrideMetadata", {"value": 25})
    assert await town.told(path) == attribute("Number", 25)
    named = await town.told(f"{path}?metadata=dateCreated,dateModified")
    assert set(named["metadata"]) == {"dateCreated", "dateModified"}


async def test_a_type_lasts_when_a_value_comes_without_one(town: TwoFaces) -> None:
    await made(town, since=attribute("DateTime", "2026-04-01"), level=attribute("Percent", 3))
    await town.done("PATCH", "/entities/Room1/attrs?options=keyValues", {"since": "2026-05-01", "level": 4})
    told = await town.told("/entities/Room1/attrs")
    assert told["since"] == attribute("DateTime", "2026-05-01T00:00:00.000Z")
    assert told["level"] == attribute("Percent", 4)
    assert await town.refused("PUT", "/entities/Room1/attrs/since", {"value": "soon"}) == (400, "BadRequest")


async def test_one_attribute(town: TwoFaces) -> None:
    await made(town)
    path = "/entities/Room1/attrs/name"
    assert await town.told(path) == attribute("Text", "south")
    await town.done("PUT", path, {"value": ["a", "b"], "type": "Names"})
    assert await town.told(path) == attribute("Names", ["a", "b"])
    assert (await town.done("DELETE", path)).status == 204
    assert await town.refused("GET", path) == (404, "NotFound")
    assert await town.refused("PUT", path, {"value": 1}) == (404, "NotFound")
    assert await town.refused("DELETE", path) == (404, "NotFound")


@pytest.mark.parametrize(
    ("value", "media", "text"),
    [
        ("south", "text/plain; charset=utf-8", '"south"'),
        (23.5, "text/plain; charset=utf-8", "23.5"),
        (True, "text/plain; charset=utf-8", "true"),
        (None, "text/plain; charset=utf-8", "null"),
        ({"a": [1]}, "application/json", '{"a":[1]}'),
    ],
)
async def test_bare_values(town: TwoFaces, value: Any, media: str, text: str) -> None:
    await made(town, it={"value": value})
    path = "/entities/Room1/attrs/it/value"
    reply = await town.done("GET", path)
    assert (reply.header("content-type"), reply.body.decode()) == (media, text)
    kind = media.partition(";")[0]
    await town.done("PUT", path, b'"other"', content_type="text/plain")
    await town.done("PUT", path, text.encode(), content_type=kind)
    assert (await town.told("/entities/Room1?options=keyValues"))["it"] == value
    assert await town.refused("GET", path, accept="image/png") == (406, "NotAcceptable")
    assert await town.refused("PUT", path, b"bare words", content_type="text/plain") == (400, "BadRequest")


async def test_remove(town: TwoFaces) -> None:
    await made(town)
    assert await town.refused("DELETE", "/entities/Room1?type=Hall") == (404, "NotFound")
    assert (await town.done("DELETE", "/entities/Room1?type=Room")).status == 204
    for method in ("GET", "DELETE"):
        assert await town.refused(method, "/entities/Room1") == (404, "NotFound")


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (b"{", "ParseError"),
        ([], "BadRequest"),
        ({"type": "Room"}, "BadRequest"),
        ({"id": ""}, "BadRequest"),
        ({"id": "a b"}, "BadRequest"),
        ({"id": "a<b"}, "BadRequest"),
        ({"id": "x" * 257}, "BadRequest"),
        ({"id": "a", "type": 3}, "BadRequest"),
        ({"id": "a", "b": 3}, "BadRequest"),
        ({"id": "a", "b c": {"value": 3}}, "BadRequest"),
        ({"id": "a", "b": {"value": 3, "unit": "m"}}, "BadRequest"),
        ({"id": "a", "b": {"value": "x", "type": "geo:point"}}, "BadRequest"),
        ({"id": "a", "b": {"value": "91, 0", "type": "geo:point"}}, "BadRequest"),
        ({"id": "a", "b": {"value": 1, "metadata": {"c": 3}}}, "BadRequest"),
    ],
)
async def test_what_is_malformed_is_refused(town: TwoFaces, document: Any, error: str) -> None:
    assert await town.refused("POST", "/entities", document) == (400, error)
    assert await town.told("/entities") == []


async def test_refusals_of_the_protocol(town: TwoFaces) -> None:
    assert await town.refused("POST", "/entities", b"a", content_type="text/plain") == (
        415,
        "UnsupportedMediaType",
    )
    assert await town.refused("POST", "/entities") == (411, "ContentLengthRequired")
    assert await town.refused("PATCH", "/entities", {}) == (405, "MethodNotAlowed")
    assert await town.refused("GET", "/nothing") == (404, "NotFound")
    assert await town.refused("GET", "/entities?options=odd") == (400, "BadRequest")
    assert await town.refused("GET", "/entities", fiware_service="elsewhere") == (404, "NotFound")
    assert await town.refused("GET", "/entities", fiware_servicepath="park") == (400, "BadRequest")
    operators = {"id": "a", "b": {"value": {"$inc": 1}}}
    assert await town.refused("POST", "/entities", operators) == (422, "Unprocessable")


async def test_resources_options_and_the_correlator(town: TwoFaces) -> None:
    reply = await town.done("GET", "/", fiware_correlator="abc-1")
    names = ("entities", "types", "subscriptions", "registrations")
    assert reply.json() == {f"{name}_url": f"/v2/{name}" for name in names}
    assert reply.header("fiware-correlator") == "abc-1"
    allowed = (await town.done("OPTIONS", "/entities/Room1")).header("allow")
    assert allowed == "DELETE, GET, HEAD, OPTIONS"


async def test_an_entity_that_expires(town: TwoFaces) -> None:
    await made(town, dateExpires=attribute("DateTime", "2026-05-01T12:00:10Z"))
    assert "dateExpires" not in await town.told("/entities/Room1")
    told = await town.told("/entities/Room1/attrs?attrs=dateExpires,dateCreated,servicePath")
    assert told["dateExpires"]["value"] == "2026-05-01T12:00:10.000Z"
    assert told["servicePath"]["value"] == "/"
    town.clock.forward(11)
    assert await town.refused("GET", "/entities/Room1") == (404, "NotFound")
    past = {"id": "old", "dateExpires": attribute("DateTime", "2026-01-01")}
    assert await town.refused("POST", "/entities", past) == (400, "BadRequest")
