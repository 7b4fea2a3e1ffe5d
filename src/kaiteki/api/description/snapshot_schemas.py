"""The JSON Schemas of snapshots (ETSI GS CIM 009 V1.9.1 clauses 5.2.41 and 5.2.42)."""

from __future__ import annotations

from typing import Final

from kaiteki.model.entity import Json
from kaiteki.model.snapshot import PRIORITY_MAX

_URI: Final[Json] = {"type": "string", "minLength": 1, "maxLength": 1024}
_MOMENT: Final[Json] = {"type": "string", "format": "date-time"}
_RESULT: Final[Json] = {"enum": ["success", "partial", "empty", "failure"]}
_QUERIES: Final[Json] = {"type": "array", "items": {"type": "object"}, "minItems": 1}
_CHANGEABLE: Final[dict[str, Json]] = {
    "snapshotPriority": {"type": "integer", "minimum": 1, "maximum": PRIORITY_MAX},
    "snapshotLifetime": {"type": "string"},
    "endpoint": _URI,
    "receiverInfo": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"key": {"type": "string"}, "value": {"type": "string"}},
            "required": ["key", "value"],
        },
    },
}
_DETAILS: Final[Json] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"resultStatus": _RESULT, "problemDetails": {"type": "object"}},
        "required": ["resultStatus"],
    },
}
_TAKEN: Final[dict[str, Json]] = {"snapshotQueries": _QUERIES, "snapshotTemporalQueries": _QUERIES}

SNAPSHOT_SCHEMAS: Final[dict[str, Json]] = {
    "Snapshot": {
        "type": "object",
        "properties": {"id": _URI, "type": {"const": "Snapshot"}, **_TAKEN, **_CHANGEABLE},
        "required": ["type"],
        "anyOf": [{"required": [name]} for name in _TAKEN],
        "examples": [
            {"type": "Snapshot", "snapshotQueries": [{"type": "Query", "entities": [{"type": "Bench"}]}]}
        ],
    },
    "SnapshotFound": {
        "type": "object",
        "properties": {
            "id": _URI,
            "type": {"const": "Snapshot"},
            **_TAKEN,
            "snapshotStatus": _RESULT,
            "snapshotQueriesDetails": _DETAILS,
            "snapshotTemporalQueriesDetails": _DETAILS,
            "createdAt": _MOMENT,
            "modifiedAt": _MOMENT,
            "lastUsedAt": _MOMENT,
            "expiresAt": _MOMENT,
            **_CHANGEABLE,
        },
        "required": ["id", "type", "snapshotStatus", "createdAt", "expiresAt"],
    },
    "SnapshotFragment": {
        "type": "object",
        "properties": {"type": {"const": "Snapshot"}, **_CHANGEABLE},
        "examples": [{"snapshotLifetime": "PT2H"}],
    },
}
"""The schemas by name."""
