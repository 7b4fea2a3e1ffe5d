"""The whole OpenAPI document of a node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaiteki.api.description.audit_paths import audit_paths
from kaiteki.api.description.file_paths import file_paths
from kaiteki.api.description.ngsi_ld_paths import ngsi_ld_paths
from kaiteki.api.description.ngsi_v2_paths import V2_SCHEMAS, ngsi_v2_paths
from kaiteki.api.description.photo_paths import photo_paths
from kaiteki.api.description.schemas import SCHEMAS, area_parameter, reference
from kaiteki.api.description.snapshot_schemas import SNAPSHOT_SCHEMAS
from kaiteki.api.description.source_schemas import SOURCE_SCHEMAS
from kaiteki.api.description.statistics_schemas import STATISTICS_SCHEMAS
from kaiteki.api.problems import PROBLEM_TYPE
from kaiteki.kit.forms import schema
from kaiteki.kit.manifest import Command, Service
from kaiteki.model.access import ANYONE
from kaiteki.model.entity import Json

_REFUSALS: Final = (
    (400, "Not JSON"),
    (401, "An account is needed"),
    (403, "Not allowed for this account"),
    (404, "Nothing there"),
    (409, "Not in the present state"),
    (410, "Gone"),
    (413, "Too large"),
    (415, "Not application/json"),
    (422, "Fields to mend, all at once, in every language"),
    (429, "Too many"),
    (503, "What is kept here cannot be reached now (Retry-After)"),
)


def describe_node(
    services: Sequence[Service], areas: Sequence[str], version: str, parts: Sequence[Mapping[str, Any]]
) -> Json:
    """The OpenAPI 3.1 document: data plane, commands of the services, photos, health.

    `parts` are documents of the same form (tags, paths, components) about addresses that stand beside these.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kaiteki",
            "summary": "A city OS: the data plane of a city and the services on it",
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "NGSI-LD", "description": "The entities of an area (ETSI GS CIM 009 V1.9.1)"},
            {"name": "NGSI v2", "description": "The same entities as FIWARE-NGSI v2 (Orion) words them"},
            *({"name": one.name, "description": f"{one.summary.en} / {one.summary.ja}"} for one in services),
            *(tag for part in parts for tag in part.get("tags", ())),
            {"name": "node", "description": "Whether the node is well"},
        ],
        "paths": _with_what_all_may_get(
            {
                **ngsi_ld_paths(areas),
                **ngsi_v2_paths(areas),
                **_service_paths(services, areas),
                **photo_paths(areas),
                **audit_paths(areas),
                **file_paths(services, areas),
                **{path: item for part in parts for path, item in part.get("paths", {}).items()},
                **_NODE_PATHS,
            }
        ),
        "components": {
            "schemas": {
                **SCHEMAS,
                **SOURCE_SCHEMAS,
                **SNAPSHOT_SCHEMAS,
                **STATISTICS_SCHEMAS,
                **V2_SCHEMAS,
                **_form_schemas(services),
                **{name: shape for part in parts for name, shape in _schemas(part).items()},
            },
            "securitySchemes": _WHO_ASKS,
        },
    }


_TOO_OFTEN: Final[Json] = {
    "description": "Asked too often by this address, account, key or client",
    "headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}},
    "content": {PROBLEM_TYPE: {"schema": reference("Problem")}},
}
_NOT_KNOWN: Final[Json] = {
    "description": "The token, or the API key, is not known here",
    "content": {PROBLEM_TYPE: {"schema": reference("Problem")}},
}
_NOT_FOR_THIS: Final[Json] = {
    "description": "Not allowed for this account, or not for this purpose",
    "content": {PROBLEM_TYPE: {"schema": reference("Problem")}},
}
_UNCOUNTED: Final = frozenset({"/health/live"})
"""Addresses that answer whoever asks, however often."""


def _with_what_all_may_get(paths: Mapping[str, Any]) -> dict[str, Json]:
    """The paths with the refusals that stand before every operation: unknown keys and tokens, too many requests."""
    told: dict[str, Json] = {}
    for path, item in paths.items():
        told[path] = item if path in _UNCOUNTED else {key: _refusing(key, one) for key, one in item.items()}
    return told


def _refusing(key: str, operation: Any) -> Any:
    """An operation with these refusals, unless it words them itself; whatever else stands beside operations as it is."""
    if key == "parameters":
        return operation
    words = operation["responses"]
    by_account = {"403": _NOT_FOR_THIS} if operation.get("security") else {}
    refusals = {"401": _NOT_KNOWN, **by_account, "429": _TOO_OFTEN}
    return {**operation, "responses": dict(sorted({**refusals, **words}.items()))}


