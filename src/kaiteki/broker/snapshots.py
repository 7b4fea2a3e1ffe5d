"""Snapshots: create, clone, retrieve, update, delete, purge (ETSI GS CIM 009 V1.9.1 clause 5.16).

They are kept in the memory of this process, as clause 5.5.15 lets a broker give them up: a restart ends them, and the creator makes another
one. A snapshot holds what its creator saw, and belongs to its creator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

import msgspec

from kaiteki.broker.asking import read_query
from kaiteki.broker.documents import query_parameters, read_selectors
from kaiteki.broker.plane import Plane
from kaiteki.broker.watching import Viewer
from kaiteki.model.entity import Entity, Json
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query
from kaiteki.model.snapshot import Result, Snapshot, changed_snapshot, read_queries
from kaiteki.model.terms.context import Context
from kaiteki.ports.entities import By, Change, Decision

OWN_MAX: Final = 10
"""Snapshots of one account."""
NODE_MAX: Final = 50
ENTITIES_MAX: Final = 10_000
"""Entities of one snapshot; what is beyond makes it partial."""
STEP: Final = 500
"""Entities that are read at once."""

Apart: TypeAlias = Callable[[], Plane]
"""Makes a plane with a store of its own, empty and in memory."""
_WHOLE: Final = frozenset({"id", "snapshotQueries"})


class Held(msgspec.Struct, frozen=True):
    """A snapshot and the plane that its entities stand in."""

    snapshot: Snapshot
    plane: Plane


class Snapshots:
    """The snapshots of a node. `apart` is None where none are kept."""

    def __init__(self, plane: Plane, apart: Apart | None = None, entities_max: int = ENTITIES_MAX) -> None:
        self._plane = plane
        self._entities_max = entities_max
        self._apart = apart
        self._held: dict[tuple[str, str], Held] = {}

    async def create(
        self, whose: tuple[str, str], document: Json, context: Context, viewer: Viewer
    ) -> Snapshot:
        """Take a snapshot (clause 5.16.1) for an area and account. Raises BadRequestData, AlreadyExists, TooManyRequests."""
        told_id, queries = read_queries(document)
        fresh = changed_snapshot(self._new(whose, told_id), document, self._now, _WHOLE)
        wanted = [_query(one, context) for one in queries]
        plane = self._room(fresh)
        taken: dict[str, Entity] = {}
        results = [await self._take(fresh.area, one, viewer, taken) for one in wanted]
        await _keep(plane, fresh.area, list(taken.values()))
        snapshot = msgspec.structs.replace(fresh, queries=queries, results=results)
        self._held[snapshot.area, snapshot.id] = Held(snapshot, plane)
        return snapshot

    async def clone(self, whose: tuple[str, str], snapshot_id: str, document: Json) -> Snapshot:
        """Another snapshot with the same entities (clause 5.16.2), made now. Raises ResourceNotFound, BadRequestData, TooManyRequests."""
        held = self.get(whose, snapshot_id)
        fresh = changed_snapshot(self._new(whose, None), document, self._now, frozenset())
        # what is in a snapshot is never changed, so both share it
        told = held.snapshot
        self._room(fresh)
        made = msgspec.structs.replace(fresh, queries=told.queries, results=told.results)
        self._held[made.area, made.id] = Held(made, held.plane)
        return made

    def get(self, whose: tuple[str, str], snapshot_id: str) -> Held:
        """A snapshot of an area and account (clause 5.16.3). Raises ResourceNotFound."""
        self._forget_old()
        held = self._held.get((whose[0], snapshot_id))
        if held is None or held.snapshot.owner != whose[1]:
            raise Problem("ResourceNotFound", f"there is no snapshot {snapshot_id[:200]}", "snapshotId")
        return held

    def use(self, whose: tuple[str, str], snapshot_id: str) -> Held:
        """The same, for a request within it (clause 5.5.15)."""
        held = self.get(whose, snapshot_id)
        used = msgspec.structs.replace(held.snapshot, used_at=self._now)
        self._held[whose[0], snapshot_id] = after = Held(used, held.plane)
        return after

    def update(self, whose: tuple[str, str], snapshot_id: str, document: Json) -> None:
        """Change priority and lifetime (clause 5.16.4). Raises ResourceNotFound, BadRequestData."""
        held = self.get(whose, snapshot_id)
        after = changed_snapshot(held.snapshot, document, self._now, frozenset())
        self._held[whose[0], snapshot_id] = Held(after, held.plane)

    def delete(self, whose: tuple[str, str], snapshot_id: str) -> None:
        """Forget a snapshot (clause 5.16.5). Raises ResourceNotFound."""
        self.get(whose, snapshot_id)
        del self._held[whose[0], snapshot_id]

    def purge(self, whose: tuple[str, str]) -> None:
        """Forget all snapshots of an account in an area (clause 5.16.7)."""
        for key, held in list(self._held.items()):
            if (held.snapshot.area, held.snapshot.owner) == whose:
                del self._held[key]

    @property
    def _now(self) -> Instant:
        return self._plane.clock.now()

    def _new(self, whose: tuple[str, str], told_id: str | None) -> Snapshot:
        made = told_id or f"urn:ngsi-ld:Snapshot:{self._plane.clock.seed():016x}"
        return Snapshot(made, *whose, self._now, self._now, self._now)

    def _room(self, fresh: Snapshot) -> Plane:
        """An empty plane for a snapshot, if there is room for one more. Raises AlreadyExists, TooManyRequests, OperationNotSupported."""
        if self._apart is None:
            raise Problem("OperationNotSupported", "this node takes no snapshots", "snapshotQueries")
        self._forget_old()
        if (fresh.area, fresh.id) in self._held:
            raise Problem("AlreadyExists", f"there is a snapshot {fresh.id} already", "id")
        own = sum(held.snapshot.owner == fresh.owner for held in self._held.values())
        if own >= OWN_MAX or len(self._held) >= NODE_MAX:
            raise Problem(
                "TooManyRequests", f"up to {OWN_MAX} snapshots of an account, {NODE_MAX} of a node", "id"
            )
        return self._apart()

    def _forget_old(self) -> None:
        now = self._now
        self._held = {key: held for key, held in self._held.items() if held.snapshot.expires_at > now}

    async def _take(self, area: str, asked: Query, viewer: Viewer, taken: dict[str, Entity]) -> Result:
        """Add what a query finds and somebody sees."""
        wanted = viewer.narrow(asked)
        found_any = False
        while wanted is not None:
            page = await self._plane.entities.find(area, wanted)
            for row in page.rows:
                seen = viewer.see(row.entity())
                if seen is not None and seen.id not in taken:
                    if len(taken) >= self._entities_max:
                        return "partial"
                    taken[seen.id] = msgspec.structs.replace(seen, version=1)
                found_any = found_any or seen is not None
            last = page.rows[-1].id if page.more and page.rows else None
            wanted = msgspec.structs.replace(wanted, after_id=last) if last is not None else None
        return "success" if found_any else "empty"


def _query(document: Json, context: Context) -> Query:
    """What a query of a snapshot asks for: all of it, in order of ids. Raises BadRequestData."""
    told = read_query(query_parameters(document), context)
    selectors = read_selectors(document, context)
    wanted = msgspec.structs.replace(told, selectors=selectors) if selectors else told
    return msgspec.structs.replace(wanted, limit=STEP, offset=0, order=(), total=False)


async def _keep(plane: Plane, area: str, entities: Sequence[Entity]) -> None:
    for first in range(0, len(entities), STEP):
        part = entities[first : first + STEP]
        await plane.entities.change(area, [one.id for one in part], partial(_creating, part), By())


def _creating(part: Sequence[Entity], _: Mapping[str, Entity]) -> Decision[None]:
    return Decision([Change(None, one) for one in part], None)
