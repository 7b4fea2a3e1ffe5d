"""Writes over HTTP that context sources may have a part in (ETSI GS CIM 009 V1.9.1 clauses 5.6, 6.3.17)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec

from kaiteki.api.exchange import Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.negotiation import JSON
from kaiteki.api.ngsi_ld.passing import others_may_know, passage_of
from kaiteki.api.ngsi_ld.task import Task, done, shown
from kaiteki.broker.attributes import Updated
from kaiteki.broker.distributing import Local, Part, Verdict, distribute, judged, nowhere
from kaiteki.broker.plane import Call, seen_life
from kaiteki.broker.retelling import first_states
from kaiteki.broker.shares import ENTITIES, PAST, Write
from kaiteki.model.entity import Entity, Json
from kaiteki.model.representation.parsing import parse_attribute, parse_entity
from kaiteki.model.representation.patch import AttributePatch, Form, Purpose
from kaiteki.model.representation.values import check_uri
from kaiteki.model.terms.context import Context

BY_ATTRIBUTE: Final = frozenset({"appendAttrs", "updateEntity"})
"""Operations that tell attribute by attribute what was written (clause 5.2.18)."""


class Order(msgspec.Struct, frozen=True):
    """A write that came: the operation of clause 4.20, where it goes below the entity, and what it brings."""

    operation: str
    method: str
    resource: str = "entity"
    document: Json = None
    purpose: Purpose = "update"
    form: Form = "normalized"
    attribute: str = ""
    instance: str = ""
    past: bool = False
    """Whether the past is written; then the document tells several states of an attribute."""


Answering: TypeAlias = Callable[[Updated | None, bool], Reply]
"""The answer to a write: what was not written where it tells that, and whether a source says that it created something."""


def quietly(updated: Updated | None, created: bool) -> Reply:
    """The answer to a write that has nothing to tell."""
    return done()


async def carry_out(
    desk: Desk,
    task: Task,
    order: Order,
    doing: tuple[Call, Local],
    answer: Answering = quietly,
) -> Reply:
    """Do a write here, and at the sources that have a part in it; `doing` is in whose name and what is done here."""
    call, local = doing
    if await others_may_know(desk, task):
        write = await _write(desk, task, order, call)
        parts = await distribute(desk.inquirer, passage_of(desk, task, call.context), write, local, call.may)
        if parts is not None:
            return _say(write, parts, call.context, answer)
    return answer(await local(order.document), False)


async def _write(desk: Desk, task: Task, order: Order, call: Call) -> Write:
    """A write with the names and types that it is about, as far as they are told or stand here."""
    entity_id, types, names = task.place.id, tuple[str, ...](), None
    patches: dict[str, tuple[AttributePatch, ...]] = {}
    if order.attribute:
        names = frozenset({call.context.expand(order.attribute)})
        if order.document is not None and not order.past:
            fragment = parse_attribute(order.document, order.attribute, call.context)
            patches = dict.fromkeys(names, fragment)
    elif order.document is not None:
        document = first_states(order.document) if order.past else order.document
        patch = parse_entity(document, call.context, order.purpose, order.form)
        entity_id, types, names = patch.id or entity_id, patch.types, frozenset(patch.attributes)
        patches = patch.attributes
    check_uri(entity_id, "id")
    row = (await desk.plane.entities.load(task.area, [entity_id])).get(entity_id)
    here = call.seen(row.entity()) if row is not None else None
    if not types:
        types = await _types_of(desk, call, entity_id, here, order.past)
    return Write(
        operation=order.operation,
        method=order.method,
        entity_id=entity_id,
        resource=order.resource if order.method != "POST" or order.resource != "entity" else "",
        document=order.document,
        types=types,
        names=names,
        attribute=call.context.expand(order.attribute) if order.attribute else "",
        parameters=task.parameters,
        instance=order.instance,
        root=PAST if order.past else ENTITIES,
        patches=patches,
        standing=frozenset(here.attributes) if here is not None else None,
        chosen=call.types,
    )


async def _types_of(
    desk: Desk, call: Call, entity_id: str, here: Entity | None, past: bool
) -> tuple[str, ...]:
    """The types of an entity as it stands here (or has a past here); none where it does not."""
    if here is not None:
        return here.types
    life = await seen_life(desk.plane, call, entity_id) if past else None
    return life.types if life is not None else ()


def _say(write: Write, parts: list[Part], context: Context, answer: Answering) -> Reply:
    """The answer to a write that was done in several places (clause 6.3.17)."""
    verdict = judged(parts)
    if verdict.problem is not None:
        raise verdict.problem
    unheld = [(name, "the entity is not there where this is held") for name in sorted(nowhere(write, parts))]
    if write.operation in BY_ATTRIBUTE and (verdict.failed or verdict.left or unheld):
        rows: list[dict[str, Json]] = [
            {"attributeName": context.compact(name), "reason": reason}
            for name, reason in (*verdict.left, *unheld)
        ]
        for part in verdict.failed:
            reason = {"reason": part.problem.detail if part.problem else ""}
            source = {"registrationId": part.source_id} if part.source_id else {}
            rows += [
                {"attributeName": context.compact(name), **reason, **source}
                for name in sorted(part.names or write.names or ())
            ]
        left = {row["attributeName"] for row in rows}
        written = [name for name in map(context.compact, sorted(write.names or ())) if name not in left]
        return shown(207, {"updated": written, "notUpdated": rows}, JSON)
    if verdict.failed:
        went_well = any(part.problem is None for part in parts)
        return say_parts(verdict, [write.entity_id] if went_well else [], write.entity_id)
    return answer(None, any(part.created for part in parts))


def say_parts(verdict: Verdict, success: list[str], entity_id: str = "") -> Reply:
    """The answer to a write of which some places did not do their part (clause 5.2.16); 204 where all did. Raises what all refused."""
    if verdict.problem is not None:
        raise verdict.problem
    errors: list[Json] = [
        {
            **({"entityId": entity_id} if entity_id else {}),
            **({"registrationId": part.source_id} if part.source_id else {}),
            "error": part.problem.document() if part.problem else {},
        }
        for part in verdict.failed
    ]
    return shown(207, {"success": success, "errors": errors}, JSON) if errors else done()
