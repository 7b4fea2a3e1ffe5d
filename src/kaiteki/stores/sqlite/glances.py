"""Quick reads of an SQLite file: an index tells the ids of a page, and only what the caller does not know is read and decoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import ClassVar, Final, Protocol

from kaiteki.model.hole import Hole, fill
from kaiteki.model.matching import admits
from kaiteki.model.query import Fence, Query, TypeSelection
from kaiteki.ports.entities import Row, Stamp
from kaiteki.ports.glances import Glanced
from kaiteki.stores.catalogue import Catalogue
from kaiteki.stores.entries import BOX_FORM
from kaiteki.stores.plan import Arm, make_plan
from kaiteki.stores.row import StoredRow
from kaiteki.stores.sqlite.catalogue import newest
from kaiteki.stores.sqlite.cells import Cells
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.nearby import Ground, Guess, nearby
from kaiteki.stores.sqlite.places import TABLES
from kaiteki.stores.sqlite.reader import ReadConnection, Reader
from kaiteki.stores.sqlite.stamps import Stamps
from kaiteki.stores.sqlite.statements import BY_ID, Statement, ids, walk

ROWS_MAX: Final = 100
"""Entities of a page that is read quickly."""
PAGE_ASKS: Final = frozenset(
    {"types", "attrs", "dataset_ids", "q", "geo", "scope", "fence", "link_fence", "limit", "after_id"}
)
"""The members of a query that a plan decides; a query with any other one goes the long way, also with one that is new."""
NEAR_ASKS: Final = frozenset({"types", "geo", "fence", "link_fence", "limit", "after_id"})
"""The members that the cells around a place decide."""
EQUAL_VALUE: Final = "kind=? AND name=? AND val=?"
EQUAL_VALUE_AT: Final = 2
"""The condition of the index entries of one value (stores.plan), and where the value stands in it."""
_PLAIN: Final = Query()
_OF_A_PAGE: Final[attrgetter[tuple[object, ...]]] = attrgetter(*set(Query.__struct_fields__) - PAGE_ASKS)
_OF_A_CIRCLE: Final[attrgetter[tuple[object, ...]]] = attrgetter(*set(Query.__struct_fields__) - NEAR_ASKS)
"""The members that have to say nothing; read together, because one by one they cost a tenth of a look."""


class Finder(Protocol):
    """Finds the ids of a first page, in their order, up to a limit."""

    def find(self, connection: Connection, limit: int) -> Sequence[str]: ...

    is_one_statement: ClassVar[bool]
    """Whether `find` looks at one moment by itself."""

    def here(self, limit: int) -> Sequence[str] | None:
        """The ids as of the newest event that was seen, out of memory; None where they are not there."""
        ...

    def filled(self, hole: Hole) -> Finder | None:
        """How to find what a query with another filling wants."""
        ...


class SqliteGlances:
    """Quick reads over the entities of all areas of one file; see ports.glances."""

    def __init__(self, reader: Reader, catalogue: Catalogue) -> None:
        self._reader = reader
        self._catalogue = catalogue
        self._cells = Cells()
        self._stamps = Stamps(self._cells)
        self._guesses: dict[tuple[tuple[int, ...], int], Guess] = {}
        self._kinds: dict[
            tuple[str, TypeSelection | None, Fence | None, str], tuple[int, tuple[int, ...] | None]
        ] = {}

    @property
    def kept(self) -> dict[str, int]:
        """How many states of entities and points are remembered."""
        return {"states": self._stamps.kept, "points": self._cells.kept}

    def seen(self, area: str, entity_id: str) -> Stamp | None:
        """The stamp of an entity as it is remembered."""
        stamps, place = self._stamps, self._catalogue.name(area)
        if place is None:
            return None
        if not stamps.is_fresh(self._catalogue.number):
            stamps.catch_up(self._reader.connection)
        return stamps.remembered(place, entity_id)

    def row(self, area: str, entity_id: str) -> Row | None:
        """An entity that exists."""
        place = self._catalogue.name(area)
        if place is None:
            return None
        found = self._reader.connection.execute(BY_ID, (place, entity_id)).fetchone()
        if found is None:
            return None
        row = StoredRow(entity_id, *found)
        self._stamps.remember(place, entity_id, row.stamp)
        return row

    def window(self, area: str, wanted: Query) -> SqliteWindow | None:
        """A window on a first page in the order of ids."""
        if wanted.limit > ROWS_MAX or _asks_more(wanted, _OF_A_PAGE):
            return None
        return SqliteWindow(self, area, wanted)

    def look(self, window: SqliteWindow, known: Mapping[Stamp, bytes]) -> Glanced | None:
        """The page of a window, out of one snapshot; see SqliteWindow.look."""
        stamps = self._stamps
        if window.glanced is not None:
            if not stamps.is_fresh(self._catalogue.number):
                stamps.catch_up(self._reader.connection)
            if stamps.number == window.glanced_at:
                return window.glanced
        finder = self.plan(window)
        if finder is None:
            return None
        if finder.is_one_statement:
            return self._reader.at_once(
                lambda read: self._quickly(read, finder, window, known) or self._look(read, window, known)
            )
        return self._in_memory(finder, window, known) or self._reader.at_once(
            lambda read: self._look(read, window, known)
        )

    def plan(self, window: SqliteWindow) -> Finder | None:
        """How to find the ids of a window, planned anew when counts have changed; None when no index decides it alone."""
        number = self._catalogue.number
        if window.planned_at != number:
            pattern = window.pattern
            if pattern is None:
                window.finder = self._finder(window.area, window.wanted)
            else:
                finder = self.plan(pattern[0])
                window.finder = None if finder is None else finder.filled(pattern[1])
            window.planned_at = number
        return window.finder

    def _in_memory(
        self, finder: Finder, window: SqliteWindow, known: Mapping[Stamp, bytes]
    ) -> Glanced | None:
        """A page of which the ids and all states are remembered, as of the newest event."""
        stamps = self._stamps
        if stamps.ahead or not stamps.is_fresh(self._catalogue.number):
            stamps.catch_up(self._reader.connection)
        found = finder.here(window.limit + 1)
        return None if found is None else self._told(window, found, known)

    def _quickly(
        self, read: ReadConnection, finder: Finder, window: SqliteWindow, known: Mapping[Stamp, bytes]
    ) -> Glanced | None:
        """A page of which all states are remembered. Nothing was kept between that memory and the look into the index."""
        stamps = self._stamps
        if stamps.ahead or not stamps.is_fresh(self._catalogue.number):
            # beside writers the look below would mostly be in vain
            stamps.catch_up(read.connection)
        found = finder.find(read.connection, window.limit + 1)
        if newest(read.connection) != stamps.number or stamps.ahead:
            return None
        return self._told(window, found, known)

    def _told(
        self, window: SqliteWindow, found: Sequence[str], known: Mapping[Stamp, bytes]
    ) -> Glanced | None:
        """The page of some ids, None where not all of their states and forms are known."""
        place, limit = self._catalogue.name(window.area), window.limit
        if place is None:
            return None
        stamps = self._stamps.page(place, found[:limit])
        parts = [body for stamp in stamps if stamp is not None and (body := known.get(stamp)) is not None]
        if len(parts) < len(stamps):
            return None
        window.glanced = Glanced(parts, len(found) > limit)
        window.glanced_at = self._stamps.number
        return window.glanced

    def _look(
        self, read: ReadConnection, window: SqliteWindow, known: Mapping[Stamp, bytes]
    ) -> Glanced | None:
        finder, place = self.plan(window), self._catalogue.name(window.area)
        if finder is None or place is None:
            return None
        read.hold()
        connection, limit = read.connection, window.limit
        window.glanced_at = self._stamps.catch_up(connection)
        found = finder.find(connection, limit + 1)
        page = found[:limit]
        stamps = self._stamps.of(connection, place, page)
        parts = [
            body if (body := known.get(stamp)) is not None else row_of(connection, place, entity_id)
            for stamp, entity_id in zip(stamps, page, strict=True)
        ]
        glanced = Glanced(parts, len(found) > limit)
        window.glanced = glanced if all(isinstance(part, bytes) for part in parts) else None
        return glanced

    def _finder(self, area: str, wanted: Query) -> Finder | None:
        """How to find the ids of a query; None when no index decides it alone."""
        if wanted.geo is not None:
            if _asks_more(wanted, _OF_A_CIRCLE):
                return None
            kinds = self._kinds_of_points(area, wanted, wanted.geo.geoproperty)
            number = self._catalogue.name(wanted.geo.geoproperty)
            behind = wanted.after_id or ""
            if not kinds or number is None:
                return None
            return nearby(wanted.geo, Ground(kinds, number, behind, self._guess(kinds, number), self._cells))
        plan = make_plan(TABLES, self._catalogue, area, wanted)
        if not plan.kinds or plan.open or len(plan.ways) > 1:
            return None
        way = plan.ways[0] if plan.ways else None
        arms = way.arms if way is not None else walk(plan.kinds)
        if not arms or (way is not None and not way.ordered):
            return None
        statement = ids(arms, wanted.after_id or "", wanted.limit + 1)
        return Indexed(statement, len(arms) == 1, holes_of(arms))

    def _kinds_of_points(self, area: str, wanted: Query, geoproperty: str) -> tuple[int, ...] | None:
        """The kinds that have a place, None when one of them has places that are no points; remembered until counts change."""
        key, catalogue, fence = (area, wanted.types, wanted.fence, geoproperty), self._catalogue, wanted.fence
        kept = self._kinds.get(key)
        if kept is None or kept[0] != catalogue.number:
            having = [
                kind
                for kind in catalogue.kinds(area, wanted.types)
                if catalogue.some_have(kind, geoproperty)
                and (fence is None or admits(fence, catalogue.area_and_types(kind)[1]))
            ]
            boxed = any(catalogue.form(kind, geoproperty, BOX_FORM) for kind in having)
            if len(self._kinds) >= ROWS_MAX:
                self._kinds.clear()
            kept = self._kinds[key] = (catalogue.number, None if boxed else tuple(having))
        return kept[1]

    def _guess(self, kinds: tuple[int, ...], name: int) -> Guess:
        if len(self._guesses) >= ROWS_MAX:
            self._guesses.clear()
        return self._guesses.setdefault((kinds, name), Guess())


def _asks_more(wanted: Query, others: attrgetter[tuple[object, ...]]) -> bool:
    """Whether a query says anything in its other members."""
    return others(wanted) != others(_PLAIN)


class Indexed:
    """Ids by one statement over index ranges that come in the order of ids. `holes` are the places of a value that is compared with."""

    is_one_statement: ClassVar[bool] = True

    def __init__(self, statement: Statement, once: bool, holes: Sequence[int]) -> None:
        self._statement = statement
        self._once = once
        self._holes = holes

    def filled(self, hole: Hole) -> Indexed | None:
        """The same with another number."""
        if isinstance(hole, tuple) or not self._holes:
            return None
        text, values = self._statement
        others = [*values]
        for place in self._holes:
            others[place] = hole
        return Indexed((text, tuple(others)), self._once, self._holes)

    def here(self, limit: int) -> None:
        """Indexes are not in memory."""

    def find(self, connection: Connection, limit: int) -> Sequence[str]:
        """The ids, each once."""
        rows = connection.execute(*self._statement).fetchall()
        found = [row[0] for row in rows]
        return found if self._once else list(dict.fromkeys(found))[:limit]


def holes_of(arms: Sequence[Arm]) -> tuple[int, ...]:
    """Where the number of an equation stands among the values of `statements.ids`; nowhere where the arms have something else."""
    if any(condition != EQUAL_VALUE for _, condition, _ in arms):
        return ()
    each = len(arms[0][2]) + 1
    return tuple(range(EQUAL_VALUE_AT, len(arms) * each, each))


class SqliteWindow:
    """A first page in the order of ids. How it is found is planned anew when the counts of the file have changed.

    `pattern` is the window that this one differs from in its hole alone, and the filling.
    """

    __slots__ = (
        "_glances",
        "_wanted",
        "area",
        "finder",
        "glanced",
        "glanced_at",
        "limit",
        "pattern",
        "planned_at",
    )

    def __init__(
        self,
        glances: SqliteGlances,
        area: str,
        wanted: Query,
        pattern: tuple[SqliteWindow, Hole] | None = None,
    ) -> None:
        self._glances = glances
        self._wanted = wanted
        self.area: Final = area
        self.limit: Final = wanted.limit
        self.pattern: Final = pattern
        self.planned_at = -1
        self.finder: Finder | None = None
        self.glanced: Glanced | None = None
        self.glanced_at = -1
        """What was seen last, if all of it was known, and the newest event then."""

    @property
    def wanted(self) -> Query:
        """What the page is of."""
        return self._wanted if self.pattern is None else fill(self._wanted, self.pattern[1])

    def filled(self, hole: Hole) -> SqliteWindow:
        """A window on another query; its plan comes from the plan of this one."""
        return SqliteWindow(self._glances, self.area, self._wanted, (self, hole))

    def look(self, known: Mapping[Stamp, bytes]) -> Glanced | None:
        """The page now; None when an index alone does not tell it."""
        return self._glances.look(self, known)


def row_of(connection: Connection, place: int, entity_id: str) -> StoredRow:
    """An entity that stands in an index of this snapshot."""
    ((version, born, doc),) = connection.execute(BY_ID, (place, entity_id))
    return StoredRow(entity_id, version, born, doc)
