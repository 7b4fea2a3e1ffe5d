"""Writes of NGSI v2 that context sources may have a part in: taken apart like those of NGSI-LD, told in the words of v2 (decision 24)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_v2.task import Task
from kaiteki.api.ngsi_v2.together import passage_of
from kaiteki.broker.attributes import Updated
from kaiteki.broker.distributing import Part, distribute, judged
from kaiteki.broker.ngsi_v2 import Action, not_there
from kaiteki.broker.shares import Write, all_shares
from kaiteki.model.entity import Entity, Instance, Json, is_object
from kaiteki.model.instant import Instant as Moment
from kaiteki.model.ngsi_v2.applying import EXPIRES, created
from kaiteki.model.ngsi_v2.names import from_iri, to_iri
from kaiteki.model.ngsi_v2.reading import EntitySaid, Said
from kaiteki.model.problem import Problem
from kaiteki.model.representation.rendering import render
from kaiteki.model.sources.passage import Passage
from kaiteki.model.terms.compiling import core_context

Attributes: TypeAlias = Mapping[str, Said]
Local: TypeAlias = Callable[[dict[str, Said]], Awaitable[None]]
"""The part of a write that is done here, given what is left of its attributes."""
UPDATING: Final = frozenset({"updateEntity", "updateAttrs", "replaceAttrs"})
"""Operations over attributes that stand; those that do not may stand elsewhere."""


class Order(msgspec.Struct, frozen=True):
    """A write that came: what NGSI-LD calls it and where it goes there, what it says of which entity.

    `attribute` (v2 name) is the one that the address names; `whole` is a document with id and type.
    """

    operation: str
    method: str
    said: EntitySaid
    resource: str = "entity/attrs"
    attribute: str = ""
    parameters: Mapping[str, str] = {}
    scopes: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether it brings a whole entity."""
        return self.operation in ("createEntity", "replaceEntity")


async def spread(desk: Desk, task: Task, order: Order, local: Local) -> None:
    """Do a write here, and at the sources that have a part in it. Raises what was refused, in the words of v2."""
    passage = await passage_of(desk, task)
    if passage is None:
        await local(order.said.attributes)
        return
    here = (await _standing(desk, task, [order])).get(order.said.id)
    await _distribute(desk, task, passage, (order, write_of(order, here), here), local)


async def put_entity(desk: Desk, task: Task, what: tuple[Action, EntitySaid], local: Local) -> None:
    """Create an entity, or do to one that stands what a document of a batch asks for."""
    action, said = what
    try:
        await spread(desk, task, order_of(action, said, task.whereabouts.scopes), local)
    except Problem as problem:
        if action != "append" or problem.code != "ResourceNotFound":
            raise
        await spread(desk, task, order_of("create", said, task.whereabouts.scopes), local)


def order_of(action: Action, said: EntitySaid, scopes: tuple[str, ...]) -> Order:
    """What NGSI-LD calls an action over one entity."""
    if action == "create":
        return Order("createEntity", "POST", said, scopes=scopes)
    if action == "replace":
        return Order("replaceEntity", "PUT", said, "entity", scopes=scopes)
    if action == "update":
        return Order("updateEntity", "PATCH", said)
    if action == "delete":
        return Order("deleteEntity", "DELETE", said, "entity")
    strict = {"options": "noOverwrite"} if action == "appendStrict" else {}
    return Order("appendAttrs", "POST", said, parameters=strict)


async def concerned(desk: Desk, task: Task, passage: Passage, orders: Sequence[Order]) -> frozenset[int]:
    """The places of the orders that a source has a part in."""
    here = await _standing(desk, task, orders)
    return frozenset(
        place
        for place, order in enumerate(orders)
        if all_shares(desk.inquirer, passage, write_of(order, here.get(order.said.id)))
    )


async def _standing(desk: Desk, task: Task, orders: Sequence[Order]) -> dict[str, Entity]:
    rows = await desk.plane.entities.load(task.area, list({order.said.id for order in orders}))
    call = task.call(desk)
    return {one: seen for one, row in rows.items() if (seen := call.seen(row.entity())) is not None}


