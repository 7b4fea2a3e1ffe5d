"""Entities are created, replaced, merged, deleted: clauses 5.5.12, 5.6.1, 5.6.6, 5.6.17, 5.6.18."""

from copy import deepcopy
from typing import Any

import pytest

from conformance.every_kind import HERE, LAMP, NORMALIZED, NULL, prop
from conformance.plane import ENTITIES, DataPlane, at

MERGE = {"content_type": "application/merge-patch+json"}


@pytest.fixture
async def lamp(plane: DataPlane) -> DataPlane:
    await plane.make(NORMALIZED)
    return plane


async def test_5_6_1_a_created_entity_has_an_address(plane: DataPlane) -> None:
    reply = await plane.ask("POST", ENTITIES, NORMALIZED)
    assert (reply.status, reply.body) == (201, b"")
    location = reply.header("location")
    assert location == f"/ngsi-ld/v1{HERE}"
    assert await plane.told(HERE) == NORMALIZED


async def test_5_6_1_an_entity_that_stands_is_not_created_again(lamp: DataPlane) -> None:
    assert await lamp.code("POST", ENTITIES, {"id": LAMP, "type": "Tree"}) == (409, "AlreadyExists")
    assert await lamp.told(HERE) == NORMALIZED
    await lamp.done("DELETE", HERE)
    await lamp.make({"id": LAMP, "type": "Tree"})
    assert await lamp.told(HERE) == {"id": LAMP, "type": "Tree"}


WRONG: list[tuple[Any, str]] = [
    ([], "body"),
    ("x", "body"),
    ({"type": "Lamp"}, "id"),
    ({"id": LAMP}, "type"),
    ({"id": LAMP, "type": "Lamp", "@id": LAMP}, "@id"),
    ({"id": LAMP, "type": "Lamp", "a": {"type": "Property"}}, "a.value"),
    ({"id": LAMP, "type": "Lamp", "a": {"type": "Prop", "value": 1}}, "a.type"),
    ({"id": LAMP, "type": "Lamp", "a": {"type": "Relationship", "value": 1}}, "a.value"),
    ({"id": LAMP, "type": "Lamp", "a": {"type": "Property", "object": "urn:a"}}, "a.object"),
    ({"id": LAMP, "type": "Lamp", "a": {"type": "GeoProperty", "object": "urn:a"}}, "a.object"),
    ({"id": LAMP, "type": "Lamp", "a": {"value": 1, "object": "urn:b"}}, "a.object"),
    ({"id": LAMP, "type": "Lamp", "a": {"object": ["urn:b", 5]}}, "a.object[1]"),
    ({"id": LAMP, "type": "Lamp", "a": {"value": 1, "unitCode": 5}}, "a.unitCode"),
    ({"id": LAMP, "type": "Lamp", "a": {"value": 1, "b": {"type": "Property"}}}, "a.b.value"),
    ({"id": LAMP, "type": "Lamp", "a": 1, "https://uri.etsi.org/ngsi-ld/default-context/a": 2}, ""),
]


async def test_5_6_1_what_is_no_entity_is_refused(plane: DataPlane) -> None:
    told = await plane.refusals("POST", ENTITIES, [document for document, _ in WRONG])
    assert told[:-1] == [(400, field) for _, field in WRONG[:-1]]
    assert told[-1][0] == 400
    for document, _ in WRONG:
        assert await plane.code("POST", ENTITIES, document) == (400, "BadRequestData")
    assert await plane.ids("type=*&local=true") == []


async def test_5_6_6_a_deleted_entity_is_gone(lamp: DataPlane) -> None:
    assert await lamp.code("DELETE", f"{HERE}?type=Tree") == (404, "ResourceNotFound")
    reply = await lamp.done("DELETE", f"{HERE}?type=Tree|Lamp")
    assert (reply.status, reply.body) == (204, b"")
    assert await lamp.code("GET", HERE) == (404, "ResourceNotFound")
    assert await lamp.code("DELETE", HERE) == (404, "ResourceNotFound")
    assert await lamp.code("DELETE", f"{ENTITIES}/lamp") == (400, "BadRequestData")


async def test_5_6_18_replaced_entities_keep_their_creation_alone(lamp: DataPlane) -> None:
    lamp.written_at(at(1))
    reply = await lamp.done("PUT", HERE, {"id": LAMP, "type": "Light", "power": 3, "age": 1})
    assert (reply.status, reply.body) == (204, b"")
    born, new = {"createdAt": at(0), "modifiedAt": at(1)}, {"createdAt": at(1), "modifiedAt": at(1)}
    assert await lamp.told(f"{HERE}?options=sysAttrs") == {
        "id": LAMP,
        "type": "Light",
        **born,
        "power": prop(3, **born),
        "age": prop(1, **new),
    }


