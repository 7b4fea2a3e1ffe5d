"""Snapshots over HTTP (ETSI GS CIM 009 V1.9.1 clauses 5.16 and 6.3.22), and requests within one of them."""

from __future__ import annotations

from functools import partial
from typing import Final
from urllib.parse import quote

from kaiteki.api.exchange import Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.negotiation import JSON
from kaiteki.api.ngsi_ld.passing import others_may_know, passage_of
from kaiteki.api.ngsi_ld.places import PREFIX
from kaiteki.api.ngsi_ld.task import Task, done, shown
from kaiteki.api.owners import Eyes
from kaiteki.broker.snapshots import Taking
from kaiteki.model.entity import Json
from kaiteki.model.problem import Problem
from kaiteki.model.snapshot import Snapshot, read_snapshot_query

HEADER: Final = "ngsild-snapshot"
OF_THE_PAST: Final = frozenset({"retrieveTemporal", "queryTemporal", "queryTemporalBatch"})
WITHIN: Final = OF_THE_PAST | {
    "queryEntities",
    "retrieveEntity",
    "queryBatch",
    "retrieveTypes",
    "retrieveType",
    "retrieveAttributes",
    "retrieveAttribute",
}
"""The operations that a snapshot answers."""


def _whose(desk: Desk, task: Task) -> tuple[str, str]:
    """The area and account that ask. Raises Unauthorized for who is not signed in."""
    desk.trust.need_a_writer(task.person)
    return task.area, task.person.account_id


async def create(desk: Desk, task: Task) -> Reply:
    """POST /snapshots."""
    whose = _whose(desk, task)
    document, context = await desk.read(task)
    readable_past = partial(desk.trust.readable_past, task.person, task.area)
    others = await others_may_know(desk, task)
    elsewhere = (desk.inquirer, passage_of(desk, task, context)) if others else None
    taking = Taking(Eyes(desk.trust, task.person, task.area), readable_past, elsewhere)
    return _made(await desk.snapshots.create(whose, document, context, taking))


async def clone(desk: Desk, task: Task) -> Reply:
    """POST /snapshots/{id}/clone."""
    whose = _whose(desk, task)
    has_body = task.ask.header("content-type") is not None
    document: Json = (await desk.read(task))[0] if has_body else {}
    return _made(await desk.snapshots.clone(whose, task.place.id, document))


def _made(snapshot: Snapshot) -> Reply:
    return done(201, [("location", f"{PREFIX}snapshots/{quote(snapshot.id, safe=':')}")])


async def retrieve(desk: Desk, task: Task) -> Reply:
    """GET /snapshots/{id}."""
    held = desk.snapshots.get(_whose(desk, task), task.place.id)
    return shown(200, held.snapshot.document(), JSON)


async def update(desk: Desk, task: Task) -> Reply:
    """PATCH /snapshots/{id}."""
    whose = _whose(desk, task)
    document, _ = await desk.read(task)
    desk.snapshots.update(whose, task.place.id, document)
    return done()


async def delete(desk: Desk, task: Task) -> Reply:
    """DELETE /snapshots/{id}."""
    desk.snapshots.delete(_whose(desk, task), task.place.id)
    return done()


async def purge(desk: Desk, task: Task) -> Reply:
    """DELETE /snapshots."""
    q = task.parameters.get("q")
    desk.snapshots.purge(_whose(desk, task), read_snapshot_query(q) if q is not None else None)
    return done()


def desk_within(desk: Desk, task: Task, snapshot_id: str) -> Desk:
    """The desk of a snapshot that a request names (clause 6.3.22). Raises ResourceNotFound, OperationNotSupported."""
    if task.operation.name not in WITHIN:
        raise Problem(
            "OperationNotSupported",
            "a snapshot is only read: entities, their past, types and attributes",
            "NGSILD-Snapshot",
        )
    held = desk.snapshots.use(_whose(desk, task), snapshot_id)
    plane = held.past if task.operation.name in OF_THE_PAST else held.plane
    return Desk(plane, desk.trust, desk.who, tuple(desk.areas), desk.is_open)
