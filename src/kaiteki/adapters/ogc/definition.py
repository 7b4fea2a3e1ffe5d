"""The definition of this API as OpenAPI 3.0 (conformance class oas30), for the collections of one area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kaiteki.adapters.ogc.asked import LANGUAGES as FILTER_LANGUAGES
from kaiteki.adapters.ogc.asked import LIMIT_DEFAULT, LIMIT_MAX
from kaiteki.adapters.ogc.bound import Desk
from kaiteki.adapters.ogc.links import MEDIA_TYPES
from kaiteki.adapters.ogc.systems import CRS84, SYSTEMS
from kaiteki.adapters.ogc.wording import WORDS
from kaiteki.model.entity import Json
from kaiteki.model.words import LANGUAGES

_URI: Final[dict[str, Json]] = {"type": "string", "format": "uri", "enum": list(SYSTEMS), "default": CRS84}
_BOX: Final[dict[str, Json]] = {
    "type": "array",
    "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
    "items": {"type": "number"},
}
PARAMETERS: Final[dict[str, dict[str, Json]]] = {
    "f": {"schema": {"type": "string", "enum": ["json", "html"]}},
    "lang": {"schema": {"type": "string", "enum": list(LANGUAGES)}},
    "limit": {"schema": {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT}},
    "offset": {"schema": {"type": "integer", "minimum": 0}},
    "after": {"schema": {"type": "string"}},
    "bbox": {"schema": _BOX, "style": "form", "explode": False},
    "bbox-crs": {"schema": _URI},
    "crs": {"schema": _URI},
    "datetime": {"schema": {"type": "string"}, "style": "form", "explode": False},
    "filter": {"schema": {"type": "string"}},
    "filter-lang": {
        "schema": {"type": "string", "enum": list(FILTER_LANGUAGES), "default": FILTER_LANGUAGES[0]}
    },
    "filter-crs": {"schema": {"type": "string", "format": "uri", "enum": [CRS84]}},
}
"""Every parameter of a query, once."""
_EVERYWHERE: Final = ("f", "lang")
ADDRESSES: Final[tuple[tuple[str, str, Sequence[str], str], ...]] = (
    ("/", "landing", (), "json"),
    ("/conformance", "conformance", (), "json"),
    ("/collections", "collections", (), "json"),
    ("/collections/{collectionId}", "collection", (), "json"),
    ("/collections/{collectionId}/queryables", "queryables", (), "schema"),
    ("/collections/{collectionId}/schema", "schema", (), "schema"),
    ("/collections/{collectionId}/items", "items", tuple(PARAMETERS)[2:], "geojson"),
    ("/collections/{collectionId}/items/{featureId}", "feature", ("crs",), "geojson"),
)


def define(desk: Desk) -> dict[str, Json]:
    """The document."""
    return {
        "openapi": "3.0.3",
        "info": {"title": f"{desk.say(desk.area.words)}: OGC API Features", "version": "1.0.0"},
        "servers": [{"url": desk.base}],
        "tags": [{"name": "capabilities"}, {"name": "data"}],
        "paths": {path: {"get": _get(desk, row)} for row in ADDRESSES for path in (row[0],)},
        "components": {
            "parameters": {
                name: {
                    "name": name,
                    "in": "query",
                    "required": False,
                    "description": WORDS[f"param_{name}"].en,
                    **told,
                }
                for name, told in PARAMETERS.items()
            },
            "schemas": {
                "problem": {
                    "type": "object",
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                        "field": {"type": "string"},
                    },
                }
            },
        },
    }


def _get(desk: Desk, row: tuple[str, str, Sequence[str], str]) -> Mapping[str, Json]:
    path, name, asked, media = row
    refused: Json = {
        "description": "What was asked cannot be answered; `field` names it",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}},
    }
    return {
        "operationId": name,
        "summary": WORDS[f"to_{name}"].en,
        "tags": ["data" if "items" in path else "capabilities"],
        "parameters": [
            *_of_path(desk, path),
            *({"$ref": f"#/components/parameters/{one}"} for one in (*asked, *_EVERYWHERE)),
        ],
        "responses": {
            "200": {
                "description": "Found",
                "content": {
                    MEDIA_TYPES[media]: {"schema": {"type": "object"}},
                    "text/html": {"schema": {"type": "string"}},
                },
            },
            "400": refused,
            **({"404": refused} if "{" in path else {}),
        },
    }


def _of_path(desk: Desk, path: str) -> list[Json]:
    values: dict[str, Json] = {
        "collectionId": {"type": "string", "example": next(iter(desk.collections), "Report")},
        "featureId": {"type": "string"},
    }
    return [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name, schema in values.items()
        if f"{{{name}}}" in path
    ]
