"""Entities as clients write and see them, clause by clause of ETSI GS CIM 009 V1.9.1."""

from copy import deepcopy
from typing import Any

import pytest

from broker.town import CALL, LAMP, StandingClock, shown
from kaiteki.broker.asking import read_query
from kaiteki.broker.entities import (
    Merging,
    create_entity,
    delete_entity,
    merge_entity,
    query_entities,
    replace_entity,
    retrieve_entity,
)
from kaiteki.broker.plane import Plane
from kaiteki.model.problem import Problem

NULL = "urn:ngsi-ld:null"


async def test_create_and_retrieve_give_back_what_was_said(plane: Plane, lamp: dict[str, Any]) -> None:
    """Clauses 5.6.1 and 5.7.1."""
    assert await create_entity(plane, CALL, lamp) == LAMP
    assert await shown(plane) == lamp
    with pytest.raises(Problem) as refused:
        await create_entity(plane, CALL, lamp)
    assert (refused.value.code, refused.value.field) == ("AlreadyExists", "id")


async def test_concise_form_is_short_and_lossless(plane: Plane, lamp: dict[str, Any]) -> None:
    """Clause 4.5: concise."""
    await create_entity(plane, CALL, lamp)
    concise = await shown(plane, format="concise")
    assert concise == {
        "id": LAMP,
        "type": "Lamp",
        "scope": "/Chiba/Park",
        "power": {"value": 40, "unitCode": "WTT", "observedAt": "2026-04-01T09:00:00Z"},
        "address": {"value": {"city": "Chiba", "street": "1"}},
        "standsIn": {"object": "urn:ngsi-ld:Park:1", "objectType": "Park"},
        "location": {"type": "Point", "coordinates": [140.1, 35.6]},
        "label": {"languageMap": {"ja": "街灯", "en": "Lamp"}},
        "colour": {"vocab": "Green"},
        "raw": {"json": {"id": 1, "value": None}},
        "steps": {"valueList": [1, "two"]},
        "lines": {"objectList": ["urn:ngsi-ld:Line:1", "urn:ngsi-ld:Line:2"]},
        "level": [{"value": 1}, {"value": 2, "datasetId": "urn:d:2", "accuracy": 0.5}],
    }
    await delete_entity(plane, CALL, LAMP)
    await create_entity(plane, CALL, concise)
    assert await shown(plane) == lamp


async def test_simplified_form(plane: Plane, lamp: dict[str, Any]) -> None:
    """Clause 4.5.4."""
    await create_entity(plane, CALL, lamp)
    assert await shown(plane, format="simplified") == {
        "id": LAMP,
        "type": "Lamp",
        "scope": "/Chiba/Park",
        "power": 40,
        "address": {"city": "Chiba", "street": "1"},
        "standsIn": "urn:ngsi-ld:Park:1",
        "location": {"type": "Point", "coordinates": [140.1, 35.6]},
        "label": {"languageMap": {"ja": "街灯", "en": "Lamp"}},
        "colour": {"vocab": "Green"},
        "raw": {"json": {"id": 1, "value": None}},
        "steps": [1, "two"],
        "lines": ["urn:ngsi-ld:Line:1", "urn:ngsi-ld:Line:2"],
        "level": {"dataset": {"@none": 1, "urn:d:2": 2}},
    }


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ([], "body"),
        ({"type": "Lamp"}, "id"),
        ({"id": "lamp", "type": "Lamp"}, "id"),
        ({"id": "urn:a", "type": []}, "type"),
        ({"id": "urn:a"}, "type"),
        ({"id": "urn:a", "type": "La mp"}, "type"),
        ({"id": "urn:" + "a" * 1024, "type": "Lamp"}, "id"),
        ({"id": "urn:a", "type": "Lamp", "a b": 1}, "a b"),
        ({"id": "urn:a", "type": "Lamp", "a<b": 1}, "a<b"),
        ({"id": "urn:a", "type": "Lamp", "a": None}, "a"),
        ({"id": "urn:a", "type": "Lamp", "a": NULL}, "a"),
        ({"id": "urn:a", "type": "Lamp", "a": {"type": "Property"}}, "a.value"),
        ({"id": "urn:a", "type": "Lamp", "a": {"type": "Property", "value": None}}, "a.value"),
        ({"id": "urn:a", "type": "Lamp", "a": {"type": "Property", "value": {"x": NULL}}}, "a.value"),
        ({"id": "urn:a", "type": "Lamp", "a": {"type": "Prop", "value": 1}}, "a.type"),
        ({"id": "urn:a", "type": "Lamp", "a": {"type": "Prop"}}, "a.type"),
        ({"id": "urn:a", "type": "Lamp", "a": {"type": "Relationship", "value": 1}}, "a.value"),
        ({"id": "urn:a", "type": "Lamp", "a": {"value": 1, "object": "urn:b"}}, "a.object"),
        ({"id": "urn:a", "type": "Lamp", "a": {"object": "nowhere"}}, "a.object"),
        ({"id": "urn:a", "type": "Lamp", "a": {"object": ["urn:b", 5]}}, "a.object[1]"),
        ({"id": "urn:a", "type": "Lamp", "a": {"objectList": ["b"]}}, "a.objectList[0]"),
        ({"id": "urn:a", "type": "Lamp", "a": {"valueList": 5}}, "a.valueList"),
        ({"id": "urn:a", "type": "Lamp", "a": {"languageMap": {"ja": 5}}}, "a.languageMap.ja"),
        ({"id": "urn:a", "type": "Lamp", "a": {"languageMap": {}}}, "a.languageMap"),
        ({"id": "urn:a", "type": "Lamp", "a": {"vocab": 5}}, "a.vocab"),
        ({"id": "urn:a", "type": "Lamp", "a": {"value": 1, "observedAt": "today"}}, "a.observedAt"),
        ({"id": "urn:a", "type": "Lamp", "a": {"value": 1, "unitCode": 5}}, "a.unitCode"),
        ({"id": "urn:a", "type": "Lamp", "a": {"value": 1, "datasetId": "x"}}, "a.datasetId"),
        ({"id": "urn:a", "type": "Lamp", "a": [{"value": 1}, {"value": 2}]}, "a.datasetId"),
        ({"id": "urn:a", "type": "Lamp", "a": {"value": 1, "b": {"type": "Property"}}}, "a.b.value"),
        ({"id": "urn:a", "type": "Lamp", "scope": "a b"}, "scope"),
        (
            {
                "id": "urn:a",
                "type": "Lamp",
                "p": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [181, 0]}},
            },
            "p.value",
        ),
        (
            {
                "id": "urn:a",
                "type": "Lamp",
                "p": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
            },
            "p",
        ),
    ],
)
async def test_bad_entities_are_refused_by_field(plane: Plane, document: Any, field: str | None) -> None:
    """Clauses 4.5, 4.6 and 5.5.4."""
    with pytest.raises(Problem) as refused:
        await create_entity(plane, CALL, document)
    assert (refused.value.code, refused.value.field) == ("BadRequestData", field)


