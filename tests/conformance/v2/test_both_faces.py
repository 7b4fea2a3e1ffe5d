"""What is written on one face is read on the other, and nothing that one face does not know is lost by the other."""

from typing import Any
from urllib.parse import quote

import pytest

from conformance.v2.two_faces import TwoFaces

MEASURED = "2026-04-01T09:00:00.000Z"
LIGHT: dict[str, Any] = {
    "id": "urn:ngsi-ld:Light:1",
    "type": "Light",
    "power": {
        "type": "Property",
        "value": 40,
        "observedAt": "2026-04-01T09:00:00Z",
        "unitCode": "WTT",
        "accuracy": {"type": "Property", "value": 1, "by": {"type": "Property", "value": "hand"}},
    },
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [140.1, 35.6]}},
    "owner": {"type": "Relationship", "object": "urn:ngsi-ld:Office:1", "objectType": "Office"},
    "label": {"type": "LanguageProperty", "languageMap": {"ja": "灯", "en": "light"}},
    "kind": {"type": "VocabProperty", "vocab": "Lamp"},
    "raw": {"type": "JsonProperty", "json": {"a": None}},
    "list": {"type": "ListProperty", "valueList": [1, 2]},
    "since": {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-04-01T09:00:00Z"}},
}


async def test_what_v2_wrote_is_read_in_ld(town: TwoFaces) -> None:
    document = {
        "id": "Room1",
        "type": "Room",
        "temperature": {
            "value": 23,
            "metadata": {
                "TimeInstant": {"type": "DateTime", "value": MEASURED},
                "unitCode": {"type": "Text", "value": "CEL"},
                "accuracy": {"type": "Number", "value": 0.5},
            },
        },
        "location": {"type": "geo:point", "value": "35.6, 140.1"},
        "near": {"type": "Relationship", "value": "Room2"},
    }
    await town.done("POST", "/entities", document)
    assert await town.told_ld("/entities/urn:ngsi-ld:v2:Room1") == {
        "id": "urn:ngsi-ld:v2:Room1",
        "type": "Room",
        "temperature": {
            "type": "Property",
            "value": 23,
            "observedAt": "2026-04-01T09:00:00Z",
            "unitCode": "CEL",
            "accuracy": {"type": "Property", "value": 0.5},
        },
        "location": {
            "type": "GeoProperty",
            "value": {"type": "Point", "coordinates": [140.1, 35.6]},
            "valueType": "geo:point",
        },
        "near": {"type": "Relationship", "object": "urn:ngsi-ld:v2:Room2"},
    }
    told = await town.told("/entities/Room1")
    assert told["temperature"]["metadata"] == document["temperature"]["metadata"]
    assert told["near"]["value"] == "Room2"


async def test_what_ld_wrote_is_read_in_v2(town: TwoFaces) -> None:
    assert (await town.ld("POST", "/entities", LIGHT)).status == 201
    told = await town.told(f"/entities/{LIGHT['id']}")
    assert {name: (one["type"], one["value"]) for name, one in told.items() if isinstance(one, dict)} == {
        "power": ("Number", 40),
        "location": ("geo:json", {"type": "Point", "coordinates": [140.1, 35.6]}),
        "owner": ("Relationship", "urn:ngsi-ld:Office:1"),
        "label": ("LanguageProperty", {"ja": "灯", "en": "light"}),
        "kind": ("VocabProperty", "Lamp"),
        "raw": ("JsonProperty", {"a": None}),
        "list": ("ListProperty", [1, 2]),
        "since": ("DateTime", MEASURED),
    }
    assert told["power"]["metadata"] == {
        "accuracy": {"type": "Number", "value": 1},
        "TimeInstant": {"type": "DateTime", "value": MEASURED},
        "unitCode": {"type": "Text", "value": "WTT"},
    }


async def test_writing_back_what_v2_shows_changes_nothing_in_ld(town: TwoFaces) -> None:
    await town.ld("POST", "/entities", LIGHT)
    path = f"/entities/{LIGHT['id']}"
    before = await town.told_ld(path)
    await town.done("POST", f"{path}/attrs", await town.told(f"{path}/attrs"))
    after = await town.told_ld(path)
    # a typed value becomes the text with its type beside it; what v2 shows of it is the same
    assert after.pop("since") == {"type": "Property", "value": MEASURED, "valueType": "DateTime"}
    del before["since"]
    # the parts of parts are beyond v2, a part that is written anew has none
    assert before["power"]["accuracy"].pop("by")
    assert after == before


