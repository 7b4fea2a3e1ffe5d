"""Answering a query: choose the way that reads least, take candidates from it page by page, check what it leaves open, stop when full.

The rules are those of the other tables' search (sqlite.search); here each step waits for the database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from heapq import nsmallest
from operator import itemgetter
from typing import Any, Final, TypeVar

from kaiteki.model.entity import Entity, decode_entity
from kaiteki.model.matching import matches
from kaiteki.model.ordering import order_key
from kaiteki.model.query import Query
from kaiteki.ports.entities import Found
from kaiteki.stores.disc import near_test
from kaiteki.stores.nearest import circles
from kaiteki.stores.order import Ordered, index_of_order
from kaiteki.stores.plan import Arm, Plan, Way, looked_at, make_plan, place_to_count
from kaiteki.stores.postgres.catalogue import DatabaseCatalogue
from kaiteki.stores.postgres.driver import Connection, snapshot
from kaiteki.stores.postgres.places import TABLES
from kaiteki.stores.postgres.statements import BY_ID, LAST_ID, Ranges, Statement, by_value
from kaiteki.stores.row import StoredRow

T = TypeVar("T")

SELECTIVE_MAX: Final = 1000
"""Entries up to which a way is read whole without a thought."""
WALK_MAX: Final = 400
"""Entities that are looked at in the order of ids before a way that must be sorted is taken instead."""
WALK_PAGES_MAX: Final = 3
"""Pages of entities that are looked at so, where that is more."""
CHUNK_MAX: Final = 512
"""Documents that are read at once; between two reads others have a turn."""
ENTRIES_EACH: Final = 4
"""Entries of a place that are read for each entity that is counted at most: an entity may have several."""
LINKS_MAX: Final = 16
"""Rounds in which linked entities are fetched that a condition asks for."""

Found_ = tuple[StoredRow, Entity]


class Search:
    """One run of a query on a connection."""

    def __init__(
        self, connection: Connection, catalogue: DatabaseCatalogue, area: str, wanted: Query
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._area = area
        self._wanted = wanted
        self._plan: Plan = make_plan(TABLES, catalogue, area, wanted)
        self._back = wanted.backwards and not wanted.order
        self._near = near_test(wanted.geo) if wanted.geo is not None else None
        self._linked: dict[str, Entity | None] = {}

    async def find(self) -> Found:
        """One page, with the total when it is wanted."""
        wanted = self._wanted
        async with AsyncExitStack() as held:
            if wanted.total or wanted.order or self._plan.open or not self._is_plain:
                await held.enter_async_context(snapshot(self._connection))
            if wanted.order:
                rows = await self._ordered()
            elif wanted.ids:
                rows = await self._take(self._by_ids(wanted.after_id or ""))
            else:
                rows = await self._page()
            total = await self._total() if wanted.total else None
        return Found(rows=rows[: wanted.limit], more=len(rows) > wanted.limit, total=total)

    @property
    def _is_plain(self) -> bool:
        """Whether one statement answers, most often: then it needs no transaction to see one moment."""
        ways = self._plan.ways
        return not self._wanted.ids and (not ways or (len(ways) == 1 and ways[0].ordered))

    # Choosing ------------------------------------------------------------------------------------------------------

    def _ranges(self, way: Way | None) -> Ranges:
        return Ranges(self._area, self._plan.kinds, None if way is None else way.arms)

    async def _choose(self) -> tuple[Way | None, bool]:
        """The way to take (None: all entities of the kinds), and whether it is known to be short."""
        ways = self._plan.ways
        if not ways:
            return None, False
        if len(ways) == 1 and ways[0].ordered:
            return ways[0], False
        counted = [(await self._probe(way), place, way) for place, way in enumerate(ways)]
        least, _, way = min(counted, key=itemgetter(0, 1))
        if least <= SELECTIVE_MAX:
            return way, True
        return next((way for way in ways if way.ordered), None), False

    async def _probe(self, way: Way) -> int:
        return await self._number(self._ranges(way).probe(SELECTIVE_MAX + 1)) if way.arms else 0

    async def _number(self, statement: Statement) -> int:
        return await self._connection.fetchval(statement[0], *statement[1])

    # Pages in the order of ids ---------------------------------------------------------------------------------------

    async def _page(self) -> list[StoredRow]:
        if not self._plan.kinds:
            return []
        way, short = await self._choose()
        if way is None and len(self._plan.ways) == 1 and not short:
            return await self._walk_or_sort(self._plan.ways[0])
        return await self._take(self._through(way))

    def _through(self, way: Way | None, after: str | None = None) -> AsyncIterator[Found_]:
        """The matches through one way."""
        decided = not self._plan.open and len(self._plan.ways) == (0 if way is None else 1)
        start = (self._wanted.after_id or "") if after is None else after
        return self._matching(self._documents(way, start), decided)

    async def _walk_or_sort(self, way: Way) -> list[StoredRow]:
        """A way with many entries in no order: most often some entities in the order of ids fill the page sooner."""
        wanted = self._wanted
        most = max(WALK_MAX, WALK_PAGES_MAX * (wanted.offset + wanted.limit))
        walked = 0

        async def some() -> AsyncIterator[Sequence[Any]]:
            nonlocal walked
            async for document in self._documents(None, wanted.after_id or ""):
                walked += 1
                if walked > most:
                    return
                yield document

        rows = await self._take(self._matching(some(), False))
        if len(rows) > wanted.limit or walked <= most:
            return rows
        return await self._take(self._through(way))

    async def _documents(self, way: Way | None, after: str) -> AsyncIterator[Sequence[Any]]:
        """Documents in the order of ids, each once: id, version, born, doc, the points for which it was found."""
        if way is not None and not way.arms:
            return
        ranges = self._ranges(way)
        size = min(self._wanted.offset + self._wanted.limit + 1, CHUNK_MAX)
        bound = (after or LAST_ID) if self._back else after
        while True:
            statement, values = ranges.page(bound, self._back, size)
            rows = await self._connection.fetch(statement, *values)
            for row in rows:
                yield row
            if len(rows) < size:
                return
            bound = rows[-1][0]
            size = min(size * 4, CHUNK_MAX)

    async def _by_ids(self, after: str) -> AsyncIterator[Found_]:
        """Those of the wanted ids that match, in order."""
        bound = (after or LAST_ID) if self._back else after
        ids = [one for one in set(self._wanted.ids) if ((one < bound) if self._back else (one > bound))]
        rows = await self._connection.fetch(BY_ID, self._area, ids)
        rows.sort(key=itemgetter(0), reverse=self._back)

        async def given() -> AsyncIterator[Sequence[Any]]:
            for row in rows:
                yield (*row, None, None)

        async for found in self._matching(given(), False):
            yield found

    async def _take(self, found: AsyncIterator[Found_]) -> list[StoredRow]:
        """The page out of matches in order; one more than the limit when more follow."""
        first, last = self._wanted.offset, self._wanted.offset + self._wanted.limit + 1
        rows: list[StoredRow] = []
        place = 0
        async for row, _ in found:
            if place >= first:
                rows.append(row)
            place += 1
            if place >= last:
                break
        return rows

    async def _matching(self, found: AsyncIterator[Sequence[Any]], checked: bool) -> AsyncIterator[Found_]:
        """Those documents that match; `checked` ones need only be near."""
        left = self._wanted.looked_max
        async for entity_id, version, born, doc, xs, ys in found:
            if self._near is not None and xs is not None and not self._is_near(xs, ys):
                continue
            if checked:
                yield StoredRow(entity_id, version, born, doc), _NOBODY
                continue
            left = looked_at(left)
            entity = decode_entity(doc)
            if await self._with_links(lambda look, entity=entity: matches(entity, self._wanted, look)):
                yield StoredRow(entity_id, version, born, doc, entity), entity

    def _is_near(self, xs: Sequence[float | None], ys: Sequence[float | None]) -> bool:
        """Whether one of the points is near; what is no point (None) may be."""
        near = self._near
        return near is None or any(
            lon is None or lat is None or near(lon, lat) for lon, lat in zip(xs, ys, strict=True)
        )

    async def _with_links(self, ask: Callable[[Callable[[str], Entity | None]], T]) -> T:
        """The answer to a question that may look at linked entities: these are fetched when they are missed."""
        for _ in range(LINKS_MAX):
            missed: list[str] = []

            def look(entity_id: str, missed: list[str] = missed) -> Entity | None:
                if entity_id not in self._linked:
                    missed.append(entity_id)
                return self._linked.get(entity_id)

            answer = ask(look)
            if not missed:
                return answer
            for entity_id in missed:
                self._linked[entity_id] = None
            for entity_id, _, _, doc in await self._connection.fetch(BY_ID, self._area, missed):
                self._linked[entity_id] = decode_entity(doc)
        return ask(self._linked.get)

    # Totals ----------------------------------------------------------------------------------------------------------

    async def _total(self) -> int:
        plan, most = self._plan, self._wanted.total_max
        if not plan.kinds and not self._wanted.ids:
            return 0
        if not plan.open and not plan.ways:
            return await self._number(self._ranges(None).count(most))
        if not plan.open and len(plan.ways) == 1 and plan.ways[0].what in ("value", "scope", "text"):
            return await self._number(self._ranges(plan.ways[0]).count(most)) if plan.ways[0].arms else 0
        place = None if self._wanted.ids else place_to_count(plan)
        way, short = await self._choose() if place is not None else (None, False)
        if place is not None and (way is place or not short):
            return await self._placed(place, most)
        count = 0
        async for _ in self._all():
            if most is not None and count >= most:
                break
            count += 1
        return count

    async def _placed(self, place: Way, most: int | None) -> int:
        """How many match that lie in a box: most lie inside of it, as the index says; only those over its edge are looked at."""
        others = [way.arms for way in self._plan.ways if way is not place]
        if not all(others):
            return 0
        number = await self._inside(place, others, most)
        if most is not None and number >= most:
            return most
        async for _ in self._matching(self._over_the_edge(place, others), False):
            number += 1
            if number == most:
                break
        return number

    async def _inside(self, place: Way, others: Sequence[Sequence[Arm]], most: int | None) -> int:
        """How many lie inside of a box for sure; from `most` on it need not be right."""
        ranges = Ranges(self._area, self._plan.kinds, place.surely)
        looked = None if most is None else most * ENTRIES_EACH
        while True:
            statement, values = ranges.entries(others, looked)
            ((ids, entries),) = await self._connection.fetch(statement, *values)
            if looked is None or entries < looked or (most is not None and ids >= most):
                return ids
            looked = None

    async def _over_the_edge(
        self, place: Way, others: Sequence[Sequence[Arm]]
    ) -> AsyncIterator[Sequence[Any]]:
        """The documents of those that may lie in a box, and of which that is not sure."""
        ranges, after = self._ranges(place), ""
        while True:
            statement, values = ranges.beyond(place.surely, others, after, CHUNK_MAX)
            rows = await self._connection.fetch(statement, *values)
            for row in rows:
                yield row
            if len(rows) < CHUNK_MAX:
                return
            after = rows[-1][0]

    async def _all(self) -> AsyncIterator[Found_]:
        """Every match, in the order of ids."""
        if self._wanted.ids:
            matching = self._by_ids("")
        elif not self._plan.kinds:
            return
        else:
            way, short = await self._choose()
            if way is None and not short and len(self._plan.ways) == 1:
                way = self._plan.ways[0]
            matching = self._through(way, "")
        async for found in matching:
            yield found

    # Other orders ------------------------------------------------------------------------------------------------------

    async def _ordered(self) -> list[StoredRow]:
        """A page in the order that the query asks for."""
        wanted, plan = self._wanted, self._plan
        entry = index_of_order(self._catalogue, plan.kinds, wanted)
        if entry is not None and plan.kinds and (not plan.ways or not (await self._choose())[1]):
            rows = await self._take(self._matching(self._in_order_of(entry), not plan.open and not plan.ways))
            if len(rows) > wanted.limit or entry.bounds:
                return rows
        return await self._sorted(await self.nearest() or [one async for one in self._all()])

    async def _in_order_of(self, entry: Ordered) -> AsyncIterator[Sequence[Any]]:
        """Documents in the order of the values of an attribute."""
        wanted = self._wanted
        behind, seen = wanted.after_id or "", 0
        size = min(wanted.offset + wanted.limit + 1, CHUNK_MAX)
        order, kinds = wanted.order[0], self._plan.kinds
        while True:
            page = (seen, size)
            statement, values = by_value(kinds, self._area, entry, order.descending, page)
            rows = await self._connection.fetch(statement, *values)
            for row in rows:
                if row[0] > behind:
                    yield row
            if len(rows) < size:
                return
            seen += size
            size = min(size * 4, CHUNK_MAX)

    async def _sorted(self, found: Sequence[Found_]) -> list[StoredRow]:
        """The page out of matches in no order."""
        wanted = self._wanted
        behind = wanted.after_id or ""
        keyed: list[tuple[Any, StoredRow]] = []
        for row, known in found:
            if row.id > behind:
                entity = row.entity() if known is _NOBODY else known
                key = await self._with_links(lambda look, entity=entity: order_key(entity, wanted, look))
                keyed.append((key, row))
        first = nsmallest(wanted.offset + wanted.limit + 1, keyed, key=itemgetter(0))
        return [row for _, row in first[wanted.offset :]]

    async def nearest(self) -> list[Found_]:
        """The matches in the first circle that holds the page and one more; none when there is no such circle."""
        for circle in circles(self._wanted):
            search = Search(self._connection, self._catalogue, self._area, circle)
            found = [one async for one in search._all()]
            if len(found) > self._wanted.offset + self._wanted.limit:
                return found
        return []

    # Explaining --------------------------------------------------------------------------------------------------------

    async def explain(self) -> list[str]:
        """The steps of PostgreSQL for the page, and what is checked beside them."""
        plan, wanted = self._plan, self._wanted
        if wanted.ids:
            return ["SEARCH entity by its primary key"]
        if not plan.kinds:
            return ["NOTHING of this kind is kept"]
        way, short = await self._choose()
        if way is not None and not way.arms:
            return ["NOTHING has this value"]
        entry = index_of_order(self._catalogue, plan.kinds, wanted) if wanted.order else None
        if entry is not None and not short:
            page = (0, wanted.limit + 1)
            statement = by_value(plan.kinds, self._area, entry, wanted.order[0].descending, page)
        else:
            statement = self._ranges(way).page("", False, wanted.limit + 1)
        steps = await self._connection.fetch("EXPLAIN (COSTS OFF) " + statement[0], *statement[1])
        lines = [str(step).replace("Seq Scan", "SCAN") for (step,) in steps]
        if plan.open or len(plan.ways) > 1:
            lines.append("CHECK every candidate")
            if not plan.ways:
                lines.append("SCAN all entities of the types")
        return lines


_NOBODY: Final = Entity("", ())
"""Stands for an entity that was not decoded."""
