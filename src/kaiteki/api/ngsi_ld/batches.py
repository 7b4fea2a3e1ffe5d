"""Batch operations, query by document, purge (ETSI GS CIM 009 V1.9.1 clauses 6.4.3.3, 6.14 to 6.17, 6.23, 6.31)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import msgspec

from kaiteki.api.exchange import Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.negotiation import JSON, LD_JSON
from kaiteki.api.ngsi_ld.passing import others_may_know, passage_of
from kaiteki.api.ngsi_ld.reading import answer_query
from kaiteki.api.ngsi_ld.spreading import say_parts
from kaiteki.api.ngsi_ld.task import Task, done, shown
from kaiteki.api.ngsi_ld.writing import read_merging
from kaiteki.broker.asking import read_list, read_options, read_selection
from kaiteki.broker.batch import (
    BATCH_SIZE_MAX,
    BatchResult,
    Contexts,
    create_batch,
    delete_batch,
    merge_batch,
    update_batch,
    upsert_batch,
)
from kaiteki.broker.distributed_batches import WAYS, Item, distribute_batch
from kaiteki.broker.distributed_purge import Purge, purge_everywhere
from kaiteki.broker.distributing import judged
from kaiteki.broker.documents import query_parameters, read_selectors
from kaiteki.broker.plane import Call
from kaiteki.broker.purge import check_purge, purge_entities
from kaiteki.broker.shares import Write
from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query
from kaiteki.model.representation.parsing import parse_entity
from kaiteki.model.representation.values import check_uri
from kaiteki.model.terms.context import Context

Do = Callable[[Json, Contexts], Awaitable[BatchResult]]
"""A batch operation of this node: documents and their @contexts."""


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
    return await _carry_out(desk, task, batch, partial(create_batch, desk.plane, batch.call))


async def upsert(desk: Desk, task: Task) -> Reply:
    """POST /entityOperations/upsert."""
    options = read_options(task.parameters, ("replace", "update"))
    batch = await _read(desk, task)

    async def do(documents: Json, contexts: Contexts) -> BatchResult:
        return await upsert_batch(desk.plane, batch.call, documents, "update" in options, contexts)

    return await _carry_out(desk, task, batch, do)


async def update(desk: Desk, task: Task) -> Reply:
    """POST /entityOperations/update."""
    options = read_options(task.parameters, ("noOverwrite",))
    batch = await _read(desk, task)

    async def do(documents: Json, contexts: Contexts) -> BatchResult:
        return await update_batch(desk.plane, batch.call, documents, "noOverwrite" not in options, contexts)

    return await _carry_out(desk, task, batch, do)


async def merge(desk: Desk, task: Task) -> Reply:
    """POST /entityOperations/merge."""
    merging = read_merging(task)
    batch = await _read(desk, task)

    async def do(documents: Json, contexts: Contexts) -> BatchResult:
        return await merge_batch(desk.plane, batch.call, documents, merging, contexts)

    return await _carry_out(desk, task, batch, do)


async def delete(desk: Desk, task: Task) -> Reply:
    """POST /entityOperations/delete."""
    batch = await _read(desk, task)

    async def do(documents: Json, _: Contexts) -> BatchResult:
        return await delete_batch(desk.plane, batch.call, documents)

    return await _carry_out(desk, task, batch, do)


async def _carry_out(desk: Desk, task: Task, batch: Batch, do: Do) -> Reply:
    """Do a batch here, and at the sources that have a part in it."""
    if is_array(batch.documents) and await others_may_know(desk, task):
        contexts = batch.contexts

        async def local(places: Sequence[int], documents: Sequence[Json]) -> BatchResult:
            chosen = [contexts[place] for place in places] if contexts is not None else None
            return await do(list(documents), chosen)

        way = WAYS[task.operation.path.rpartition("/")[2]]
        items = await _items(desk, task, batch, way.operation)
        result = await distribute_batch(desk.inquirer, way, items, local, batch.call.may)
        if result is not None:
            return _say(result)
    return _say(await do(batch.documents, batch.contexts))


async def _items(desk: Desk, task: Task, batch: Batch, operation: str) -> list[Item]:
    """The documents of a batch with the entities that they are about and, where they tell none, the types that stand here."""
    documents: list[Json] = batch.documents
    ids = {one.get("id", one.get("@id")) if is_object(one) else one for one in documents[:BATCH_SIZE_MAX]}
    rows = await desk.plane.entities.load(task.area, [one for one in ids if isinstance(one, str)])
    known = {one: seen for one, row in rows.items() if (seen := batch.call.seen(row.entity())) is not None}
    items: list[Item] = []
    for index, document in enumerate(documents[:BATCH_SIZE_MAX]):
        context = batch.call.context if batch.contexts is None else batch.contexts[index]
        if isinstance(context, Problem):
            items.append(Item(document, passage_of(desk, task, batch.call.context), None))
            continue
        write = _write(document, operation, context, task.parameters)
        if write is not None and not write.types and write.entity_id in known:
            types = known[write.entity_id].types
            write = msgspec.structs.replace(write, types=types)
        items.append(Item(document, passage_of(desk, task, context), write))
    return items


def _write(document: Json, operation: str, context: Context, parameters: Mapping[str, str]) -> Write | None:
    """What a document of a batch writes, None when it cannot be read; why is said where it is done."""
    try:
        if isinstance(document, str):
            return Write(operation, "POST", check_uri(document, "id"), parameters=parameters)
        patch = parse_entity(document, context, "merge")
        names = frozenset(patch.attributes)
        entity_id = check_uri(patch.id, "id")
    except Problem:
        return None
    return Write(operation, "POST", entity_id, "", document, patch.types, names, parameters=parameters)


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
    drop, keep = (tuple(map(context.expand, names[which])) for which in ("drop", "keep"))
    call, gone = desk.call(task, context), list[str]()

    async def local(some: Query) -> int:
        touched = await purge_entities(desk.plane, call, some, drop, keep, erase)
        gone.extend(touched)
        return len(touched)

    check_purge(wanted, drop, keep, erase)
    # who has forgotten for good has forgotten here; sources keep histories of their own
    if not erase and await others_may_know(desk, task):
        order = Purge(wanted, parameters, drop, keep)
        parts = await purge_everywhere(desk.inquirer, passage_of(desk, task, context), order, local)
        if parts is not None:
            return say_parts(judged(parts), gone)
    await local(wanted)
    return done()
