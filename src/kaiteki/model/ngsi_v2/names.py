"""Ids and names of NGSI v2 as those of the internal shape and back. What goes one way comes back the same."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

from kaiteki.model.entity import Json
from kaiteki.model.language.scan import URI
from kaiteki.model.problem import Problem
from kaiteki.model.representation.patch import NULL
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.terms.core import DEFAULT_VOCABULARY

ID_PREFIX: Final = "urn:ngsi-ld:v2:"
"""What stands before an id that is no URI."""
NAME_LENGTH_MAX: Final = 256
"""Characters of an id, type or name (specification, field syntax restrictions)."""
TYPE_OF_ENTITY: Final = "Thing"
"""The type of an entity that names none."""

_FORBIDDEN: Final = re.compile(r"[\s\x00-\x1f\x7f&?/#<>\"'=;()]")
_UNSAFE_IN_URI: Final = re.compile(r"[%\s\"<>\\^`{}]")
_MEMBERS_OF_LD: Final = frozenset(
    {
        "id",
        "type",
        "scope",
        "value",
        "object",
        "languageMap",
        "vocab",
        "json",
        "valueList",
        "objectList",
        "valueType",
        "datasetId",
        "observedAt",
        "unitCode",
        "objectType",
        "expiresAt",
        "createdAt",
        "modifiedAt",
        "deletedAt",
        "instanceId",
        "entity",
        "entityList",
    }
)
"""Names that say something else in NGSI-LD; attributes with such names are kept in the default vocabulary."""


def check_name(text: Json, field: str, length_max: int = NAME_LENGTH_MAX) -> str:
    """An id, type or name of v2, or an IRI as NGSI-LD has them. Raises BadRequestData."""
    if not isinstance(text, str):
        raise Problem("BadRequestData", f"{field} is a JSON string", field)
    if not text:
        raise Problem("BadRequestData", f"{field} length: 0, min length supported: 1", field)
    if "://" in text and URI.fullmatch(text) and len(text) <= 1024:
        return text
    if len(text) > length_max:
        raise Problem(
            "BadRequestData", f"{field} length: {len(text)}, max length supported: {length_max}", field
        )
    if _FORBIDDEN.search(text):
        raise Problem("BadRequestData", f"Invalid characters in {field}", field)
    return text


def to_id(name: str) -> str:
    """The internal id of a v2 id: itself where it is a URI, else below `urn:ngsi-ld:v2:`."""
    if URI.fullmatch(name) and name != NULL:
        return name
    return ID_PREFIX + _UNSAFE_IN_URI.sub(lambda found: quote(found[0], safe=""), name)


def from_id(entity_id: str) -> str:
    """The v2 id of an internal id; ids that v2 did not make are shown as they are."""
    if entity_id.startswith(ID_PREFIX):
        name = unquote(entity_id[len(ID_PREFIX) :])
        if to_id(name) == entity_id:
            return name
    return entity_id


def to_id_pattern(pattern: str) -> str:
    """An expression over v2 ids as one over internal ids: its `^` stands before or behind the prefix."""
    made: list[str] = []
    escaped = in_class = False
    for char in pattern:
        if escaped or in_class:
            in_class = in_class and (escaped or char != "]")
            escaped = not escaped and char == "\\"
        else:
            escaped, in_class = char == "\\", char == "["
            if char == "^":
                made.append(f"^(?:{ID_PREFIX})?")
                continue
        made.append(char)
    return "".join(made)


@lru_cache(maxsize=8192)
def to_iri(name: str) -> str:
    """The expanded form of a type or attribute name of v2."""
    if name in _MEMBERS_OF_LD or name.startswith("@"):
        return DEFAULT_VOCABULARY + name
    return core_context().expand(name)


@lru_cache(maxsize=8192)
def from_iri(iri: str) -> str:
    """The v2 name of an expanded one: a word where one means it, else the IRI."""
    word = iri[len(DEFAULT_VOCABULARY) :] if iri.startswith(DEFAULT_VOCABULARY) else ""
    return word if word and to_iri(word) == iri else core_context().compact(iri)