def write_of(order: Order, here: Entity | None) -> Write:
    """An order as NGSI-LD writes it. Raises BadRequestData for values that are none."""
    said, document = order.said, None
    types = (said.type,) if said.type is not None else here.types if here is not None else ()
    values: dict[str, Instance] = {}
    if said.attributes or order.is_whole:
        entity = created(msgspec.structs.replace(said, type=types[0] if types else None), order.scopes, _THEN)
        values = {name: instances[0] for name, instances in entity.attributes.items()}
        whole = render(entity, core_context())
        document = whole if order.is_whole else {name: whole[name] for name in whole.keys() - {"id", "type"}}
    names = frozenset(values) if document is not None else None
    if order.attribute:
        names = frozenset({to_iri(order.attribute)})
        document = next(iter(document.values()), None) if document is not None else None
    return Write(
        operation=order.operation,
        method=order.method,
        entity_id=said.id,
        resource="" if order.operation == "createEntity" else order.resource,
        document=document,
        types=types,
        names=names,
        attribute=to_iri(order.attribute) if order.attribute else "",
        parameters=order.parameters,
        values=values,
        standing=frozenset(here.attributes) if here is not None else None,
    )


_THEN: Final = Moment(0)
"""A time for documents that tell none."""


async def _distribute(
    desk: Desk, task: Task, passage: Passage, what: tuple[Order, Write, Entity | None], local: Local
) -> None:
    order, write, here = what
    done_here: set[str] = set()

    async def do_here(document: Json) -> Updated | None:
        left, missing = _left(order, here, document)
        if left or not missing:
            await local(left)
        done_here.update(to_iri(name) for name in left)
        return Updated((), tuple((to_iri(name), "it does not stand here") for name in missing))

    parts = await distribute(desk.inquirer, passage, write, do_here, task.call(desk).may)
    if parts is None:
        await local(order.said.attributes)
    else:
        _settle(write, parts, done_here)


def _left(order: Order, here: Entity | None, document: Json) -> tuple[dict[str, Said], list[str]]:
    """What is left to be written here, and what of that is to stand here and does not."""
    said = order.said.attributes
    if not order.attribute and is_object(document) and said:
        kept = {core_context().expand(name) for name in document}
        said = {name: one for name, one in said.items() if name == EXPIRES or to_iri(name) in kept}
    if here is None or order.operation not in UPDATING:
        return dict(said), []
    missing = [name for name in said if name != EXPIRES and to_iri(name) not in here.attributes]
    return {name: one for name, one in said.items() if name not in missing}, missing


def _settle(write: Write, parts: Sequence[Part], done_here: set[str]) -> None:
    """Raise what was refused, and name what nobody has written; v2 has no answer for "in part", so the words say when something was done."""
    verdict = judged(parts)
    if verdict.problem is not None:
        raise not_there() if verdict.problem.code == "ResourceNotFound" else verdict.problem
    written, in_part = set(done_here), ""
    for part in parts:
        names, is_done = _done_of(write, part, done_here)
        written |= names
        in_part = "done in part: " if is_done else in_part
    if verdict.failed:
        first = next(part.problem for part in verdict.failed if part.problem is not None)
        told = "; ".join(part.problem.detail for part in verdict.failed if part.problem is not None)
        raise Problem(first.code, f"{in_part}{told}", first.field)
    left = sorted(from_iri(name) for name in (write.names or frozenset()) - written)
    if left and write.document is not None:
        raise Problem(
            "OperationNotSupported",
            f"{in_part}one or more of the attributes in the request do not exist: [ {', '.join(left)} ]",
            left[0],
        )


def _done_of(write: Write, part: Part, done_here: set[str]) -> tuple[frozenset[str], bool]:
    """What was written in one place (expanded names), and whether anything was done there."""
    if part.problem is not None:
        return frozenset(), False
    refused = frozenset(name for name, _ in part.updated.not_updated) if part.updated is not None else None
    wanted = (part.names or write.names or frozenset()) if part.source_id else frozenset(done_here)
    names = wanted - (refused or frozenset())
    return names, bool(names) or not refused
