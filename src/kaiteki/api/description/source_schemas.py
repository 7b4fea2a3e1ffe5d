"""The JSON Schemas of registrations of context sources (ETSI GS CIM 009 V1.9.1 clauses 5.2.8 to 5.2.11 and 5.2.34)."""

from __future__ import annotations

from typing import Final

from kaiteki.api.description.schemas import reference
from kaiteki.model.entity import Json
from kaiteki.model.sources.operations import GROUPS, OPERATIONS
from kaiteki.model.sources.registration import MODES, REGISTRATION_TYPE

_TEXT: Final[Json] = {"type": "string"}
_TEXTS: Final[Json] = {"type": "array", "items": _TEXT, "minItems": 1}
_TEXT_OR_TEXTS: Final[Json] = {"oneOf": [_TEXT, _TEXTS]}
_URI: Final[Json] = {"type": "string", "minLength": 1, "maxLength": 1024}
_OPERATION: Final[Json] = {
    "type": "object",
    "properties": {"name": _TEXT, "method": _TEXT, "path": _TEXT, "clause": _TEXT},
    "required": ["name", "method", "path"],
}
_MOMENT: Final[Json] = {"type": "string", "format": "date-time"}
_STRETCH: Final[Json] = {
    "type": "object",
    "properties": {"startAt": _MOMENT, "endAt": _MOMENT},
    "required": ["startAt"],
}
_GEOMETRY: Final[Json] = {"type": "object", "properties": {"type": _TEXT}, "required": ["type"]}
_ENTITY: Final[Json] = {
    "type": "object",
    "properties": {"id": _URI, "idPattern": _TEXT, "type": _TEXT_OR_TEXTS},
    "required": ["type"],
}
_INFORMATION: Final[Json] = {
    "type": "object",
    "properties": {
        "entities": {"type": "array", "items": _ENTITY, "minItems": 1},
        "propertyNames": _TEXTS,
        "relationshipNames": _TEXTS,
    },
}
_OPERATIONS: Final[Json] = {
    "type": "array",
    "items": {"enum": sorted({*OPERATIONS, *GROUPS})},
    "minItems": 1,
}
_REGISTRATION: Final[dict[str, Json]] = {
    "id": _URI,
    "type": {"const": REGISTRATION_TYPE},
    "registrationName": _TEXT,
    "description": _TEXT,
    "information": {"type": "array", "items": _INFORMATION, "minItems": 1},
    "tenant": _TEXT,
    "observationInterval": _STRETCH,
    "managementInterval": _STRETCH,
    "location": _GEOMETRY,
    "observationSpace": _GEOMETRY,
    "operationSpace": _GEOMETRY,
    "expiresAt": _MOMENT,
    "endpoint": _URI,
    "contextSourceInfo": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"key": _TEXT, "value": _TEXT},
            "required": ["key", "value"],
        },
        "minItems": 1,
    },
    "contextSourceAlias": _TEXT,
    "scope": _TEXT_OR_TEXTS,
    "mode": {"enum": list(MODES)},
    "operations": {"oneOf": [_TEXT, _OPERATIONS]},
    "refreshRate": _TEXT,
    "management": {
        "type": "object",
        "properties": {
            "localOnly": {"type": "boolean"},
            "cacheDuration": _TEXT,
            "timeout": {"type": "number"},
            "cooldown": {"type": "number"},
        },
    },
    "datasetId": _TEXT_OR_TEXTS,
    "@context": {"description": "A JSON-LD @context: an address, an object, or a list of them"},
}
_EXAMPLE: Final[Json] = {
    "type": REGISTRATION_TYPE,
    "information": [{"entities": [{"type": "Bench"}]}],
    "endpoint": "https://broker.example.org",
}
_TEMPORAL: Final[Json] = {
    "type": "object",
    "properties": {
        "timerel": {"enum": ["before", "after", "between"]},
        "timeAt": _MOMENT,
        "endTimeAt": _MOMENT,
        "timeproperty": {"enum": ["observedAt", "createdAt", "modifiedAt", "deletedAt"]},
    },
    "required": ["timerel", "timeAt"],
}