async def test_replace_keeps_the_time_of_creation(plane: Plane, clock: StandingClock) -> None:
    """Clause 5.6.18."""
    await create_entity(plane, CALL, {"id": LAMP, "type": "Lamp", "power": 1, "age": 2})
    clock.forward(60)
    await replace_entity(plane, CALL, LAMP, {"id": LAMP, "type": "Light", "power": 3})
    assert await shown(plane, sys_attrs=True) == {
        "id": LAMP,
        "type": "Light",
        "createdAt": "2026-05-01T12:00:00Z",
        "modifiedAt": "2026-05-01T12:01:00Z",
        "power": {
            "type": "Property",
            "value": 3,
            "createdAt": "2026-05-01T12:00:00Z",
            "modifiedAt": "2026-05-01T12:01:00Z",
        },
    }
    with pytest.raises(Problem) as refused:
        await replace_entity(plane, CALL, "urn:none", {"type": "Lamp"})
    assert refused.value.code == "ResourceNotFound"
    with pytest.raises(Problem) as refused:
        await replace_entity(plane, CALL, LAMP, {"id": "urn:other", "type": "Lamp"})
    assert (refused.value.code, refused.value.field) == ("BadRequestData", "id")


MERGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"power": {"value": 50}},
        {"power": {"type": "Property", "value": 50, "unitCode": "WTT", "observedAt": "2026-04-01T09:00:00Z"}},
    ),
    (
        {"power": 50},
        {"power": {"type": "Property", "value": 50, "unitCode": "WTT", "observedAt": "2026-04-01T09:00:00Z"}},
    ),
    ({"power": {"unitCode": NULL, "observedAt": NULL}}, {"power": {"type": "Property", "value": 40}}),
    (
        {"address": {"value": {"street": NULL, "zip": "2"}}},
        {"address": {"type": "Property", "value": {"city": "Chiba", "zip": "2"}}},
    ),
    (
        {"label": {"languageMap": {"en": NULL, "fr": "Lampe"}}},
        {"label": {"type": "LanguageProperty", "languageMap": {"ja": "街灯", "fr": "Lampe"}}},
    ),
    ({"label": {"type": "LanguageProperty", "languageMap": {"@none": NULL}}}, {"label": NULL}),
    ({"power": NULL}, {"power": NULL}),
    ({"steps": {"type": "ListProperty", "valueList": [NULL]}}, {"steps": NULL}),
    ({"lines": {"objectList": [{"object": NULL}]}}, {"lines": NULL}),
    ({"standsIn": {"object": NULL}}, {"standsIn": NULL}),
    ({"colour": {"vocab": NULL}}, {"colour": NULL}),
    ({"raw": {"json": {"id": NULL}}}, {"raw": {"type": "JsonProperty", "json": {"value": None}}}),
    (
        {"level": {"value": 7, "datasetId": "urn:d:2"}},
        {
            "level": [
                {"type": "Property", "value": 1},
                {
                    "type": "Property",
                    "value": 7,
                    "datasetId": "urn:d:2",
                    "accuracy": {"type": "Property", "value": 0.5},
                },
            ]
        },
    ),
    (
        {"level": {"datasetId": "urn:d:2", "accuracy": NULL}},
        {
            "level": [
                {"type": "Property", "value": 1},
                {"type": "Property", "value": 2, "datasetId": "urn:d:2"},
            ]
        },
    ),
    ({"level": {"value": NULL, "datasetId": "urn:d:2"}}, {"level": {"type": "Property", "value": 1}}),
    (
        {"level": {"value": 9, "datasetId": "urn:d:1"}},
        {
            "level": [
                {"type": "Property", "value": 1},
                {"type": "Property", "value": 9, "datasetId": "urn:d:1"},
                {
                    "type": "Property",
                    "value": 2,
                    "datasetId": "urn:d:2",
                    "accuracy": {"type": "Property", "value": 0.5},
                },
            ]
        },
    ),
    ({"type": "Light", "scope": ["/A", "B"]}, {"type": ["Lamp", "Light"], "scope": ["/A", "/B"]}),
    ({"scope": NULL}, {"scope": NULL}),
    ({"fresh": {"value": {"a": NULL, "b": 1}}}, {"fresh": {"type": "Property", "value": {"b": 1}}}),
]


