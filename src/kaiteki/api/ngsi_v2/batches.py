"""Batch update and notifications of other brokers over NGSI v2."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.api.exchange import Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_v2.spreading import Order, concerned, order_of, put_entity, spread
from kaiteki.api.ngsi_v2.task import Task, done
from kaiteki.api.ngsi_v2.together import passage_of
from kaiteki.broker.batch import BATCH_SIZE_MAX, Planned
from kaiteki.broker.ngsi_v2 import ACTIONS, Action, carry_out, carry_out_one, plan_document
from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.ngsi_v2.names import from_id
from kaiteki.model.ngsi_v2.reading import EntitySaid, Said, read_entity
from kaiteki.model.problem import Problem

AT_ONCE: Final = 16
"""Entities of one batch that are written elsewhere at the same time."""


async def update(desk: Desk, task: Task) -> Reply:
    """POST /op/update: each entity by itself; the first refusal is told, with all that were refused, after the others are done."""
    options = task.options
    document = await task.json()
    if not is_object(document):
        raise Problem("BadRequestData", "a batch is a JSON object", "body")
    told = document.get("actionType")
    action = ACTIONS.get(told) if isinstance(told, str) else None
    if action is None:
        raise Problem(
            "BadRequestData",
            "actionType is one of append, appendStrict, update, delete, replace",
            "actionType",
        )
    entities = _items(document, "entities")
    await _carry_out(desk, task, action, entities, "keyValues" in options)
    return done()


async def notify(desk: Desk, task: Task) -> Reply:
    """POST /op/notify: what another broker tells is appended."""
    document = await task.json()
    if not is_object(document):
        raise Problem("BadRequestData", "a notification is a JSON object", "body")
    if not isinstance(document.get("subscriptionId"), str):
        raise Problem("BadRequestData", "subscriptionId is missing", "subscriptionId")
    await _carry_out(desk, task, "append", _items(document, "data"), False)
    return done(200)


def _items(document: dict[str, Json], name: str) -> list[Json]:
    items = document.get(name)
    if not is_array(items) or not items:
        raise Problem("BadRequestData", f"{name} is an array that is not empty", name)
    if len(items) > BATCH_SIZE_MAX:
        raise Problem("BadRequestData", f"{name} has up to {BATCH_SIZE_MAX} items", name)
    return items


async def _carry_out(
    desk: Desk, task: Task, action: Action, entities: Sequence[Json], key_values: bool
) -> None:
    """Documents are read before anything is written; a malformed one refuses the batch."""
    said = [read_entity(_bare(one, action), key_values) for one in entities]
    passage = await passage_of(desk, task)
    orders = [order_of(action, one, task.whereabouts.scopes) for one in said]
    elsewhere = await concerned(desk, task, passage, orders) if passage is not None else frozenset[int]()
    place, fresh = task.whereabouts, "overrideMetadata" in task.options
    planned: list[Planned] = [
        plan_document(desk.plane, place, action, one, fresh)
        for index, one in enumerate(said)
        if index not in elsewhere
    ]
    errors = list((await carry_out(desk.plane, task.call(desk), planned)).errors) if planned else []
    slots = asyncio.Semaphore(AT_ONCE)
    asked = [_do_elsewhere(desk, task, (action, said[index]), slots) for index in sorted(elsewhere)]
    errors += [error for error in await asyncio.gather(*asked) if error is not None]
    if not errors:
        return
    first = errors[0][1]
    if len(said) == 1:
        raise first
    told = "; ".join(f"{from_id(entity_id)}: {problem.detail}" for entity_id, problem in errors[:20])
    raise Problem(first.code, told, first.field)


async def _do_elsewhere(
    desk: Desk, task: Task, what: tuple[Action, EntitySaid], slots: asyncio.Semaphore
) -> tuple[str, Problem] | None:
    """Do what a document asks for here and at the sources that have a part in it; what was refused."""
    action, said = what

    async def local(left: dict[str, Said]) -> None:
        one = msgspec.structs.replace(said, attributes=left)
        fresh = "overrideMetadata" in task.options
        await carry_out_one(
            desk.plane, task.call(desk), plan_document(desk.plane, task.whereabouts, action, one, fresh)
        )

    try:
        async with slots:
            if action == "delete" and said.attributes:
                await _delete_attributes(desk, task, said)
            else:
                await put_entity(desk, task, what, local)
    except Problem as problem:
        return said.id, problem
    return None


async def _delete_attributes(desk: Desk, task: Task, said: EntitySaid) -> None:
    """Delete attributes of an entity one by one, each where it stands."""
    for name in said.attributes:
        one = msgspec.structs.replace(said, attributes={name: said.attributes[name]})

        async def local(_: dict[str, Said], one: EntitySaid = one) -> None:
            planned = plan_document(desk.plane, task.whereabouts, "delete", one)
            await carry_out_one(desk.plane, task.call(desk), planned)

        bare = msgspec.structs.replace(said, attributes={})
        await spread(desk, task, Order("deleteAttrs", "DELETE", bare, attribute=name), local)


def _bare(document: Json, action: Action) -> Json:
    """An entity to delete may name its attributes with values of any form; only the names count."""
    if action != "delete" or not is_object(document):
        return document
    nothing: Json = {}
    return {name: value if name in ("id", "type") else nothing for name, value in document.items()}
