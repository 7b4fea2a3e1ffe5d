"""Custom notifications: one entity put into the templates of an address, headers and a body."""

from __future__ import annotations

from typing import Final, NamedTuple, cast
from urllib.parse import quote, unquote

import msgspec

from kaiteki.model.entity import Entity, Json, is_object
from kaiteki.model.ngsi_v2.names import from_id, from_iri
from kaiteki.model.watch.happening import Happening
from kaiteki.model.watch.v2.letter import (
    Attributes,
    attributes_told,
    body_v2,
    formed,
    headers_v2,
    subject_of,
    tell_v2,
)
from kaiteki.model.watch.v2.macros import fill, fill_address, fill_header, fill_json
from kaiteki.model.watch.v2.wish import Custom, V2Words

_MQTT_WILDCARDS: Final = str.maketrans("+#", "__")


class Sheet(NamedTuple):
    """A notification as it is sent."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Subject(NamedTuple):
    """What a sheet is about: the subscription in the words of v2 and its id, the area, the change."""

    words: V2Words
    subscription_id: str
    area: str
    happened: Happening


def custom_sheet(custom: Custom, url: str, about: Subject) -> Sheet:
    """The notification that the templates make of a change; `url` is a template too."""
    entity = subject_of(about.happened)
    told = attributes_told(about.words.shape, about.happened, entity)
    values = _values(told, about.area, entity)
    headers = dict(headers_v2(about.words, about.area, (entity,)))
    match custom.content:
        case "none":
            kind, body = "", b""
        case "text":
            # characters that Orion forbids come percent-coded in templates, and are meant as themselves
            kind, body = "text/plain", fill(unquote(custom.text), values).encode()
        case "json":
            kind, body = "application/json", msgspec.json.encode(fill_json(custom.document, values))
        case "ngsi":
            kind, body = "", _patched(custom, about, told, values)
        case "usual":
            entities = (msgspec.json.encode(tell_v2(about.words.shape, about.happened)),)
            kind, body = "", body_v2(about.words, about.subscription_id, entities)
    if custom.content in ("none", "text", "json"):
        del headers["ngsiv2-attrsformat"]
    if kind:
        headers["content-type"] = kind
    headers |= {fill_header(name, values).lower(): fill_header(text, values) for name, text in custom.headers}
    # a header that a template sets to nothing is left out
    sent = tuple((name, text) for name, text in headers.items() if name and text)
    return Sheet(custom.method, _address(custom, url, values), sent, body)


def _values(told: Attributes, area: str, entity: Entity) -> dict[str, Json]:
    """What macros stand for: the attributes that are told, and what is known of the entity."""
    return {
        **{name: one["value"] for name, one in told.items()},
        "id": from_id(entity.id),
        "type": from_iri(entity.types[0]),
        "service": area,
        "servicePath": next(iter(entity.scopes), "/"),
        "authToken": "",
    }


def _address(custom: Custom, url: str, values: dict[str, Json]) -> str:
    if url.lower().startswith("mqtt"):
        # what is published has no wildcards in its topic
        plain = {
            name: value.translate(_MQTT_WILDCARDS) if isinstance(value, str) else value
            for name, value in values.items()
        }
        return fill_address(url, plain)
    address = fill_address(url, values)
    pairs = [(fill(name, values), fill(text, values)) for name, text in custom.qs]
    query = "&".join(
        f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in pairs if name and text
    )
    return f"{address}{'&' if '?' in address else '?'}{query}" if query else address


def _patched(custom: Custom, about: Subject, told: Attributes, values: dict[str, Json]) -> bytes:
    """The usual body of the entity with what `ngsi` puts in the place of its id, type and attributes."""
    filled = cast("dict[str, Json]", fill_json(custom.document, values))
    head = {name: filled.get(name, values[name]) for name in ("id", "type")}
    own: Attributes = {
        name: {"type": "Text", "metadata": {}, **value}
        for name, value in filled.items()
        if is_object(value) and name not in head
    }
    entity = formed(about.words.shape.format, head, {**told, **own})
    return body_v2(about.words, about.subscription_id, (msgspec.json.encode(entity),))
