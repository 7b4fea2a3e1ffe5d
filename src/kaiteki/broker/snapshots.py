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
from kaiteki.broker.documents import query_parameters, read_selectors, time_query_parameters
from kaiteki.broker.federated import GATHERED_MAX, Gathered, Sought, query_federated
from kaiteki.broker.federated_past import gather_all
from kaiteki.broker.inquiring import Inquirer
from kaiteki.broker.opening import Opener, SealedHistory
from kaiteki.broker.plane import Plane
from kaiteki.broker.reaching import check_reach
from kaiteki.broker.sealing import SealedEntities
from kaiteki.broker.sifting import sift
from kaiteki.broker.snapshot_notices import SnapshotNotices
from kaiteki.broker.snapshot_past import TakenPast
from kaiteki.broker.temporal import Recall
from kaiteki.broker.time_asking import TimeAsked, read_time_query
from kaiteki.broker.watching import Viewer
from kaiteki.broker.witness import ReadablePast
from kaiteki.model.entity import Entity, Json
from kaiteki.model.instant import Instant
from kaiteki.model.matching import matches_filter
from kaiteki.model.problem import Problem
from kaiteki.model.query import Filter, Query
from kaiteki.model.snapshot import QUERIES, QueryResult, Result, Snapshot, changed_snapshot, read_queries
from kaiteki.model.sources.passage import Passage
from kaiteki.model.terms.context import Context
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.ports.history import History

OWN_MAX: Final = 10
"""Snapshots of one account."""
NODE_MAX: Final = 50
ENTITIES_MAX: Final = 10_000
"""Entities of one snapshot; what is beyond makes it partial."""
STEP: Final = 500
"""Entities that are read at once."""

Apart: TypeAlias = Callable[[], Plane]
"""Makes a plane with a store of its own, empty and in memory."""


class Held(msgspec.Struct, frozen=True):
    """A snapshot, the plane that its entities stand in, and the one that knows their past: beside it stands what decides over that."""

    snapshot: Snapshot
    plane: Plane
    past: Plane


class Taking(msgspec.Struct, frozen=True):
    """With whose eyes a snapshot is taken, and who is asked beside this node; None: nobody."""

    viewer: Viewer
    readable_past: ReadablePast
    elsewhere: tuple[Inquirer, Passage] | None = None