async def test_5_6_18_the_address_says_which_entity_is_replaced(lamp: DataPlane) -> None:
    await lamp.done("PUT", f"{HERE}?type=Lamp", {"type": "Tree", "age": 1})
    assert await lamp.told(HERE) == {"id": LAMP, "type": "Tree", "age": prop(1)}
    document = {"type": "Tree"}
    assert await lamp.code("PUT", f"{HERE}?type=Lamp", document) == (404, "ResourceNotFound")
    assert await lamp.code("PUT", f"{ENTITIES}/urn:none", document) == (404, "ResourceNotFound")
    assert await lamp.code("PUT", f"{ENTITIES}/none", document) == (400, "BadRequestData")
    wrong = [{"id": "urn:other", "type": "Tree"}, {"age": 1}, {"type": "Tree", "age": NULL}]
    assert await lamp.refusals("PUT", HERE, wrong) == [(400, "id"), (400, "type"), (400, "age")]


ACCURATE = {
    "type": "Property",
    "value": 2,
    "datasetId": "urn:d:2",
    "accuracy": {"type": "Property", "value": 0.5},
}
MOMENT = "2026-04-01T09:00:00Z"
MERGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"id": LAMP}, {}),
    ({"power": {"value": 50}}, {"power": prop(50, unitCode="WTT", observedAt=MOMENT)}),
    ({"power": 50}, {"power": prop(50, unitCode="WTT", observedAt=MOMENT)}),
    ({"power": {"unitCode": NULL, "observedAt": NULL}}, {"power": prop(40)}),
    ({"address": {"value": {"street": NULL, "zip": "2"}}}, {"address": prop({"city": "Chiba", "zip": "2"})}),
    (
        {"address": {"value": {"a": {"b": 1, "c": NULL}}}},
        {"address": prop({"city": "Chiba", "street": "1", "a": {"b": 1}})},
    ),
    ({"power": {"by": 1}}, {"power": prop(40, unitCode="WTT", observedAt=MOMENT, by=prop(1))}),
    ({"power": {"by": NULL}}, {}),
    ({"fresh": {"a": 1}}, {"fresh": prop({"a": 1})}),
    (
        {"label": {"languageMap": {"en": NULL, "fr": "Lampe"}}},
        {"label": {"type": "LanguageProperty", "languageMap": {"ja": "街灯", "fr": "Lampe"}}},
    ),
    ({"label": {"type": "LanguageProperty", "languageMap": {"@none": NULL}}}, {"label": NULL}),
    ({"power": NULL}, {"power": NULL}),
    ({"power": {"value": NULL}}, {"power": NULL}),
    ({"steps": {"type": "ListProperty", "valueList": [NULL]}}, {"steps": NULL}),
    ({"steps": {"valueList": [3]}}, {"steps": {"type": "ListProperty", "valueList": [3]}}),
    ({"lines": {"objectList": [{"object": NULL}]}}, {"lines": NULL}),
    ({"standsIn": {"object": NULL}}, {"standsIn": NULL}),
    (
        {"standsIn": {"object": "urn:p"}},
        {"standsIn": {"type": "Relationship", "object": "urn:p", "objectType": "Park"}},
    ),
    ({"colour": {"vocab": NULL}}, {"colour": NULL}),
    ({"raw": {"json": {"id": NULL}}}, {"raw": {"type": "JsonProperty", "json": {"value": None}}}),
    (
        {"level": {"value": 7, "datasetId": "urn:d:2"}},
        {"level": [prop(1), {**ACCURATE, "value": 7}]},
    ),
    (
        {"level": {"datasetId": "urn:d:2", "accuracy": NULL}},
        {"level": [prop(1), prop(2, datasetId="urn:d:2")]},
    ),
    ({"level": {"value": NULL, "datasetId": "urn:d:2"}}, {"level": prop(1)}),
    ({"level": {"value": NULL}}, {"level": ACCURATE}),
    (
        {"level": {"value": 9, "datasetId": "urn:d:1"}},
        {"level": [prop(1), prop(9, datasetId="urn:d:1"), ACCURATE]},
    ),
    ({"type": "Light", "scope": ["/A", "B"]}, {"type": ["Lamp", "Light"], "scope": ["/A", "/B"]}),
    ({"type": "Lamp"}, {}),
    ({"scope": NULL}, {"scope": NULL}),
    ({"fresh": {"value": {"a": NULL, "b": 1}}}, {"fresh": prop({"b": 1})}),
    ({"none": NULL}, {}),
]
"""Fragments, and in what the entity differs afterwards."""


