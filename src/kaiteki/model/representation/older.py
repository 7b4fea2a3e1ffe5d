"""Entities as earlier versions of the standard knew them (ETSI GS CIM 009 V1.9.1 clause 4.3.6.8, its three tables)."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.model.entity import Entity, Instance, Json, Kind, is_array
from kaiteki.model.terms.context import Context
from kaiteki.model.terms.core import VALUE_TYPE

NEWEST: Final = 9
"""Minor version of the standard that entities are kept in."""
_SINCE: Final[dict[Kind, tuple[int, Kind]]] = {
    "LanguageProperty": (4, "Property"),
    "JsonProperty": (8, "Property"),
    "VocabProperty": (8, "Property"),
    "ListProperty": (8, "Property"),
    "ListRelationship": (8, "Relationship"),
}
"""The version that brought a kind, and what it is shown as before."""


def as_of(entity: Entity, minor: int, context: Context) -> Entity:
    """An entity as version 1.`minor` knew it; the entity itself where nothing of it is newer."""
    attributes = {
        name: _instances(instances, minor, context) for name, instances in entity.attributes.items()
    }
    older = msgspec.structs.replace(
        entity,
        types=entity.types if minor >= 3 else entity.types[:1],
        scopes=entity.scopes if minor >= 4 else (),
        expires_at=entity.expires_at if minor >= NEWEST else None,
        attributes=attributes,
    )
    return entity if older == entity else older


def _instances(instances: tuple[Instance, ...], minor: int, context: Context) -> tuple[Instance, ...]:
    """All instances, before 1.3 the default one alone (or the first, where there is none)."""
    shown = instances if minor >= 3 else instances[:1]
    return tuple(_instance(one, minor, context) for one in shown)


def _instance(one: Instance, minor: int, context: Context) -> Instance:
    since, kind = _SINCE.get(one.kind, (0, one.kind))
    is_new = minor < since
    return msgspec.structs.replace(
        one,
        kind=kind if is_new else one.kind,
        value=_plain(one, context) if is_new else one.value,
        expires_at=one.expires_at if minor >= NEWEST else None,
        object_type=one.object_type if minor >= 8 else None,
        dataset_id=one.dataset_id if minor >= 3 else None,
        observed_at=one.observed_at if minor >= 3 else None,
        unit_code=one.unit_code if minor >= 3 else None,
        sub={
            name: _instances(inner, minor, context)
            for name, inner in one.sub.items()
            if minor >= NEWEST or name != VALUE_TYPE
        },
    )


def _plain(one: Instance, context: Context) -> Json:
    """The value for clients that do not know the kind: terms of a vocabulary as the short names that they know."""
    if one.kind != "VocabProperty":
        return one.value
    return (
        [context.compact(term) for term in one.value] if is_array(one.value) else context.compact(one.value)
    )
