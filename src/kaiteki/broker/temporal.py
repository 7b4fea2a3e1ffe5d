"""Entities through time: retrieve and query (ETSI GS CIM 009 V1.9.1 clauses 5.7.3 and 5.7.4, pages of states clause 6.3.10)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from kaiteki.broker.plane import Plane, not_found
from kaiteki.broker.time_asking import TIME_PROPERTIES, TimeAsked
from kaiteki.broker.witness import Heard, ReadablePast, Seen, Witness
from kaiteki.model.entity import Entity
from kaiteki.model.evolution import Evolution, State
from kaiteki.model.instant import Instant
from kaiteki.model.matching import matches, matches_types
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query, TypeSelection
from kaiteki.model.representation.values import check_uri
from kaiteki.model.sums import Sums
from kaiteki.ports.history import SCOPE, Life, Measure, Past, Period

STATES_MAX: Final = 1_000
"""States of one attribute that one answer tells."""
STATES_LEAST: Final = 10
"""States of one attribute that an answer has room for, however many attributes share it."""
ANSWER_STATES_MAX: Final = 50_000
"""States that one answer tells, as long as each attribute has room for STATES_LEAST."""
CANDIDATES_MAX: Final = 20_000
"""Entities that one query looks at."""
CANDIDATES_STEP: Final = 100

Series = dict[str, list[State]]
"""The states of one entity by attribute, in the order of the answer."""


class Evolved(msgspec.Struct, frozen=True):
    """A page of entities through time, whether more follow, how many there are in all.

    `cut` are the moments between which the states are all there, where some did not fit into the answer.
    """

    entities: Sequence[Evolution]
    more: bool = False
    total: int | None = None
    cut: tuple[Instant, Instant] | None = None


class Recall(msgspec.Struct, frozen=True):
    """What history is asked: where, which time of it, and what whoever asks may see of it."""

    plane: Plane
    area: str
    asked: TimeAsked
    readable_past: ReadablePast
    heard: Heard = Heard()

    @property
    def witness(self) -> Witness:
        """What can be said of one entity after the other."""
        return Witness(self.plane, self.area, self.asked.period, self.readable_past, self.heard)


async def retrieve_evolution(recall: Recall, entity_id: str, types: TypeSelection | None = None) -> Evolved:
    """An entity through time (clause 5.7.3). Raises BadRequestData, ResourceNotFound.

    There is none when nothing that may be seen was ever kept of it, or nothing of the attributes that are asked for.
    """
    check_uri(entity_id, "id")
    await recall.plane.entities.load(recall.area, [entity_id])  # what has expired is removed by this
    life = await recall.plane.history.life(recall.area, entity_id)
    if life is None or (types is not None and not matches_types(life.types, types)):
        raise not_found(entity_id)
    seen = (await recall.witness.see([life]))[0]
    if seen is None or not (seen.names or await recall.witness.states(seen, SCOPE, Period(), 1)):
        raise not_found(entity_id)
    attrs = recall.asked.attrs
    if attrs and not any(name in seen.names for name in attrs):
        raise Problem("ResourceNotFound", f"{entity_id} never had such an attribute", "attrs")
    return await _tell(recall, [seen])


async def query_evolutions(recall: Recall, wanted: Query) -> Evolved:
    """One page of the entities that match within the stretch of time (clause 5.7.4). Raises TooComplexQuery."""
    page: list[Seen] = []
    found = 0
    end = wanted.offset + wanted.limit
    async for seen in all_that_match(recall, wanted):
        if wanted.offset <= found < end:
            page.append(seen)
        found += 1
        if found > end and not wanted.total:
            break
    told = await _tell(recall, page)
    return msgspec.structs.replace(told, more=found > end, total=found if wanted.total else None)


async def all_that_match(recall: Recall, wanted: Query) -> AsyncIterator[Seen]:
    """All entities that match within the stretch of time, in order of their ids. Raises TooComplexQuery."""
    async for seen in _candidates(recall, wanted):
        if await recall.witness.matches(seen, wanted, recall.asked.measures):
            yield seen


async def _candidates(recall: Recall, wanted: Query) -> AsyncIterator[Seen]:
    """The entities whose ids and types are wanted and of whose past something may be seen, in order of their ids."""
    looked = 0
    by_name = Query(
        ids=wanted.ids, id_pattern=wanted.id_pattern, types=wanted.types, selectors=wanted.selectors
    )
    async for lives in _lives(recall, wanted):
        looked += len(lives)
        if looked > CANDIDATES_MAX:
            raise Problem(
                "TooComplexQuery",
                f"a temporal query looks at up to {CANDIDATES_MAX} entities; name types or ids of fewer",
                "type",
            )
        apt = [life for life in lives if matches(Entity(life.entity_id, life.types), by_name)]
        for seen in await recall.witness.see(apt):
            if seen is not None:
                yield seen
        await asyncio.sleep(0)  # others get a turn between two steps


async def _lives(recall: Recall, wanted: Query) -> AsyncIterator[Sequence[Life]]:
    history, area = recall.plane.history, recall.area
    if wanted.ids:
        named = [await history.life(area, entity_id) for entity_id in sorted(set(wanted.ids))]
        yield [life for life in named if life is not None]
        return
    after = ""
    while lives := await history.lives(area, wanted.types, after, CANDIDATES_STEP):
        yield lives
        if len(lives) < CANDIDATES_STEP:
            return
        after = lives[-1].entity_id


# Telling -----------------------------------------------------------------------------------------------------------


async def _tell(recall: Recall, page: Sequence[Seen]) -> Evolved:
    """The states or sums of some entities, cut so that the answer is complete between two moments."""
    if recall.asked.style.format == "aggregatedValues":
        return Evolved([_evolution(recall, seen, sums=await _sums(recall, seen)) for seen in page])
    room = _room(recall, page)
    told = [await _series(recall, seen, room) for seen in page]
    cut = _cut([states for series in told for states in series.values()], recall, room)
    if cut is not None:
        backwards = recall.asked.last is not None
        told = [
            {
                name: kept
                for name, states in series.items()
                if (kept := [one for one in states if _within(one.moment, cut[1], backwards)])
            }
            for series in told
        ]
    return Evolved(
        [
            _evolution(recall, seen, {name: tuple(states) for name, states in series.items()})
            for seen, series in zip(page, told, strict=True)
        ],
        cut=cut,
    )


def _room(recall: Recall, page: Sequence[Seen]) -> int:
    """How many states of each attribute the answer has room for."""
    attributes = sum(len(_shown(recall.asked, seen)) for seen in page)
    return min(STATES_MAX, max(STATES_LEAST, ANSWER_STATES_MAX // max(attributes, 1)))


def _shown(asked: TimeAsked, seen: Seen) -> list[str]:
    return [
        name for name in seen.names if (not asked.attrs or name in asked.attrs) and asked.style.shows(name)
    ]


async def _series(recall: Recall, seen: Seen, room: int) -> Series:
    """The states of the attributes and scopes that are shown: one more than there is room for, where there are more."""
    asked = recall.asked
    limit = room + 1 if asked.last is None or asked.last > room else asked.last
    found: Series = {}
    for name in _shown(asked, seen):
        for measure in asked.measures:
            pasts = await recall.witness.states(
                seen, name, asked.measured(measure), limit, asked.last is not None
            )
            if pasts:
                found[name] = [_state(past, measure) for past in pasts]
                break
    if seen.scoped and asked.style.shows(SCOPE):
        # scopes are never observed
        measure: Measure = "modified" if asked.measures[0] == "observed" else asked.measures[0]
        period = msgspec.structs.replace(asked.measured(measure), dataset_ids=())
        pasts = await recall.witness.states(seen, SCOPE, period, limit, asked.last is not None)
        if pasts:
            found[SCOPE] = [_state(past, measure) for past in pasts]
    return found


def _state(past: Past, measure: Measure) -> State:
    one = past.instance
    moment: Instant | None = past.at
    if one is not None and measure in ("observed", "created"):
        moment = one.observed_at if measure == "observed" else one.created_at
    return State(
        past.instance_id,
        past.at if moment is None else moment,
        past.at,
        TIME_PROPERTIES[measure],
        one,
        past.dataset_id,
        past.was,
    )


def _cut(told: Sequence[list[State]], recall: Recall, room: int) -> tuple[Instant, Instant] | None:
    """Between which moments all states are told; None when nothing was left out (clause 6.3.10)."""
    asked, until = recall.asked, recall.heard.until
    backwards = asked.last is not None
    ends: list[Instant] = [] if until is None else [until]
    for states in told:
        if len(states) <= room:
            continue
        beyond = states[room].moment
        inside = [one.moment for one in states[:room] if one.moment != beyond]
        # states of one moment are told together; only when they fill the answer alone, some of them are
        ends.append(inside[-1] if inside else beyond)
    if not ends:
        return None
    moments = [states[0].moment for states in told] or ends
    start = asked.at if asked.at is not None else (max(moments) if backwards else min(moments))
    return start, max(ends) if backwards else min(ends)


def _within(moment: Instant, end: Instant, backwards: bool) -> bool:
    return moment >= end if backwards else moment <= end


async def _sums(recall: Recall, seen: Seen) -> dict[str, tuple[Sums, ...]]:
    """What the values of each attribute add up to (clause 4.5.19); with lastN in the last so many periods."""
    asked = recall.asked
    distinct = "distinctCount" in asked.style.methods
    found: dict[str, tuple[Sums, ...]] = {}
    for name in _shown(asked, seen):
        for measure in asked.measures:
            period = asked.measured(measure)
            sums = await recall.witness.sums(seen, name, period, asked.periods, distinct)
            if sums:
                latest = sorted({one.start for one in sums})[-asked.last :] if asked.last else ()
                found[name] = tuple(one for one in sums if not latest or one.start >= latest[0])
                break
    return found


def _evolution(
    recall: Recall,
    seen: Seen,
    series: dict[str, tuple[State, ...]] | None = None,
    sums: dict[str, tuple[Sums, ...]] | None = None,
) -> Evolution:
    life = seen.life
    attributes = dict(series or {})
    return Evolution(
        id=life.entity_id,
        types=life.types,
        created_at=life.created_at,
        modified_at=life.modified_at,
        deleted_at=life.deleted_at,
        scopes=attributes.pop(SCOPE, ()),
        attributes=attributes,
        sums=sums or {},
        standing=seen.standing,
    )
