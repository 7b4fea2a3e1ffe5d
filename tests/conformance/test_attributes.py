"""Attributes are appended, updated, replaced, deleted: clauses 5.5.8, 5.6.2 to 5.6.5, 5.6.19."""

from typing import Any

import pytest

from conformance.every_kind import HERE, LAMP, NULL, prop
from conformance.plane import ENTITIES, DataPlane, at

ATTRS = f"{HERE}/attrs"
SMALL = {
    "id": LAMP,
    "type": "Lamp",
    "power": prop(40, unitCode="WTT", source=prop("x")),
    "level": [prop(1), prop(2, datasetId="urn:d:2")],
}


@pytest.fixture
async def lamp(plane: DataPlane) -> DataPlane:
    await plane.make(SMALL)
    return plane


async def test_5_6_3_appended_attributes_are_added_or_put_in_place(lamp: DataPlane) -> None:
    fragment = {
        "power": 41,
        "age": 3,
        "type": ["Light", "Lamp"],
        "scope": "/A",
        "level": {"value": 3, "datasetId": "urn:d:3"},
    }
    lamp.written_at(at(1))
    reply = await lamp.done("POST", ATTRS, fragment)
    assert (reply.status, reply.body) == (204, b"")
    levels = [prop(1), prop(2, datasetId="urn:d:2"), prop(3, datasetId="urn:d:3")]
    assert await lamp.told(HERE) == {
        "id": LAMP,
        "type": ["Lamp", "Light"],
        "scope": "/A",
        "power": prop(41),
        "age": prop(3),
        "level": levels,
    }
    shown = await lamp.told(f"{HERE}?options=sysAttrs")
    assert [one["createdAt"] for one in (shown["power"], *shown["level"])] == [at(0), at(0), at(0), at(1)]


async def test_5_6_3_without_overwriting_what_stands_is_named_and_stays(lamp: DataPlane) -> None:
    await lamp.done("PATCH", HERE, {"scope": "/A"})
    fragment = {
        "power": 41,
        "age": 3,
        "scope": ["/A", "/B"],
        "level": [prop(9), prop(3, datasetId="urn:d:3")],
    }
    reply = await lamp.ask("POST", f"{ATTRS}?options=noOverwrite", fragment)
    told = reply.json()
    assert (reply.status, told["updated"]) == (207, ["age", "level"])
    assert [one["attributeName"] for one in told["notUpdated"]] == ["power", "level"]
    assert all(one["reason"] for one in told["notUpdated"])
    levels = [prop(1), prop(2, datasetId="urn:d:2"), prop(3, datasetId="urn:d:3")]
    assert await lamp.told(HERE) == SMALL | {"scope": ["/A", "/B"], "age": prop(3), "level": levels}


async def test_5_6_2_updated_attributes_are_put_in_place_added_or_removed(lamp: DataPlane) -> None:
    """A scope is replaced, never added; what an attribute had beside its value goes with it."""
    lamp.written_at(at(1))
    fragment = {"power": {"value": 1}, "age": 3, "level": NULL, "none": NULL, "scope": "/A"}
    reply = await lamp.ask("PATCH", ATTRS, fragment)
    told = reply.json()
    assert (reply.status, told["updated"]) == (207, ["power", "age", "level"])
    assert [one["attributeName"] for one in told["notUpdated"]] == ["none"]
    assert await lamp.told(HERE) == {
        "id": LAMP,
        "type": "Lamp",
        "power": prop(1),
        "level": prop(2, datasetId="urn:d:2"),
        "age": prop(3),
    }
    power = (await lamp.told(f"{HERE}?options=sysAttrs"))["power"]
    assert (power["createdAt"], power["modifiedAt"]) == (at(0), at(1))


async def test_5_6_2_instances_are_updated_one_by_one(lamp: DataPlane) -> None:
    await lamp.done("PATCH", ATTRS, {"level": prop(5, datasetId="urn:d:2")})
    await lamp.done("PATCH", ATTRS, {"level": prop(6, datasetId="urn:d:3")})
    levels = [prop(1), prop(5, datasetId="urn:d:2"), prop(6, datasetId="urn:d:3")]
    assert (await lamp.told(HERE))["level"] == levels
    await lamp.done("PATCH", ATTRS, {"level": {"value": NULL, "datasetId": "urn:d:2"}})
    await lamp.done("PATCH", ATTRS, {"level": NULL})
    assert (await lamp.told(HERE))["level"] == levels[2]


