"""The definition of this API as OpenAPI 3.0 (conformance class oas30), for the collections of one area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kaiteki.adapters.ogc.asked import LANGUAGES as FILTER_LANGUAGES
from kaiteki.adapters.ogc.asked import LIMIT_DEFAULT, LIMIT_MAX
from kaiteki.adapters.ogc.bound import PREFIX, Desk
from kaiteki.adapters.ogc.links import MEDIA_TYPES
from kaiteki.adapters.ogc.systems import CRS84, SYSTEMS
from kaiteki.adapters.ogc.wording import WORDS
from kaiteki.model.entity import Json
from kaiteki.model.mesh import LEVELS
from kaiteki.model.spatial_id import ZOOM_MAX
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
    "mesh": {"schema": {"type": "string", "pattern": "^[0-9-]{4,15}$", "example": "53394611"}},
    "zfxy": {
        "schema": {"type": "string", "pattern": "^/?[0-9]+(/-?[0-9]+){2,3}$", "example": "18/0/232837/103229"}
    },
    "crs": {"schema": _URI},
    "datetime": {"schema": {"type": "string"}, "style": "form", "explode": False},
    "filter": {"schema": {"type": "string"}},
    "filter-lang": {
        "schema": {"type": "string", "enum": list(FILTER_LANGUAGES), "default": FILTER_LANGUAGES[0]}
    },
    "filter-crs": {"schema": {"type": "string", "format": "uri", "enum": [CRS84]}},
}
"""Every parameter of a query, once."""
CELL_PARAMETERS: Final[dict[str, dict[str, Json]]] = {
    "level": {"name": "mesh", "schema": {"type": "string", "enum": list(LEVELS)}},
    "zoom": {"name": "zfxy", "schema": {"type": "integer", "minimum": 0, "maximum": ZOOM_MAX}},
    "table": {"name": "f", "schema": {"type": "string", "enum": ["json", "html", "csv"]}},
}
"""Those of the counts by cell that have names of others and mean something else."""
_EVERYWHERE: Final = ("f", "lang")


def _keys(asked: Sequence[str]) -> Sequence[str]:
    """The parameters of an address, with those that all have."""
    return (*asked, *(one for one in _EVERYWHERE if one != "f" or "table" not in asked))


TAG: Final = "OGC API Features"
_REFUSALS: Final = {
    "400": "What was asked cannot be answered; `field` names it",
    "401": "The token is not known",
    "403": "The filter is too long, too deep, or its token is not enough",
    "404": "Nothing there",
    "429": "Too many",
    "503": "What is kept here cannot be reached now (Retry-After)",
}
ADDRESSES: Final[tuple[tuple[str, str, Sequence[str], str], ...]] = (
    ("/", "landing", (), "json"),
    ("/conformance", "conformance", (), "json"),
    ("/collections", "collections", (), "json"),
    ("/collections/{collectionId}", "collection", (), "json"),
    ("/collections/{collectionId}/queryables", "queryables", (), "schema"),
    ("/collections/{collectionId}/schema", "schema", (), "schema"),
    ("/collections/{collectionId}/items", "items", tuple(PARAMETERS)[2:], "geojson"),
    ("/collections/{collectionId}/items/{featureId}", "feature", ("crs",), "geojson"),
    (
        "/collections/{collectionId}/cells",
        "cells",
        ("level", "zoom", "table", "bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs"),
        "geojson",
    ),
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
                key: {
                    "name": key,
                    "in": "query",
                    "required": False,
                    "description": WORDS[f"param_{key}"].en,
                    **told,
                }
                for key, told in (PARAMETERS | CELL_PARAMETERS).items()
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
            *({"$ref": f"#/components/parameters/{one}"} for one in _keys(asked)),
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


def describe(areas: Sequence[str]) -> dict[str, Json]:
    """What the document of the whole node says of these addresses: tags and paths (OpenAPI 3.1)."""
    rows = [
        *ADDRESSES,
        ("", "landing", (), "json"),
        ("/api", "definition", (), "api"),
        ("/api.html", "words", (), "html"),
    ]
    about = "Places of the town as features, for map software (OGC API Features, parts 1 to 3)"
    return {
        "tags": [{"name": TAG, "description": about}],
        "paths": {PREFIX + _route(row[0]): {"get": _described(row, areas)} for row in rows},
    }


def _route(path: str) -> str:
    """An address as the node itself names it."""
    return path.replace("{collectionId}", "{collection}").replace("{featureId}", "{feature}")


def _described(row: tuple[str, str, Sequence[str], str], areas: Sequence[str]) -> Mapping[str, Json]:
    path, name, asked, media = row
    of_path: dict[str, Json] = {
        "area": {"type": "string", "enum": list(areas)},
        "collection": {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[A-Za-z0-9_-]+$"},
        "feature": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[A-Za-z0-9:_-]+$"},
    }
    problem: Json = {
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    }
    found: dict[str, Json] = {key: {"schema": {}} for key in (MEDIA_TYPES[media], MEDIA_TYPES["html"])}
    return {
        "operationId": f"ogc.{name}{'' if path else '_plain'}",
        "summary": WORDS[f"to_{name}"].en,
        "tags": [TAG],
        "parameters": [
            *(
                {"name": one, "in": "path", "required": True, "schema": schema}
                for one, schema in of_path.items()
                if f"{{{one}}}" in PREFIX + _route(path)
            ),
            *(
                {
                    "name": one,
                    "in": "query",
                    "description": WORDS[f"param_{one}"].en,
                    **(PARAMETERS | CELL_PARAMETERS)[one],
                }
                for one in _keys(asked)
            ),
        ],
        "responses": {
            "200": {"description": "Found", "content": found},
            **{
                code: {"description": why, "content": {"application/problem+json": {"schema": problem}}}
                for code, why in _REFUSALS.items()
            },
        },
    }
