"""Batch update and notifications of other brokers over NGSI v2."""

from __future__ import annotations

from collections.abc import Sequence

from kaiteki.api.exchange import Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_v2.task import Task, done
from kaiteki.broker.batch import BATCH_SIZE_MAX, Planned
from kaiteki.broker.ngsi_v2 import ACTIONS, Action, carry_out, plan_document
from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.ngsi_v2.names import from_id
from kaiteki.model.ngsi_v2.reading import read_entity
from kaiteki.model.problem import Problem


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
    place, fresh = task.whereabouts, "overrideMetadata" in task.options
    planned: list[Planned] = [
        plan_document(desk.plane, place, action, read_entity(_bare(one, action), key_values), fresh)
        for one in entities
    ]
    result = await carry_out(desk.plane, task.call(desk), planned)
    if not result.errors:
        return
    first = result.errors[0][1]
    if len(planned) == 1:
        raise first
    told = "; ".join(f"{from_id(entity_id)}: {problem.detail}" for entity_id, problem in result.errors[:20])
    raise Problem(first.code, told, first.field)


def _bare(document: Json, action: Action) -> Json:
    """An entity to delete may name its attributes with values of any form; only the names count."""
    if action != "delete" or not is_object(document):
        return document
    nothing: Json = {}
    return {name: value if name in ("id", "type") else nothing for name, value in document.items()}
