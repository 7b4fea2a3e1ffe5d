"""The one internal shape of everything the city knows: an NGSI-LD entity, names expanded, attributes normalized.

Source of the terms: ETSI GS CIM 009 V1.9.1 clauses 4.5.1 to 4.5.24 (entity, attribute kinds, datasetId).
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, TypeGuard

import msgspec

from kaiteki.model.instant import Instant

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list of Json, dict of str to Json."""


def is_object(value: Json) -> TypeGuard[dict[str, Json]]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: Json) -> TypeGuard[list[Json]]:
    """Whether a JSON value is an array."""
    return isinstance(value, list)


Kind: TypeAlias = Literal[
    "Property",
    "Relationship",
    "GeoProperty",
    "LanguageProperty",
    "VocabProperty",
    "JsonProperty",
    "ListProperty",
    "ListRelationship",
]

VALUE_MEMBER: dict[str, str] = {
    "Property": "value",
    "Relationship": "object",
    "GeoProperty": "value",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "JsonProperty": "json",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
}
"""The member of the normalized form that carries the value of each kind."""


class Instance(
    msgspec.Struct,
    frozen=True,
    gc=False,
    omit_defaults=True,
    rename={
        "kind": "k",
        "value": "v",
        "dataset_id": "d",
        "observed_at": "o",
        "unit_code": "u",
        "object_type": "t",
        "created_at": "c",
        "modified_at": "m",
        "expires_at": "e",
        "sub": "s",
    },
):
    """One instance of an attribute (clause 4.5.5: several instances of one attribute differ by datasetId).

    `value` by kind: Property any JSON; Relationship a URI or list of URIs; GeoProperty a GeoJSON geometry;
    LanguageProperty {language tag: str or list of str}; VocabProperty an expanded term or list of them;
    JsonProperty any JSON, never expanded; ListProperty a list; ListRelationship a list of URIs.
    `sub` holds sub-attributes by expanded name; `object_type` is an expanded type or list of them.
    """

    kind: Kind
    value: Json
    dataset_id: str | None = None
    observed_at: Instant | None = None
    unit_code: str | None = None
    object_type: str | tuple[str, ...] | None = None
    created_at: Instant = Instant(0)
    modified_at: Instant = Instant(0)
    expires_at: Instant | None = None
    sub: dict[str, tuple[Instance, ...]] = {}


class Entity(
    msgspec.Struct,
    frozen=True,
    gc=False,
    omit_defaults=True,
    rename={
        "types": "t",
        "attributes": "a",
        "scopes": "s",
        "created_at": "c",
        "modified_at": "m",
        "version": "n",
        "expires_at": "e",
        "due": "d",
    },
):
    """An entity as it is kept. `types` and the keys of `attributes` are expanded IRIs; `version` counts its writes from 1.

    Each attribute has one or more instances, the default one (no datasetId) first, the others by datasetId.
    `due` is the first moment at which the entity or something in it expires (model.expiry), or an earlier one.
    """

    id: str
    types: tuple[str, ...]
    attributes: dict[str, tuple[Instance, ...]] = {}
    scopes: tuple[str, ...] = ()
    created_at: Instant = Instant(0)
    modified_at: Instant = Instant(0)
    version: int = 0
    expires_at: Instant | None = None
    due: Instant | None = None

    def first(self, name: str) -> Instance | None:
        """The default instance of an attribute (or its first one), None when the entity does not have it."""
        instances = self.attributes.get(name)
        return instances[0] if instances else None


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entity)


def encode_entity(entity: Entity) -> bytes:
    """The stored form of an entity (compact JSON of the internal shape, not an NGSI-LD representation)."""
    return _encoder.encode(entity)


def decode_entity(document: bytes) -> Entity:
    """Read the stored form; the document was written by `encode_entity`."""
    return _decoder.decode(document)
