"""Deleting by query (ETSI GS CIM 009 V1.9.1 clause 5.6.21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.broker.plane import Call, Plane
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.matching import matches
from kaiteki.model.problem import Problem
from kaiteki.model.query import AllOf, AnyOf, Filter, Query
from kaiteki.model.representation.applying import changed
from kaiteki.ports.entities import Change, Decision

PURGE_STEP: Final = 500
"""Entities that one transaction of a purge touches."""


async def purge_entities(
    plane: Plane,
    call: Call,
    wanted: Query,
    drop: Sequence[str] = (),
    keep: Sequence[str] = (),
    erase: bool = False,
) -> list[str]:
    """Delete the entities that match, or of each the attributes `drop`, or all but `keep` (expanded); the ids of those that were touched.

    `erase` deletes them with all that is kept of them. A purge goes on in steps, each of which is kept by itself. Raises BadRequestData.
    """
    check_purge(wanted, drop, keep, erase)
    step = msgspec.structs.replace(wanted, limit=PURGE_STEP, offset=0, order=(), total=False)
    now = plane.clock.now()
    touched: list[str] = []
    while True:
        found = await plane.entities.find(call.area, step)
        ids = [row.id for row in found.rows]
        if not ids:
            return touched

        def decide(standing: Mapping[str, Entity]) -> Decision[list[str]]:
            changes = {
                entity.id: change
                for entity in standing.values()
                if matches(entity, wanted) and (change := _purged(entity, now, drop, keep, erase)) is not None
            }
            return Decision(list(changes.values()), list(changes))

        answer = await plane.entities.change(call.area, ids, decide, call.by)
        touched += answer if isinstance(answer, list) else []
        if not found.more:
            return touched
        step = msgspec.structs.replace(step, after_id=ids[-1])


def check_purge(wanted: Query, drop: Sequence[str], keep: Sequence[str], erase: bool) -> None:
    """Refuse a purge that says two things at once, or asks for more than the entities themselves. Raises BadRequestData."""
    if drop and keep:
        raise Problem("BadRequestData", "drop and keep do not go together", "keep")
    if erase and (drop or keep):
        raise Problem("BadRequestData", "entities are erased whole, without drop and keep", "options")
    if wanted.q is not None and _follows_links(wanted.q):
        raise Problem("BadRequestData", "the q of a purge does not follow relationships", "q")


def _purged(
    entity: Entity, now: Instant, drop: Sequence[str], keep: Sequence[str], erase: bool
) -> Change | None:
    if not drop and not keep:
        return Change(entity, None, purge_history=erase)
    gone = [name for name in entity.attributes if (name in drop if drop else name not in keep)]
    return Change(entity, changed(entity, now, dict.fromkeys(gone, ()))) if gone else None


def _follows_links(q: Filter) -> bool:
    if isinstance(q, AllOf | AnyOf):
        return any(_follows_links(part) for part in q.parts)
    return q.path.linked is not None
