"""Merging a fragment into an entity (ETSI GS CIM 009 V1.9.1 clauses 5.5.12 and 5.6.17)."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.expiry import expiring
from kaiteki.model.instant import Instant
from kaiteki.model.representation.applying import changed, merge_instance, revised
from kaiteki.model.representation.patch import AttributePatch, EntityPatch, Form


class Merging(msgspec.Struct, frozen=True):
    """The options of a merge: the form of the document, a time for values that bring none, a language for bare texts."""

    form: Form = "normalized"
    observed_at: Instant | None = None
    lang: str | None = None


def merge_entity_with(entity: Entity, patch: EntityPatch, now: Instant, merging: Merging) -> Entity:
    """The next version of an entity after a merge. Raises BadRequestData where a value does not fit."""
    attributes = {
        name: revised(
            entity.attributes.get(name, ()),
            tuple(_prepared(one, entity.attributes.get(name, ()), merging) for one in patches),
            now,
            merge_instance,
            name,
        )
        for name, patches in patch.attributes.items()
    }
    scopes = entity.scopes if patch.scopes is UNSET else patch.scopes or ()
    return expiring(changed(entity, now, attributes, patch.types, scopes), patch.expires_at, now)


def _prepared(patch: AttributePatch, stands: tuple[Instance, ...], merging: Merging) -> AttributePatch:
    """A patch with the common time and language of the merge, where they apply (clause 5.6.17.4)."""
    before = next((one for one in stands if one.dataset_id == patch.dataset_id), None)
    if patch.deleted or before is None:
        return patch
    patch = patch.members or patch
    if merging.observed_at is not None and before.observed_at is not None and patch.observed_at is UNSET:
        patch = msgspec.structs.replace(patch, observed_at=merging.observed_at)
    if merging.lang and before.kind == "LanguageProperty" and isinstance(patch.value, str):
        return msgspec.structs.replace(
            patch, kind="LanguageProperty", value={merging.lang: patch.value}, simple=False
        )
    return patch
