"""Queries answered by looking: what a store finds, as far as somebody sees it, matched, ordered, counted and paged in memory.

Law: the answer is that of a store in which every entity is only what is seen of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from kaiteki.broker.lasting import LastingEntities
from kaiteki.broker.sealing import SealedEntities
from kaiteki.model.entity import Entity
from kaiteki.model.matching import matches
from kaiteki.model.ordering import order_key
from kaiteki.model.problem import Problem
from kaiteki.model.query import PAGE_SIZE_MAX, Query, Sieve
from kaiteki.ports.entities import Entities, Found, Row

SIFTED_MAX: Final = 20_000
"""Entities that one query may have looked at."""
ROUNDS_MAX: Final = 9
"""Times that linked entities are loaded for one page: the length of a path, and one."""


async def sift(entities: Entities, area: str, wanted: Query) -> Found:
    """One page of the entities that match as they are seen; `Entities.find` where that is the same.

    Raises TooComplexQuery where more than SIFTED_MAX entities would have to be looked at.
    """
    return await _find(entities, area, wanted, False)


async def sift_or_less(entities: Entities, area: str, wanted: Query) -> Found:
    """The same; where too much would have to be looked at, what a store finds of the query alone: a page rather shows less than nothing.

    Raises TooComplexQuery where whoever asks said how much may be looked at (`looked_max`), and where nothing was to be sifted: the store
    would be asked the same once more, and say the same after as long.
    """
    return await _find(entities, area, wanted, wanted.looked_max is None)


async def _find(entities: Entities, area: str, wanted: Query, may_be_less: bool) -> Found:
    sieve = wanted.sieve
    if sieve is None:
        return await entities.find(area, wanted)
    plain = msgspec.structs.replace(wanted, sieve=None)
    supersets = sieve.supersets(plain, await entities.summarise(area))
    if supersets is None:
        return await entities.find(area, plain)
    try:
        return await _sifted(entities, area, wanted, (sieve, supersets))
    except Problem:
        if not may_be_less:
            raise
        return await entities.find(area, plain)


async def _sifted(entities: Entities, area: str, wanted: Query, by: tuple[Sieve, Sequence[Query]]) -> Found:
    sieve, supersets = by
    # (the page is that of the query at hand: whoever pages on has changed it since it was narrowed)
    page = {
        name: getattr(wanted, name)
        for name in ("limit", "offset", "after_id", "total", "total_max", "backwards")
    }
    asked = msgspec.structs.replace(sieve.asked, **page)
    seeing = _Seeing(entities, area, sieve, await _as_kept(entities, area, asked))
    return await seeing.ordered(supersets) if asked.order else await seeing.by_id(supersets)


async def _as_kept(entities: Entities, area: str, asked: Query) -> Query:
    """The query as sealed entities answer it: what is looked at here stays sealed."""
    while isinstance(entities, LastingEntities):
        entities = entities.behind
    return await entities.marked(area, asked) if isinstance(entities, SealedEntities) else asked


class _Seeing:
    """One query that is answered by looking."""

    def __init__(self, entities: Entities, area: str, sieve: Sieve, asked: Query) -> None:
        self._entities = entities
        self._area = area
        self._sieve = sieve
        self._asked = asked
        self._looked_at = 0
        self._linked: dict[str, Entity | None] = {}
        self._missed: set[str] = set()

    async def by_id(self, supersets: Sequence[Query]) -> Found:
        """The page in the order of ids; without a count no more is looked at than it takes."""
        asked = self._asked
        end = asked.offset + asked.limit
        rows: list[Row] = []
        count = 0
        until = max(end + 1, (asked.total_max or SIFTED_MAX + 1) if asked.total else 0)
        async for row in self._merged(supersets):
            count += 1
            if len(rows) <= end and (asked.after_id is None or self._is_behind(row.id)):
                rows.append(row)
            if count >= until and len(rows) > end:
                break
        more = len(rows) > end
        counted = count if asked.total_max is None else min(count, asked.total_max)
        return Found(rows[asked.offset : end], more, counted if asked.total else None)

    async def ordered(self, supersets: Sequence[Query]) -> Found:
        """The page in the order that was asked for, by what is seen."""
        asked = self._asked
        rows = [row async for row in self._merged(supersets)]
        seen = {row.id: self._sieve.see(row.entity()) for row in rows}
        await self._load_links([entity for entity in seen.values() if entity is not None])
        keys = {
            entity_id: order_key(entity, asked, self._look)
            for entity_id, entity in seen.items()
            if entity is not None
        }
        rows.sort(key=lambda row: keys[row.id])
        count = len(rows) if asked.total_max is None else min(len(rows), asked.total_max)
        if asked.after_id is not None:
            rows = [row for row in rows if row.id > asked.after_id]
        end = asked.offset + asked.limit
        return Found(rows[asked.offset : end], len(rows) > end, count if asked.total else None)

    def _is_behind(self, entity_id: str) -> bool:
        after = self._asked.after_id
        return after is None or (entity_id < after if self._asked.backwards else entity_id > after)

    async def _merged(self, supersets: Sequence[Query]) -> AsyncIterator[Row]:
        """What matches of all supersets, each once, in the order of ids (backwards where the page is)."""
        back = self._asked.backwards and not self._asked.order
        streams = [self._matching(superset, back) for superset in supersets]
        heads = [await anext(stream, None) for stream in streams]
        last: str | None = None
        while True:
            waiting = [row.id for row in heads if row is not None]
            if not waiting:
                return
            first = max(waiting) if back else min(waiting)
            at = next(n for n, row in enumerate(heads) if row is not None and row.id == first)
            row, heads[at] = heads[at], await anext(streams[at], None)
            if row is not None and row.id != last:
                last = row.id
                yield row

    async def _matching(self, superset: Query, back: bool) -> AsyncIterator[Row]:
        """What of a superset matches as it is seen, in the order of ids."""
        asked = self._asked
        after = asked.after_id if not (asked.total or asked.order) else None
        size = (
            PAGE_SIZE_MAX
            if asked.total or asked.order
            else min(asked.offset + asked.limit + 1, PAGE_SIZE_MAX)
        )
        while True:
            step = msgspec.structs.replace(
                superset, limit=size, offset=0, after_id=after, total=False, total_max=None, backwards=back
            )
            found = await self._entities.find(self._area, step)
            self._looked_at += len(found.rows)
            if self._looked_at > SIFTED_MAX:
                raise Problem(
                    "TooComplexQuery",
                    f"more than {SIFTED_MAX} entities would have to be looked at one by one; name ids, a type, or a further condition",
                    "q",
                )
            for row in await self._wanted(found.rows):
                yield row
            if not found.more:
                return
            after, size = found.rows[-1].id, PAGE_SIZE_MAX

    async def _wanted(self, rows: Sequence[Row]) -> list[Row]:
        seen = [(row, entity) for row in rows if (entity := self._sieve.see(row.entity())) is not None]
        await self._load_links([entity for _, entity in seen])
        return [row for row, entity in seen if matches(entity, self._asked, self._look)]

    def _look(self, entity_id: str) -> Entity | None:
        """A linked entity as it is seen; what is not there yet is noted."""
        if entity_id not in self._linked:
            self._missed.add(entity_id)
        return self._linked.get(entity_id)

    async def _load_links(self, entities: Sequence[Entity]) -> None:
        """Have at hand what the paths of the query lead to, step by step."""
        for _ in range(ROUNDS_MAX):
            self._missed.clear()
            for entity in entities:
                if matches(entity, self._asked, self._look):
                    order_key(entity, self._asked, self._look)
            if not self._missed:
                return
            ids = sorted(self._missed)
            self._looked_at += len(ids)
            rows = await self._entities.load(self._area, ids)
            for entity_id in ids:
                row = rows.get(entity_id)
                self._linked[entity_id] = self._sieve.see(row.entity()) if row is not None else None
