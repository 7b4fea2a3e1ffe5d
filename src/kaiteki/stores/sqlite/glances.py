"""Quick reads of an SQLite file: one statement that tells the states of a page; documents are read only of those unknown."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import islice
from typing import Final, TypeAlias, cast

import msgspec

from kaiteki.model.query import Query
from kaiteki.ports.entities import Row
from kaiteki.ports.glances import Glanced
from kaiteki.stores.sqlite.catalogue import Catalogue
from kaiteki.stores.sqlite.plan import make_plan
from kaiteki.stores.sqlite.reader import ReadConnection, Reader
from kaiteki.stores.sqlite.search import SqliteRow
from kaiteki.stores.sqlite.statements import BY_ID, Statement, documents, gives_documents, stamps, walk

ROWS_MAX: Final = 100
"""Entities of a page that is read quickly."""

Stamp: TypeAlias = tuple[int, int]
"""Event of the creation, version."""


NOTHING: Final = Glanced(())


class SqliteGlances:
    """Quick reads over the entities of all areas of one file; see ports.glances."""

    def __init__(self, reader: Reader, catalogue: Catalogue) -> None:
        self._reader = reader
        self._catalogue = catalogue

    def row(self, area: str, entity_id: str) -> Row | None:
        """An entity that exists."""
        place = self._catalogue.name(area)
        if place is None:
            return None
        found = self._reader.connection.execute(BY_ID, (place, entity_id)).fetchone()
        return None if found is None else SqliteRow(entity_id, *found)

    def window(self, area: str, wanted: Query) -> SqliteWindow | None:
        """A window on a first page in the order of ids."""
        listed = wanted.order or wanted.backwards or wanted.total or wanted.offset or wanted.limit > ROWS_MAX
        if listed or wanted.ids or wanted.id_pattern is not None or wanted.text is not None:
            return None
        return SqliteWindow(self._reader, self._catalogue, area, wanted)


class Written(msgspec.Struct, frozen=True):
    """The statements of a page: the states of its entities, and the same with documents. `once`: none comes twice."""

    stamps: Statement
    documents: Statement
    once: bool


class SqliteWindow:
    """A first page in the order of ids, with its statements. They are planned anew when the counts of the file have changed."""

    def __init__(self, reader: Reader, catalogue: Catalogue, area: str, wanted: Query) -> None:
        self._reader = reader
        self._catalogue = catalogue
        self._area = area
        self._wanted = wanted
        self._planned_at = -1
        self._written: Written | None = None
        self._empty = False

    def look(self, known: Mapping[Hashable, bytes]) -> Glanced | None:
        """The page now; None when an index alone does not tell it."""
        return self._reader.at_once(lambda read: self._look(read, known))

    def _look(self, read: ReadConnection, known: Mapping[Hashable, bytes]) -> Glanced | None:
        if self._planned_at != self._catalogue.number:
            self._plan()
        written = self._written
        if written is None:
            return NOTHING if self._empty else None
        limit = self._wanted.limit
        told = cast("list[Stamp]", read.connection.execute(*written.stamps).fetchall())
        if not written.once:
            told = list(dict.fromkeys(told))
        bodies = [known.get(stamp) for stamp in told[:limit]]
        if None in bodies:
            return self._read(read, written.documents, known)
        return Glanced(cast("list[bytes]", bodies), len(told) > limit)

    def _read(self, read: ReadConnection, statement: Statement, known: Mapping[Hashable, bytes]) -> Glanced:
        """The page as one statement finds it with its documents; what is known is not decoded again."""
        limit, rows = self._wanted.limit, dict[Stamp, SqliteRow]()
        for entity_id, version, born, doc, _, _ in read.connection.execute(*statement):
            rows[born, version] = SqliteRow(entity_id, version, born, doc)
            if len(rows) > limit:
                break
        parts = [known.get(stamp, row) for stamp, row in islice(rows.items(), limit)]
        return Glanced(parts, len(rows) > limit)

    def _plan(self) -> None:
        plan = make_plan(self._catalogue, self._area, self._wanted)
        self._planned_at = self._catalogue.number
        self._written, self._empty = None, not plan.kinds
        if plan.open or len(plan.ways) > 1 or self._wanted.geo is not None:
            return
        way = plan.ways[0] if plan.ways else None
        arms = way.arms if way is not None else walk(plan.kinds)
        self._empty = not arms
        if arms and (way is None or way.ordered) and gives_documents(arms):
            behind = self._wanted.after_id or ""
            self._written = Written(
                stamps(arms, plan.kinds, behind, self._wanted.limit + 1),
                documents(arms, plan.kinds, behind),
                len(arms) == 1,
            )
