"""The JSON Schemas (2020-12) of what goes in and out over HTTP, with an example of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kaiteki.model.entity import VALUE_MEMBER, Json
from kaiteki.model.problem import REFUSALS
from kaiteki.model.watch.subscription import STREAM_URI, TRIGGERS
from kaiteki.model.words import LANGUAGES

_URI: Final[Json] = {"type": "string", "minLength": 1, "maxLength": 1024}
_MOMENT: Final[Json] = {"type": "string", "format": "date-time"}
_NAMES: Final[Json] = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_CONTEXT: Final[Json] = {"description": "A JSON-LD @context: an address, an object, or a list of them"}


def reference(name: str) -> Json:
    """A pointer to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def area_parameter(areas: Sequence[str]) -> Json:
    """The first part of every address of an area."""
    return {
        "name": "area",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "enum": list(areas)},
        "example": areas[0],
    }


ENTITY_EXAMPLE: Final[Json] = {
    "id": "urn:ngsi-ld:Bench:1",
    "type": "Bench",
    "seats": {"type": "Property", "value": 3},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [140.1233, 35.6073]}},
}
TEMPORAL_EXAMPLE: Final[Json] = {
    "id": "urn:ngsi-ld:Bench:1",
    "type": "Bench",
    "seats": [{"type": "Property", "value": 3, "observedAt": "2026-04-01T09:00:00Z"}],
}
_ATTRIBUTE: Final[Json] = {
    "description": "One attribute in normalized, concise or simplified form, or a list of its instances",
}
_ENTITY: Final[Json] = {
    "type": "object",
    "properties": {
        "id": _URI,
        "type": _NAMES,
        "scope": _NAMES,
        "createdAt": _MOMENT,
        "modifiedAt": _MOMENT,
        "@context": _CONTEXT,
    },
    "additionalProperties": _ATTRIBUTE,
    "examples": [ENTITY_EXAMPLE],
}
_FEATURE: Final[Json] = {
    "type": "object",
    "properties": {"type": {"enum": ["Feature", "FeatureCollection"]}},
    "required": ["type"],
}


def _many(schema: Json, examples: Json | None = None) -> Json:
    return {"type": "array", "items": schema, "examples": [examples] if examples is not None else []}


def _object(properties: dict[str, Json], required: tuple[str, ...], example: Json = None) -> Json:
    schema: dict[str, Json] = {"type": "object", "properties": properties, "required": list(required)}
    if example is not None:
        schema["examples"] = [example]
    return schema


_PROBLEM: Final[Json] = _object(
    {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"enum": sorted({row.status for row in REFUSALS.values()})},
        "detail": {"type": "string"},
        "field": {"type": "string"},
    },
    ("type", "title", "status", "detail"),
)
_WORDS: Final[Json] = _object({language: {"type": "string"} for language in LANGUAGES}, tuple(LANGUAGES))
_REFUSED: Final[Json] = _object(
    {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "titles": _WORDS,
        "faults": _many(
            _object(
                {"field": {"type": "string"}, "code": {"type": "string"}, "words": _WORDS},
                ("field", "code", "words"),
            )
        ),
    },
    ("type", "title", "status"),
)

