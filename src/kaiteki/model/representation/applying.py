"""What becomes of an entity when a document is applied to it: replaced, updated, merged (ETSI GS CIM 009 V1.9.1 clauses 5.5.8, 5.5.12, 5.6).

Pure: the time comes in. Every instance that is written gets `now` as modifiedAt and keeps the createdAt it had.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

import msgspec
from msgspec import UNSET, UnsetType

from kaiteki.model.entity import Entity, Instance, Json, Kind, is_object
from kaiteki.model.expiry import dated, lasting, may_expire
from kaiteki.model.instant import Instant
from kaiteki.model.language.scan import URI
from kaiteki.model.place import check_geometry, is_geometry
from kaiteki.model.problem import Problem
from kaiteki.model.representation.patch import NULL, AttributePatch, EntityPatch
from kaiteki.model.representation.values import check_uri

Instances = tuple[Instance, ...]
Revise = Callable[[Instance, AttributePatch, Instant, str], Instance]
"""What an instance becomes: (instance, patch, now, field for refusals)."""

_MERGED_KINDS: Final = ("Property", "JsonProperty", "LanguageProperty")
"""Kinds whose object values are merged member by member."""


def new_entity(patch: EntityPatch, now: Instant, before: Entity | None = None) -> Entity:
    """The entity that a whole document describes; `before` is the one that it replaces (its createdAt and version go on)."""
    if patch.id is None or not patch.types:
        raise Problem("BadRequestData", "an entity has an id and a type", "type" if patch.id else "id")
    attributes: dict[str, Instances] = {}
    lasts = True
    for name, patches in patch.attributes.items():
        stands = before.attributes.get(name, ()) if before else ()
        if len(patches) == 1:
            one = patches[0]
            instances = (new_instance(one, now, name, _of_dataset(stands, one) if stands else None),)
        else:
            instances = tuple([new_instance(one, now, name, _of_dataset(stands, one)) for one in patches])
        attributes[name] = instances
        lasts = lasts and not may_expire(instances)
    entity = Entity(
        id=patch.id,
        types=patch.types,
        attributes=attributes,
        scopes=patch.scopes or (),
        created_at=before.created_at if before else now,
        modified_at=now,
        version=before.version + 1 if before else 1,
        expires_at=lasting(patch.expires_at, now, ""),
    )
    return entity if lasts and entity.expires_at is None else dated(entity)


def new_instance(patch: AttributePatch, now: Instant, field: str, before: Instance | None = None) -> Instance:
    """The instance that a patch describes by itself. Raises BadRequestData when the value is missing."""
    if patch.kind is None or patch.value is UNSET:
        raise Problem("BadRequestData", "an attribute has a value", field)
    sub: dict[str, Instances] = {}
    for name, patches in patch.sub.items():
        stands = before.sub.get(name, ()) if before else ()
        inner = [
            new_instance(one, now, f"{field}.{name}", _of_dataset(stands, one))
            for one in patches
            if not one.deleted
        ]
        if inner:
            sub[name] = tuple(inner)
    return Instance(
        kind=patch.kind,
        value=patch.value,
        dataset_id=patch.dataset_id,
        observed_at=patch.observed_at or None,
        unit_code=patch.unit_code or None,
        object_type=patch.object_type or None,
        created_at=before.created_at if before else now,
        modified_at=now,
        expires_at=lasting(patch.expires_at, now, field),
        sub=sub,
    )


def replace_instance(instance: Instance, patch: AttributePatch, now: Instant, field: str) -> Instance:
    """The new instance in the place of an old one (append and update attributes, clauses 5.6.2 and 5.6.3)."""
    return new_instance(as_kind(patch, instance.kind, field), now, field, instance)


def update_instance(instance: Instance, patch: AttributePatch, now: Instant, field: str) -> Instance:
    """Partial update patch (clause 5.5.8): each member that is spoken of is replaced or removed, the others stay."""
    patch = patch.members or patch
    if patch.kind is not None and patch.kind != instance.kind:
        raise Problem("BadRequestData", f"this attribute is a {instance.kind} and stays one", f"{field}.type")
    sub = dict(instance.sub)
    for name, patches in patch.sub.items():
        _put(
            sub, name, revised(instance.sub.get(name, ()), patches, now, replace_instance, f"{field}.{name}")
        )
    value = instance.value if patch.value is UNSET else patch.value
    return _members(instance, patch, (now, field), value, sub)


def merge_instance(instance: Instance, patch: AttributePatch, now: Instant, field: str) -> Instance:
    """Merge patch (clause 5.5.12): as a partial update, but merging inside of values and of sub-attributes too."""
    patch = as_kind(patch.members or patch, instance.kind, field)
    value = instance.value
    if patch.value is not UNSET:
        same = patch.kind in (None, instance.kind)
        merges = same and instance.kind in _MERGED_KINDS
        value = merged(instance.value, patch.value) if merges else patch.value
        if instance.kind == "LanguageProperty" and not value:
            raise Problem("BadRequestData", "no language is left; remove the attribute instead", field)
    sub = dict(instance.sub)
    for name, patches in patch.sub.items():
        _put(sub, name, revised(instance.sub.get(name, ()), patches, now, merge_instance, f"{field}.{name}"))
    return _members(instance, patch, (now, field), value, sub)


def _members(
    instance: Instance, patch: AttributePatch, at: tuple[Instant, str], value: Json, sub: dict[str, Instances]
) -> Instance:
    now, field = at
    expires_at = instance.expires_at if patch.expires_at is UNSET else lasting(patch.expires_at, now, field)
    return msgspec.structs.replace(
        instance,
        kind=patch.kind or instance.kind,
        value=value,
        observed_at=_either(patch.observed_at, instance.observed_at),
        unit_code=_either(patch.unit_code, instance.unit_code),
        object_type=_either(patch.object_type, instance.object_type),
        modified_at=now,
        expires_at=expires_at,
        sub=sub,
    )


def _either(said: Json | UnsetType, stands: Json) -> Json:
    return stands if said is UNSET else said


def merged(target: Json, patch: Json) -> Json:
    """JSON merge patch (RFC 7396) with the NGSI-LD Null in the place of null."""
    if not isinstance(patch, dict):
        return patch
    result = dict(cast(dict[str, Json], target)) if isinstance(target, dict) else {}
    for name, value in cast(dict[str, Json], patch).items():
        if value == NULL:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def as_kind(patch: AttributePatch, kind: Kind, field: str) -> AttributePatch:
    """A value in simplified form, taken as a value of the kind that stands there (clause 5.6.17)."""
    if not patch.simple or kind == patch.kind:
        return patch
    value = patch.value
    match kind:
        case "Relationship" if isinstance(value, str) or _all_uris(value):
            check_uri(value if isinstance(value, str) else cast("list[str]", value)[0], field)
        case "ListRelationship" if _all_uris(value):
            pass
        case "ListProperty" if isinstance(value, list):
            pass
        case "JsonProperty":
            pass
        case "GeoProperty" if is_geometry(value):
            check_geometry(value, field)
        case _:
            raise Problem("BadRequestData", f"this attribute is a {kind}; the value does not fit", field)
    return msgspec.structs.replace(patch, kind=kind)


def _all_uris(value: Json | UnsetType) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(one, str) and URI.fullmatch(one) for one in cast(list[Json], value))


def revised(
    instances: Instances, patches: tuple[AttributePatch, ...], now: Instant, revise: Revise, field: str
) -> Instances:
    """The instances of an attribute after patches that each name one by datasetId: revised, removed or added."""
    kept = {one.dataset_id or "": one for one in instances}
    for patch in patches:
        key = patch.dataset_id or ""
        if patch.deleted:
            kept.pop(key, None)
        elif key in kept:
            kept[key] = revise(kept[key], patch, now, field)
        else:
            kept[key] = new_instance(_without_nulls(patch), now, field)
    return tuple(kept[key] for key in sorted(kept))


def _without_nulls(patch: AttributePatch) -> AttributePatch:
    """A merge patch that meets nothing: its removals have nothing to remove."""
    if patch.value is UNSET or not is_object(patch.value):
        return patch
    return msgspec.structs.replace(patch, value=merged({}, patch.value))


def _put(attributes: dict[str, Instances], name: str, instances: Instances) -> None:
    if instances:
        attributes[name] = instances
    else:
        attributes.pop(name, None)


def _of_dataset(instances: Instances, patch: AttributePatch) -> Instance | None:
    for one in instances:
        if one.dataset_id == patch.dataset_id:
            return one
    return None


def changed(
    entity: Entity,
    now: Instant,
    attributes: Mapping[str, Instances],
    types: tuple[str, ...] = (),
    scopes: tuple[str, ...] | None = None,
) -> Entity:
    """The next version of an entity with some attributes put (or removed, where empty), types added, scopes put."""
    following = dict(entity.attributes)
    for name, instances in attributes.items():
        _put(following, name, instances)
    after = msgspec.structs.replace(
        entity,
        attributes=following,
        types=(*entity.types, *(one for one in types if one not in entity.types)),
        scopes=entity.scopes if scopes is None else scopes,
        modified_at=now,
        version=entity.version + 1,
    )
    if entity.due is None and not any(may_expire(instances) for instances in attributes.values()):
        return after
    return dated(after)