_WHO_ASKS: Final[dict[str, Json]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of a machine (kaiteki user add), or an access token (/oauth/token)",
    },
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A key with a quota of its own; it opens nothing ({area}/my/api-keys)",
    },
    "session": {"type": "apiKey", "in": "cookie", "name": "kaiteki_session"},
}
"""How somebody says who asks."""


def _schemas(part: Mapping[str, Any]) -> Mapping[str, Json]:
    return part.get("components", {}).get("schemas", {})


_IDEMPOTENCY_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "maxLength": 200},
    "description": "The same key runs the command once and answers the same again",
}


def _json(schema_: Json) -> Json:
    return {"application/json": {"schema": schema_}}


_NODE_PATHS: Final[dict[str, Json]] = {
    "/health/live": {
        "get": {
            "operationId": "live",
            "tags": ["node"],
            "summary": "Whether the node answers at all",
            "responses": {
                "200": {
                    "description": "It does",
                    "content": _json({"type": "object", "required": ["status"]}),
                }
            },
        }
    },
    "/health/ready": {
        "get": {
            "operationId": "ready",
            "tags": ["node"],
            "summary": "Whether every part of the node can do its work",
            "responses": {
                status: {
                    "description": words,
                    "content": _json({"type": "object", "required": ["status", "parts"]}),
                }
                for status, words in (("200", "All can"), ("503", "Some cannot"))
            },
        }
    },
    "/version": {
        "get": {
            "operationId": "version",
            "tags": ["node"],
            "summary": "Which version answers, and which protocols it speaks",
            "responses": {
                "200": {
                    "description": "What it is",
                    "content": _json({"type": "object", "required": ["kaiteki", "speaks"]}),
                }
            },
        }
    },
    "/metrics": {
        "get": {
            "operationId": "metrics",
            "tags": ["node"],
            "summary": "Counters for Prometheus, for this machine and whom the operator names",
            "responses": {
                "403": {
                    "description": "Not for who asks",
                    "content": {"text/plain": {"schema": {"type": "string"}}},
                },
                "200": {
                    "description": "Text format",
                    "content": {"text/plain": {"schema": {"type": "string"}}},
                },
            },
        }
    },
}


def _service_paths(services: Sequence[Service], areas: Sequence[str]) -> dict[str, Json]:
    area = area_parameter(areas)
    listing: Json = {
        "parameters": [area],
        "get": {
            "operationId": "listServices",
            "summary": "The services of an area and their commands",
            "tags": ["node"],
            "responses": {
                "200": {
                    "description": "Found",
                    "content": _json({"type": "object", "required": ["services"]}),
                },
                "404": {
                    "description": "No such area",
                    "content": {PROBLEM_TYPE: {"schema": reference("Problem")}},
                },
            },
        },
    }
    paths: dict[str, Json] = {"/{area}/services": listing}
    for service in services:
        for command in service.commands:
            path = f"/{{area}}/services/{service.name}/{command.name}"
            paths[path] = {"parameters": [area], "post": _describe(service, command)}
    return paths


def _describe(service: Service, command: Command) -> Json:
    refused = {PROBLEM_TYPE: {"schema": reference("Refused")}}
    form, _ = _form_schema(service, command)
    described: dict[str, Json] = {
        "operationId": f"{service.name}.{command.name}",
        "summary": command.words.en,
        "description": command.words.ja,
        "tags": [service.name],
        "parameters": [_IDEMPOTENCY_KEY],
        "requestBody": {"required": True, "content": _json(form)},
        "responses": {
            "200": {"description": "Done", "content": _json({"type": "object"})},
            **{str(status): {"description": words, "content": refused} for status, words in _REFUSALS},
        },
    }
    if ANYONE not in command.roles:
        described["security"] = [{"bearer": []}, {"session": []}]
    return described


def _form_schemas(services: Sequence[Service]) -> dict[str, Json]:
    return {
        name: shape
        for service in services
        for command in service.commands
        for name, shape in _form_schema(service, command)[1].items()
    }


def _form_schema(service: Service, command: Command) -> tuple[Json, dict[str, Json]]:
    """The schema of a form, and the schemas it points to under names that are unique in the document."""
    prefix = f"{service.name}.{command.name}."
    text = msgspec.json.encode(schema(command.form)).replace(
        b"#/$defs/", f"#/components/schemas/{prefix}".encode()
    )
    document = msgspec.json.decode(text)
    pointed = document.pop("$defs", {})
    return document, {prefix + name: shape for name, shape in pointed.items()}


def description_route(document: Json) -> Route:
    """`/openapi.json`."""
    body = msgspec.json.encode(document)

    async def show(_request: Request) -> Response:
        headers = {"access-control-allow-origin": "*", "cache-control": "max-age=300"}
        return Response(body, 200, headers, media_type="application/json")

    return Route("/openapi.json", show)