def _watching(schema: str, *examples: Json) -> Json:
    """The schema of a subscription to registrations: that of one to entities, with a temporal query."""
    known: dict[str, Json] = {"allOf": [reference(schema)], "properties": {"temporalQ": _TEMPORAL}}
    return {**known, "examples": list(examples)} if examples else known


SOURCE_SCHEMAS: Final[dict[str, Json]] = {
    "Registration": {
        "type": "object",
        "properties": _REGISTRATION,
        "required": ["type", "information", "endpoint"],
        "examples": [_EXAMPLE],
    },
    "RegistrationFragment": {
        "type": "object",
        "properties": _REGISTRATION,
        "examples": [{"description": "Benches of the neighbours"}],
    },
    "RegistrationFound": {
        "type": "object",
        "properties": {
            **_REGISTRATION,
            "status": {"enum": ["ok", "failed"]},
            "timesSent": {"type": "integer"},
            "timesFailed": {"type": "integer"},
            "lastSuccess": _MOMENT,
            "lastFailure": _MOMENT,
            "createdAt": _MOMENT,
            "modifiedAt": _MOMENT,
        },
        "required": ["id", "type", "information", "endpoint"],
    },
    "EntityMap": {
        "type": "object",
        "properties": {
            "id": _URI,
            "type": {"const": "EntityMap"},
            "expiresAt": _MOMENT,
            "entityMap": {"type": "object", "additionalProperties": _TEXTS},
            "linkedMaps": {"type": "object"},
        },
        "required": ["id", "type", "expiresAt", "entityMap"],
    },
    "EntityMapFragment": {
        "type": "object",
        "properties": {"expiresAt": _MOMENT},
        "required": ["expiresAt"],
        "examples": [{"expiresAt": "2030-01-01T00:00:00Z"}],
    },
    "SourceIdentity": {
        "type": "object",
        "properties": {
            "id": _URI,
            "type": {"const": "ContextSourceIdentity"},
            "contextSourceAlias": _TEXT,
            "contextSourceUptime": _TEXT,
            "contextSourceTimeAt": _MOMENT,
        },
        "required": ["id", "type", "contextSourceAlias", "contextSourceUptime", "contextSourceTimeAt"],
    },
    "Conformance": {
        "type": "object",
        "properties": {
            "id": _URI,
            "type": {"const": "ConformanceInformation"},
            "specification": _TEXT,
            "version": _TEXT,
            "operations": {"type": "array", "items": _OPERATION},
            "extensions": {"type": "array", "items": _OPERATION},
        },
        "required": ["id", "type", "specification", "version", "operations", "extensions"],
    },
    "SourceTold": {
        "type": "object",
        "properties": {
            "id": _URI,
            "type": {"const": "Notification"},
            "subscriptionId": _URI,
            "notifiedAt": _MOMENT,
            "data": {"type": "array", "items": reference("EntityFound")},
        },
        "required": ["type", "subscriptionId", "data"],
        "examples": [
            {"type": "Notification", "subscriptionId": "urn:ngsi-ld:Subscription:1", "data": []},
        ],
    },
    "SourceSubscription": _watching(
        "Subscription",
        {
            "type": "Subscription",
            "entities": [{"type": "Bench"}],
            "notification": {"endpoint": {"uri": "https://receiver.example.org/n"}},
        },
    ),
    "SourceSubscriptionFound": _watching("SubscriptionFound"),
    "SourceSubscriptionFragment": _watching("SubscriptionFragment", {"isActive": False}),
    "SourceSubscriptionList": {"type": "array", "items": reference("SourceSubscriptionFound")},
    "RegistrationList": {"type": "array", "items": reference("RegistrationFound")},
}
"""Every named schema of registrations."""
