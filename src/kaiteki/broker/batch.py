"""The batch operations (ETSI GS CIM 009 V1.9.1 clauses 5.6.7 to 5.6.10 and 5.6.20): each document is read, planned, applied.

What one document asks for does not hinder the others: refusals are collected by entity. Documents of the same entity
apply one after the other (clause 5.5.11). Everything that a batch changes is kept in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

import msgspec

from kaiteki.broker.attributes import appended, updated
from kaiteki.broker.entities import MERGE_PLAINLY
from kaiteki.broker.plane import Call, May, Plane, first_time
from kaiteki.model.entity import Entity, Json, is_array, is_object
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem
from kaiteki.model.representation.applying import new_entity
from kaiteki.model.representation.merging import Merging, merge_entity_with
from kaiteki.model.representation.parsing import parse_entity
from kaiteki.model.representation.patch import EntityPatch, Form, Purpose
from kaiteki.model.representation.values import check_uri
from kaiteki.model.terms.context import Context
from kaiteki.ports.entities import Change, Decision

BATCH_SIZE_MAX: Final = 10_000
"""Documents of one batch."""

Act: TypeAlias = Callable[[Entity | None], Entity | None]
"""What becomes of an entity (None: there is none). Raises Problem to refuse."""

Contexts: TypeAlias = Sequence[Context | Problem] | None
"""The @context that each document of a batch brings, or why there is none; None where one holds for all."""


class Planned(NamedTuple):
    """One document of a batch: what it does to which entity, or why it was refused."""

    entity_id: str
    act: Act | None
    refusal: Problem | None = None


class Way(NamedTuple):
    """How the documents of a batch are read, and what a read one does."""

    act: Callable[[EntityPatch], Act]
    purpose: Purpose
    form: Form = "normalized"


class BatchResult(msgspec.Struct, frozen=True):
    """What came of a batch, by entity id: created, otherwise done, refused (clause 5.2.16 BatchOperationResult)."""

    created: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    errors: tuple[tuple[str, Problem], ...] = ()
    registrations: tuple[str, ...] = ()
    """The registration of the source that refused, error by error; empty ones are refusals of this node, as all are where none is named."""

    def document(self) -> dict[str, Json]:
        """The BatchOperationResult of a 207 answer."""
        return {
            "success": [*self.created, *self.done],
            "errors": [
                {
                    "entityId": entity_id,
                    **({"registrationId": source_id} if source_id else {}),
                    "error": problem.document(),
                }
                for (entity_id, problem), source_id in zip(
                    self.errors, self.registrations or ("",) * len(self.errors), strict=True
                )
            ],
        }


async def create_batch(plane: Plane, call: Call, documents: Json, contexts: Contexts = None) -> BatchResult:
    """Create entities (clause 5.6.7)."""
    now = plane.clock.now()

    def act(patch: EntityPatch) -> Act:
        return lambda before: _new(patch, now, before)

    return await _run(plane, call, _read(call, documents, contexts, Way(act, "whole")))


async def upsert_batch(
    plane: Plane,
    call: Call,
    documents: Json,
    update: bool = False,
    contexts: Contexts = None,
) -> BatchResult:
    """Create entities, replace (or with `update` change) those that stand (clause 5.6.8)."""
    now = plane.clock.now()

    def act(patch: EntityPatch) -> Act:
        def upsert(before: Entity | None) -> Entity:
            if before is not None and update:
                return updated(before, patch, now)[0]
            return new_entity(patch, now, before)

        return upsert

    way = Way(act, "update" if update else "whole")
    return await _run(plane, call, _read(call, documents, contexts, way))


async def update_batch(
    plane: Plane,
    call: Call,
    documents: Json,
    overwrite: bool = True,
    contexts: Contexts = None,
) -> BatchResult:
    """Append the attributes of each document to the entity that stands (clause 5.6.9)."""
    now = plane.clock.now()

    def act(patch: EntityPatch) -> Act:
        return lambda before: appended(_standing(before, patch.id), patch, now, overwrite)[0]

    return await _run(plane, call, _read(call, documents, contexts, Way(act, "update")))


async def merge_batch(
    plane: Plane,
    call: Call,
    documents: Json,
    merging: Merging = MERGE_PLAINLY,
    contexts: Contexts = None,
) -> BatchResult:
    """Merge each document into the entity that stands (clause 5.6.20)."""
    now = plane.clock.now()

    def act(patch: EntityPatch) -> Act:
        return lambda before: merge_entity_with(_standing(before, patch.id), patch, now, merging)

    return await _run(plane, call, _read(call, documents, contexts, Way(act, "merge", merging.form)))


async def delete_batch(plane: Plane, call: Call, ids: Json) -> BatchResult:
    """Delete entities by id (clause 5.6.10)."""

    def act(entity_id: str) -> Act:
        def delete(before: Entity | None) -> None:
            _standing(before, entity_id)

        return delete

    planned: list[Planned] = []
    for index, item in enumerate(_items(ids)):
        try:
            planned.append(Planned(check_uri(item, f"[{index}]"), act(item)))
        except Problem as refusal:
            planned.append(Planned(_name_of(item, index), None, refusal))
    return await _run(plane, call, planned)


def _items(documents: Json) -> list[Json]:
    if not is_array(documents) or not documents:
        raise Problem("BadRequestData", "a batch is an array with at least one item", "body")
    if len(documents) > BATCH_SIZE_MAX:
        raise Problem("BadRequestData", f"a batch has up to {BATCH_SIZE_MAX} items")
    if any(item is None for item in documents):
        raise Problem("BadRequestData", "an item of a batch is not null")
    return documents


def _read(
    call: Call,
    documents: Json,
    contexts: Contexts,
    way: Way,
) -> list[Planned]:
    """Read the documents, each with its own @context where `contexts` are given; bad ones become refusals."""
    planned: list[Planned] = []
    for index, item in enumerate(_items(documents)):
        context = call.context if contexts is None else contexts[index]
        try:
            if isinstance(context, Problem):
                raise context
            patch = parse_entity(item, context, way.purpose, way.form)
            planned.append(Planned(check_uri(patch.id, "id"), way.act(patch)))
        except Problem as refusal:
            planned.append(Planned(_name_of(item, index), None, refusal))
    return planned


def _name_of(item: Json, index: int) -> str:
    """The id by which a refused item is reported."""
    named = item.get("id", item.get("@id")) if is_object(item) else item
    return named if isinstance(named, str) else f"urn:ngsi-ld:null:{index}"


def _new(patch: EntityPatch, now: Instant, before: Entity | None) -> Entity:
    if before is not None:
        raise Problem("AlreadyExists", f"there is an entity {patch.id} already", "id")
    return new_entity(patch, now)


def _standing(before: Entity | None, entity_id: str | None) -> Entity:
    if before is None:
        raise Problem("ResourceNotFound", f"there is no entity {entity_id}", "id")
    return before


async def _run(plane: Plane, call: Call, planned: Sequence[Planned]) -> BatchResult:
    """Apply a plan in one transaction."""
    ids = tuple({one.entity_id: None for one in planned if one.act is not None})

    def decide(found: Mapping[str, Entity]) -> Decision[BatchResult]:
        changes, result = apply_plan(planned, found, call.may)
        return Decision(changes, result)

    if not ids:
        return apply_plan(planned, {})[1]
    answer = await plane.entities.change(call.area, ids, decide, call.by, call.once)
    if isinstance(answer, BatchResult):
        return answer
    first_time(answer)
    return BatchResult()


def apply_plan(
    planned: Sequence[Planned], found: Mapping[str, Entity], may: May | None = None
) -> tuple[list[Change], BatchResult]:
    """What a plan makes of the entities found: one change per entity, and the result to answer with. Pure."""
    now: dict[str, Entity | None] = {}
    hidden = {one for one, entity in found.items() if may is not None and not may.sees(entity)}
    errors: list[tuple[str, Problem]] = []
    done: dict[str, None] = {}
    for entity_id, act, refusal in planned:
        if act is None:
            errors.append((entity_id, refusal or Problem("BadRequestData", "this item cannot be read")))
            continue
        try:
            now[entity_id] = _carried_out(entity_id, act, (now, found, hidden), may)
            done[entity_id] = None
        except Problem as problem:
            errors.append((entity_id, problem))
    changes = [_one_change(found.get(entity_id), after) for entity_id, after in now.items()]
    created = tuple(one for one in done if one not in found)
    return (
        [change for change in changes if change is not None],
        BatchResult(created, tuple(one for one in done if one in found), tuple(errors)),
    )


States: TypeAlias = tuple[Mapping[str, Entity | None], Mapping[str, Entity], Collection[str]]
"""What entities have become by now, what was found, and what of that whoever asks may not know of."""


def _carried_out(entity_id: str, act: Act, states: States, may: May | None) -> Entity | None:
    """What a step makes of an entity, or of nothing where it may not be known of. Raises Problem."""
    now, found, hidden = states
    before = found.get(entity_id) if entity_id not in hidden else None
    current = now.get(entity_id, before)
    if may is None:
        return act(current)
    try:
        after = act(current)
    except Problem as problem:
        if before is not None and problem.code == "AlreadyExists":
            # who may not create it is told that, whatever is there
            may(None, act(None))
        elif before is not None:
            may(before, before)
        raise
    may(before, after)
    if entity_id in hidden:
        raise may.refusal(entity_id)
    return after


def _one_change(before: Entity | None, after: Entity | None) -> Change | None:
    """Several steps of one entity as one change, with one step of its version."""
    if before is None and after is None:
        return None
    version = before.version + 1 if before else 1
    if after is not None and after.version != version:
        after = msgspec.structs.replace(after, version=version)
    return Change(before, after)
