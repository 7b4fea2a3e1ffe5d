"""One entity with an attribute of each kind, in each representation of clause 4.5."""

from typing import Any, Final

LAMP: Final = "urn:ngsi-ld:Lamp:1"
HERE: Final = f"/entities/{LAMP}"
NULL: Final = "urn:ngsi-ld:null"
POINT: Final = {"type": "Point", "coordinates": [140.1, 35.6]}

NORMALIZED: Final[dict[str, Any]] = {
    "id": LAMP,
    "type": "Lamp",
    "scope": "/Chiba/Park",
    "power": {"type": "Property", "value": 40, "unitCode": "WTT", "observedAt": "2026-04-01T09:00:00Z"},
    "address": {"type": "Property", "value": {"city": "Chiba", "street": "1"}},
    "standsIn": {"type": "Relationship", "object": "urn:ngsi-ld:Park:1", "objectType": "Park"},
    "location": {"type": "GeoProperty", "value": POINT},
    "label": {"type": "LanguageProperty", "languageMap": {"ja": "街灯", "en": "Lamp"}},
    "colour": {"type": "VocabProperty", "vocab": "Green"},
    "raw": {"type": "JsonProperty", "json": {"id": 1, "value": None}},
    "steps": {"type": "ListProperty", "valueList": [1, "two"]},
    "lines": {
        "type": "ListRelationship",
        "objectList": [{"object": "urn:ngsi-ld:Line:1"}, {"object": "urn:ngsi-ld:Line:2"}],
    },
    "level": [
        {"type": "Property", "value": 1},
        {
            "type": "Property",
            "value": 2,
            "datasetId": "urn:d:2",
            "accuracy": {"type": "Property", "value": 0.5},
        },
    ],
}
CONCISE: Final[dict[str, Any]] = {
    "id": LAMP,
    "type": "Lamp",
    "scope": "/Chiba/Park",
    "power": {"value": 40, "unitCode": "WTT", "observedAt": "2026-04-01T09:00:00Z"},
    "address": {"value": {"city": "Chiba", "street": "1"}},
    "standsIn": {"object": "urn:ngsi-ld:Park:1", "objectType": "Park"},
    "location": POINT,
    "label": {"languageMap": {"ja": "街灯", "en": "Lamp"}},
    "colour": {"vocab": "Green"},
    "raw": {"json": {"id": 1, "value": None}},
    "steps": {"valueList": [1, "two"]},
    "lines": {"objectList": ["urn:ngsi-ld:Line:1", "urn:ngsi-ld:Line:2"]},
    "level": [{"value": 1}, {"value": 2, "datasetId": "urn:d:2", "accuracy": 0.5}],
}
SIMPLIFIED: Final[dict[str, Any]] = {
    "id": LAMP,
    "type": "Lamp",
    "scope": "/Chiba/Park",
    "power": 40,
    "address": {"city": "Chiba", "street": "1"},
    "standsIn": "urn:ngsi-ld:Park:1",
    "location": POINT,
    "label": {"languageMap": {"ja": "街灯", "en": "Lamp"}},
    "colour": {"vocab": "Green"},
    "raw": {"json": {"id": 1, "value": None}},
    "steps": [1, "two"],
    "lines": ["urn:ngsi-ld:Line:1", "urn:ngsi-ld:Line:2"],
    "level": {"dataset": {"@none": 1, "urn:d:2": 2}},
}


def prop(value: Any, **more: Any) -> dict[str, Any]:
    """A Property in normalized form."""
    return {"type": "Property", "value": value, **more}
