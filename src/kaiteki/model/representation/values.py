"""The values of each kind of attribute: what is accepted, how it is kept (ETSI GS CIM 009 V1.9.1 clauses 4.5.2, 4.5.3, 4.5.18 to 4.5.24)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, cast

from kaiteki.model.entity import Json, Kind, is_array, is_object
from kaiteki.model.language.scan import PREFIXED_NAME, URI
from kaiteki.model.place import check_geometry
from kaiteki.model.problem import Problem
from kaiteki.model.representation.patch import NULL
from kaiteki.model.terms.context import Context

ID_LENGTH_MAX: Final = 1024
"""Characters of an id and of every other URI."""
NAME_LENGTH_MAX: Final = 1024

_LANGUAGE_TAG: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*|@none|\*")


@lru_cache(maxsize=4096)
def is_name(text: str) -> bool:
    """Whether a text may name a type or attribute (clause 4.6.2): a name, a prefixed name, or an IRI."""
    if len(text) > NAME_LENGTH_MAX:
        return False
    return PREFIXED_NAME.fullmatch(text) is not None or URI.fullmatch(text) is not None


def check_uri(value: Json, field: str) -> str:
    """The value as a URI. Raises BadRequestData."""
    if not isinstance(value, str) or not URI.fullmatch(value):
        raise Problem("BadRequestData", f"{field} is a URI", field)
    if len(value) > ID_LENGTH_MAX:
        raise Problem("BadRequestData", f"{field} has up to {ID_LENGTH_MAX} characters", field)
    return value


def check_id(value: Json, field: str) -> str:
    """The value as the id of an entity. Raises BadRequestData also for what no path could address."""
    if value is None:
        raise Problem("BadRequestData", f"{field} is missing; an entity has an id that is a URI", field)
    entity_id = check_uri(value, field)
    if entity_id == NULL:
        raise Problem("BadRequestData", f"{NULL} is the id of nothing", field)
    if "/attrs/" in entity_id or entity_id.endswith("/attrs"):
        raise Problem("BadRequestData", "an id does not hold /attrs, which separates attributes", field)
    return entity_id


def holds_null(value: Json) -> bool:
    """Whether the NGSI-LD Null stands somewhere in a value."""
    if isinstance(value, str):
        return value == NULL
    parts = value.values() if is_object(value) else value if is_array(value) else ()
    return any(one.__class__ is not float and holds_null(one) for one in parts)


def _property(value: Json, field: str, context: Context) -> Json:
    if value is None:
        raise Problem("BadRequestData", f"{field} is null; leave it out, or use {NULL} to remove it", field)
    return value


def _relationship(value: Json, field: str, context: Context) -> Json:
    if isinstance(value, list):
        uris = cast(list[Json], value)
        if not uris:
            raise Problem("BadRequestData", f"{field} is a URI or an array of them", field)
        return [check_uri(uri, f"{field}[{index}]") for index, uri in enumerate(uris)]
    return check_uri(value, field)


def _geometry(value: Json, field: str, context: Context) -> Json:
    check_geometry(value, field)
    return value


def _languages(value: Json, field: str, context: Context) -> Json:
    if not is_object(value) or not value:
        raise Problem("BadRequestData", f"{field} is an object of texts by language tag", field)
    for tag, text in value.items():
        if not _LANGUAGE_TAG.fullmatch(tag):
            raise Problem("BadRequestData", f"{tag} is not a language tag (RFC 5646)", field)
        texts = cast(list[Json], text) if isinstance(text, list) else [text]
        if not texts or not all(isinstance(one, str) for one in texts):
            raise Problem("BadRequestData", f"{field}.{tag} is a text or an array of texts", f"{field}.{tag}")
    return value


def _vocabulary(value: Json, field: str, context: Context) -> Json:
    terms = cast(list[Json], value) if isinstance(value, list) else [value]
    if not terms or not all(isinstance(term, str) and term for term in terms):
        raise Problem("BadRequestData", f"{field} is a term or an array of terms", field)
    expanded = [term if term == NULL else context.expand(term) for term in cast("list[str]", terms)]
    return expanded if isinstance(value, list) else expanded[0]


def _json(value: Json, field: str, context: Context) -> Json:
    return value


def _values(value: Json, field: str, context: Context) -> Json:
    if not isinstance(value, list):
        raise Problem("BadRequestData", f"{field} is an array", field)
    return cast(Json, value)


def _objects(value: Json, field: str, context: Context) -> Json:
    if not isinstance(value, list):
        raise Problem("BadRequestData", f"{field} is an array of URIs", field)
    uris: list[str] = []
    for index, item in enumerate(cast(list[Json], value)):
        uri = cast(dict[str, Json], item).get("object") if isinstance(item, dict) else item
        uris.append(check_uri(uri, f"{field}[{index}]"))
    return uris


ACCEPT: Final[dict[Kind, Callable[[Json, str, Context], Json]]] = {
    "Property": _property,
    "Relationship": _relationship,
    "GeoProperty": _geometry,
    "LanguageProperty": _languages,
    "VocabProperty": _vocabulary,
    "JsonProperty": _json,
    "ListProperty": _values,
    "ListRelationship": _objects,
}
"""Checks a value of each kind and gives its internal form; raises BadRequestData."""


def is_null(kind: Kind, value: Json) -> bool:
    """Whether a value stands for the removal of an attribute of this kind (clause 4.5.0)."""
    if isinstance(value, str):
        return value == NULL
    if kind == "LanguageProperty":
        return value == {"@none": NULL}
    if kind in ("ListProperty", "ListRelationship"):
        return value in ([NULL], [{"object": NULL}])
    return False
