"""Entities: create, retrieve, query, replace, merge, delete (ETSI GS CIM 009 V1.9.1 clauses 5.6 and 5.7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from kaiteki.broker.plane import Call, Plane, first_time, not_found, seen_life
from kaiteki.broker.sifting import sift
from kaiteki.model.entity import Entity, Json, is_object
from kaiteki.model.matching import matches_types
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query, TypeSelection
from kaiteki.model.representation.applying import new_entity
from kaiteki.model.representation.merging import Merging, merge_entity_with
from kaiteki.model.representation.parsing import parse_entity
from kaiteki.model.representation.patch import EntityPatch
from kaiteki.model.representation.values import check_uri
from kaiteki.ports.entities import Change, Decision, Forgotten, Found, Row

MERGE_PLAINLY: Final = Merging()

Step: TypeAlias = Callable[[Entity], Change]
"""What becomes of an entity that stands."""


async def create_entity(plane: Plane, call: Call, document: Json) -> str:
    """Create an entity (clause 5.6.1); its id. Raises BadRequestData, AlreadyExists."""
    patch = parse_entity(document, call.context)
    entity = new_entity(patch, plane.clock.now())

    def decide(found: Mapping[str, Entity]) -> Decision[None]:
        # who may not create it is told so before anything is said of what is there
        change = call.allow(Change(None, entity))
        if entity.id in found:
            raise taken(call, found[entity.id])
        return Decision([change], None, entity.id.encode())

    first_time(await plane.entities.change(call.area, [entity.id], decide, call.by, call.once))
    return entity.id


async def retrieve_entity(plane: Plane, area: str, entity_id: str, types: TypeSelection | None = None) -> Row:
    """Find an entity by its id (clause 5.7.1). Raises BadRequestData, ResourceNotFound."""
    check_uri(entity_id, "id")
    row = (await plane.entities.load(area, [entity_id])).get(entity_id)
    if row is None or (types is not None and not matches_types(row.entity().types, types)):
        raise not_found(entity_id)
    return row


async def query_entities(plane: Plane, area: str, wanted: Query) -> Found:
    """One page of the entities that match (clause 5.7.2)."""
    return await sift(plane.entities, area, wanted)


async def replace_entity(plane: Plane, call: Call, entity_id: str, document: Json) -> None:
    """Put an entity in the place of the one with this id (clause 5.6.18). Raises BadRequestData, ResourceNotFound."""
    patch = named(parse_entity(_with_id(document, entity_id), call.context), entity_id)
    now = plane.clock.now()
    await change_one(plane, call, entity_id, lambda before: Change(before, new_entity(patch, now, before)))


async def merge_entity(
    plane: Plane, call: Call, entity_id: str, document: Json, merging: Merging = MERGE_PLAINLY
) -> None:
    """Merge a fragment into an entity (clause 5.6.17). Raises BadRequestData, ResourceNotFound."""
    patch = named(parse_entity(document, call.context, "merge", merging.form), entity_id)
    now = plane.clock.now()
    await change_one(
        plane, call, entity_id, lambda before: Change(before, merge_entity_with(before, patch, now, merging))
    )


async def delete_entity(plane: Plane, call: Call, entity_id: str) -> None:
    """Delete an entity (clause 5.6.6). Raises BadRequestData, ResourceNotFound."""
    await change_one(plane, call, entity_id, lambda before: Change(before, None))


async def erase_entity(plane: Plane, call: Call, entity_id: str) -> None:
    """Delete an entity with all that is kept of it: history, what earlier events name (an extension). Also one that is gone already.

    Raises BadRequestData, ResourceNotFound, the latter also for what is gone where not everything may be known.
    """
    check_uri(entity_id, "id")
    is_known = call.may is None or await seen_life(plane, call, entity_id) is not None

    def decide(found: Mapping[str, Entity]) -> Decision[None]:
        if entity_id in found or not is_known:
            before = standing(found, entity_id, call)
            return Decision([call.allow(Change(before, None, purge_history=True))], None)
        return Decision((), None, correction=Forgotten(entity_id))

    first_time(await plane.entities.change(call.area, [entity_id], decide, call.by, call.once))


async def change_one(plane: Plane, call: Call, entity_id: str, step: Step) -> None:
    """Change one entity that stands and has the types of the call. Raises BadRequestData, ResourceNotFound."""
    check_uri(entity_id, "id")

    def decide(found: Mapping[str, Entity]) -> Decision[None]:
        before = standing(found, entity_id, call)
        try:
            change = step(before)
        except Problem:
            # who may not write it is told that, and not why the step is not possible
            call.allow(Change(before, before))
            raise
        return Decision([call.allow(change)], None)

    first_time(await plane.entities.change(call.area, [entity_id], decide, call.by, call.once))


def standing(found: Mapping[str, Entity], entity_id: str, call: Call) -> Entity:
    """The entity that stands. Raises ResourceNotFound when there is none of the types of the call, or none that may be known of."""
    entity = call.seen(found.get(entity_id))
    if entity is None or (call.types is not None and not matches_types(entity.types, call.types)):
        raise not_found(entity_id)
    return entity


def taken(call: Call, entity: Entity) -> Problem:
    """The refusal of a creation with the id of an entity that stands."""
    if call.may is not None and call.seen(entity) is None:
        return call.may.refusal(entity.id)
    return Problem("AlreadyExists", f"there is an entity {entity.id} already", "id")


def named(patch: EntityPatch, entity_id: str) -> EntityPatch:
    """The patch, when it is for this entity: without an id or with the same one. Raises BadRequestData."""
    if patch.id not in (None, entity_id):
        raise Problem("BadRequestData", f"the document is of {patch.id}, the address of {entity_id}", "id")
    return patch if patch.id == entity_id else msgspec.structs.replace(patch, id=entity_id)


def _with_id(document: Json, entity_id: str) -> Json:
    """A document that may leave out the id that the address has."""
    if is_object(document) and "id" not in document and "@id" not in document:
        return {"id": entity_id, **document}
    return document


__all__ = [
    "Merging",
    "change_one",
    "create_entity",
    "delete_entity",
    "merge_entity",
    "named",
    "query_entities",
    "replace_entity",
    "retrieve_entity",
    "standing",
]
