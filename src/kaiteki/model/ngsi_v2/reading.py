"""Documents of NGSI v2, normalized or keyValues, read into what they say of entities. Raises BadRequestData with the culprit as field."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.model.entity import Json, is_object
from kaiteki.model.ngsi_v2.names import TYPE_OF_ENTITY, check_name, to_id, to_iri
from kaiteki.model.problem import Problem

ATTRIBUTES_MAX: Final = 1_000
"""Attributes of an entity, and metadata of an attribute."""
_MEMBERS: Final = frozenset({"type", "value", "metadata"})


class Said(msgspec.Struct, frozen=True):
    """What a document says of an attribute or of metadata: v2 type (None: not said), value, metadata by v2 name."""

    type: str | None
    value: Json
    metadata: dict[str, Said] = {}


class EntitySaid(msgspec.Struct, frozen=True):
    """What a document says of an entity: internal id, expanded type (None: not said), attributes by v2 name."""

    id: str
    type: str | None
    attributes: dict[str, Said]

    @property
    def type_or_thing(self) -> str:
        """The type of a new entity."""
        return self.type or to_iri(TYPE_OF_ENTITY)


def read_entity(document: Json, key_values: bool) -> EntitySaid:
    """A document with an id, at most one type, and attributes."""
    if not is_object(document):
        raise Problem("BadRequestData", "an entity is a JSON object", "body")
    if "id" not in document:
        raise Problem("BadRequestData", "entity id is missing", "id")
    entity_id = to_id(check_name(document["id"], "entity id"))
    told = document.get("type")
    iri = to_iri(check_name(told, "entity type")) if "type" in document else None
    members = {name: value for name, value in document.items() if name not in ("id", "type")}
    return EntitySaid(entity_id, iri, read_attributes(members, key_values))


def read_attributes(document: Json, key_values: bool) -> dict[str, Said]:
    """The attributes of a document without id and type."""
    if not is_object(document):
        raise Problem("BadRequestData", "attributes stand in a JSON object", "body")
    if len(document) > ATTRIBUTES_MAX:
        raise Problem("BadRequestData", f"an entity has up to {ATTRIBUTES_MAX} attributes", "body")
    for name in ("id", "type"):
        if name in document:
            raise Problem("BadRequestData", f"{name} is no attribute and cannot be changed", name)
    return {
        check_name(name, "attribute name"): _plain(value, name) if key_values else read_attribute(value, name)
        for name, value in document.items()
    }


def read_attribute(document: Json, name: str) -> Said:
    """One attribute `{type, value, metadata}`; each member may be left out."""
    if not is_object(document):
        raise Problem(
            "BadRequestData", "attribute must be a JSON object, unless keyValues option is used", name
        )
    _check_members(document, name)
    metadata = document.get("metadata", {})
    if not is_object(metadata) or len(metadata) > ATTRIBUTES_MAX:
        raise Problem("BadRequestData", "metadata is a JSON object", f"{name}.metadata")
    inner = {
        check_name(one, "metadata name"): _metadata(value, f"{name}.metadata.{one}")
        for one, value in metadata.items()
    }
    plain = _plain(document.get("value"), name)
    return Said(_type(document, name), plain.value, inner)


def _metadata(document: Json, field: str) -> Said:
    if not is_object(document):
        raise Problem("BadRequestData", f"{field} is a JSON object", field)
    if "metadata" in document:
        raise Problem("BadRequestData", "metadata has no metadata of its own", field)
    _check_members(document, field)
    return Said(_type(document, field), document.get("value"))


def _check_members(document: dict[str, Json], field: str) -> None:
    unknown = min(document.keys() - _MEMBERS, default=None)
    if unknown is not None:
        raise Problem("BadRequestData", f"unrecognized property for context attribute: {unknown}", field)


def _type(document: dict[str, Json], field: str) -> str | None:
    return check_name(document["type"], f"type of {field}") if "type" in document else None


def _plain(value: Json, name: str) -> Said:
    """A bare value. Orion's update operators would be kept as objects, so they are refused."""
    if is_object(value) and any(member.startswith("$") for member in value):
        raise Problem("OperationNotSupported", "update operators are not carried out here", name)
    return Said(None, value)
