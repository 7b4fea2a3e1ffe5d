"""Links between the documents, with the media types they lead to (OGC 17-069r4, 7.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

from kaiteki.model.entity import Json

MEDIA_TYPES: Final = {
    "json": "application/json",
    "html": "text/html",
    "geojson": "application/geo+json",
    "csv": "text/csv; charset=utf-8; header=present",
    "schema": "application/schema+json",
    "mvt": "application/vnd.mapbox-vector-tile",
    "tilejson": "application/vnd.mapbox.tilejson+json",
    "api": "application/vnd.oai.openapi+json;version=3.0",
}


def link(href: str, rel: str, media: str, title: str) -> dict[str, Json]:
    """A link object."""
    return {"href": href, "rel": rel, "type": MEDIA_TYPES[media], "title": title}


def with_query(address: str, told: Mapping[str, str], **more: str) -> str:
    """An address with a query; parameters in `more` take the place of those told, empty ones go."""
    query = {name: value for name, value in {**told, **more}.items() if value != ""}
    return f"{address}?{urlencode(query)}" if query else address


def both(here: str, told: Mapping[str, str], form: str, plain: str = "json") -> list[Json]:
    """`self` and `alternate` of a document that comes as JSON and as HTML."""
    rows = {plain: "このページのJSON · This document as JSON", "html": "このページ · This document as HTML"}
    return [
        link(
            with_query(here, told, f="json" if media != "html" else "html"),
            "self" if (media == "html") == (form == "html") else "alternate",
            media,
            title,
        )
        for media, title in rows.items()
    ]


def part(text: str) -> str:
    """A name as a part of a path."""
    return quote(text, safe=":")


def part_of_id(entity_id: str) -> str:
    """The id of a feature as one part of a path: a slash in it is written `~1`, as in a JSON Pointer (RFC 6901)."""
    return part(entity_id.replace("~", "~0").replace("/", "~1"))


def id_of(told: str) -> str:
    """The id that a part of a path means."""
    return told.replace("~1", "/").replace("~0", "~")
