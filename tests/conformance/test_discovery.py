"""Which types and attributes there are: clauses 4.5.10 to 4.5.15, 5.7.5 to 5.7.10."""

from typing import Any

import pytest

from conformance.every_kind import NORMALIZED, POINT
from conformance.plane import ENTITIES, DataPlane

DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
NGSI_LD = "https://uri.etsi.org/ngsi-ld/"
ADDRESS = "https://example.org/c.jsonld"
LINK = f'<{ADDRESS}>; rel="http://www.w3.org/ns/json-ld#context"'

TOWN: list[dict[str, Any]] = [
    {"id": "urn:1", "type": "Lamp", "power": 1},
    {"id": "urn:2", "type": ["Lamp", "Art"], "power": {"object": "urn:1"}, "age": 2, "location": POINT},
    {"id": "urn:3", "type": "Park", "age": [{"value": 3}, {"value": 4, "datasetId": "urn:d"}]},
]


@pytest.fixture
async def town(plane: DataPlane) -> DataPlane:
    plane.web.documents[ADDRESS] = {"@context": {"force": f"{DEFAULT}power", "Light": f"{DEFAULT}Lamp"}}
    await plane.make(*TOWN)
    return plane


async def test_5_7_5_types_that_stand_are_listed(town: DataPlane) -> None:
    listed = await town.told("/types")
    assert listed.pop("id").startswith("urn:ngsi-ld:EntityTypeList:")
    assert listed == {"type": "EntityTypeList", "typeList": ["Art", "Lamp", "Park"]}
    await town.done("DELETE", f"{ENTITIES}/urn:3")
    assert (await town.told("/types", link=LINK))["typeList"] == ["Art", "Light"]


async def test_5_7_6_types_are_described_by_their_attributes(town: DataPlane) -> None:
    def described(name: str, *attributes: str) -> dict[str, Any]:
        return {
            "id": DEFAULT + name,
            "type": "EntityType",
            "typeName": name,
            "attributeNames": list(attributes),
        }

    assert await town.told("/types?details=true") == [
        described("Art", "age", "power", "location"),
        described("Lamp", "age", "power", "location"),
        described("Park", "age"),
    ]


async def test_5_7_7_one_type_tells_how_often_and_with_what(town: DataPlane) -> None:
    def detail(name: str, *kinds: str, where: str = DEFAULT) -> dict[str, Any]:
        return {"id": where + name, "type": "Attribute", "attributeName": name, "attributeTypes": list(kinds)}

    lamp = {
        "id": f"{DEFAULT}Lamp",
        "type": "EntityTypeInfo",
        "typeName": "Lamp",
        "entityCount": 2,
        "attributeDetails": [
            detail("age", "Property"),
            detail("power", "Property", "Relationship"),
            detail("location", "GeoProperty", where=NGSI_LD),
        ],
    }
    assert await town.told("/types/Lamp") == lamp
    assert await town.told(f"/types/{DEFAULT.replace('/', '%2F')}Lamp") == lamp
    light = await town.told("/types/Light", link=LINK)
    assert (light["typeName"], light["attributeDetails"][1]["attributeName"]) == ("Light", "force")
    assert await town.code("GET", "/types/Tree") == (404, "ResourceNotFound")


async def test_5_7_8_attributes_that_stand_are_listed(town: DataPlane) -> None:
    listed = await town.told("/attributes")
    assert listed.pop("id").startswith("urn:ngsi-ld:AttributeList:")
    assert listed == {"type": "AttributeList", "attributeList": ["age", "power", "location"]}
    await town.done("DELETE", f"{ENTITIES}?type=*&local=true")
    assert (await town.told("/attributes"))["attributeList"] == []
    assert (await town.told("/types"))["typeList"] == []
    for path in ("/attributes?details=true", "/types?details=true"):
        assert await town.told(path) == []


async def test_5_7_9_attributes_are_described_by_the_types_that_have_them(town: DataPlane) -> None:
    def described(name: str, *types: str, where: str = DEFAULT) -> dict[str, Any]:
        return {"id": where + name, "type": "Attribute", "attributeName": name, "typeNames": list(types)}

    assert await town.told("/attributes?details=true") == [
        described("age", "Art", "Lamp", "Park"),
        described("power", "Art", "Lamp"),
        described("location", "Art", "Lamp", where=NGSI_LD),
    ]


async def test_5_7_10_one_attribute_tells_how_often_and_as_what(town: DataPlane) -> None:
    power = {
        "id": f"{DEFAULT}power",
        "type": "Attribute",
        "attributeName": "power",
        "typeNames": ["Art", "Lamp"],
        "attributeCount": 2,
        "attributeTypes": ["Property", "Relationship"],
    }
    assert await town.told("/attributes/power") == power
    assert await town.told("/attributes/force", link=LINK) == power | {
        "attributeName": "force",
        "typeNames": ["Art", "Light"],
    }
    assert await town.code("GET", "/attributes/colour") == (404, "ResourceNotFound")
    await town.make(NORMALIZED)
    kinds = {
        name: (await town.told(f"/attributes/{name}"))["attributeTypes"]
        for name in ("label", "colour", "raw")
    }
    assert kinds == {"label": ["LanguageProperty"], "colour": ["VocabProperty"], "raw": ["JsonProperty"]}
    lists = [(await town.told(f"/attributes/{name}"))["attributeTypes"] for name in ("steps", "lines")]
    assert lists == [["ListProperty"], ["ListRelationship"]]


async def test_6_25_each_list_is_had_in_both_media_types(town: DataPlane) -> None:
    for path in ("/types", "/types/Lamp", "/attributes", "/attributes/power"):
        plain = await town.done("GET", path)
        assert plain.header("content-type") == "application/json"
        assert "@context" not in plain.json() and plain.header("link") is not None
        linked = await town.done("GET", path, accept="application/ld+json")
        assert linked.header("content-type") == "application/ld+json" and linked.header("link") is None
        document = linked.json()
        assert document.pop("@context") is not None
        assert {**document, "id": ""} == {**plain.json(), "id": ""}
        for accept in ("application/geo+json", "text/html"):
            assert (await town.ask("GET", path, accept=accept)).status == 406
        told = await town.ask("POST", path, {})
        assert (told.status, told.header("allow")) == (405, "GET, HEAD, OPTIONS")
        assert (await town.ask("GET", f"{path}?details=maybe")).status == 400
