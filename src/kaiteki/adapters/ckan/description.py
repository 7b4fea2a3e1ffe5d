"""What `/openapi.json` says of the Action API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kaiteki.adapters.ckan.actions import ACTIONS
from kaiteki.adapters.ckan.bound import PREFIX, ROOT
from kaiteki.model.entity import Json

TAG: Final = "CKAN Action API"
ROUTES: Final = {"/3/action/{action}": "versioned", "/action/{action}": "plain"}
_PARAMETERS: Final[Mapping[str, str]] = {
    "id": "UUID, name or URN of what is wanted",
    "name": "The name of an action (help_show)",
    "q": "Words; in package_search with fields, phrases, AND, OR, NOT and ranges",
    "fq": "A filter in the same language",
    "query": "field:text (resource_search); a part of a keyword (tag_list)",
    "resource_id": "The UUID of a resource whose datastore_active is true",
    "filters": "JSON: column -> value or list of values",
    "fields": "Columns, commas between",
    "sort": "Order, as in: metadata_modified desc, name asc",
    "rows": "Data sets of a page, at most 1,000",
    "start": "Data sets before the page",
    "limit": "Rows of a page, at most 1,000",
    "offset": "Rows before the page",
    "facet": "Whether to count facets",
    "facet.field": "JSON list of facets to count",
    "facet.limit": "Values of a facet; -1 for all",
    "facet.mincount": "The least count that is told",
    "all_fields": "Objects instead of names",
    "include_datasets": "With its data sets",
    "include_total": "With the number of all matches",
    "records_format": "objects, lists, csv or tsv",
    "organizations": "Only those of these names",
    "groups": "Only those of these names",
    "sql": "Refused",
}
_ENVELOPE: Final[Mapping[str, Json]] = {
    "type": "object",
    "required": ["success"],
    "properties": {
        "help": {"type": "string"},
        "success": {"type": "boolean"},
        "result": {},
        "error": {"type": "object"},
    },
}
_REFUSALS: Final = {
    "400": "No such action, no query that can be read, a parameter more than once, or no JSON",
    "403": "The key is none",
    "404": "Nothing of that name",
    "409": "A parameter cannot be what it is; `error` names it",
    "413": "The body is too large",
    "429": "Too many",
    "503": "What is kept here cannot be reached now (Retry-After)",
}


def describe(areas: Sequence[str]) -> dict[str, Json]:
    """Tags and paths (OpenAPI 3.1)."""
    about = (
        "Open data by the Action API of CKAN (v3), for reading, so that clients and harvesters of CKAN work"
    )
    paths: dict[str, Json] = {
        PREFIX + path: {
            "get": _operation(
                areas, f"ckan.get_{name}", [_query(one, why) for one, why in _PARAMETERS.items()]
            ),
            "post": {**_operation(areas, f"ckan.post_{name}", []), "requestBody": _BODY},
        }
        for path, name in ROUTES.items()
    }
    for path in ("", "/3"):
        paths[PREFIX + path] = {"get": _version(areas, path)}
    for path in ("", "/"):
        paths[ROOT + path] = {"get": _index(areas, path)}
    return {"tags": [{"name": TAG, "description": about}], "paths": paths}


_BODY: Final[Json] = {
    "description": "The parameters of the action, as in a query",
    "content": {"application/json": {"schema": {"type": "object"}}},
}


def _area(areas: Sequence[str]) -> Json:
    return {"name": "area", "in": "path", "required": True, "schema": {"type": "string", "enum": list(areas)}}


def _query(name: str, why: str) -> Json:
    return {"name": name, "in": "query", "required": False, "description": why, "schema": {"type": "string"}}


def _operation(areas: Sequence[str], operation: str, parameters: Sequence[Json]) -> dict[str, Json]:
    said = "\n".join(f"* `{name}`: {one.about}" for name, one in ACTIONS.items())
    action: Json = {
        "name": "action",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "enum": list(ACTIONS)},
    }
    return {
        "operationId": operation,
        "summary": "One action",
        "description": said,
        "tags": [TAG],
        "parameters": [_area(areas), action, *parameters],
        "responses": _responses(),
    }


def _responses() -> dict[str, Json]:
    body: Json = {"application/json": {"schema": dict(_ENVELOPE)}}
    return {
        "200": {"description": "Found", "content": body},
        **{code: {"description": why, "content": body} for code, why in _REFUSALS.items()},
    }


def _version(areas: Sequence[str], path: str) -> dict[str, Json]:
    schema: Json = {"type": "object", "required": ["version"], "properties": {"version": {"type": "integer"}}}
    return {
        "operationId": f"ckan.version{'_3' if path else ''}",
        "summary": "Which version is spoken",
        "tags": [TAG],
        "parameters": [_area(areas)],
        "responses": {
            **_responses(),
            "200": {"description": "Found", "content": {"application/json": {"schema": schema}}},
        },
    }


def _index(areas: Sequence[str], path: str) -> dict[str, Json]:
    schema: Json = {
        "type": "object",
        "required": ["api", "actions"],
        "properties": {
            "api": {"type": "string"},
            "actions": {"type": "object"},
            "version": {"type": "integer"},
        },
    }
    return {
        "operationId": f"ckan.index{'_slash' if path else ''}",
        "summary": "Where the API is; a browser is led to the pages for developers",
        "tags": [TAG],
        "parameters": [_area(areas)],
        "responses": {
            **_responses(),
            "200": {"description": "Found", "content": {"application/json": {"schema": schema}}},
            "303": {"description": "The pages for developers"},
        },
    }
