"""What an area has (ETSI GS CIM 009 V1.9.1 clauses 5.7.5 to 5.7.10), and purging it (5.6.21)."""

from typing import Any

import pytest

from broker.town import CALL, shown
from kaiteki.broker.asking import read_selection
from kaiteki.broker.batch import create_batch
from kaiteki.broker.discovery import (
    describe_attribute,
    describe_attributes,
    describe_type,
    describe_types,
    list_attributes,
    list_types,
)
from kaiteki.broker.plane import Plane
from kaiteki.broker.purge import purge_entities
from kaiteki.model.problem import Problem

DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
CONTEXT = CALL.context


@pytest.fixture
async def town(plane: Plane) -> Plane:
    documents: list[dict[str, Any]] = [
        {"id": "urn:1", "type": "Lamp", "power": 1},
        {"id": "urn:2", "type": "Lamp", "power": {"object": "urn:1"}, "age": 2},
        {"id": "urn:3", "type": "Park", "age": 3},
    ]
    await create_batch(plane, CALL, documents)
    return plane


async def test_types(town: Plane) -> None:
    listed = await list_types(town, CALL.area, CONTEXT)
    assert listed | {"id": ""} == {"id": "", "type": "EntityTypeList", "typeList": ["Lamp", "Park"]}
    assert await describe_types(town, CALL.area, CONTEXT) == [
        {
            "id": DEFAULT + "Lamp",
            "type": "EntityType",
            "typeName": "Lamp",
            "attributeNames": ["age", "power"],
        },
        {"id": DEFAULT + "Park", "type": "EntityType", "typeName": "Park", "attributeNames": ["age"]},
    ]
    assert await describe_type(town, CALL.area, "Lamp", CONTEXT) == {
        "id": DEFAULT + "Lamp",
        "type": "EntityTypeInfo",
        "typeName": "Lamp",
        "entityCount": 2,
        "attributeDetails": [
            {
                "id": DEFAULT + "age",
                "type": "Attribute",
                "attributeName": "age",
                "attributeTypes": ["Property"],
            },
            {
                "id": DEFAULT + "power",
                "type": "Attribute",
                "attributeName": "power",
                "attributeTypes": ["Property", "Relationship"],
            },
        ],
    }
    with pytest.raises(Problem) as refused:
        await describe_type(town, CALL.area, "Tree", CONTEXT)
    assert refused.value.code == "ResourceNotFound"


async def test_attributes(town: Plane) -> None:
    listed = await list_attributes(town, CALL.area, CONTEXT)
    assert listed | {"id": ""} == {"id": "", "type": "AttributeList", "attributeList": ["age", "power"]}
    assert await describe_attributes(town, CALL.area, CONTEXT) == [
        {"id": DEFAULT + "age", "type": "Attribute", "attributeName": "age", "typeNames": ["Lamp", "Park"]},
        {"id": DEFAULT + "power", "type": "Attribute", "attributeName": "power", "typeNames": ["Lamp"]},
    ]
    assert await describe_attribute(town, CALL.area, "power", CONTEXT) == {
        "id": DEFAULT + "power",
        "type": "Attribute",
        "attributeName": "power",
        "typeNames": ["Lamp"],
        "attributeCount": 2,
        "attributeTypes": ["Property", "Relationship"],
    }
    with pytest.raises(Problem) as refused:
        await describe_attribute(town, CALL.area, "colour", CONTEXT)
    assert refused.value.code == "ResourceNotFound"


async def test_purge_deletes_what_matches(town: Plane) -> None:
    assert await purge_entities(town, CALL, read_selection({"type": "Lamp", "q": "age"}, CONTEXT)) == 1
    assert sorted(await town.entities.load(CALL.area, ["urn:1", "urn:2", "urn:3"])) == ["urn:1", "urn:3"]


async def test_purge_of_attributes(town: Plane) -> None:
    every = read_selection({"type": "*"}, CONTEXT)
    assert await purge_entities(town, CALL, every, drop=[DEFAULT + "age"]) == 2
    assert await shown(town, "urn:3") == {"id": "urn:3", "type": "Park"}
    assert await purge_entities(town, CALL, every, keep=[DEFAULT + "age"]) == 2
    assert await shown(town, "urn:2") == {"id": "urn:2", "type": "Lamp"}
    with pytest.raises(Problem):
        await purge_entities(town, CALL, read_selection({"q": "power{age}==3"}, CONTEXT))