class Snapshots:
    """The snapshots of a node. `apart` is None where none are kept; `opener` opens what was sealed when it was taken."""

    def __init__(
        self,
        plane: Plane,
        apart: Apart | None = None,
        opener: Opener | None = None,
        entities_max: int = ENTITIES_MAX,
    ) -> None:
        self._plane = plane
        self._opener = opener
        self._entities_max = entities_max
        self._apart = apart
        self._held: dict[tuple[str, str], Held] = {}
        self._notices = SnapshotNotices(plane)

    async def create(
        self, whose: tuple[str, str], document: Json, context: Context, taking: Taking
    ) -> Snapshot:
        """Take a snapshot (clause 5.16.1) for an area and account. Raises BadRequestData, AlreadyExists, TooManyRequests."""
        told_id, queries, temporal = read_queries(document)
        fresh = changed_snapshot(self._new(whose, told_id), document, self._now, QUERIES)
        self._check_reach(fresh)
        wanted = [_query(one, context) for one in queries]
        recalled = [_past_query(one, context) for one in temporal]
        apart = self._room(fresh)
        taken: dict[str, Entity] = {}
        results = [await self._take(fresh.area, one, taking, taken) for one in wanted]
        past = TakenPast()
        temporal_results = [await self._recall(fresh.area, one, taking, past) for one in recalled]
        now, then = apart(), apart()
        await _keep(now, fresh.area, list(taken.values()))
        await _keep(then, fresh.area, list(past.standing.values()))
        snapshot = msgspec.structs.replace(
            fresh,
            queries=queries,
            results=results,
            temporal_queries=temporal,
            temporal_results=temporal_results,
        )
        # (that something was taken is no past of it)
        self._hold(
            Held(snapshot, self._read(now, now.history), self._read(then, past.history(apart().history)))
        )
        return snapshot

    def _read(self, plane: Plane, history: History) -> Plane:
        """A plane as it is read: what is sealed opens within a reading, and what holders agree to is looked up each time."""
        opener = self._opener
        if opener is None:
            return msgspec.structs.replace(plane, history=history)
        entities, opened = SealedEntities(plane.entities, opener.seals), SealedHistory(history, opener)
        return msgspec.structs.replace(plane, entities=entities, history=opened)

    async def clone(self, whose: tuple[str, str], snapshot_id: str, document: Json) -> Snapshot:
        """Another snapshot with the same entities (clause 5.16.2), made now. Raises ResourceNotFound, BadRequestData, TooManyRequests."""
        held = self.get(whose, snapshot_id)
        fresh = changed_snapshot(self._new(whose, None), document, self._now, frozenset())
        self._check_reach(fresh)
        # what is in a snapshot is never changed, so both share it
        told = held.snapshot
        self._room(fresh)
        made = msgspec.structs.replace(
            fresh,
            queries=told.queries,
            results=told.results,
            temporal_queries=told.temporal_queries,
            temporal_results=told.temporal_results,
        )
        self._hold(msgspec.structs.replace(held, snapshot=made))
        return made

    def _hold(self, held: Held) -> None:
        self._held[held.snapshot.area, held.snapshot.id] = held
        self._notices.tell(held.snapshot)

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
        self._held[whose[0], snapshot_id] = after = msgspec.structs.replace(held, snapshot=used)
        return after

    def update(self, whose: tuple[str, str], snapshot_id: str, document: Json) -> None:
        """Change priority and lifetime (clause 5.16.4). Raises ResourceNotFound, BadRequestData."""
        held = self.get(whose, snapshot_id)
        after = changed_snapshot(held.snapshot, document, self._now, frozenset())
        self._check_reach(after)
        self._held[whose[0], snapshot_id] = msgspec.structs.replace(held, snapshot=after)

    def delete(self, whose: tuple[str, str], snapshot_id: str) -> None:
        """Forget a snapshot (clause 5.16.5). Raises ResourceNotFound."""
        self._end(self.get(whose, snapshot_id))

    def _end(self, held: Held) -> None:
        del self._held[held.snapshot.area, held.snapshot.id]
        self._notices.tell(held.snapshot, ended=True)

    def purge(self, whose: tuple[str, str], q: Filter | None = None) -> None:
        """Forget the snapshots of an account in an area whose members match, or all of them (clause 5.16.7)."""
        for held in list(self._held.values()):
            mine = (held.snapshot.area, held.snapshot.owner) == whose
            if mine and (q is None or matches_filter(held.snapshot.as_entity(), q)):
                self._end(held)

    @property
    def _now(self) -> Instant:
        return self._plane.clock.now()

    def _check_reach(self, snapshot: Snapshot) -> None:
        """Refuse to tell somebody who would never be reached. Raises BadRequestData."""
        if snapshot.endpoint:
            check_reach(self._plane, snapshot.area, snapshot.endpoint, "endpoint")

    def _new(self, whose: tuple[str, str], told_id: str | None) -> Snapshot:
        made = told_id or f"urn:ngsi-ld:Snapshot:{self._plane.clock.seed():016x}"
        return Snapshot(made, *whose, self._now, self._now, self._now)

    def _room(self, fresh: Snapshot) -> Apart:
        """What makes empty planes for a snapshot, if there is room for one more. Raises AlreadyExists, TooManyRequests, OperationNotSupported."""
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
        return self._apart

    def _forget_old(self) -> None:
        now = self._now
        for held in [one for one in self._held.values() if one.snapshot.expires_at <= now]:
            self._end(held)

    async def _take(self, area: str, asked: Sought, taking: Taking, taken: dict[str, Entity]) -> QueryResult:
        """Add what a query finds, here and at the sources, and somebody sees."""
        wanted = taking.viewer.narrow(asked.wanted)
        if wanted is not None and taking.elsewhere is not None:
            limit = min(self._entities_max, GATHERED_MAX - 2)  # so that one more is known of
            whole = msgspec.structs.replace(asked, wanted=msgspec.structs.replace(wanted, limit=limit))
            try:
                gathered = await query_federated(*taking.elsewhere, whole)
            except Problem as problem:
                return QueryResult("failure", problem)
            if gathered is not None:
                return self._add(gathered, taking.viewer, taken)
        return QueryResult(await self._take_here(area, wanted, taking.viewer, taken))

    def _add(self, gathered: Gathered, viewer: Viewer, taken: dict[str, Entity]) -> QueryResult:
        """Add what several places told together. What a silent source has is missing."""
        seen = [one for entity in gathered.entities if (one := viewer.take(entity)) is not None]
        fresh = [one for one in seen if one.id not in taken]
        room = self._entities_max - len(taken)
        taken |= {one.id: msgspec.structs.replace(one, version=1) for one in fresh[:room]}
        if gathered.more or gathered.warnings or len(fresh) > room:
            return QueryResult("partial")
        return QueryResult("success" if seen else "empty")

    async def _recall(
        self, area: str, asked: tuple[Sought, TimeAsked], taking: Taking, past: TakenPast
    ) -> QueryResult:
        """Take the past of what a query of the past finds, here and at the sources."""
        sought, time = asked
        recall = Recall(self._plane, area, time, taking.readable_past)
        silent = False
        try:
            if taking.elsewhere is not None:
                gathering = await gather_all(*taking.elsewhere, recall, sought)
                if gathering is not None:
                    recall, silent = gathering.recall, bool(gathering.warnings)
            whole = await past.take(recall, sought.wanted, taking.viewer)
        except Problem as problem:
            return QueryResult("failure", problem)
        if silent or whole is False:
            return QueryResult("partial")
        return QueryResult("success" if whole else "empty")

    async def _take_here(
        self, area: str, wanted: Query | None, viewer: Viewer, taken: dict[str, Entity]
    ) -> Result:
        """Add what a query finds here and somebody sees."""
        found_any = False
        while wanted is not None:
            page = await sift(self._plane.entities, area, wanted)
            for row in page.rows:
                seen = viewer.take(row.entity())
                if seen is not None and seen.id not in taken:
                    if len(taken) >= self._entities_max:
                        return "partial"
                    taken[seen.id] = msgspec.structs.replace(seen, version=1)
                found_any = found_any or seen is not None
            last = page.rows[-1].id if page.more and page.rows else None
            wanted = msgspec.structs.replace(wanted, after_id=last) if last is not None else None
        return "success" if found_any else "empty"


