"""`Prefer: ngsi-ld=1.x`: entities as older versions had them (ETSI GS CIM 009 V1.9.1 clauses 4.3.6.8 and 6.3.6)."""

from __future__ import annotations

from typing import Any

from conformance.plane import DataPlane

LAMP = {
    "id": "urn:lamp",
    "type": ["Lamp", "Thing"],
    "scope": "/a",
    "expiresAt": "2027-01-01T00:00:00Z",
    "label": {"type": "LanguageProperty", "languageMap": {"ja": "街灯"}},
    "colour": {"type": "VocabProperty", "vocab": "Green"},
    "raw": {"type": "JsonProperty", "json": {"a": 1}},
    "steps": {"type": "ListProperty", "valueList": [1, 2]},
    "lines": {"type": "ListRelationship", "objectList": [{"object": "urn:l:1"}]},
    "park": {"type": "Relationship", "object": "urn:p", "objectType": "Park", "datasetId": "urn:d"},
    "power": {"type": "Property", "value": 4, "unitCode": "WTT", "observedAt": "2026-04-01T09:00:00Z"},
}


async def asked(
    plane: DataPlane, prefer: str, query: str = "options=sysAttrs"
) -> tuple[int, str | None, dict[str, Any]]:
    reply = await plane.ask("GET", f"/entities/urn:lamp?{query}", prefer=prefer)
    return reply.status, reply.header("preference-applied"), reply.json()


async def test_4_3_6_8_each_version_shows_what_it_knew(plane: DataPlane) -> None:
    await plane.make(LAMP)
    status, applied, now = await asked(plane, "ngsi-ld=1.9")
    assert (status, applied) == (200, "ngsi-ld=1.9")
    status, applied, eight = await asked(plane, "ngsi-ld=1.8")
    assert (status, applied) == (203, "ngsi-ld=1.8")
    assert eight == {name: value for name, value in now.items() if name != "expiresAt"}
    _, _, seven = await asked(plane, "ngsi-ld=1.7", "")
    assert seven["colour"] == {"type": "Property", "value": "Green"}
    assert seven["raw"] == {"type": "Property", "value": {"a": 1}}
    assert seven["steps"] == {"type": "Property", "value": [1, 2]}
    assert seven["lines"] == {"type": "Relationship", "object": ["urn:l:1"]}
    assert "objectType" not in seven["park"] and seven["label"]["type"] == "LanguageProperty"
    _, _, three = await asked(plane, 'ngsi-ld="1.3"', "")
    assert three["label"] == {"type": "Property", "value": {"ja": "街灯"}} and "scope" not in three
    assert three["type"] == ["Lamp", "Thing"] and three["park"]["datasetId"] == "urn:d"
    _, _, first = await asked(plane, "ngsi-ld=1.0", "")
    assert (first["type"], first["park"]) == ("Lamp", {"type": "Relationship", "object": "urn:p"})
    assert first["power"] == {"type": "Property", "value": 4}


async def test_6_3_6_what_is_newer_or_no_version_gets_the_newest(plane: DataPlane) -> None:
    await plane.make(LAMP)
    preferred = {
        "ngsi-ld=2.1": "ngsi-ld=1.9",
        "ngsi-ld=1.9.1": "ngsi-ld=1.9",
        "ngsi-ld=x": None,
        "body=json": None,
    }
    for prefer, applied in preferred.items():
        assert (await asked(plane, prefer))[:2] == (200, applied), prefer


async def test_4_3_6_8_pages_and_documents_are_altered_alike(plane: DataPlane) -> None:
    await plane.make(LAMP, {"id": "urn:plain", "type": "Lamp", "power": 1})
    page = await plane.ask("GET", "/entities?type=Lamp&pick=id,type&id=urn:plain", prefer="ngsi-ld=1.3")
    assert (page.status, page.json()) == (200, [{"id": "urn:plain", "type": "Lamp"}])
    both = await plane.ask("GET", "/entities?type=Lamp", prefer="ngsi-ld=1.3")
    assert (both.status, len(both.json())) == (203, 2)
    query = {"type": "Query", "entities": [{"type": "Lamp"}]}
    told = await plane.ask("POST", "/entityOperations/query", query, prefer="ngsi-ld=1.3")
    assert (told.status, told.header("preference-applied")) == (203, "ngsi-ld=1.3")