PARTIAL: list[tuple[Any, dict[str, Any]]] = [
    ({"value": 5}, prop(5, unitCode="WTT", source=prop("x"))),
    ({"unitCode": "KWT"}, prop(40, unitCode="KWT", source=prop("x"))),
    ({"source": NULL, "unitCode": NULL}, prop(40)),
    (
        {"type": "Property", "value": {"a": 1}, "source": {"value": "y"}},
        prop({"a": 1}, unitCode="WTT", source=prop("y")),
    ),
    (
        {"observedAt": "2026-01-01T00:00:00.5Z"},
        prop(40, unitCode="WTT", observedAt="2026-01-01T00:00:00.500Z", source=prop("x")),
    ),
    (
        {"more": {"object": "urn:a"}},
        prop(40, unitCode="WTT", source=prop("x"), more={"type": "Relationship", "object": "urn:a"}),
    ),
    ({"source": NULL}, prop(40, unitCode="WTT")),
    ({"none": NULL}, prop(40, unitCode="WTT", source=prop("x"))),
]


async def test_5_5_8_members_that_are_spoken_of_are_put_in_place_and_the_others_stay(lamp: DataPlane) -> None:
    for fragment, power in PARTIAL:
        await lamp.done("PUT", HERE, SMALL)
        reply = await lamp.ask("PATCH", f"{ATTRS}/power", fragment)
        assert (reply.status, reply.body) == (204, b""), fragment
        assert await lamp.told(HERE) == SMALL | {"power": power}, fragment


async def test_5_5_8_a_value_is_put_in_place_whole(plane: DataPlane) -> None:
    """Where a merge would go into it."""
    await plane.make({"id": LAMP, "type": "Lamp", "a": {"value": {"x": 1, "y": 2}}})
    await plane.done("PATCH", f"{ATTRS}/a", {"value": {"y": 3}})
    assert (await plane.told(HERE))["a"] == prop({"y": 3})
    await plane.done("PATCH", ATTRS, {"a": {"value": {"z": 4}}})
    assert (await plane.told(HERE))["a"] == prop({"z": 4})


async def test_5_6_4_every_kind_is_updated_by_its_own_member(plane: DataPlane) -> None:
    geometry = {"type": "Point", "coordinates": [1, 2]}
    before_and_after: dict[str, tuple[Any, Any]] = {
        "object": ("urn:a", "urn:b"),
        "languageMap": ({"ja": "x"}, {"en": "y"}),
        "vocab": ("A", ["B"]),
        "json": ({"a": 1}, [None]),
        "valueList": ([1], [2, 3]),
        "value": ({"type": "Point", "coordinates": [0, 0]}, geometry),
    }
    for member, (before, after) in before_and_after.items():
        await plane.done(
            "POST", "/entityOperations/upsert", [{"id": LAMP, "type": "Lamp", "a": {member: before}}]
        )
        kind = (await plane.told(HERE))["a"]["type"]
        await plane.done("PATCH", f"{ATTRS}/a", {member: after})
        assert (await plane.told(HERE))["a"] == {"type": kind, member: after}


async def test_5_6_4_an_instance_is_updated_by_its_dataset(lamp: DataPlane) -> None:
    await lamp.done("PATCH", f"{ATTRS}/level", {"value": 9, "datasetId": "urn:d:2"})
    assert (await lamp.told(HERE))["level"] == [prop(1), prop(9, datasetId="urn:d:2")]
    await lamp.done("PATCH", f"{ATTRS}/level", {"value": 8})
    assert (await lamp.told(HERE))["level"] == [prop(8), prop(9, datasetId="urn:d:2")]


async def test_5_6_4_what_is_not_there_or_not_so_is_refused(lamp: DataPlane) -> None:
    for name, fragment, error in (
        ("none", {"value": 1}, (404, "ResourceNotFound")),
        ("level", {"value": 1, "datasetId": "urn:d:9"}, (404, "ResourceNotFound")),
        ("power", {"type": "Relationship", "object": "urn:a"}, (400, "BadRequestData")),
        ("power", {"value": NULL}, (400, "BadRequestData")),
        ("power", {"datasetId": NULL}, (400, "BadRequestData")),
        ("power", {"value": None}, (400, "BadRequestData")),
        ("po%20wer", {"value": 1}, (400, "BadRequestData")),
        ("id", {"value": 1}, (400, "BadRequestData")),
        ("type", {"value": 1}, (400, "BadRequestData")),
    ):
        assert await lamp.code("PATCH", f"{ATTRS}/{name}", fragment) == error, (name, fragment)
    assert await lamp.told(HERE) == SMALL


