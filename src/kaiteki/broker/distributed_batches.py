"""Batches that context sources have a part in: each document goes where it is held, what came of it is told by entity (ETSI GS CIM 009 V1.9.1 clauses 5.6.7 to 5.6.10, 5.6.20)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from kaiteki.broker.batch import BatchResult
from kaiteki.broker.distributing import (
    PASSED_ON,
    SAID_BY_SOURCES,
    May,
    Part,
    body_for,
    check_permission,
    forward,
    judged,
    problem_of,
    refuse_again,
    rest_of,
)
from kaiteki.broker.inquiring import Errand, Inquirer, Outcome
from kaiteki.broker.shares import Share, Write, joined, shares_of
from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.problem import Problem
from kaiteki.model.sources.passage import Passage
from kaiteki.model.terms.compiling import core_context

AT_ONCE: Final = 16
"""Requests that a source without batches gets at the same time for one batch."""


class Way(NamedTuple):
    """A batch operation of clause 4.20, its resource, and what does the same for one entity: operation, method, where."""

    operation: str
    resource: str
    single: str
    method: str
    where: str


WAYS: Final[dict[str, Way]] = {
    way.resource: way
    for way in (
        Way("createBatch", "create", "createEntity", "POST", ""),
        Way("upsertBatch", "upsert", "replaceEntity", "PUT", "entity"),
        Way("updateBatch", "update", "appendAttrs", "POST", "entity/attrs"),
        Way("mergeBatch", "merge", "mergeEntity", "PATCH", "entity"),
        Way("deleteBatch", "delete", "deleteEntity", "DELETE", "entity"),
    )
}
"""The batch operations by the last part of their address."""


class Item(NamedTuple):
    """A document of a batch with what it is about; without a write it could not be read, and is refused here."""

    document: Json
    passage: Passage
    write: Write | None


class _Task(NamedTuple):
    """One item for one source."""

    item: Item
    write: Write
    share: Share

    def fits(self, way: Way) -> bool:
        """Whether a batch can do it: the source takes that, and its types are told, which a batch cannot narrow."""
        document = self.item.document
        typed = is_object(document) and not document.keys().isdisjoint(("type", "@type"))
        return way.operation in self.share.kept.registration.meant and (typed or not self.share.types)


Local = Callable[[Sequence[int], Sequence[Json]], Awaitable[BatchResult]]
"""Does documents here: their places in the batch, and what is left of them."""


class _Tally:
    """What came of a batch, entity by entity."""

    def __init__(self) -> None:
        self.parts: dict[str, list[Part]] = {}
        self.created: set[str] = set()

    def add(self, entity_id: str, part: Part) -> None:
        """Note what came of an entity in one place."""
        self.parts.setdefault(entity_id, []).append(part)

    def result(self) -> BatchResult:
        """The result over all places: an entity is among what went well when it did so somewhere, and among the errors when it did not elsewhere."""
        errors: list[tuple[str, Problem]] = []
        registrations: list[str] = []
        fine: list[str] = []
        for entity_id, parts in self.parts.items():
            verdict = judged(parts)
            found = [(part.source_id, part.problem) for part in verdict.failed if part.problem is not None]
            if verdict.problem is not None:
                found.append((_refuser(parts, verdict.problem), verdict.problem))
            errors += [(entity_id, problem) for _, problem in found]
            registrations += [source_id for source_id, _ in found]
            if not found or any(part.problem is None for part in parts):
                fine.append(entity_id)
        created = tuple(one for one in fine if one in self.created)
        done = tuple(one for one in fine if one not in self.created)
        return BatchResult(created, done, tuple(errors), tuple(registrations))


def _refuser(parts: Sequence[Part], problem: Problem) -> str:
    """The registration of the source whose refusal stands for all; empty where it is this node's."""
    return next((part.source_id for part in parts if part.problem is problem), "")


async def distribute_batch(
    inquirer: Inquirer, way: Way, items: Sequence[Item], local: Local, may: May | None
) -> BatchResult | None:
    """Do a batch here and at all sources that have a part in it; None when none has."""
    shares = [
        list(shares_of(inquirer, item.passage, item.write, way.single)) if item.write is not None else []
        for item in items
    ]
    if items:
        refuse_again(items[0].passage)
    if not any(shares):
        return None
    tally = _Tally()
    tasks, left = _planned(items, shares, may, tally)
    refused = await _do_here(left, local, tally)
    by_source: dict[str, list[_Task]] = {}
    for task in tasks:
        if task.write.entity_id not in refused:
            by_source.setdefault(task.share.kept.registration.id, []).append(task)
    await asyncio.gather(*(_do_there(inquirer, way, of_one, tally) for of_one in by_source.values()))
    return tally.result()


