"""The files that pages answer (CSV, GeoJSON, feeds, printed maps …) in the OpenAPI: every one that the manifests open to everybody.

    manifest: Page without a template, for anybody ─► path, parameters of its `asks`, media type by what the path ends with

A file whose ending stands in no row of MEDIA_TYPES is an error when the node starts, so none is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from kaiteki.api.description.schemas import area_parameter, reference
from kaiteki.api.problems import PROBLEM_TYPE
from kaiteki.kit.manifest import Page, Service
from kaiteki.kit.query_fields import EVERYWHERE
from kaiteki.model.access import ANYONE
from kaiteki.model.entity import Json

MEDIA_TYPES: Final = {
    ".csv-metadata.json": "application/csvm+json",
    "feed.json": "application/feed+json",
    ".schema.json": "application/schema+json",
    ".jsonld": "application/ld+json",
    ".jsonl": "application/x-ndjson",
    ".geojson": "application/geo+json",
    ".json": "application/json",
    ".atom": "application/atom+xml",
    ".csv": "text/csv",
    ".gpkg": "application/geopackage+sqlite3",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".parquet": "application/vnd.apache.parquet",
    ".pb": "text/plain",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".zip": "application/zip",
}
"""What a file is by the end of its address; the first row that fits says it."""
_PART: Final = re.compile(r"\{(\w+)(?::\w+)?\}")
_TEXT: Final[Json] = {"type": "string"}
_REFUSALS: Final = {
    "400": "A parameter that there is not, is given twice or cannot be so: the problem names it",
    "404": "Nothing there, or not in this form",
    "422": "There, but not in this form as it was asked for",
    "501": "This node lacks the part that writes this form",
    "503": "What is kept here cannot be reached now (Retry-After)",
}


def file_paths(services: Sequence[Service], areas: Sequence[str]) -> dict[str, Json]:
    """The path of every file that is open to everybody."""
    return {
        "/{area}/" + _PART.sub(r"{\1}", page.path): {
            "parameters": [area_parameter(areas), *_parts(page)],
            "get": _describe(service, page),
        }
        for service in services
        for page in service.pages
        if is_open_file(page)
    }


def is_open_file(page: Page) -> bool:
    """Whether a page answers files, and to everybody; what belongs to a person (`my/…`) is none of them."""
    return page.is_file and ANYONE in page.roles and not page.path.startswith("my/")


def _parts(page: Page) -> Iterator[Json]:
    for name in _PART.findall(page.path):
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": "The id of a data set, as the catalogue has it",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:~-]{1,500}$"},
        }


def _describe(service: Service, page: Page) -> Json:
    media_type = media_type_of(page.path)
    content: Json = {media_type: {"schema": {"type": "string"} if "json" not in media_type else {}}}
    refused: Json = {PROBLEM_TYPE: {"schema": reference("Problem")}}
    return {
        "operationId": f"{service.name}.file.{re.sub(r'[^a-z0-9]+', '_', page.path.lower()).strip('_')}",
        "summary": page.words.en,
        "description": page.words.ja,
        "tags": [service.name],
        "parameters": [
            {
                "name": name,
                "in": "query",
                "description": f"{field.words.en} / {field.words.ja}",
                "schema": {"type": "string"},
            }
            for name, field in {**EVERYWHERE, **(page.asks or {})}.items()
        ],
        "responses": {
            "200": {"description": "The file", "content": content},
            "304": {"description": "Not changed (If-None-Match, If-Modified-Since)"},
            **{code: {"description": words, "content": refused} for code, words in _REFUSALS.items()},
            # an address with a line break in it is none that any route reads: that is said in plain text
            "404": {"description": _REFUSALS["404"], "content": {**refused, "text/plain": {"schema": _TEXT}}},
        },
    }


def media_type_of(path: str) -> str:
    """What a file is. Raises LookupError for an ending that stands in no row."""
    for ending, media_type in MEDIA_TYPES.items():
        if path.endswith(ending):
            return media_type
    raise LookupError(f"what is the file {path}? Its ending belongs into MEDIA_TYPES")