@pytest.mark.parametrize(("fragment", "difference"), MERGES)
async def test_merge(
    plane: Plane, lamp: dict[str, Any], fragment: dict[str, Any], difference: dict[str, Any]
) -> None:
    """Clauses 5.5.12 and 5.6.17."""
    await create_entity(plane, CALL, lamp)
    await merge_entity(plane, CALL, LAMP, fragment)
    wanted = {name: value for name, value in (deepcopy(lamp) | difference).items() if value != NULL}
    assert await shown(plane) == wanted


async def test_merge_options(plane: Plane, lamp: dict[str, Any]) -> None:
    """Clause 5.6.17.4: simplified form keeps kinds, a common time, a common language."""
    await create_entity(plane, CALL, lamp)
    time = plane.clock.now()
    merging = Merging(form="simplified", observed_at=time, lang="en")
    await merge_entity(
        plane,
        CALL,
        LAMP,
        {"power": 41, "standsIn": "urn:ngsi-ld:Park:2", "label": "Street lamp", "steps": [3]},
        merging,
    )
    assert await shown(plane) == lamp | {
        "power": {"type": "Property", "value": 41, "unitCode": "WTT", "observedAt": "2026-05-01T12:00:00Z"},
        "standsIn": {"type": "Relationship", "object": "urn:ngsi-ld:Park:2", "objectType": "Park"},
        "label": {"type": "LanguageProperty", "languageMap": {"ja": "街灯", "en": "Street lamp"}},
        "steps": {"type": "ListProperty", "valueList": [3]},
    }


async def test_delete_forgets(plane: Plane, lamp: dict[str, Any]) -> None:
    """Clause 5.6.6."""
    await create_entity(plane, CALL, lamp)
    await delete_entity(plane, CALL, LAMP)
    for refused_call in (delete_entity(plane, CALL, LAMP), retrieve_entity(plane, CALL.area, LAMP)):
        with pytest.raises(Problem) as refused:
            await refused_call
        assert refused.value.code == "ResourceNotFound"


async def test_query_finds_and_counts(plane: Plane) -> None:
    """Clause 5.7.2."""
    for number in range(5):
        await create_entity(
            plane,
            CALL,
            {
                "id": f"urn:l:{number}",
                "type": "Lamp",
                "power": number,
                "location": {"type": "Point", "coordinates": [140 + number, 35]},
            },
        )
    context = CALL.context
    found = await query_entities(
        plane,
        CALL.area,
        read_query(
            {"type": "Lamp", "q": "power>=1", "limit": "2", "count": "true", "orderBy": "power;desc"}, context
        ),
    )
    assert ([row.id for row in found.rows], found.more, found.total) == (["urn:l:4", "urn:l:3"], True, 4)
    near = {"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": "[142,35]"}
    found = await query_entities(plane, CALL.area, read_query(near, context))
    assert [row.id for row in found.rows] == ["urn:l:2"]
    assert [row.id for row in (await query_entities(plane, "kashiwa", read_query(near, context))).rows] == []