_PAIRS: Final[Json] = {
    "type": "array",
    "minItems": 1,
    "items": _object({"key": {"type": "string"}, "value": {"type": "string"}}, ("key", "value")),
}
_SUBSCRIPTION: Final[dict[str, Json]] = {
    "id": _URI,
    "type": {"const": "Subscription"},
    "subscriptionName": {"type": "string"},
    "description": {"type": "string"},
    "entities": _many(
        _object({"id": _NAMES, "idPattern": {"type": "string"}, "type": {"type": "string"}}, ("type",))
    ),
    "watchedAttributes": _many({"type": "string"}),
    "notificationTrigger": _many({"enum": list(TRIGGERS)}),
    "timeInterval": {"type": "number"},
    "throttling": {"type": "number"},
    "q": {"type": "string"},
    "scopeQ": {"type": "string"},
    "csf": {"type": "string"},
    "geoQ": {"type": "object"},
    "isActive": {"type": "boolean"},
    "expiresAt": _MOMENT,
    "lang": {"type": "string"},
    "datasetId": _NAMES,
    "jsonldContext": _URI,
    "notification": _object(
        {
            "attributes": _many({"type": "string"}),
            "pick": _many({"type": "string"}),
            "omit": _many({"type": "string"}),
            "format": {"enum": ["normalized", "concise", "simplified", "keyValues"]},
            "sysAttrs": {"type": "boolean"},
            "showChanges": {"type": "boolean"},
            "endpoint": _object(
                {
                    "uri": _URI,
                    "accept": {"enum": ["application/json", "application/ld+json", "application/geo+json"]},
                    "timeout": {"type": "number"},
                    "cooldown": {"type": "number"},
                    "receiverInfo": _PAIRS,
                    "notifierInfo": _PAIRS,
                },
                ("uri",),
            ),
            "status": {"enum": ["ok", "failed"]},
            "timesSent": {"type": "integer"},
            "timesFailed": {"type": "integer"},
            "lastNotification": _MOMENT,
            "lastSuccess": _MOMENT,
            "lastFailure": _MOMENT,
            "lastFailureReason": {"type": "string"},
        },
        ("endpoint",),
    ),
    "@context": _CONTEXT,
}
_SUBSCRIPTION_EXAMPLE: Final[Json] = {
    "type": "Subscription",
    "entities": [{"type": "Bench"}],
    "watchedAttributes": ["seats"],
    "notification": {"endpoint": {"uri": STREAM_URI}},
}