def _planned(
    items: Sequence[Item], shares: Sequence[Sequence[Share]], may: May | None, tally: _Tally
) -> tuple[list[_Task], list[tuple[int, Json]]]:
    """What sources are to do, and what is left to do here; what may not be done is noted."""
    tasks: list[_Task] = []
    left: list[tuple[int, Json]] = []
    for index, (item, of_item) in enumerate(zip(items, shares, strict=True)):
        write = item.write
        if write is None or not of_item:
            left.append((index, item.document))
            continue
        try:
            if may is not None:
                check_permission(write, of_item, may)
        except Problem as problem:
            tally.add(write.entity_id, Part("", None, problem))
            continue
        rest = rest_of(
            write, [share for share in of_item if share.kept.registration.is_proxied], item.passage
        )
        if rest is not None:
            left.append((index, item.document if write.names is None else rest))
        tasks += [_Task(item, write, share) for share in joined(write, of_item)]
        for share in of_item:
            if share.problem is not None:
                tally.add(write.entity_id, Part(share.kept.registration.id, None, share.problem))
    return tasks, left


async def _do_here(left: Sequence[tuple[int, Json]], local: Local, tally: _Tally) -> set[str]:
    """Do what is left here; the entities that were refused for good, which go nowhere else."""
    if not left:
        return set()
    result = await local([index for index, _ in left], [document for _, document in left])
    for entity_id in (*result.created, *result.done):
        tally.add(entity_id, Part("", None))
    for entity_id, problem in result.errors:
        tally.add(entity_id, Part("", None, problem))
    tally.created |= set(result.created)
    return {entity_id for entity_id, problem in result.errors if problem.code not in PASSED_ON}


async def _do_there(inquirer: Inquirer, way: Way, tasks: Sequence[_Task], tally: _Tally) -> None:
    """Have one source do its share: as a batch where that can do it, else one by one."""
    kept = tasks[0].share.kept
    slots = asyncio.Semaphore(AT_ONCE)
    alone = [task for task in tasks if not task.fits(way)]
    await asyncio.gather(*(_do_one(inquirer, way, task, (tally, slots)) for task in alone))
    groups: dict[str, list[_Task]] = {}
    for task in tasks:
        if not task.fits(way):
            continue
        context = task.item.passage.context
        groups.setdefault(context.key if context.url is not None else "", []).append(task)
    for group in groups.values():
        first = group[0].item.passage
        context = first.context if first.context.url is not None else core_context()
        bodies = [body_for(task.write, task.share.names, task.item.passage) for task in group]
        if any(is_object(body) and "@context" in body for body in bodies):
            bodies = [{"@context": context.document, **body} for body in bodies]
        body = bodies if way.resource != "delete" else [task.write.entity_id for task in group]
        errand = Errand("POST", f"entityOperations/{way.resource}", context, group[0].write.parameters, body)
        _note(await inquirer.ask(kept, errand, first), way, group, tally)


async def _do_one(
    inquirer: Inquirer, way: Way, task: _Task, noting: tuple[_Tally, asyncio.Semaphore]
) -> None:
    """Have a source do one item. What is to be put in the place of nothing is created."""
    tally, slots = noting
    write = msgspec.structs.replace(task.write, method=way.method, resource=way.where)
    updating = way.resource == "upsert" and "update" in write.parameters.get("options", "")
    if updating:
        write = msgspec.structs.replace(write, method="POST", resource="entity/attrs", parameters={})
    if way.resource == "upsert":
        write = msgspec.structs.replace(write, parameters={})
    async with slots:
        part = await forward(inquirer, task.item.passage, write, task.share)
        if way.resource == "upsert" and part.problem is not None and part.problem.code == "ResourceNotFound":
            write = msgspec.structs.replace(write, method="POST", resource="")
            part = await forward(inquirer, task.item.passage, write, task.share)
            tally.created.add(write.entity_id)
    if way.resource == "create":
        tally.created.add(write.entity_id)
    tally.add(write.entity_id, part)


def _note(outcome: Outcome, way: Way, tasks: Sequence[_Task], tally: _Tally) -> None:
    """Note what a source says of a batch (clause 5.2.16)."""
    source_id = outcome.kept.registration.id
    document = outcome.document
    failed: Mapping[str, Problem] = {}
    whole = problem_of(outcome) if outcome.status != 207 else None
    if outcome.status == 207 and is_object(document):
        failed = _errors(document, source_id)
    if way.resource == "create":
        tally.created |= {task.write.entity_id for task in tasks}
    elif outcome.status == 201 and is_array(document):
        tally.created |= {one for one in document if isinstance(one, str)}
    for task in tasks:
        entity_id = task.write.entity_id
        tally.add(entity_id, Part(source_id, None, whole or failed.get(entity_id)))


def _errors(document: Mapping[str, Json], source_id: str) -> Mapping[str, Problem]:
    """The refusals of a BatchOperationResult by entity."""
    rows: Json = document.get("errors")
    found: dict[str, Problem] = {}
    for row in rows if is_array(rows) else []:
        if is_object(row) and isinstance(row.get("entityId"), str):
            error: Json = row.get("error")
            status = error.get("status") if is_object(error) else 0
            code = SAID_BY_SOURCES.get(status, "BadGateway") if isinstance(status, int) else "BadGateway"
            found[row["entityId"]] = Problem(code, f"the source {source_id} refused it ({status})")
    return found
