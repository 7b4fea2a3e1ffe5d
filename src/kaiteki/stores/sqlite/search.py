"""Answering a query: choose the way that reads least, take candidates from it, check what it leaves open, stop when full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest
from itertools import islice
from operator import itemgetter
from typing import Final, TypeAlias, cast

from kaiteki.model.entity import Entity, decode_entity
from kaiteki.model.matching import matches
from kaiteki.model.ordering import order_key
from kaiteki.model.query import Query
from kaiteki.ports.entities import Found
from kaiteki.stores.catalogue import Catalogue
from kaiteki.stores.disc import near_test
from kaiteki.stores.nearest import circles
from kaiteki.stores.order import Ordered, index_of_order
from kaiteki.stores.plan import Arm, Plan, Way, is_of_box, looked_at, make_plan, place_to_count
from kaiteki.stores.row import StoredRow
from kaiteki.stores.sqlite.places import TABLES
from kaiteki.stores.sqlite.reader import ReadConnection
from kaiteki.stores.sqlite.statements import (
    BY_ID,
    BY_ID_AND_KIND,
    DOCUMENT,
    FEW_MAX,
    LAST_ID,
    Statement,
    by_value,
    candidates,
    count,
    crowd,
    documents,
    few_documents,
    gives_documents,
    probe,
    sifted,
    walk,
)
from kaiteki.stores.sqlite.totals import count_placed

SELECTIVE_MAX: Final = 1000
"""Entries up to which a way is read whole and sorted without a thought."""
BOXES_SORTED_MAX: Final = 4000
"""The same for places that are no points: to find the page among fewer, more of all entities would have to be sifted."""
CROWD_MAX: Final = 60_000
"""Entries of a place up to which it is a sieve at once; among more of them some entities in the order of ids most often fill the page."""
WALK_MAX: Final = 400
"""Entities that are looked at in the order of ids before a way that must be sorted is taken instead."""
WALK_ON_MAX: Final = 4000
"""Entities that are looked at beyond those where the first ones say that the page is full by then: sorting tens of thousands costs more."""
WALK_PAGES_MAX: Final = 3
"""Pages of entities that are looked at so, where that is more."""

Candidate: TypeAlias = tuple[str, int, float | None, float | None]
"""Id, row, and the point for which it was found."""
Document: TypeAlias = tuple[str, int, int, bytes, float | None, float | None]
"""Id, version, event of the creation, document, and the point for which it was found."""


class Search:
    """One run of a query on a connection."""

    def __init__(self, read: ReadConnection, catalogue: Catalogue, area: str, wanted: Query) -> None:
        self._read = read
        self._catalogue = catalogue
        self._area = catalogue.name(area)
        self._name = area
        self._wanted = wanted
        self._plan: Plan = make_plan(TABLES, catalogue, area, wanted)
        self._back = wanted.backwards and not wanted.order
        self._near = near_test(wanted.geo) if wanted.geo is not None else None
        self._chosen: tuple[Way | None, bool] | None = None

    def find(self) -> Found:
        """One page, with the total when it is wanted."""
        wanted = self._wanted
        if wanted.total or wanted.order:
            self._read.hold()
        if wanted.order:
            rows = self._ordered()
        elif wanted.ids:
            rows = self._take(self._by_ids(wanted.after_id or ""), checked=self._is_of_kinds)
        else:
            rows = self._page()
        total = self._total() if wanted.total else None
        return Found(rows=rows[: wanted.limit], more=len(rows) > wanted.limit, total=total)

    # Choosing ------------------------------------------------------------------------------------------------------

    def _choose(self) -> tuple[Way | None, bool]:
        """The way to take (None: all entities of the kinds), and whether it is known to be short."""
        if self._chosen is None:
            self._chosen = self._chosen_of(self._plan.ways)
        return self._chosen

    def _chosen_of(self, ways: Sequence[Way]) -> tuple[Way | None, bool]:
        if not ways:
            return None, False
        if len(ways) == 1 and ways[0].ordered:
            return ways[0], False
        self._read.hold()
        counted = [(self._probe(way), place) for place, way in enumerate(ways)]
        short = [(found, place) for found, place in counted if found <= _sorted_max(ways[place])]
        if short:
            return ways[min(short)[1]], True
        return next((way for way in ways if way.ordered), None), False

    def _probe(self, way: Way) -> int:
        statement = probe(way.arms, self._plan.kinds, _sorted_max(way) + 1) if way.arms else None
        return self._number(statement) if statement else 0

    def _few(self, arms: Sequence[Arm]) -> bool:
        self._read.hold()
        return self._number(probe(arms, self._plan.kinds, FEW_MAX)) < FEW_MAX

    def _number(self, statement: Statement) -> int:
        return self._read.connection.execute(*statement).get

    # Pages in the order of ids ---------------------------------------------------------------------------------------

    def _page(self) -> list[StoredRow]:
        if not self._plan.kinds:
            return []
        way, short = self._choose()
        place = None if short else self._place_beside(way)
        if place is not None:
            return self._walk_or_sift(way, place)
        if way is None and len(self._plan.ways) == 1 and not short:
            return self._walk_or_sort(self._plan.ways[0])
        return self._through(way)

    def _place_beside(self, way: Way | None) -> Way | None:
        """The way that can sift what comes on another one (None: all entities of the kinds)."""
        arms = way.arms if way is not None else walk(self._plan.kinds)
        if not gives_documents(arms):
            return None
        return next((one for one in self._plan.ways if one.sieve is not None and one is not way), None)

    def _through(self, way: Way | None) -> list[StoredRow]:
        """A page through one way."""
        arms = way.arms if way is not None else walk(self._plan.kinds)
        decided = not self._plan.open and len(self._plan.ways) == (0 if way is None else 1)
        if not arms:
            return []
        if way is not None and way.together and self._few(way.together):
            statement = few_documents(way.together, self._plan.kinds, self._wanted.after_id or "", self._back)
            rows = self._read.connection.execute(*statement)
            return self._take(cast(Iterable[Document], rows), decided)
        if gives_documents(arms) and (way is None or way.ordered):
            return self._take(self._documents(arms, self._wanted.after_id or ""), decided)
        return self._take(self._fetch(self._behind(self._wanted.after_id or "", arms)), decided)

    def _walk_or_sort(self, way: Way) -> list[StoredRow]:
        """A way with many entries in no order: most often some entities in the order of ids fill the page sooner."""
        rows = self._walk(walk(self._plan.kinds))
        return self._through(way) if rows is None else rows

    def _walk_or_sift(self, way: Way | None, place: Way) -> list[StoredRow]:
        """A place with many entries: those of another way, or of the kinds, in the order of ids, as far as they lie there."""
        arms = way.arms if way is not None else walk(self._plan.kinds)
        if not arms or not place.arms or place.sieve is None:
            return []
        self._read.hold()
        if self._number(crowd(place.crowd, CROWD_MAX)) == CROWD_MAX:
            rows = self._walk(arms)
            if rows is not None:
                return rows
        statement = sifted(arms, self._plan.kinds, place.sieve, self._wanted.after_id or "", self._back)
        return self._take(cast(Iterable[Document], self._read.connection.execute(*statement)))

    def _walk(self, arms: Sequence[Arm]) -> list[StoredRow] | None:
        """The page out of the first entities of ordered arms; None where these do not fill it."""
        walked = iter(self._documents(arms, self._wanted.after_id or ""))
        enough = WALK_PAGES_MAX * (self._wanted.offset + self._wanted.limit)
        looked = max(WALK_MAX, enough)
        rows = self._take(islice(walked, looked))
        left = self._wanted.limit + 1 - len(rows)
        if rows and left > 0 and not self._wanted.offset and looked * left <= WALK_ON_MAX * len(rows):
            rows += islice(self._matching(islice(walked, WALK_ON_MAX)), left)
        return rows if len(rows) > self._wanted.limit or next(walked, None) is None else None

    def _documents(self, arms: Sequence[Arm], after: str) -> Iterable[Document]:
        """The documents of ordered arms, by one statement."""
        rows = self._read.connection.execute(*documents(arms, self._plan.kinds, after, self._back))
        return cast(Iterable[Document], rows)

    def _behind(self, after: str, arms: Sequence[Arm]) -> Iterable[Candidate]:
        """The candidates of arms, sorted where they are not."""
        self._read.hold()
        rows = self._read.connection.execute(*candidates(arms, self._plan.kinds, after, self._back))
        return cast(Iterable[Candidate], rows)

    def _fetch(self, found: Iterable[Candidate]) -> Iterator[Document]:
        """The documents of candidates, one by one."""
        execute = self._read.connection.execute
        for entity_id, row, lon, lat in found:
            ((version, born, doc),) = execute(DOCUMENT, (row,))
            yield entity_id, version, born, doc, lon, lat

    @property
    def _is_of_kinds(self) -> bool:
        """Whether an entity of the wanted ids matches where it is of one of the kinds."""
        return not self._plan.loose and not self._plan.ways

    def _by_ids(self, after: str) -> Iterator[Document]:
        if self._area is None:
            return
        of = set(self._plan.kinds) if self._is_of_kinds else None
        self._read.hold()
        bound = after or LAST_ID if self._back else after
        for entity_id in sorted(set(self._wanted.ids), reverse=self._back):
            if (entity_id < bound) if self._back else (entity_id > bound):
                found = self._read.connection.execute(BY_ID_AND_KIND, (self._area, entity_id)).fetchone()
                if found is not None and (of is None or found[3] in of):
                    yield entity_id, found[0], found[1], found[2], None, None

    def _take(self, found: Iterable[Document], checked: bool = False) -> list[StoredRow]:
        """The page out of documents in order; one more than the limit when more follow."""
        wanted = self._wanted
        return list(islice(self._matching(found, checked), wanted.offset, wanted.offset + wanted.limit + 1))

    def _matching(self, found: Iterable[Document], checked: bool = False) -> Iterator[StoredRow]:
        """Those documents that match, each once; `checked` ones need only be near."""
        last = ""
        near = self._near
        left = self._wanted.looked_max
        if not checked:
            self._read.hold()
        for entity_id, version, born, doc, lon, lat in found:
            if entity_id == last:
                continue
            if near is not None and lon is not None and lat is not None and not near(lon, lat):
                continue
            entity: Entity | None = None
            if not checked:
                self._read.check_time()
                left = looked_at(left)
                entity = decode_entity(doc)
                if not matches(entity, self._wanted, self._look):
                    continue
            last = entity_id
            yield StoredRow(entity_id, version, born, doc, entity)

    def _look(self, entity_id: str) -> Entity | None:
        found = self._read.connection.execute(BY_ID, (self._area, entity_id)).fetchone()
        return decode_entity(found[2]) if found else None

    # Totals ----------------------------------------------------------------------------------------------------------

    def _total(self) -> int:
        plan = self._plan
        if not plan.kinds and not self._wanted.ids:
            return 0
        if not plan.open and not plan.ways:
            known = self._catalogue.count(plan.kinds)
            return known if self._wanted.total_max is None else min(known, self._wanted.total_max)
        sole = plan.ways[0] if not plan.open and len(plan.ways) == 1 else None
        in_box = sole is not None and sole.what == "cell" and is_of_box(self._wanted.geo)
        if sole is not None and (in_box or sole.what in ("value", "scope", "text")):
            arms, most = sole.together if in_box else sole.arms, self._wanted.total_max
            return self._number(count(arms, plan.kinds, most)) if arms else 0
        place = None if self._wanted.ids else place_to_count(plan)
        way, short = self._choose() if place is not None else (None, False)
        if place is not None and (way is place or not short):
            return count_placed(self._read, plan, place, self._wanted, self._look)
        return sum(1 for _ in islice(self._all(), self._wanted.total_max))

    def all(self) -> list[StoredRow]:
        """Every match, in the order of ids."""
        return list(self._all())

    def _all(self) -> Iterator[StoredRow]:
        """Every match, in the order of ids."""
        if self._wanted.ids:
            return self._matching(self._by_ids(""))
        if not self._plan.kinds:
            return iter(())
        way, short = self._choose()
        if way is None and not short and len(self._plan.ways) == 1:
            way = self._plan.ways[0]
        arms = way.arms if way is not None else walk(self._plan.kinds)
        decided = not self._plan.open and len(self._plan.ways) == (0 if way is None else 1)
        return self._matching(self._fetch(self._behind("", arms)), decided) if arms else iter(())

    # Other orders ------------------------------------------------------------------------------------------------------

    def _ordered(self) -> list[StoredRow]:
        """A page in the order that the query asks for."""
        wanted = self._wanted
        entry = self._index_of_order()
        if entry is not None and not self._is_short():
            rows = self._take(
                self._fetch(self._in_order_of(entry)), checked=not self._plan.open and not self._plan.ways
            )
            if len(rows) > wanted.limit or entry.bounds:
                return rows
        return self._sorted(self._nearest() or self._all())

    def _is_short(self) -> bool:
        """Whether so few entries are on a way that they are sorted sooner than found among all in their order."""
        ways = self._plan.ways
        if len(ways) == 1 and ways[0].ordered:
            self._read.hold()
            return self._probe(ways[0]) <= _sorted_max(ways[0])
        return self._choose()[1]

    def _sorted(self, found: Iterable[StoredRow]) -> list[StoredRow]:
        """The page out of matches in no order."""
        wanted = self._wanted
        behind = wanted.after_id or ""
        keyed = ((order_key(row.entity(), wanted, self._look), row) for row in found if row.id > behind)
        first = nsmallest(wanted.offset + wanted.limit + 1, keyed, key=itemgetter(0))
        return [row for _, row in first[wanted.offset :]]

    def _nearest(self) -> list[StoredRow]:
        """The matches in the first circle that holds the page and one more; none when there is no such circle."""
        for circle in circles(self._wanted):
            found = Search(self._read, self._catalogue, self._name, circle).all()
            if len(found) > self._wanted.offset + self._wanted.limit:
                return found
        return []

    def _index_of_order(self) -> Ordered | None:
        return index_of_order(self._catalogue, self._plan.kinds, self._wanted)

    def _in_order_of(self, entry: Ordered) -> Iterator[Candidate]:
        if not self._plan.kinds:
            return
        behind = self._wanted.after_id or ""
        for _, entity_id, row in self._read.connection.execute(*self._by_value(entry)):
            if entity_id > behind:
                yield entity_id, row, None, None

    def _by_value(self, entry: Ordered) -> Statement:
        return by_value(self._plan.kinds, entry.name, self._wanted.order[0].descending, entry.bounds)

    # Explaining --------------------------------------------------------------------------------------------------------

    def explain(self) -> list[str]:
        """The steps of SQLite for the page, and what is checked beside them."""
        plan = self._plan
        if self._wanted.ids:
            return ["SEARCH entity USING INDEX entity_id (area=? AND id=?)"]
        if not plan.kinds:
            return ["NOTHING of this kind is kept"]
        way, short = self._choose()
        entry = self._index_of_order() if self._wanted.order else None
        place = None if short or self._wanted.order else self._place_beside(way)
        arms = way.arms if way is not None else walk(plan.kinds)
        if not arms:
            return ["NOTHING has this value"]
        if entry is not None and not short:
            statement = self._by_value(entry)
        elif place is not None and place.sieve is not None:
            statement = sifted(arms, plan.kinds, place.sieve, "", self._back)
        else:
            statement = candidates(arms, plan.kinds, "", self._back)
        steps = self._read.connection.execute("EXPLAIN QUERY PLAN " + statement[0], statement[1])
        lines = [searched(detail) for _, _, _, detail in steps]
        if plan.open or len(plan.ways) > 1:
            lines.append("CHECK every candidate")
            if not plan.ways:
                lines.append("SCAN all entities of the types")
        return lines


def _sorted_max(way: Way) -> int:
    """Entries up to which a way is read whole."""
    return BOXES_SORTED_MAX if way.what == "box" else SELECTIVE_MAX


def searched(detail: str) -> str:
    """A line of SQLite's plan. It says SCAN of a virtual table also when the table's own index answers."""
    scanned, _, index = detail.partition(" VIRTUAL TABLE INDEX ")
    used = index.partition(":")[2] != ""
    return f"SEARCH{scanned.removeprefix('SCAN')} VIRTUAL TABLE INDEX {index}" if used else detail
