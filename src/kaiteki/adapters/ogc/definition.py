"""The definition of this API as OpenAPI 3.0 (conformance class oas30), for the collections of one area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kaiteki.adapters.ogc.asked import COLLECTIONS_MAX, LIMIT_DEFAULT, LIMIT_MAX
from kaiteki.adapters.ogc.asked import LANGUAGES as FILTER_LANGUAGES
from kaiteki.adapters.ogc.bound import PREFIX, Desk
from kaiteki.adapters.ogc.links import MEDIA_TYPES
from kaiteki.adapters.ogc.systems import CRS84, SYSTEMS
from kaiteki.adapters.ogc.tiles.grid import LEVEL_MAX, MATRIX_SET
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
TILE_PARAMETERS: Final[dict[str, dict[str, Json]]] = {
    "collections": {
        "schema": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": COLLECTIONS_MAX},
        "style": "form",
        "explode": False,
    },
    "f-tileset": {"name": "f", "schema": {"type": "string", "enum": ["json", "tilejson", "html"]}},
    "f-tile": {"name": "f", "schema": {"type": "string", "enum": ["mvt"]}},
}
"""Those of tiles."""
_ALL: Final = PARAMETERS | CELL_PARAMETERS | TILE_PARAMETERS
_EVERYWHERE: Final = ("f", "lang")
_FORMS: Final = frozenset({"table", "f-tileset", "f-tile"})
"""What stands for the parameter f where there are other forms than JSON and HTML."""
_TILE_NUMBERS: Final = {
    "tileMatrix": LEVEL_MAX,
    "tileRow": (1 << LEVEL_MAX) - 1,
    "tileCol": (1 << LEVEL_MAX) - 1,
}


def _keys(asked: Sequence[str]) -> Sequence[str]:
    """The parameters of an address, with those that all have."""
    return (*asked, *(one for one in _EVERYWHERE if one != "f" or not _FORMS.intersection(asked)))


TAG: Final = "OGC API Features"
_REFUSALS: Final = {
    "400": "What was asked cannot be answered, or asks for too much; `field` names it",
    "401": "The token is not known",
    "403": "The token is not enough",
    "404": "Nothing there",
    "406": "None of the forms that Accept names",
    "429": "Too many",
    "503": "What is kept here cannot be reached now (Retry-After)",
}
_TILE: Final = "{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"
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
    ("/tileMatrixSets", "matrix_sets", (), "json"),
    ("/tileMatrixSets/{tileMatrixSetId}", "matrix_set", (), "json"),
    ("/tiles", "tilesets", ("collections",), "json"),
    ("/tiles/{tileMatrixSetId}", "tileset", ("collections", "f-tileset"), "json"),
    (f"/tiles/{_TILE}", "tile", ("collections", "f-tile"), "mvt"),
    ("/collections/{collectionId}/tiles", "collection_tilesets", (), "json"),
    ("/collections/{collectionId}/tiles/{tileMatrixSetId}", "collection_tileset", ("f-tileset",), "json"),
    (f"/collections/{{collectionId}}/tiles/{_TILE}", "collection_tile", ("f-tile",), "mvt"),
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
                for key, told in _ALL.items()
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
        "tags": ["data" if "items" in path or "/tiles" in path else "capabilities"],
        "parameters": [
            *_of_path(desk, path),
            *({"$ref": f"#/components/parameters/{one}"} for one in _keys(asked)),
        ],
        "responses": {
            "200": {"description": "Found", "content": _content(asked, media)},
            **({"204": _NOTHING} if media == "mvt" else {}),
            "400": refused,
            **({"404": refused} if "{" in path else {}),
            "406": refused,
        },
    }


_OF_TILE: Final[dict[str, Json]] = {
    name: {"type": "integer", "minimum": 0, "maximum": most} for name, most in _TILE_NUMBERS.items()
}
_NOTHING: Final = {"description": "Nothing lies in the tile"}


def _content(asked: Sequence[str], media: str) -> dict[str, Json]:
    """What an address answers, by media type."""
    if media == "mvt":
        return {MEDIA_TYPES[media]: {"schema": {"type": "string", "format": "binary"}}}
    plain = [media, *(["tilejson"] if "f-tileset" in asked else [])]
    page: dict[str, Json] = {MEDIA_TYPES["html"]: {"schema": {"type": "string"}}}
    return {**{MEDIA_TYPES[one]: {"schema": {"type": "object"}} for one in plain}, **page}


def _of_path(desk: Desk, path: str) -> list[Json]:
    values: dict[str, Json] = {
        "collectionId": {"type": "string", "example": next(iter(desk.collections), "Report")},
        "featureId": {"type": "string"},
        "tileMatrixSetId": {"type": "string", "enum": [MATRIX_SET]},
        **_OF_TILE,
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
    about = "Places of the town as features, for map software (OGC API Features, parts 1 to 3; OGC API Tiles, part 1)"
    return {
        "tags": [{"name": TAG, "description": about}],
        "paths": {PREFIX + _route(row[0]): {"get": _described(row, areas)} for row in rows},
    }


def _route(path: str) -> str:
    """An address as the node itself names it."""
    return path.replace("Id}", "}")


def _described(row: tuple[str, str, Sequence[str], str], areas: Sequence[str]) -> Mapping[str, Json]:
    path, name, asked, media = row
    of_path: dict[str, Json] = {
        "area": {"type": "string", "enum": list(areas)},
        "collection": {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[A-Za-z0-9_-]+$"},
        "feature": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[A-Za-z0-9:_-]+$"},
        "tileMatrixSet": {"type": "string", "enum": [MATRIX_SET]},
        **_OF_TILE,
    }
    problem: Json = {
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    }
    found: dict[str, Json] = {key: {"schema": {}} for key in _content(asked, media)}
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
                    **_ALL[one],
                }
                for one in _keys(asked)
            ),
        ],
        "responses": {
            "200": {"description": "Found", "content": found},
            **({"204": _NOTHING} if media == "mvt" else {}),
            **{
                code: {
                    "description": why,
                    "content": {"application/problem+json": {"schema": problem}, "text/html": {}},
                }
                for code, why in _REFUSALS.items()
            },
        },
    }
