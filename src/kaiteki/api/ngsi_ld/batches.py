"""Batch operations, query by document, purge (ETSI GS CIM 009 V1.9.1 clauses 6.4.3.3, 6.14 to 6.17, 6.23, 6.31)."""

from __future__ import annotations

import msgspec

from kaiteki.api.exchange import Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.negotiation import JSON, LD_JSON
from kaiteki.api.ngsi_ld.reading import answer_query
from kaiteki.api.ngsi_ld.task import Task, done, shown
from kaiteki.api.ngsi_ld.writing import read_merging
from kaiteki.broker.asking import read_list, read_options, read_selection
from kaiteki.broker.batch import (
    BatchResult,
    Contexts,
    create_batch,
    delete_batch,
    merge_batch,
    update_batch,
    upsert_batch,
)
from kaiteki.broker.documents import query_parameters, read_selectors
from kaiteki.broker.plane import Call
from kaiteki.broker.purge import purge_entities
from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.problem import Problem
from kaiteki.model.terms.context import Context


class Batch(msgspec.Struct, frozen=True):
    """A batch that was read and may be carried out: its documents, each one's @context, in whose name."""

    documents: Json
    contexts: Contexts
    call: Call


async def _read(desk: Desk, task: Task) -> Batch:
    document, source = await task.document()
    items: list[Json] = document if is_array(document) else []
    common = await desk.context(source)
    contexts = None
    if (task.ask.header("content-type") or "").startswith(LD_JSON):
        contexts = [await _own_context(desk, one) for one in items]
    return Batch(document, contexts, desk.call(task, common))


async def _own_context(desk: Desk, item: Json) -> Context | Problem:
    """The @context that an item brings, or why the item is refused (clause 6.3.5)."""
    if is_object(item) and "@context" not in item:
        return Problem("BadRequestData", f"an item of a body of {LD_JSON} has a @context", "@context")
    try:
        return await desk.context(item["@context"] if is_object(item) else None)
    except Problem as problem:
        return problem


async def create(desk: Desk, task: Task) -> Reply:
    """POST /entityOperations/create."""
    batch = await _read(desk, task)
    return _say(await create_batch(desk.plane, batch.call, batch.documents, batch.contexts))


async def upsert(desk: Desk, task: Task) -> Reply:
    """POST /entityOperations/upsert."""
    options = read_options(task.parameters, ("replace", "update"))
    batch = await _read(desk, task)
    update = "update" in options
    return _say(await upsert_batch(desk.plane, batch.call, batch.documents, update, batch.contexts))


async def update(desk: Desk, task: Task) -> Reply:
    """POST /entityOperations/update."""
    options = read_options(task.parameters, ("noOverwrite",))
    batch = await _read(desk, task)
    overwrite = "noOverwrite" not in options
    return _say(await update_batch(desk.plane, batch.call, batch.documents, overwrite, batch.contexts))


async def merge(desk: Desk, task: Task) -> Reply:
    """POST /entityOperations/merge."""
    merging = read_merging(task)
    batch = await _read(desk, task)
    return _say(await merge_batch(desk.plane, batch.call, batch.documents, merging, batch.contexts))


async def delete(desk: Desk, task: Task) -> Reply:
    """POST /entityOperations/delete."""
    batch = await _read(desk, task)
    return _say(await delete_batch(desk.plane, batch.call, batch.documents))


def _say(result: BatchResult) -> Reply:
    """201 with the created ids, 204, or 207 as soon as one item was refused."""
    if result.errors:
        return shown(207, result.document(), JSON)
    return shown(201, list(result.created), JSON) if result.created else done()


async def query(desk: Desk, task: Task) -> Reply:
    """POST /entityOperations/query."""
    document, source = await task.document()
    context = await desk.context(source)
    parameters = {**query_parameters(document), **task.parameters}
    view = desk.views.make(task, context, parameters, read_selectors(document, context))
    return await answer_query(desk, task, view, parameters)


async def purge(desk: Desk, task: Task) -> Reply:
    """DELETE /entities."""
    desk.trust.need_to_run(task.person)
    context = await desk.context(task.link)
    names = {name: read_list(task.parameters, name) for name in ("drop", "keep")}
    erase = "erase" in read_options(task.parameters, ("erase",))
    parameters = {name: told for name, told in task.parameters.items() if name not in (*names, "options")}
    wanted = read_selection(parameters, context)
    drop, keep = ([context.expand(name) for name in names[which]] for which in ("drop", "keep"))
    await purge_entities(desk.plane, desk.call(task, context), wanted, drop, keep, erase)
    return done()
