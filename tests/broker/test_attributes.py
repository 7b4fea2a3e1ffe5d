"""Attributes of an entity, clause by clause of ETSI GS CIM 009 V1.9.1."""

from typing import Any

import pytest

from broker.town import CALL, LAMP, StandingClock, shown
from kaiteki.broker.attributes import (
    append_attributes,
    delete_attribute,
    replace_attribute,
    update_attribute,
    update_attributes,
)
from kaiteki.broker.entities import create_entity
from kaiteki.broker.plane import Plane
from kaiteki.model.problem import Problem

NULL = "urn:ngsi-ld:null"
SMALL = {
    "id": LAMP,
    "type": "Lamp",
    "power": {
        "type": "Property",
        "value": 40,
        "unitCode": "WTT",
        "source": {"type": "Property", "value": "x"},
    },
    "level": [{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:d:2"}],
}


@pytest.fixture
async def town(plane: Plane) -> Plane:
    await create_entity(plane, CALL, SMALL)
    return plane


async def test_append_adds_and_overwrites(town: Plane) -> None:
    """Clause 5.6.3."""
    outcome = await append_attributes(
        town,
        CALL,
        LAMP,
        {
            "power": 41,
            "age": 3,
            "type": "Light",
            "scope": "/A",
            "level": {"value": 3, "datasetId": "urn:d:3"},
        },
    )
    assert outcome.document(CALL.context) == {"updated": ["power", "age", "level"], "notUpdated": []}
    assert await shown(town, format="concise") == {
        "id": LAMP,
        "type": ["Lamp", "Light"],
        "scope": "/A",
        "power": 41,
        "age": 3,
        "level": [{"value": 1}, {"value": 2, "datasetId": "urn:d:2"}, {"value": 3, "datasetId": "urn:d:3"}],
    }


async def test_append_without_overwriting(town: Plane) -> None:
    """Clause 5.6.3 with noOverwrite."""
    outcome = await append_attributes(town, CALL, LAMP, {"power": 41, "age": 3}, overwrite=False)
    assert outcome.document(CALL.context) == {
        "updated": ["age"],
        "notUpdated": [
            {
                "attributeName": "power",
                "reason": "the attribute is there already and noOverwrite was asked for",
            }
        ],
    }
    assert await shown(town) == SMALL | {"age": {"type": "Property", "value": 3}}


async def test_update_replaces_adds_and_removes(town: Plane) -> None:
    """Clause 5.6.2, with NGSI-LD Null; a scope is replaced, never added."""
    fragment = {"power": {"value": 1}, "age": 3, "level": NULL, "none": NULL, "scope": "/A"}
    outcome = await update_attributes(town, CALL, LAMP, fragment)
    assert outcome.document(CALL.context) == {
        "updated": ["power", "age", "level"],
        "notUpdated": [{"attributeName": "none", "reason": "the entity has no such attribute to remove"}],
    }
    assert await shown(town) == {
        "id": LAMP,
        "type": "Lamp",
        "power": {"type": "Property", "value": 1},
        "level": {"type": "Property", "value": 2, "datasetId": "urn:d:2"},
        "age": {"type": "Property", "value": 3},
    }


PARTIAL: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"value": 5},
        {"type": "Property", "value": 5, "unitCode": "WTT", "source": {"type": "Property", "value": "x"}},
    ),
    (
        {"unitCode": "KWT"},
        {"type": "Property", "value": 40, "unitCode": "KWT", "source": {"type": "Property", "value": "x"}},
    ),
    ({"source": NULL, "unitCode": NULL}, {"type": "Property", "value": 40}),
    (
        {"type": "Property", "value": {"a": 1}, "source": {"value": "y"}},
        {
            "type": "Property",
            "value": {"a": 1},
            "unitCode": "WTT",
            "source": {"type": "Property", "value": "y"},
        },
    ),
    (
        {"observedAt": "2026-01-01T00:00:00.5Z"},
        {
            "type": "Property",
            "value": 40,
            "unitCode": "WTT",
            "observedAt": "2026-01-01T00:00:00.500Z",
            "source": {"type": "Property", "value": "x"},
        },
    ),
]


@pytest.mark.parametrize(("fragment", "power"), PARTIAL)
async def test_partial_update(town: Plane, fragment: dict[str, Any], power: dict[str, Any]) -> None:
    """Clauses 5.5.8 and 5.6.4."""
    await update_attribute(town, CALL, LAMP, "power", fragment)
    assert await shown(town) == SMALL | {"power": power}


@pytest.mark.parametrize(
    ("name", "fragment", "code"),
    [
        ("none", {"value": 1}, "ResourceNotFound"),
        ("level", {"value": 1, "datasetId": "urn:d:9"}, "ResourceNotFound"),
        ("power", {"type": "Relationship", "object": "urn:a"}, "BadRequestData"),
        ("power", {"value": NULL}, "BadRequestData"),
        ("po wer", {"value": 1}, "BadRequestData"),
        ("id", {"value": 1}, "BadRequestData"),
    ],
)
async def test_partial_update_refuses(town: Plane, name: str, fragment: dict[str, Any], code: str) -> None:
    """Clause 5.6.4.4."""
    with pytest.raises(Problem) as refused:
        await update_attribute(town, CALL, LAMP, name, fragment)
    assert refused.value.code == code
    assert await shown(town) == SMALL


async def test_replace_attribute(town: Plane, clock: StandingClock) -> None:
    """Clause 5.6.19."""
    clock.forward(1)
    await replace_attribute(
        town, CALL, LAMP, "power", {"type": "Relationship", "object": "urn:ngsi-ld:Grid:1"}
    )
    assert (await shown(town, sys_attrs=True))["power"] == {
        "type": "Relationship",
        "object": "urn:ngsi-ld:Grid:1",
        "createdAt": "2026-05-01T12:00:00Z",
        "modifiedAt": "2026-05-01T12:00:01Z",
    }
    with pytest.raises(Problem) as refused:
        await replace_attribute(town, CALL, LAMP, "power", {"unitCode": "x"})
    assert refused.value.code == "BadRequestData"


async def test_delete_attribute(town: Plane) -> None:
    """Clause 5.6.5."""
    await delete_attribute(town, CALL, LAMP, "level")
    assert (await shown(town))["level"] == {"type": "Property", "value": 2, "datasetId": "urn:d:2"}
    with pytest.raises(Problem) as refused:
        await delete_attribute(town, CALL, LAMP, "level")
    assert refused.value.code == "ResourceNotFound"
    await delete_attribute(town, CALL, LAMP, "level", dataset_id="urn:d:2")
    await delete_attribute(town, CALL, LAMP, "power", delete_all=True)
    assert await shown(town) == {"id": LAMP, "type": "Lamp"}