SCHEMAS: Final[dict[str, Json]] = {
    "Subscription": _object(_SUBSCRIPTION, ("type", "notification"), _SUBSCRIPTION_EXAMPLE),
    "SubscriptionFound": _object(
        {
            **_SUBSCRIPTION,
            "status": {"enum": ["active", "paused", "expired"]},
            "contextSources": _many(
                _object(
                    {
                        "registrationId": _URI,
                        "status": {"enum": ["ok", "waiting", "failed"]},
                        "reason": {"type": "string"},
                    },
                    ("registrationId", "status"),
                )
            ),
            "createdAt": _MOMENT,
            "modifiedAt": _MOMENT,
        },
        ("id", "type", "notification", "isActive", "status"),
    ),
    "SubscriptionFragment": _object(_SUBSCRIPTION, (), {"isActive": False}),
    "SubscriptionList": _many(reference("SubscriptionFound")),
    "DeadLetters": _many(
        _object(
            {
                "number": {"type": "integer"},
                "entityId": _URI,
                "attempts": {"type": "integer"},
                "reason": {"type": "string"},
            },
            ("number", "entityId", "attempts", "reason"),
        )
    ),
    "Resent": _object({"resent": {"type": "integer"}}, ("resent",)),
    "Forgotten": _object({"forgotten": {"type": "integer"}}, ("forgotten",)),
    "Problem": _PROBLEM,
    "Refused": _REFUSED,
    "Entity": {**_ENTITY, "required": ["id", "type"]},
    "EntityFound": _ENTITY,
    "EntityFragment": {**_ENTITY, "examples": [{"seats": {"type": "Property", "value": 4}}]},
    "EntityList": _many(reference("Entity"), [ENTITY_EXAMPLE]),
    "EntitiesFound": _many(reference("EntityFound")),
    "EntityWithLinked": {
        "description": "One entity; with join=flat a list of it and of those it is linked to",
        "anyOf": [reference("EntityFound"), reference("EntitiesFound")],
    },
    "Features": _FEATURE,
    "Attribute": {
        "type": "object",
        "properties": {
            "type": {"enum": sorted(VALUE_MEMBER)},
            "observedAt": _MOMENT,
            "unitCode": {"type": "string"},
            "datasetId": _URI,
        },
        "examples": [{"type": "Property", "value": 4}],
    },
    "IdList": _many(_URI, ["urn:ngsi-ld:Bench:1"]),
    "Query": _object(
        {
            "type": {"const": "Query"},
            "entities": _many(
                _object(
                    {"id": _NAMES, "idPattern": {"type": "string"}, "type": {"type": "string"}}, ("type",)
                )
            ),
            "attrs": _many({"type": "string"}),
            "pick": _many({"type": "string"}),
            "omit": _many({"type": "string"}),
            "q": {"type": "string"},
            "scopeQ": {"type": "string"},
            "lang": {"type": "string"},
            "geoQ": _object(
                {
                    "georel": {"type": "string"},
                    "geometry": {"type": "string"},
                    "coordinates": {},
                    "geoproperty": {"type": "string"},
                },
                ("georel", "geometry", "coordinates"),
            ),
            "@context": _CONTEXT,
        },
        ("type",),
        {"type": "Query", "entities": [{"type": "Bench"}], "q": "seats>2"},
    ),
    "TemporalEntity": {
        "type": "object",
        "properties": {"id": _URI, "createdAt": _MOMENT, "modifiedAt": _MOMENT, "deletedAt": _MOMENT},
        "additionalProperties": {
            "description": "States of one attribute, each with its instanceId; or values or sums with their times"
        },
        "examples": [TEMPORAL_EXAMPLE],
    },
    "TemporalFragment": {
        "type": "object",
        "additionalProperties": {"description": "One state of an attribute, or a list of them"},
        "examples": [{"seats": [{"type": "Property", "value": 4, "observedAt": "2026-04-01T10:00:00Z"}]}],
    },
    "TemporalEntityList": _many(reference("TemporalEntity"), [TEMPORAL_EXAMPLE]),
    "TemporalQuery": _object(
        {
            "type": {"const": "Query"},
            "entities": _many(
                _object(
                    {"id": _NAMES, "idPattern": {"type": "string"}, "type": {"type": "string"}}, ("type",)
                )
            ),
            "attrs": _many({"type": "string"}),
            "q": {"type": "string"},
            "temporalQ": _object(
                {
                    "timerel": {"enum": ["before", "after", "between"]},
                    "timeAt": _MOMENT,
                    "endTimeAt": _MOMENT,
                    "timeproperty": {"enum": ["observedAt", "createdAt", "modifiedAt", "deletedAt"]},
                    "lastN": {"type": "integer", "minimum": 1},
                },
                ("timerel", "timeAt"),
            ),
            "aggrParams": _object(
                {"aggrMethods": _many({"type": "string"}), "aggrPeriodDuration": {"type": "string"}}, ()
            ),
            "@context": _CONTEXT,
        },
        ("type", "temporalQ"),
        {
            "type": "Query",
            "entities": [{"type": "Bench"}],
            "temporalQ": {"timerel": "after", "timeAt": "2026-04-01T00:00:00Z"},
        },
    ),
    "BatchResult": _object(
        {
            "success": _many(_URI),
            "errors": _many(
                _object(
                    {"entityId": {"type": "string"}, "registrationId": _URI, "error": reference("Problem")},
                    ("error",),
                )
            ),
        },
        ("success", "errors"),
    ),
    "UpdateResult": _object(
        {
            "updated": _many({"type": "string"}),
            "notUpdated": _many(
                _object({"attributeName": {"type": "string"}, "reason": {}}, ("attributeName", "reason"))
            ),
        },
        ("updated", "notUpdated"),
    ),
    "TypeList": {
        "oneOf": [_object({"typeList": _many({"type": "string"})}, ("typeList",)), _many({"type": "object"})]
    },
    "TypeInformation": _object(
        {"typeName": {"type": "string"}, "entityCount": {"type": "integer"}, "attributeDetails": _many({})},
        ("typeName", "entityCount"),
    ),
    "AttributeList": {
        "oneOf": [
            _object({"attributeList": _many({"type": "string"})}, ("attributeList",)),
            _many({"type": "object"}),
        ]
    },
    "AttributeInformation": _object(
        {"attributeName": {"type": "string"}, "attributeCount": {"type": "integer"}}, ("attributeName",)
    ),
    "ContextDocument": _object(
        {"@context": _CONTEXT}, ("@context",), {"@context": {"seats": "https://example.org/seats"}}
    ),
    "Context": {"type": "object"},
    "ContextList": _many({}),
}
"""Every named schema of the document."""
