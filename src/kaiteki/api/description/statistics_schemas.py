"""The JSON Schema of statistics (an extension beside ETSI GS CIM 009 V1.9.1 clause 5.7.5)."""

from __future__ import annotations

from typing import Final

from kaiteki.model.entity import Json

_COUNT: Final[Json] = {"type": "integer", "minimum": 0}
_MOMENT: Final[Json] = {"type": "string", "format": "date-time"}
_COUNTS: Final[Json] = {"type": "object", "additionalProperties": _COUNT}

STATISTICS_SCHEMAS: Final[dict[str, Json]] = {
    "Statistics": {
        "type": "object",
        "properties": {
            "area": {"type": "string"},
            "entities": _COUNT,
            "typeCount": _COUNT,
            "types": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "type": {"type": "string"},
                        "entities": _COUNT,
                        "attributes": {"type": "object", "additionalProperties": _COUNTS},
                        "firstCreatedAt": _MOMENT,
                        "lastModifiedAt": _MOMENT,
                    },
                    "required": ["type", "entities", "attributes"],
                },
            },
            "lastEvent": _COUNT,
        },
        "required": ["area", "entities", "typeCount", "types", "lastEvent"],
    },
}
"""The schema by name."""