async def test_5_5_12_what_is_spoken_of_is_merged_and_the_rest_stays(lamp: DataPlane) -> None:
    for number, (fragment, difference) in enumerate(MERGES):
        await lamp.done("PUT", HERE, NORMALIZED)
        headers = MERGE if number % 2 else {}
        reply = await lamp.ask("PATCH", HERE, fragment, **headers)
        assert (reply.status, reply.body) == (204, b""), fragment
        wanted = {name: value for name, value in (deepcopy(NORMALIZED) | difference).items() if value != NULL}
        assert await lamp.told(HERE) == wanted, fragment


async def test_5_6_17_simplified_documents_keep_the_kinds_that_stand(lamp: DataPlane) -> None:
    """With a common time and a common language."""
    fragment = {"power": 41, "standsIn": "urn:p", "label": "Street lamp", "steps": [3], "fresh": "x"}
    query = "options=keyValues&observedAt=2026-04-02T00:00:00Z&lang=en"
    await lamp.done("PATCH", f"{HERE}?{query}", fragment)
    assert await lamp.told(HERE) == NORMALIZED | {
        "power": prop(41, unitCode="WTT", observedAt="2026-04-02T00:00:00Z"),
        "standsIn": {"type": "Relationship", "object": "urn:p", "objectType": "Park"},
        "label": {"type": "LanguageProperty", "languageMap": {"ja": "街灯", "en": "Street lamp"}},
        "steps": {"type": "ListProperty", "valueList": [3]},
        "fresh": prop("x"),
    }


async def test_5_6_17_the_common_time_is_for_values_that_bring_none(lamp: DataPlane) -> None:
    common, own = "2026-04-02T00:00:00Z", "2026-04-03T00:00:00Z"
    await lamp.done("PATCH", f"{HERE}?observedAt={common}", {"power": {"value": 1, "observedAt": own}})
    assert (await lamp.told(HERE))["power"] == prop(1, unitCode="WTT", observedAt=own)
    await lamp.done("PATCH", f"{HERE}?observedAt={common}", {"power": {"value": 2}, "address": {"value": 3}})
    assert (await lamp.told(HERE))["power"] == prop(2, unitCode="WTT", observedAt=common)
    assert (await lamp.told(HERE))["address"] == prop(3)


async def test_5_6_17_names_are_merged_by_what_they_mean(plane: DataPlane) -> None:
    plane.web.documents["https://example.org/c.jsonld"] = {"@context": {"force": "https://example.org/power"}}
    await plane.make({"id": LAMP, "type": "Lamp", "https://example.org/power": {"value": 1, "by": 2}})
    link = '<https://example.org/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'
    await plane.done("PATCH", HERE, {"force": {"value": 3}}, link=link)
    assert await plane.told(HERE, link=link) == {"id": LAMP, "type": "Lamp", "force": prop(3, by=prop(2))}


async def test_5_6_17_what_cannot_be_merged_changes_nothing(lamp: DataPlane) -> None:
    before = await lamp.told(f"{HERE}?options=sysAttrs")
    lamp.clock.forward(9)
    wrong: list[Any] = [
        [],
        {"power": None},
        {"power": {"value": None}},
        {"id": "urn:other"},
        {"id": NULL},
        {"type": NULL},
        {"type": []},
        {"power": {"observedAt": "today"}},
        {"label": {"languageMap": {"en": NULL, "ja": NULL}}},
        {"level": {"value": 1, "datasetId": NULL}},
    ]
    assert [status for status, _ in await lamp.refusals("PATCH", HERE, wrong)] == [400] * len(wrong)
    assert await lamp.code("PATCH", f"{HERE}?type=Tree", {"power": 1}) == (404, "ResourceNotFound")
    assert await lamp.code("PATCH", f"{ENTITIES}/urn:none", {"power": 1}) == (404, "ResourceNotFound")
    assert await lamp.code("PATCH", f"{ENTITIES}/none", {"power": 1}) == (400, "BadRequestData")
    assert await lamp.refused(f"{HERE}?observedAt=now", "PATCH", {"power": 1}) == (400, "observedAt")
    assert await lamp.told(f"{HERE}?options=sysAttrs") == before


async def test_5_5_12_merging_touches_the_time_of_what_is_merged_alone(plane: DataPlane) -> None:
    await plane.make({"id": LAMP, "type": "Lamp", "a": 1, "b": 2})
    plane.written_at(at(7))
    await plane.done("PATCH", HERE, {"a": 3})
    shown = await plane.told(f"{HERE}?options=sysAttrs")
    assert {name: shown[name]["modifiedAt"] for name in "ab"} == {"a": at(7), "b": at(0)}
    assert (shown["createdAt"], shown["modifiedAt"], shown["a"]["createdAt"]) == (at(0), at(7), at(0))
