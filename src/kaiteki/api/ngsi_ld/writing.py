"""Create, change and delete entities and attributes over HTTP (ETSI GS CIM 009 V1.9.1 clauses 6.4 to 6.7)."""

from __future__ import annotations

from functools import partial
from typing import Final
from urllib.parse import quote

from kaiteki.api.exchange import Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.negotiation import JSON
from kaiteki.api.ngsi_ld.places import PREFIX
from kaiteki.api.ngsi_ld.spreading import Order, carry_out
from kaiteki.api.ngsi_ld.task import Task, done, shown
from kaiteki.broker.asking import read_flag, read_options
from kaiteki.broker.attributes import (
    Updated,
    append_attributes,
    delete_attribute,
    replace_attribute,
    update_attribute,
    update_attributes,
)
from kaiteki.broker.entities import create_entity, delete_entity, erase_entity, merge_entity, replace_entity
from kaiteki.broker.plane import Call
from kaiteki.model.entity import Json, is_object
from kaiteki.model.instant import parse_instant
from kaiteki.model.language.types import parse_types
from kaiteki.model.problem import Problem
from kaiteki.model.representation.merging import Merging
from kaiteki.model.terms.context import Context

_SIMPLIFIED: Final = ("keyValues", "simplified")
SAFE_IN_PATH: Final = ":@!$&'()*+,;=~"


async def create(desk: Desk, task: Task) -> Reply:
    """POST /entities."""
    document, context = await desk.read(task)
    call, made = desk.call(task, context), list[str]()

    async def local(document: Json) -> None:
        made.append(await create_entity(desk.plane, call, document))

    def answer(_: Updated | None, __: bool) -> Reply:
        entity_id = made[0] if made else id_in(document)
        return done(201, [("location", f"{PREFIX}entities/{quote(entity_id, safe=SAFE_IN_PATH)}")])

    order = Order("createEntity", "POST", "entity", document, "whole")
    return await carry_out(desk, task, order, (call, local), answer)


async def replace(desk: Desk, task: Task) -> Reply:
    """PUT /entities/{id}."""
    document, context = await desk.read(task)
    call = call_on(desk, task, context)

    async def local(document: Json) -> None:
        await replace_entity(desk.plane, call, task.place.id, document)

    order = Order("replaceEntity", "PUT", "entity", document)
    return await carry_out(desk, task, order, (call, local))


async def merge(desk: Desk, task: Task) -> Reply:
    """PATCH /entities/{id}."""
    merging = read_merging(task)
    document, context = await desk.read(task)
    call = call_on(desk, task, context)

    async def local(document: Json) -> None:
        await merge_entity(desk.plane, call, task.place.id, document, merging)

    order = Order("mergeEntity", "PATCH", "entity", document, "merge", merging.form)
    return await carry_out(desk, task, order, (call, local))


async def delete(desk: Desk, task: Task) -> Reply:
    """DELETE /entities/{id}; with `options=erase` here and with all that is kept of it."""
    if erases(desk, task):
        await erase_entity(desk.plane, call_on(desk, task, await desk.context(task.link)), task.place.id)
        return done()
    call = call_on(desk, task, await desk.context(task.link))

    async def local(_: Json) -> None:
        await delete_entity(desk.plane, call, task.place.id)

    return await carry_out(desk, task, Order("deleteEntity", "DELETE"), (call, local))


async def append(desk: Desk, task: Task) -> Reply:
    """POST /entities/{id}/attrs."""
    options = read_options(task.parameters, ("noOverwrite",))
    document, context = await desk.read(task)
    call = call_on(desk, task, context)
    overwrite = "noOverwrite" not in options

    async def local(document: Json) -> Updated:
        return await append_attributes(desk.plane, call, task.place.id, document, overwrite)

    order = Order("appendAttrs", "POST", "entity/attrs", document)
    return await carry_out(desk, task, order, (call, local), partial(say_updated, context))


async def update(desk: Desk, task: Task) -> Reply:
    """PATCH /entities/{id}/attrs."""
    read_options(task.parameters, ())
    document, context = await desk.read(task)
    call = call_on(desk, task, context)

    async def local(document: Json) -> Updated:
        return await update_attributes(desk.plane, call, task.place.id, document)

    order = Order("updateEntity", "PATCH", "entity/attrs", document)
    return await carry_out(desk, task, order, (call, local), partial(say_updated, context))


async def update_one(desk: Desk, task: Task) -> Reply:
    """PATCH /entities/{id}/attrs/{name}."""
    document, context = await desk.read(task)
    call, name = call_on(desk, task, context), task.place.name

    async def local(document: Json) -> None:
        await update_attribute(desk.plane, call, task.place.id, name, document)

    order = Order("updateAttrs", "PATCH", "entity/attrs", without_context(document), attribute=name)
    return await carry_out(desk, task, order, (call, local))


async def replace_one(desk: Desk, task: Task) -> Reply:
    """PUT /entities/{id}/attrs/{name}."""
    document, context = await desk.read(task)
    call, name = call_on(desk, task, context), task.place.name

    async def local(document: Json) -> None:
        await replace_attribute(desk.plane, call, task.place.id, name, document)

    order = Order("replaceAttrs", "PUT", "entity/attrs", without_context(document), attribute=name)
    return await carry_out(desk, task, order, (call, local))


async def delete_one(desk: Desk, task: Task) -> Reply:
    """DELETE /entities/{id}/attrs/{name}."""
    call, name = call_on(desk, task, await desk.context(task.link)), task.place.name
    dataset_id, every = task.parameters.get("datasetId"), read_flag(task.parameters, "deleteAll")

    async def local(_: Json) -> None:
        await delete_attribute(desk.plane, call, task.place.id, name, dataset_id, every)

    order = Order("deleteAttrs", "DELETE", "entity/attrs", attribute=name)
    return await carry_out(desk, task, order, (call, local))


def id_in(document: Json) -> str:
    """The id of a document that was understood."""
    return str(document.get("id", document.get("@id"))) if is_object(document) else ""


def erases(desk: Desk, task: Task) -> bool:
    """Whether entities are to be deleted with all that is kept of them, which only who runs the node may do. Raises Forbidden."""
    if "erase" not in read_options(task.parameters, ("erase",)):
        return False
    desk.trust.need_to_run(task.person)
    return True


def read_merging(task: Task) -> Merging:
    """The options of a merge (clause 6.5.3.4)."""
    options = read_options(task.parameters, ("normalized", "concise", *_SIMPLIFIED))
    simple = any(word in options for word in _SIMPLIFIED) or task.parameters.get("format") in _SIMPLIFIED
    told = task.parameters.get("observedAt")
    observed_at = parse_instant(told) if told is not None else None
    if told is not None and observed_at is None:
        raise Problem("BadRequestData", "observedAt is a DateTime like 2026-04-01T09:00:00Z", "observedAt")
    return Merging("simplified" if simple else "normalized", observed_at, task.parameters.get("lang"))


def without_context(document: Json) -> Json:
    """An attribute fragment without the @context that it was read with."""
    if is_object(document):
        return {name: value for name, value in document.items() if name != "@context"}
    return document


def call_on(desk: Desk, task: Task, context: Context) -> Call:
    """The call for a change of an entity that stands."""
    told = task.parameters.get("type")
    return desk.call(task, context, parse_types(told, context.expand) if told is not None else None)


def say_updated(context: Context, updated: Updated | None, _: bool = False) -> Reply:
    """204, or 207 with what was written and what was not."""
    if updated is not None and updated.not_updated:
        return shown(207, updated.document(context), JSON)
    return done()
