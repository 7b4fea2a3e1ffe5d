"""Attributes of an entity: append, update, replace, delete (ETSI GS CIM 009 V1.9.1 clauses 5.6.2 to 5.6.5 and 5.6.19)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec import UNSET

from kaiteki.broker.entities import Step, change_one, named, standing
from kaiteki.broker.plane import Call, Plane, first_time
from kaiteki.model.entity import Entity, Instance, Json
from kaiteki.model.expiry import expiring
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem
from kaiteki.model.representation.applying import (
    Instances,
    Revise,
    changed,
    new_instance,
    replace_instance,
    revised,
    update_instance,
)
from kaiteki.model.representation.parsing import parse_attribute, parse_entity
from kaiteki.model.representation.patch import AttributePatch, EntityPatch
from kaiteki.model.representation.values import check_uri, is_name
from kaiteki.model.terms.context import Context
from kaiteki.ports.entities import Change, Decision


class Updated(msgspec.Struct, frozen=True):
    """Which attributes (expanded) were written, and which were not with the reason (clause 5.2.18 UpdateResult)."""

    updated: tuple[str, ...] = ()
    not_updated: tuple[tuple[str, str], ...] = ()

    def document(self, context: Context) -> dict[str, Json]:
        """The UpdateResult of a 207 answer."""
        return {
            "updated": [context.compact(name) for name in self.updated],
            "notUpdated": [
                {"attributeName": context.compact(name), "reason": reason}
                for name, reason in self.not_updated
            ],
        }


Outcome = tuple[Entity, Updated]


async def append_attributes(
    plane: Plane, call: Call, entity_id: str, document: Json, overwrite: bool = True
) -> Updated:
    """Append the attributes of a fragment (clause 5.6.3). Raises BadRequestData, ResourceNotFound."""
    patch = named(parse_entity(document, call.context, "update"), entity_id)
    now = plane.clock.now()
    return await _change(plane, call, entity_id, lambda entity: appended(entity, patch, now, overwrite))


async def update_attributes(plane: Plane, call: Call, entity_id: str, document: Json) -> Updated:
    """Replace, add or remove the attributes of a fragment (clause 5.6.2). Raises BadRequestData, ResourceNotFound."""
    patch = named(parse_entity(document, call.context, "update"), entity_id)
    now = plane.clock.now()
    return await _change(plane, call, entity_id, lambda entity: updated(entity, patch, now))


async def update_attribute(plane: Plane, call: Call, entity_id: str, name: str, document: Json) -> None:
    """Update an attribute in part (clause 5.6.4). Raises BadRequestData, ResourceNotFound."""
    step = _revision(call, name, document, update_instance, plane.clock.now())
    await change_one(plane, call, entity_id, step)


async def replace_attribute(plane: Plane, call: Call, entity_id: str, name: str, document: Json) -> None:
    """Put an attribute in the place of the one that stands (clause 5.6.19). Raises BadRequestData, ResourceNotFound."""

    def replace(instance: Instance, patch: AttributePatch, now: Instant, field: str) -> Instance:
        return new_instance(patch, now, field, instance)

    step = _revision(call, name, document, replace, plane.clock.now())
    await change_one(plane, call, entity_id, step)


async def delete_attribute(
    plane: Plane,
    call: Call,
    entity_id: str,
    name: str,
    dataset_id: str | None = None,
    delete_all: bool = False,
) -> None:
    """Delete the default instance of an attribute, the one of a dataset, or all (clause 5.6.5).

    Raises BadRequestData, ResourceNotFound.
    """
    _check_name(name)
    if dataset_id is not None and dataset_id != "@none":
        check_uri(dataset_id, "datasetId")
    iri = call.context.expand(name)
    now = plane.clock.now()

    def step(entity: Entity) -> Change:
        if name == "scope" and entity.scopes:
            return Change(entity, changed(entity, now, {}, (), ()))
        instances = entity.attributes.get(iri, ())
        wanted = None if dataset_id == "@none" else dataset_id
        left = () if delete_all else tuple(one for one in instances if one.dataset_id != wanted)
        if len(left) == len(instances):
            raise Problem("ResourceNotFound", f"{entity_id} has no such attribute {name}", "attrId")
        return Change(entity, changed(entity, now, {iri: left}))

    await change_one(plane, call, entity_id, step)


def appended(entity: Entity, patch: EntityPatch, now: Instant, overwrite: bool) -> Outcome:
    """An entity with the attributes of a patch appended; without `overwrite` instances that stand are left alone."""
    attributes: dict[str, Instances] = {}
    refused: list[tuple[str, str]] = []
    for name, patches in patch.attributes.items():
        if any(one.deleted for one in patches):
            raise Problem("BadRequestData", "an attribute to append has a value", name)
        stands = {one.dataset_id for one in entity.attributes.get(name, ())}
        free = patches if overwrite else tuple(one for one in patches if one.dataset_id not in stands)
        if free:
            attributes[name] = revised(entity.attributes.get(name, ()), free, now, replace_instance, name)
        if len(free) < len(patches):
            refused.append((name, "the attribute is there already and noOverwrite was asked for"))
    scopes = entity.scopes
    if patch.scopes is not UNSET and patch.scopes is not None:
        added = tuple(one for one in patch.scopes if one not in entity.scopes)
        scopes = patch.scopes if overwrite else (*entity.scopes, *added)
    after = expiring(changed(entity, now, attributes, patch.types, scopes), patch.expires_at, now)
    return after, Updated(tuple(attributes), tuple(refused))


def updated(entity: Entity, patch: EntityPatch, now: Instant) -> Outcome:
    """An entity with the instances of a patch put in the place of those that stand, added to them, or removed."""
    attributes: dict[str, Instances] = {}
    refused: list[tuple[str, str]] = []
    for name, patches in patch.attributes.items():
        stands = {one.dataset_id for one in entity.attributes.get(name, ())}
        apt = tuple(one for one in patches if not one.deleted or one.dataset_id in stands)
        if apt:
            attributes[name] = revised(entity.attributes.get(name, ()), apt, now, replace_instance, name)
        if len(apt) < len(patches):
            refused.append((name, "the entity has no such attribute to remove"))
    scopes = entity.scopes
    if entity.scopes and patch.scopes is not UNSET:
        scopes = patch.scopes or ()
    after = expiring(changed(entity, now, attributes, patch.types, scopes), patch.expires_at, now)
    return after, Updated(tuple(attributes), tuple(refused))


async def _change(plane: Plane, call: Call, entity_id: str, outcome: Callable[[Entity], Outcome]) -> Updated:
    check_uri(entity_id, "id")

    def decide(found: Mapping[str, Entity]) -> Decision[Updated]:
        before = standing(found, entity_id, call)
        try:
            after, answer = outcome(before)
        except Problem:
            call.allow(Change(before, before))
            raise
        written = answer.updated or _own_part(after) != _own_part(before)
        return Decision([call.allow(Change(before, after))] if written else [], answer)

    answer = await plane.entities.change(call.area, [entity_id], decide, call.by, call.once)
    if isinstance(answer, Updated):
        return answer
    first_time(answer)
    return Updated()


def _own_part(entity: Entity) -> tuple[object, ...]:
    return entity.types, entity.scopes, entity.expires_at


def _revision(call: Call, name: str, document: Json, revise: Revise, now: Instant) -> Step:
    """The change of one attribute that stands, by a document of that attribute alone."""
    _check_name(name)
    patches = parse_attribute(document, name, call.context, "update")
    iri = call.context.expand(name)

    def step(entity: Entity) -> Change:
        instances = entity.attributes.get(iri, ())
        _check_standing(instances, patches, f"{entity.id} has no such attribute {name}")
        return Change(entity, changed(entity, now, {iri: revised(instances, patches, now, revise, name)}))

    return step


def _check_standing(instances: Instances, patches: Sequence[AttributePatch], detail: str) -> None:
    stands = {one.dataset_id for one in instances}
    for patch in patches:
        if patch.dataset_id not in stands:
            raise Problem("ResourceNotFound", detail, "attrId")
        if patch.deleted:
            raise Problem("BadRequestData", "this operation does not remove whole attributes", "attrId")


def _check_name(name: str) -> None:
    if not is_name(name) or name in ("id", "type"):
        raise Problem("BadRequestData", f"{name!r} is no attribute name", "attrId")
