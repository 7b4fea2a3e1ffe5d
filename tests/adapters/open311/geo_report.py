"""The five documents of GeoReport v2 (and the update extension) as JSON Schemas, written from the specification; XML back to values."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$"}
TEXT = {"type": ["string", "null"]}
SURE = {"type": "string", "minLength": 1}
MAYBE_TIME = {**TIME, "type": ["string", "null"]}
LINK = {"type": ["string", "null"], "pattern": "^https?://"}
NUMBER = {"type": ["number", "null"]}


def _object(properties: dict[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


SERVICES = {
    "type": "array",
    "items": _object(
        {
            "service_code": SURE,
            "service_name": SURE,
            "description": {"type": "string"},
            "metadata": {"type": "boolean"},
            "type": {"enum": ["realtime", "batch", "blackbox"]},
            "keywords": TEXT,
            "group": TEXT,
            "residents_may_mend": {"type": "boolean"},
        },
        ("service_code", "service_name", "description", "metadata", "type", "keywords", "group"),
    ),
}
DEFINITION = _object(
    {
        "service_code": SURE,
        "attributes": {
            "type": "array",
            "items": _object(
                {
                    "variable": {"type": "boolean"},
                    "code": SURE,
                    "datatype": {
                        "enum": ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
                    },
                    "required": {"type": "boolean"},
                    "datatype_description": TEXT,
                    "order": {"type": "integer", "minimum": 1},
                    "description": SURE,
                    "values": {
                        "type": "array",
                        "minItems": 1,
                        "items": _object({"key": SURE, "name": SURE}, ("key", "name")),
                    },
                },
                (
                    "variable",
                    "code",
                    "datatype",
                    "required",
                    "datatype_description",
                    "order",
                    "description",
                ),
            ),
        },
    },
    ("service_code", "attributes"),
)
POSTED = {
    "type": "array",
    "minItems": 1,
    "maxItems": 1,
    "items": _object(
        {
            "service_request_id": SURE,
            "token": TEXT,
            "service_notice": TEXT,
            "account_id": TEXT,
        },
        ("service_request_id",),
    ),
}
REQUESTS = {
    "type": "array",
    "items": _object(
        {
            "service_request_id": SURE,
            "status": {"enum": ["open", "closed"]},
            "status_notes": TEXT,
            "service_name": SURE,
            "service_code": SURE,
            "description": {**TEXT, "maxLength": 4000},
            "agency_responsible": TEXT,
            "service_notice": TEXT,
            "requested_datetime": TIME,
            "updated_datetime": TIME,
            "expected_datetime": MAYBE_TIME,
            "address": TEXT,
            "address_id": TEXT,
            "zipcode": TEXT,
            "lat": NUMBER,
            "long": NUMBER,
            "media_url": LINK,
            "detailed_status": TEXT,
            "title": TEXT,
        },
        (
            "service_request_id",
            "status",
            "service_name",
            "service_code",
            "requested_datetime",
            "updated_datetime",
            "lat",
            "long",
        ),
    ),
}
REQUEST = {**REQUESTS, "minItems": 1, "maxItems": 1}
UPDATES = {
    "type": "array",
    "items": _object(
        {
            "update_id": SURE,
            "service_request_id": SURE,
            "status": {"enum": ["OPEN", "CLOSED"]},
            "updated_datetime": TIME,
            "description": SURE,
            "external_status_code": SURE,
            "media_url": LINK,
        },
        ("update_id", "service_request_id", "status", "updated_datetime", "description"),
    ),
}
TOKENS = {
    "type": "array",
    "minItems": 1,
    "maxItems": 1,
    "items": _object({"service_request_id": SURE, "token": SURE}, ("service_request_id", "token")),
}
POSTED_UPDATES = {
    "type": "array",
    "minItems": 1,
    "maxItems": 1,
    "items": _object({"update_id": SURE}, ("update_id",)),
}
DISCOVERY = _object(
    {
        "changeset": TIME,
        "contact": SURE,
        "key_service": SURE,
        "endpoints": {
            "type": "array",
            "minItems": 1,
            "items": _object(
                {
                    "specification": SURE,
                    "url": LINK,
                    "changeset": TIME,
                    "type": {"enum": ["production", "test"]},
                    "formats": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                },
                ("specification", "url", "changeset", "type", "formats"),
            ),
        },
    },
    ("changeset", "contact", "key_service", "endpoints"),
)
ERRORS = {
    "type": "array",
    "minItems": 1,
    "items": _object(
        {"code": {"type": "integer"}, "description": SURE},
        ("code", "description"),
    ),
}
LISTS = frozenset(
    {
        "services",
        "service_requests",
        "attributes",
        "values",
        "errors",
        "endpoints",
        "formats",
        "service_request_updates",
        "places",
    }
)


def read_xml(document: bytes) -> Any:
    """An XML document as values: lists where the specification has lists, texts everywhere else."""
    return _read(ElementTree.fromstring(document))


def _read(element: ElementTree.Element) -> Any:
    if element.tag in LISTS:
        return [_read(child) for child in element]
    if len(element):
        return {child.tag: _read(child) for child in element}
    return element.text or ""


def canonical(value: Any) -> Any:
    """JSON values with every scalar as the text that XML has for it."""
    if isinstance(value, dict):
        return {key: canonical(part) for key, part in value.items()}
    if isinstance(value, list):
        return [canonical(part) for part in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
