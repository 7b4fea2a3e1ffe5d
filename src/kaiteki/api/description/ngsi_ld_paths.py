"""The NGSI-LD part of the OpenAPI: paths out of the table of operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kaiteki.api.description.schemas import reference
from kaiteki.api.ngsi_ld.negotiation import GEO_JSON
from kaiteki.api.ngsi_ld.operations import OPERATIONS, Operation
from kaiteki.api.ngsi_ld.options import Parameter, parameter
from kaiteki.api.problems import PROBLEM_TYPE
from kaiteki.model.entity import Json

PREFIX: Final = "/ngsi-ld/v1"
_FOUND: Final = {"Entity": "EntityWithLinked", "EntityList": "EntitiesFound"}
_EXAMPLE_OF_PATH: Final = {
    "entityId": "urn:ngsi-ld:Bench:1",
    "attrId": "seats",
    "type": "Bench",
    "contextId": "urn:ngsi-ld:Context:1",
    "instanceId": "urn:ngsi-ld:Instance:1-0123456789ab",
    "subscriptionId": "urn:ngsi-ld:Subscription:1",
    "entityMapId": "urn:ngsi-ld:EntityMap:1",
    "snapshotId": "urn:ngsi-ld:Snapshot:1",
    "token": "0123456789abcdef0123456789abcdef",
    "registrationId": "urn:ngsi-ld:ContextSourceRegistration:1",
}
_REASONS: Final = {
    200: "Found",
    201: "Created",
    203: "Found, and shown as an older version of the standard had it",
    204: "Done",
    207: "Done in part",
    206: "Found, and cut: complete between the moments of Content-Range",
    304: "As it was",
    400: "The request has a fault",
    401: "An account is needed",
    403: "Not allowed, or too much asked",
    404: "Nothing there",
    406: "Not to be had in this form",
    408: "The body took too long to arrive",
    409: "In conflict with what is there",
    411: "A body with a length is needed",
    413: "Too large",
    414: "The address is too long",
    415: "Not in this form",
    422: "Not supported",
    429: "Too much at the same time",
    502: "A context source did not do what it was asked",
    503: "A @context, or what is kept here, cannot be reached now (Retry-After)",
    504: "A context source did not answer",
    508: "The request has come round in a circle of context sources",
}
_READING: Final = (403, 404, 406, 414, 422, 503)
_WRITING: Final = (401, 403, 404, 409, 414, 422, 502, 503, 504, 508)
_SENDING: Final = (408, 411, 413, 415)


def ngsi_ld_paths(areas: Sequence[str]) -> dict[str, Json]:
    """The paths of every operation, by path; `areas` are the tenants of the node."""
    headers = _headers(areas)
    paths: dict[str, dict[str, Json]] = {}
    for operation in OPERATIONS:
        item = paths.setdefault(PREFIX + operation.path, {"parameters": _path_parameters(operation)})
        item[operation.method.lower()] = _describe(operation, headers)
    return dict(paths)


def _headers(areas: Sequence[str]) -> list[Json]:
    return [
        {
            "name": "NGSILD-Tenant",
            "in": "header",
            "schema": {"type": "string", "enum": list(areas)},
            "description": "The area; without it the first",
        },
        {
            "name": "Link",
            "in": "header",
            "schema": {"type": "string"},
            "description": "The @context of names",
        },
    ]


def _path_parameters(operation: Operation) -> list[Json]:
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 1024},
            "example": _EXAMPLE_OF_PATH[name],
        }
        for name in names
    ]


def _describe(operation: Operation, headers: Sequence[Json]) -> Json:
    through_time = operation.path.startswith("/temporal/")
    described: dict[str, Json] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"ETSI GS CIM 009 V1.9.1 clause {operation.clause}",
        "tags": ["NGSI-LD"],
        "parameters": [
            *(_parameter(parameter(name, through_time)) for name in operation.parameters),
            *headers,
        ],
        "responses": _answers(operation),
    }
    if operation.body:
        schema = {"schema": reference(operation.schema)}
        described["requestBody"] = {"required": True, "content": dict.fromkeys(operation.body, schema)}
    if operation.writes:
        described["security"] = [{"bearer": []}, {"session": []}]
    return described


def _parameter(one: Parameter) -> Json:
    schema: dict[str, Json] = {"type": one.kind}
    if one.values:
        schema["enum"] = list(one.values)
    return {
        "name": one.name,
        "in": "query",
        "description": one.summary,
        "schema": schema,
        "example": one.example,
    }


def _answers(operation: Operation) -> dict[str, Json]:
    answers = {str(status): _answer(operation, status, schema) for status, schema in operation.answers}
    for status in (*(_WRITING if operation.writes else _READING), *(_SENDING if operation.body else ())):
        answers.setdefault(str(status), _answer(operation, status, "Problem"))
    return dict(sorted(answers.items()))


def _answer(operation: Operation, status: int, schema: str) -> Json:
    answer: dict[str, Json] = {"description": _REASONS[status]}
    if status >= 400:
        answer["content"] = {PROBLEM_TYPE: {"schema": reference("Problem")}}
    elif schema == "Stream":
        answer["content"] = {"text/event-stream": {"schema": {"type": "string"}}}
    elif schema:
        named = reference(_FOUND.get(schema, schema))
        shapes = operation.shapes or ("application/json",)
        answer["content"] = {
            shape: {"schema": reference("Features") if shape == GEO_JSON else named} for shape in shapes
        }
    return answer