async def test_writing_values_keeps_what_v2_does_not_know(town: TwoFaces) -> None:
    several = [
        {"type": "Property", "value": 1, "expiresAt": "2027-01-01T00:00:00Z"},
        {"type": "Property", "value": 2, "datasetId": "urn:d:1"},
    ]
    await town.ld(
        "POST", "/entities", {"id": "urn:x:1", "type": ["A", "B"], "n": several, "scope": ["/a", "/b"]}
    )
    assert (await town.told("/entities/urn:x:1?type=B"))["n"]["value"] == 1
    await town.done("PUT", "/entities/urn:x:1/attrs/n/value", b"5", content_type="text/plain")
    told = await town.told_ld("/entities/urn:x:1?options=sysAttrs")
    assert [one["value"] for one in told["n"]] == [5, 2]
    assert told["n"][0]["expiresAt"] == "2027-01-01T00:00:00Z"
    assert (told["type"], told["scope"]) == (["A", "B"], ["/a", "/b"])


@pytest.mark.parametrize(
    ("kind", "value", "shape"),
    [
        ("geo:point", "35.60,140.1", "Point"),
        ("geo:line", ["35, 140", "36, 141"], "LineString"),
        ("geo:box", ["35, 140", "36, 141"], "Polygon"),
        ("geo:polygon", ["35, 140", "36, 140", "36, 141", "35, 140"], "Polygon"),
        ("geo:json", {"type": "Point", "coordinates": [140.1, 35.6, 3]}, "Point"),
        ("geo:point", None, None),
        ("DateTime", None, None),
        ("Percent", 3, None),
        ("Number", "3", None),
        ("Text", "3", None),
        ("Relationship", ["a b", "c"], None),
        ("Relationship", 3, None),
        ("Relationship", "", None),
        ("LanguageProperty", "x", None),
        ("Array", [], None),
        ("Property", {"type": "Property", "value": 3}, None),
        ("None", None, None),
        ("Thing", "urn:ngsi-ld:v2:odd", None),
    ],
)
async def test_types_and_values_come_back_as_they_were_written(
    town: TwoFaces, kind: str, value: Any, shape: str | None
) -> None:
    said = {"type": kind, "value": value, "metadata": {"again": {"type": kind, "value": value}}}
    await town.done("POST", "/entities", {"id": "x", "type": "T", "it": said})
    assert (await town.told("/entities/x/attrs/it")) == said
    kept = (await town.told_ld("/entities/urn:ngsi-ld:v2:x"))["it"]
    assert (kept["type"] == "GeoProperty") == (shape is not None)
    if shape is not None:
        assert kept["value"]["type"] == shape
    # the whole of it may be read by the other face and written again
    document = await town.told_ld("/entities/urn:ngsi-ld:v2:x")
    assert (await town.ld("PUT", "/entities/urn:ngsi-ld:v2:x", document)).status == 204
    assert (await town.told("/entities/x/attrs/it")) == said


@pytest.mark.parametrize(
    "name",
    ["scope", "value", "observedAt", "unitCode", "location", "@context", "a-b", "a.b", "部屋", "geo:x"],
)
async def test_names_come_back_as_they_were_written(town: TwoFaces, name: str) -> None:
    said = {name: {"type": "Number", "value": 1, "metadata": {name: {"type": "Text", "value": "z"}}}}
    await town.done("POST", "/entities", {"id": "x", "type": "T", **said})
    assert (await town.told("/entities/x/attrs"))[name] == said[name]
    assert await town.ids(f"q='{name}'==1" if name.isascii() else "q=%E9%83%A8%E5%B1%8B==1") == ["x"]
    assert (await town.told_ld("/entities/urn:ngsi-ld:v2:x"))["type"] == "T"


@pytest.mark.parametrize("entity_id", ["Room1", "a:b", "urn:ngsi-ld:Room:1", "50%", "a{b}", "x^y", "灯1"])
async def test_ids_come_back_as_they_were_written(town: TwoFaces, entity_id: str) -> None:
    await town.done("POST", "/entities", {"id": entity_id, "type": "T"})
    assert await town.told(f"/entities/{quote(entity_id)}") == {"id": entity_id, "type": "T"}
    assert await town.ids("type=T") == [entity_id]
    ld = (await town.told_ld("/entities?type=T"))[0]["id"]
    assert (await town.told_ld(f"/entities/{quote(ld)}"))["id"] == ld


async def test_iris_of_ld_are_addressed_as_they_are(town: TwoFaces) -> None:
    document = {
        "id": "https://city.example/light/1",
        "type": "https://x.example/Light",
        "https://x.example/p": 3,
    }
    assert (await town.ld("POST", "/entities", document)).status == 201
    path = "/entities/https://city.example/light/1"
    assert await town.told(f"{path}/attrs/https://x.example/p/value") == 3
    await town.done("PUT", f"{path}/attrs/https://x.example/p", {"value": 4})
    assert (await town.told(path))["type"] == "https://x.example/Light"
    assert (await town.told_ld(path + "?options=keyValues"))["https://x.example/p"] == 4
