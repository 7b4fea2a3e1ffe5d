"""What a document says of an entity, before it is known what stands there already."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from kaiteki.model.entity import Json, Kind
from kaiteki.model.instant import Instant

NULL: Final = "urn:ngsi-ld:null"
"""The NGSI-LD Null: asks for the removal of what it stands for (ETSI GS CIM 009 V1.9.1 clause 4.5.0)."""

Purpose: TypeAlias = Literal["whole", "update", "merge"]
"""What a document is for, and so where NGSI-LD Null may stand: nowhere; as a value of a member; also inside of values."""
Form: TypeAlias = Literal["normalized", "simplified"]
"""How a document is written; concise documents are read as normalized ones."""


class AttributePatch(msgspec.Struct, frozen=True, gc=False):
    """What a document says of one attribute instance. UNSET members are not spoken of, None ones are to be removed.

    `deleted` asks for the removal of the instance. `simple` values came in simplified form: the kind of an instance that
    stands already is kept. Names in `sub` are expanded. `members` is the same document as members of an attribute that stands.
    """

    kind: Kind | None = None
    value: Json | UnsetType = UNSET
    dataset_id: str | None = None
    observed_at: Instant | UnsetType | None = UNSET
    unit_code: str | UnsetType | None = UNSET
    object_type: str | tuple[str, ...] | UnsetType | None = UNSET
    expires_at: Instant | UnsetType | None = UNSET
    sub: dict[str, tuple[AttributePatch, ...]] = {}
    deleted: bool = False
    simple: bool = False
    members: AttributePatch | None = None


class EntityPatch(msgspec.Struct, frozen=True, gc=False):
    """What a document says of an entity. `scopes` and `expires_at` are None where they are to be removed; names are expanded."""

    id: str | None
    types: tuple[str, ...] = ()
    scopes: tuple[str, ...] | UnsetType | None = UNSET
    attributes: dict[str, tuple[AttributePatch, ...]] = {}
    expires_at: Instant | UnsetType | None = UNSET
