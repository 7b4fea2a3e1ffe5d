"""Quick reads of an SQLite file: an index tells the ids of a page, and only what the caller does not know is read and decoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Final, Protocol

from kaiteki.model.matching import admits
from kaiteki.model.query import Fence, Query, TypeSelection
from kaiteki.ports.entities import Row, Stamp
from kaiteki.ports.glances import Glanced
from kaiteki.stores.catalogue import Catalogue
from kaiteki.stores.entries import BOX_FORM
from kaiteki.stores.plan import make_plan
from kaiteki.stores.row import StoredRow
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.nearby import Guess, nearby
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
_PLAIN: Final = Query()
_OF_A_PAGE: Final[attrgetter[tuple[object, ...]]] = attrgetter(*set(Query.__struct_fields__) - PAGE_ASKS)
_OF_A_CIRCLE: Final[attrgetter[tuple[object, ...]]] = attrgetter(*set(Query.__struct_fields__) - NEAR_ASKS)
"""The members that have to say nothing; read together, because one by one they cost a tenth of a look."""


class Finder(Protocol):
    """Finds the ids of a first page, in their order, up to a limit."""

    def find(self, connection: Connection, limit: int) -> Sequence[str]: ...


class SqliteGlances:
    """Quick reads over the entities of all areas of one file; see ports.glances."""

    def __init__(self, reader: Reader, catalogue: Catalogue) -> None:
        self._reader = reader
        self._catalogue = catalogue
        self._stamps = Stamps()
        self._guesses: dict[tuple[tuple[int, ...], int], Guess] = {}
        self._kinds: dict[
            tuple[str, TypeSelection | None, Fence | None, str], tuple[int, tuple[int, ...] | None]
        ] = {}

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
        return self._reader.at_once(lambda read: self._look(read, window, known))

    def _look(
        self, read: ReadConnection, window: SqliteWindow, known: Mapping[Stamp, bytes]
    ) -> Glanced | None:
        if window.planned_at != self._catalogue.number:
            window.finder = self._finder(window.area, window.wanted)
            window.planned_at = self._catalogue.number
        place = self._catalogue.name(window.area)
        if window.finder is None or place is None:
            return None
        read.hold()
        connection, limit = read.connection, window.wanted.limit
        window.glanced_at = self._stamps.catch_up(connection)
        found = window.finder.find(connection, limit + 1)
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
            return nearby(wanted.geo, kinds, number, behind, self._guess(kinds, number))
        plan = make_plan(TABLES, self._catalogue, area, wanted)
        if not plan.kinds or plan.open or len(plan.ways) > 1:
            return None
        way = plan.ways[0] if plan.ways else None
        arms = way.arms if way is not None else walk(plan.kinds)
        if not arms or (way is not None and not way.ordered):
            return None
        return Indexed(ids(arms, wanted.after_id or "", wanted.limit + 1), len(arms) == 1)

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
    """Ids by one statement over index ranges that come in the order of ids."""

    def __init__(self, statement: Statement, once: bool) -> None:
        self._statement = statement
        self._once = once

    def find(self, connection: Connection, limit: int) -> Sequence[str]:
        """The ids, each once."""
        rows = connection.execute(*self._statement).fetchall()
        found = [row[0] for row in rows]
        return found if self._once else list(dict.fromkeys(found))[:limit]


class SqliteWindow:
    """A first page in the order of ids. How it is found is planned anew when the counts of the file have changed."""

    def __init__(self, glances: SqliteGlances, area: str, wanted: Query) -> None:
        self._glances = glances
        self.area: Final = area
        self.wanted: Final = wanted
        self.planned_at = -1
        self.finder: Finder | None = None
        self.glanced: Glanced | None = None
        self.glanced_at = -1
        """What was seen last, if all of it was known, and the newest event then."""

    def look(self, known: Mapping[Stamp, bytes]) -> Glanced | None:
        """The page now; None when an index alone does not tell it."""
        return self._glances.look(self, known)


def row_of(connection: Connection, place: int, entity_id: str) -> StoredRow:
    """An entity that stands in an index of this snapshot."""
    ((version, born, doc),) = connection.execute(BY_ID, (place, entity_id))
    return StoredRow(entity_id, version, born, doc)
