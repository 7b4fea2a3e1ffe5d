"""The photos of an area in the OpenAPI: kept by machines and people with an account, shown to those who may read what names them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kaiteki.api.description.schemas import area_parameter, reference
from kaiteki.api.photos import PHOTO_TYPES
from kaiteki.api.problems import PROBLEM_TYPE
from kaiteki.model.entity import Json

_KEPT: Final[Json] = {
    "type": "object",
    "properties": {
        "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "address": {"type": "string"},
    },
    "required": ["digest", "address"],
}
_ACCOUNT: Final[Json] = [{"bearer": []}, {"session": []}]
SHOWN_TYPE: Final = "image/jpeg"
"""What a kept photo is, whatever it was."""
_REFUSALS: Final = {
    "400": "No photo that can be read",
    "401": "An account is needed",
    "404": "No such area",
    "413": "Too large",
    "415": "Not a photo",
    "503": "What is kept here cannot be reached now (Retry-After)",
}


def photo_paths(areas: Sequence[str]) -> dict[str, Json]:
    """`/{area}/files` and `/{area}/files/{digest}`."""
    picture: Json = {"schema": {"type": "string", "format": "binary"}}
    problem: Json = {PROBLEM_TYPE: {"schema": reference("Problem")}}
    pictures: dict[str, Json] = dict.fromkeys(PHOTO_TYPES, picture)
    keep: Json = {
        "operationId": "keepPhoto",
        "summary": "Keep a photo without its metadata, for commands to name",
        "tags": ["node"],
        "security": _ACCOUNT,
        "requestBody": {"required": True, "content": pictures},
        "responses": {
            "201": {"description": "Kept", "content": {"application/json": {"schema": _KEPT}}},
            **{code: {"description": words, "content": problem} for code, words in _REFUSALS.items()},
        },
    }
    show: Json = {
        "operationId": "showPhoto",
        "summary": "A kept photo, for those who may read what names it; before anything names it, for who sent it",
        "tags": ["node"],
        "responses": {
            "200": {"description": "Found", "content": {SHOWN_TYPE: picture}},
            "304": {"description": "Not changed"},
            "404": {
                "description": "Nothing there, or not for the one who asks",
                "content": {"text/html": {"schema": {"type": "string"}}},
            },
        },
    }
    digest: Json = {
        "name": "digest",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "example": "0" * 64,
    }
    area = area_parameter(areas)
    return {
        "/{area}/files": {"parameters": [area], "post": keep},
        "/{area}/files/{digest}": {"parameters": [area, digest], "get": show},
    }