def _query(document: Json, context: Context) -> Sought:
    """What a query of a snapshot asks for: all of it, in order of ids. Raises BadRequestData."""
    parameters = query_parameters(document)
    wanted = _all_of(read_query(parameters, context), document, context)
    return Sought(msgspec.structs.replace(wanted, order=()), parameters)


def _past_query(document: Json, context: Context) -> tuple[Sought, TimeAsked]:
    """What a query of the past asks for. Raises BadRequestData."""
    parameters = time_query_parameters(document)
    wanted, asked = read_time_query(parameters, context)
    return Sought(_all_of(wanted, document, context), parameters), asked


def _all_of(wanted: Query, document: Json, context: Context) -> Query:
    selectors = read_selectors(document, context)
    wanted = msgspec.structs.replace(wanted, selectors=selectors) if selectors else wanted
    return msgspec.structs.replace(wanted, limit=STEP, offset=0, total=False)


async def _keep(plane: Plane, area: str, entities: Sequence[Entity]) -> None:
    for first in range(0, len(entities), STEP):
        part = entities[first : first + STEP]
        await plane.entities.change(area, [one.id for one in part], partial(_creating, part), By())


def _creating(part: Sequence[Entity], _: Mapping[str, Entity]) -> Decision[None]:
    return Decision([Change(None, one) for one in part], None)
