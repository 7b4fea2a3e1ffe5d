"""The OpenAPI of this adapter, out of the table of its addresses, the table of its parameters and the shapes of documents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from kaiteki.adapters.open311.asked import PARAMETERS
from kaiteki.adapters.open311.documents import MEDIA_TYPES, REFUSALS
from kaiteki.adapters.open311.posted import FILES_MAX, FORM, FORM_WITH_FILES
from kaiteki.adapters.open311.requests import FOREIGN_STATUSES
from kaiteki.adapters.open311.shapes import DOCUMENTS
from kaiteki.adapters.open311.things import CODE
from kaiteki.model.entity import Json

TAG: Final = "Open311"
EVERYWHERE: Final = ("jurisdiction_id", "locale", "api_key")
"""Parameters of every address."""
_REASONS: Final = {
    200: "Found",
    201: "Kept",
    400: "Something is wrong with what was asked; `description` names it",
    403: "The api_key is missing, unknown or not enough",
    404: "Nothing there",
    406: "The formats are json and xml",
    409: "Not possible in the state of the request",
    413: "Body or file too large",
    415: "The body is no form",
    429: "Too many",
    503: "What is kept here cannot be reached now (Retry-After)",
}
_TEXT: Final[Json] = {"type": "string", "maxLength": 4000}
FIELDS: Final[dict[str, Json]] = {
    "service_code": _TEXT,
    "description": _TEXT,
    "lat": {"type": "number", "minimum": -90, "maximum": 90},
    "long": {"type": "number", "minimum": -180, "maximum": 180},
    "address_string": _TEXT,
    f"attribute[{CODE}]": {**_TEXT, "description": "The number or id of the thing it is about"},
    "email": _TEXT,
    "first_name": _TEXT,
    "last_name": _TEXT,
    "phone": _TEXT,
    "device_id": _TEXT,
    "account_id": _TEXT,
    "media_url": _TEXT,
    "api_key": _TEXT,
    "jurisdiction_id": _TEXT,
    "service_request_id": _TEXT,
    "update_id": {**_TEXT, "description": "The sender's own id; the same again happens once"},
    "status": {"type": "string", "enum": [one.upper() for one in FOREIGN_STATUSES]},
}
"""The fields of posted forms; answers to questions are `attribute[code]`."""


class Address(msgspec.Struct, frozen=True):
    """One address below the prefix: what it shows (a row of DOCUMENTS), what may be asked, what may be posted."""

    path: str
    summary: str
    shows: str
    parameters: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    """Fields of the posted form, the needed ones marked with `*`."""
    answers: str = ""
    """What a post is answered with (a row of DOCUMENTS)."""


def describe(prefix: str, addresses: Sequence[Address], areas: Sequence[str]) -> dict[str, Json]:
    """Tags, paths and schemas of an OpenAPI 3.1 document."""
    shapes, components = msgspec.json.schema_components(
        DOCUMENTS.values(), ref_template=f"#/components/schemas/{TAG}.{{name}}"
    )
    documents = dict(zip(DOCUMENTS, shapes, strict=True))
    paths: dict[str, Json] = {
        prefix + address.path: _path(prefix + address.path, address, areas, documents)
        for address in addresses
    }
    about = "Report, look up and update what residents reported (GeoReport v2, with the update extension)"
    return {
        "tags": [{"name": TAG, "description": about}],
        "paths": paths,
        "components": {"schemas": {f"{TAG}.{name}": shape for name, shape in components.items()}},
    }


def _path(path: str, address: Address, areas: Sequence[str], documents: Mapping[str, Json]) -> Json:
    examples = {"area": areas[0], "format": "json"}
    values: dict[str, Json] = {
        "area": {"type": "string", "enum": list(areas)},
        "format": {"type": "string", "enum": list(MEDIA_TYPES)},
    }
    plain: Json = {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[A-Za-z0-9_-]+$"}
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": values.get(name, plain),
            "example": examples.get(name, "park" if name == "code" else "R-2026-00001"),
        }
        for name in re.findall(r"{(\w+)}", path)
    ]
    name = address.path.partition(".")[0].strip("/").replace("/{", "_").rstrip("}")
    item: dict[str, Json] = {"parameters": parameters, "get": _get(name, address, documents)}
    if address.takes:
        item["post"] = _post(name, address, documents)
    return item


def _get(name: str, address: Address, documents: Mapping[str, Json]) -> Json:
    return {
        "operationId": f"open311.{name}",
        "summary": address.summary,
        "tags": [TAG],
        "parameters": [
            {"name": one, "in": "query", "schema": PARAMETERS[one][0], "description": PARAMETERS[one][1]}
            for one in (*address.parameters, *EVERYWHERE)
        ],
        "responses": _responses(200, documents[address.shows], documents["errors"]),
    }


def _post(name: str, address: Address, documents: Mapping[str, Json]) -> Json:
    fields: dict[str, Json] = {one.rstrip("*"): FIELDS[one.rstrip("*")] for one in address.takes}
    needed: Json = [one.rstrip("*") for one in address.takes if one.endswith("*")]
    form: dict[str, Json] = {"type": "object", "properties": fields, "required": needed}
    media: Json = {"type": "array", "maxItems": FILES_MAX, "items": {"type": "string", "format": "binary"}}
    with_files: dict[str, Json] = {**form, "properties": {**fields, "media": media}}
    return {
        "operationId": f"open311.post_{name}",
        "summary": f"Post: {address.summary.lower()}",
        "tags": [TAG],
        "requestBody": {
            "required": True,
            "content": {FORM: {"schema": form}, FORM_WITH_FILES: {"schema": with_files}},
        },
        "responses": _responses(201, documents[address.answers], documents["errors"]),
    }


def _responses(status: int, found: Json, errors: Json) -> dict[str, Json]:
    answers = {status: found, **dict.fromkeys(REFUSALS, errors)}
    return {
        str(code): {"description": _REASONS[code], "content": _content(shape)}
        for code, shape in answers.items()
    }


def _content(shape: Any) -> dict[str, Json]:
    return {
        MEDIA_TYPES["json"].partition(";")[0]: {"schema": shape},
        MEDIA_TYPES["xml"].partition(";")[0]: {"schema": {"type": "string"}},
    }
