"""What `/openapi.json` says of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kaiteki.model.entity import Json

TAG: Final = "DCAT-AP"
_PROBLEM: Final[Json] = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "field": {"type": "string"},
    },
}
_REFUSALS: Final = {
    "400": "There is no such page",
    "404": "Nothing there",
    "429": "Too many",
    "503": "What is kept here cannot be reached now (Retry-After)",
}


def describe(areas: Sequence[str]) -> dict[str, Json]:
    """Tags and paths (OpenAPI 3.1)."""
    about = "The catalogue of open data as DCAT-AP 3.0.1, in JSON-LD, Turtle and RDF/XML"
    page: Json = {
        "name": "page",
        "in": "query",
        "description": "Which page of a hundred data sets; hydra:next leads on",
        "schema": {"type": "integer", "minimum": 1, "maximum": 999_999},
    }
    name = {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[A-Za-z0-9_-]+$"}
    return {
        "tags": [{"name": TAG, "description": about}],
        "paths": {
            "/{area}/catalog": {"get": _chosen(areas)},
            "/{area}/catalog.{format}": {
                "get": _operation("catalogue", "A page of the catalogue", [*_of_path(areas), page])
            },
            "/{area}/catalog/{name}.{format}": {
                "get": _operation(
                    "data_set", "One data set, by its name", [*_of_path(areas), _path("name", name)]
                )
            },
        },
    }


def _path(name: str, schema: Mapping[str, Json]) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": dict(schema)}


def _of_path(areas: Sequence[str]) -> list[Json]:
    return [
        _path("area", {"type": "string", "enum": list(areas)}),
        _path("format", {"type": "string", "enum": ["jsonld", "ttl", "rdf"]}),
    ]


def _operation(name: str, summary: str, parameters: Sequence[Json]) -> dict[str, Json]:
    found: Json = {
        "application/ld+json": {"schema": {"type": "object"}},
        "text/turtle": {"schema": {"type": "string"}},
        "application/rdf+xml": {"schema": {"type": "string"}},
    }
    return {
        "operationId": f"dcat.{name}",
        "summary": summary,
        "tags": [TAG],
        "parameters": list(parameters),
        "responses": {"200": {"description": "Found", "content": found}, **_refusals()},
    }


def _refusals() -> dict[str, Json]:
    content: Json = {"application/problem+json": {"schema": _PROBLEM}}
    return {code: {"description": why, "content": content} for code, why in _REFUSALS.items()}


def _chosen(areas: Sequence[str]) -> dict[str, Json]:
    return {
        "operationId": "dcat.choose",
        "summary": "The catalogue in the form that Accept likes best",
        "tags": [TAG],
        "parameters": [_of_path(areas)[0]],
        "responses": {
            "303": {"description": "It is there"},
            "406": {**_refusals()["404"], "description": "None of the forms that Accept names"},
            **_refusals(),
        },
    }
