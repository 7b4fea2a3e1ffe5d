"""The NGSI v2 part of the OpenAPI: paths and schemas out of the table of operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kaiteki.api.description.schemas import reference
from kaiteki.api.ngsi_v2.operations import JSON, OPERATIONS, TEXT, Operation
from kaiteki.model.entity import Json

PREFIX: Final = "/v2"
_EXAMPLE_OF_PATH: Final = {
    "entityId": "urn:ngsi-ld:Bench:1",
    "attrName": "seats",
    "entityType": "Bench",
    "subscriptionId": "6650a1b2c3d4e5f601234567",
    "registrationId": "6650a1b2c3d4e5f601234568",
}
_PARAMETERS: Final[dict[str, tuple[str, Json]]] = {
    "id": ("Ids, separated by commas", "Room1"),
    "idPattern": ("Regular expression over ids", "^Room"),
    "type": ("Types, separated by commas; of one entity the type it must have", "Bench"),
    "typePattern": ("Regular expression over types", "^B"),
    "q": ("Filter over values", "seats>2;!broken"),
    "mq": ("Filter over metadata", "seats.accuracy<1"),
    "georel": ("Geographic relation", "near;maxDistance:1000"),
    "geometry": ("Kind of the reference geometry: point, line, polygon, box", "point"),
    "coords": ("Latitude and longitude, pairs separated by semicolons", "35.6073,140.1233"),
    "limit": ("Items of a page, at most 1000", 20),
    "offset": ("Items to skip", 0),
    "orderBy": ("Names, with ! downwards, by commas; geo:distance beside a geo query", "!seats"),
    "attrs": ("Attributes to show, by commas; * for all, builtin ones by name", "seats,dateModified"),
    "metadata": ("Metadata to show, by commas", "accuracy"),
}
_WORDS: Final = {200: "Found", 201: "Created", 204: "Done"}
_REFUSALS: Final = {
    400: "The request has a fault",
    401: "An account is needed",
    403: "Not allowed for this account",
    404: "Nothing there",
    406: "Not to be had in this form",
    408: "The body took too long to arrive",
    411: "A body is needed",
    413: "Too large",
    415: "Not in this form",
    422: "Not possible in the present state",
    502: "A context source did not do what it was asked",
    503: "What is kept here cannot be reached now (Retry-After)",
    504: "A context source did not answer",
    508: "The request has come round in a circle of context sources",
}
_READING: Final = (400, 401, 403, 404, 406, 503)
_WRITING: Final = (400, 401, 403, 404, 422, 502, 503, 504, 508)
_SENDING: Final = (408, 411, 413, 415)


def _object(properties: dict[str, Json], example: Json, required: tuple[str, ...] = ()) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "examples": [example],
    }


_NAME: Final[Json] = {"type": "string", "minLength": 1, "maxLength": 256}
_ATTRIBUTE: Final[Json] = {"type": "Number", "value": 3, "metadata": {}}
_BENCH: Final[Json] = {"id": "urn:ngsi-ld:Bench:1", "type": "Bench", "seats": _ATTRIBUTE}
_SUBJECT: Final[Json] = {
    "entities": [{"idPattern": ".*", "type": "Bench"}],
    "condition": {"attrs": ["seats"]},
}
_NOTIFICATION: Final[Json] = {"http": {"url": "https://receiver.example/notify"}, "attrs": ["seats"]}
_SUBSCRIPTION: Final[dict[str, Json]] = {
    "description": {"type": "string", "maxLength": 1024},
    "subject": {"type": "object"},
    "notification": {"type": "object"},
    "expires": {"type": "string"},
    "status": {"type": "string"},
    "throttling": {"type": "integer", "minimum": 0},
}
_PROVIDED: Final[Json] = {"entities": [{"idPattern": ".*", "type": "Bench"}], "attrs": ["seats"]}
_PROVIDER: Final[Json] = {"http": {"url": "https://provider.example/v2"}, "supportedForwardingMode": "all"}
_REGISTRATION: Final[dict[str, Json]] = {
    "description": {"type": "string", "maxLength": 1024},
    "dataProvided": {"type": "object"},
    "provider": {"type": "object"},
    "expires": {"type": "string"},
    "status": {"enum": ["active", "inactive"]},
}
_LISTED: Final[Json] = {"type": "array", "items": {"type": "object"}}

V2_SCHEMAS: Final[dict[str, Json]] = {
    "V2Error": {
        "type": "object",
        "properties": {"error": {"type": "string"}, "description": {"type": "string"}},
        "required": ["error", "description"],
    },
    "V2Resources": {"type": "object", "additionalProperties": {"type": "string"}},
    "V2Entity": _object({"id": _NAME, "type": _NAME}, _BENCH, ("id",)),
    "V2Attributes": {"type": "object", "examples": [{"seats": _ATTRIBUTE}]},
    "V2Attribute": _object({"type": _NAME, "value": {}, "metadata": {"type": "object"}}, _ATTRIBUTE),
    "V2Value": {
        "description": "A JSON value, or as text a string in double quotes, a number, true, false, null"
    },
    "V2Shown": {"type": ["object", "array"]},
    "V2List": {"type": "array"},
    "V2Type": {
        "type": "object",
        "properties": {"attrs": {"type": "object"}, "count": {"type": "integer"}},
        "required": ["attrs", "count"],
    },
    "V2Update": _object(
        {
            "actionType": {"enum": ["append", "appendStrict", "update", "delete", "replace"]},
            "entities": _LISTED,
        },
        {"actionType": "append", "entities": [_BENCH]},
        ("actionType", "entities"),
    ),
    "V2Query": _object(
        {
            "entities": _LISTED,
            "attrs": {"type": "array", "items": {"type": "string"}},
            "metadata": {"type": "array", "items": {"type": "string"}},
            "expression": {"type": "object"},
        },
        {"entities": [{"type": "Bench"}], "expression": {"q": "seats>2"}},
    ),
    "V2Notification": _object(
        {"subscriptionId": {"type": "string"}, "data": _LISTED},
        {"subscriptionId": "1", "data": [_BENCH]},
        ("subscriptionId", "data"),
    ),
    "V2Subscription": _object(
        _SUBSCRIPTION, {"subject": _SUBJECT, "notification": _NOTIFICATION}, ("subject", "notification")
    ),
    "V2SubscriptionPart": _object(_SUBSCRIPTION, {"status": "inactive"}),
    "V2Registration": _object(
        _REGISTRATION, {"dataProvided": _PROVIDED, "provider": _PROVIDER}, ("dataProvided", "provider")
    ),
    "V2RegistrationPart": _object(_REGISTRATION, {"status": "inactive"}),
    "V2RegistrationShown": _object(
        {
            **_REGISTRATION,
            "id": _NAME,
            "status": {"enum": ["active", "inactive", "expired"]},
            "forwardingInformation": {"type": "object"},
        },
        {
            "id": "6650a1b2c3d4e5f601234568",
            "dataProvided": _PROVIDED,
            "provider": _PROVIDER,
            "status": "active",
        },
        ("id", "dataProvided", "provider", "status"),
    ),
}
"""The schemas of the NGSI v2 face by name."""


def ngsi_v2_paths(areas: Sequence[str]) -> dict[str, Json]:
    """The paths of every operation, by path; `areas` are the services of the node."""
    headers = _headers(areas)
    paths: dict[str, dict[str, Json]] = {}
    for operation in OPERATIONS:
        item = paths.setdefault(PREFIX + operation.path, {"parameters": _path_parameters(operation)})
        item[operation.method.lower()] = _describe(operation, headers)
    return dict(paths)


def _headers(areas: Sequence[str]) -> list[Json]:
    return [
        {
            "name": "Fiware-Service",
            "in": "header",
            "schema": {"type": "string", "enum": list(areas)},
            "description": "The area; without it the first",
        },
        {
            "name": "Fiware-ServicePath",
            "in": "header",
            "schema": {"type": "string"},
            "description": "The scope, like /park/east; reading also /park/#",
        },
    ]


def _path_parameters(operation: Operation) -> list[Json]:
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    return [
        {"name": name, "in": "path", "required": True, "schema": _NAME, "example": _EXAMPLE_OF_PATH[name]}
        for name in names
    ]


def _describe(operation: Operation, headers: Sequence[Json]) -> Json:
    described: dict[str, Json] = {
        "operationId": f"v2.{operation.name}",
        "summary": operation.summary,
        "description": "FIWARE-NGSI v2",
        "tags": ["NGSI v2"],
        "parameters": [*(_parameter(operation, name) for name in operation.parameters), *headers],
        "responses": _answers(operation),
    }
    if operation.body:
        content: dict[str, Json] = {JSON: {"schema": reference(operation.schema)}}
        if TEXT in operation.body:
            content[TEXT] = {"schema": {"type": "string"}, "example": '"closed"'}
        described["requestBody"] = {"required": True, "content": content}
    if operation.writes:
        described["security"] = [{"bearer": []}, {"session": []}]
    return described


def _parameter(operation: Operation, name: str) -> Json:
    if name == "options":
        words = operation.options
        summary, example = f"Words by commas: {', '.join(words) or 'none'}", next(iter(words), "")
    else:
        summary, example = _PARAMETERS[name]
    schema: Json = {"type": "integer" if isinstance(example, int) else "string"}
    return {"name": name, "in": "query", "description": summary, "schema": schema, "example": example}


def _answers(operation: Operation) -> dict[str, Json]:
    answers: dict[str, Json] = {}
    for status, schema in operation.answers:
        answers[str(status)] = {"description": _WORDS[status]}
        if schema:
            answers[str(status)]["content"] = {
                shape: {"schema": reference(schema) if shape == JSON else {"type": "string"}}
                for shape in operation.shapes
            }
    refused: Json = {JSON: {"schema": reference("V2Error")}}
    for status in (*(_WRITING if operation.writes else _READING), *(_SENDING if operation.body else ())):
        answers[str(status)] = {"description": _REFUSALS[status], "content": refused}
    return dict(sorted(answers.items()))