async def test_5_6_19_a_replaced_attribute_keeps_its_creation_alone(lamp: DataPlane) -> None:
    lamp.written_at(at(1))
    link = {"type": "Relationship", "object": "urn:ngsi-ld:Grid:1"}
    reply = await lamp.done("PUT", f"{ATTRS}/power", link)
    assert (reply.status, reply.body) == (204, b"")
    assert await lamp.told(HERE) == SMALL | {"power": link}
    power = (await lamp.told(f"{HERE}?options=sysAttrs"))["power"]
    assert power == link | {"createdAt": at(0), "modifiedAt": at(1)}
    await lamp.done("PUT", f"{ATTRS}/level", prop(7, datasetId="urn:d:2", by=prop(1)))
    assert (await lamp.told(HERE))["level"] == [prop(1), prop(7, datasetId="urn:d:2", by=prop(1))]


async def test_5_6_19_what_is_not_there_or_not_whole_is_refused(lamp: DataPlane) -> None:
    for name, document, error in (
        ("power", {"unitCode": "x"}, (400, "BadRequestData")),
        ("power", {"value": NULL}, (400, "BadRequestData")),
        ("power", NULL, (400, "BadRequestData")),
        ("none", prop(1), (404, "ResourceNotFound")),
        ("level", prop(1, datasetId="urn:d:9"), (404, "ResourceNotFound")),
        ("a%20b", prop(1), (400, "BadRequestData")),
    ):
        assert await lamp.code("PUT", f"{ATTRS}/{name}", document) == error, (name, document)
    assert await lamp.told(HERE) == SMALL


async def test_5_6_5_the_default_instance_one_of_a_dataset_or_all_are_deleted(lamp: DataPlane) -> None:
    assert (await lamp.done("DELETE", f"{ATTRS}/level")).status == 204
    assert (await lamp.told(HERE))["level"] == prop(2, datasetId="urn:d:2")
    assert await lamp.code("DELETE", f"{ATTRS}/level") == (404, "ResourceNotFound")
    assert await lamp.code("DELETE", f"{ATTRS}/level?datasetId=urn:d:9") == (404, "ResourceNotFound")
    await lamp.done("DELETE", f"{ATTRS}/level?datasetId=urn:d:2")
    await lamp.done("POST", ATTRS, {"level": SMALL["level"]})
    await lamp.done("DELETE", f"{ATTRS}/level?deleteAll=true")
    await lamp.done("DELETE", f"{ATTRS}/power?datasetId=@none")
    assert await lamp.told(HERE) == {"id": LAMP, "type": "Lamp"}
    for query in ("datasetId=x", "deleteAll=maybe"):
        assert (await lamp.ask("DELETE", f"{ATTRS}/level?{query}")).status == 400


async def test_5_6_5_a_scope_is_deleted_like_an_attribute(lamp: DataPlane) -> None:
    assert await lamp.code("DELETE", f"{ATTRS}/scope") == (404, "ResourceNotFound")
    await lamp.done("PATCH", HERE, {"scope": ["/a", "/b"]})
    await lamp.done("DELETE", f"{ATTRS}/scope")
    assert await lamp.told(HERE) == SMALL


EACH: list[tuple[str, str, Any]] = [
    ("POST", "/attrs", {"power": 1}),
    ("PATCH", "/attrs", {"power": 1}),
    ("PATCH", "/attrs/power", {"value": 1}),
    ("PUT", "/attrs/power", prop(1)),
    ("DELETE", "/attrs/power", None),
]


async def test_6_6_each_change_needs_the_entity_of_the_address_and_type(lamp: DataPlane) -> None:
    for method, path, document in EACH:
        for entity_id, query, error in (
            (LAMP, "?type=Tree", (404, "ResourceNotFound")),
            ("urn:none", "", (404, "ResourceNotFound")),
            ("none", "", (400, "BadRequestData")),
            (LAMP, "?tpye=Lamp", (400, "InvalidRequest")),
        ):
            address = f"{ENTITIES}/{entity_id}{path}{query}"
            assert await lamp.code(method, address, document) == error, (method, address)
    assert await lamp.told(HERE) == SMALL
    for method, path, document in EACH:
        await lamp.done("PUT", HERE, SMALL)
        assert (await lamp.done(method, f"{HERE}{path}?type=Lamp", document)).status == 204


async def test_6_6_what_is_no_fragment_is_refused(lamp: DataPlane) -> None:
    wrong: list[Any] = [[], "x", {"id": "urn:other", "power": 1}, {"power": None}, {"power": {"type": "P"}}]
    for method in ("POST", "PATCH"):
        assert [status for status, _ in await lamp.refusals(method, ATTRS, wrong)] == [400] * 5
    assert await lamp.refused(ATTRS, "POST", {"power": NULL}) == (
        400,
        "https://uri.etsi.org/ngsi-ld/default-context/power",
    )
    assert await lamp.told(HERE) == SMALL
