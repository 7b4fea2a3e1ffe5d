"""The index entries that a group of decisions moves: what an entity had in the file before the group against what it has after it.

An entity is looked at once for a group, however often the group changes it. Entries of one entity never meet those of
another, so all that go are taken out together, then all that come are put in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Final

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.matching import is_searched, searchable
from kaiteki.stores.catalogue import WHOLE, Tally
from kaiteki.stores.entries import (
    MODIFIED,
    NUMBER_FORM,
    Box,
    Entry,
    Trace,
    Value,
    lone_value,
    own_entries,
    same_entries,
    trace_of,
)
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.words import tokens_of

Instances = tuple[Instance, ...]
Where = tuple[int, str, int]
"""The kind of an entity, its id, its row."""

_TAKE_OUT: Final = "DELETE FROM value WHERE kind=? AND name=? AND val=? AND id=?"
_PUT_IN: Final = "INSERT OR REPLACE INTO value VALUES(?,?,?,?,?)"


class Indexing:
    """The entries that go and come. `number_of` gives the id of a name."""

    def __init__(self, connection: Connection, number_of: Callable[[str], int]) -> None:
        self._connection = connection
        self._number_of = number_of
        self.tally: Tally = Counter()
        """How many entities more, or fewer, have an attribute in a form."""
        self._gone: list[tuple[int, int, Value, str]] = []
        self._come: list[tuple[int, int, Value, str, int]] = []
        self._cells_gone: list[tuple[int, int, int, str, float, float]] = []
        self._cells_come: list[tuple[int, int, int, str, int, float, float]] = []
        self._boxes: list[tuple[int, int, int, tuple[Box, ...]]] = []
        self._words: list[tuple[int, str]] = []

    def stay(self, before: Entity, after: Entity, kind: int, row: int) -> None:
        """An entity stands before and after, as one of the same kind."""
        where = (kind, before.id, row)
        old, new = before.attributes, after.attributes
        searched = False
        for name, come in new.items():
            gone = old.get(name, ())
            if gone is not come and not same_entries(gone, come):
                self._replace(where, name, gone, come)
                searched = searched or is_searched(name)
        if len(old) != len(new) or old.keys() != new.keys():
            for name in old.keys() - new.keys():
                self._replace(where, name, old[name], ())
                searched = searched or is_searched(name)
        self._time(before, after, where)
        if searched:
            self._search(searchable(before), searchable(after), row)

    def move(self, before: tuple[Entity, int] | None, after: tuple[Entity, int] | None, row: int) -> None:
        """An entity comes, goes, or becomes one of another kind; each state with its kind."""
        old = new = ""
        if before is not None:
            old = self._all_of(before, row, -1)
        if after is not None:
            new = self._all_of(after, row, 1)
        self._search(old, new, row)

    def _all_of(self, state: tuple[Entity, int], row: int, sign: int) -> str:
        """Put all entries of a state in (1) or take them out (-1); its text that is searched."""
        entity, kind = state
        where = (kind, entity.id, row)
        self.tally[kind, WHOLE, ""] += sign
        for name, instances in entity.attributes.items():
            if sign > 0:
                self._replace(where, name, (), instances)
            else:
                self._replace(where, name, instances, ())
        self._put(where, own_entries(entity), sign)
        return searchable(entity)

    def _replace(self, where: Where, name: str, gone: Instances, come: Instances) -> None:
        """Put the entries of an attribute in the place of others."""
        kind, entity_id, row = where
        new = lone_value(come)
        old = lone_value(gone) if new is not None and gone else None
        # most values of a city are one number or one short text: their one entry is known without a trace
        if new is not None and (not gone or (old is not None and _is_text(old) is _is_text(new))):
            number = self._number_of(name)
            if old is not None:
                self._gone.append((kind, number, old, entity_id))
            else:
                self.tally[kind, number, "Property"] += 1
                if not _is_text(new):
                    self.tally[kind, number, NUMBER_FORM] += 1
            self._come.append((kind, number, new, entity_id, row))
            return
        self._retrace(where, name, trace_of(name, gone), trace_of(name, come))

    def _retrace(self, where: Where, name: str, gone: Trace, come: Trace) -> None:
        """Put one trace of an attribute in the place of another; what both have is not touched."""
        kind, entity_id, row = where
        number = self._number_of(name)
        if gone.forms != come.forms:
            for form in gone.forms:
                self.tally[kind, number, form] -= 1
            for form in come.forms:
                self.tally[kind, number, form] += 1
        if gone.entries != come.entries:
            self._put(where, gone.entries - come.entries, -1)
            self._put(where, come.entries - gone.entries, 1)
        if gone.spots != come.spots:
            for cell, lon, lat in gone.spots - come.spots:
                self._cells_gone.append((kind, number, cell, entity_id, lon, lat))
            for cell, lon, lat in come.spots - gone.spots:
                self._cells_come.append((kind, number, cell, entity_id, row, lon, lat))
        if gone.boxes or come.boxes:
            self._boxes.append((row, number, kind, come.boxes))

    def _time(self, before: Entity, after: Entity, where: Where) -> None:
        """Rewrite the entries of the entity itself that differ; most writes move only its modifiedAt."""
        same = before.scopes == after.scopes and before.created_at == after.created_at
        if same and before.due == after.due:
            if before.modified_at != after.modified_at:
                kind, entity_id, row = where
                modified = self._number_of(MODIFIED)
                self._gone.append((kind, modified, before.modified_at, entity_id))
                self._come.append((kind, modified, after.modified_at, entity_id, row))
            return
        old, new = own_entries(before), own_entries(after)
        self._put(where, old - new, -1)
        self._put(where, new - old, 1)

    def _put(self, where: Where, entries: Iterable[Entry], sign: int) -> None:
        kind, entity_id, row = where
        if sign > 0:
            for name, value in entries:
                self._come.append((kind, self._number_of(name), value, entity_id, row))
        else:
            for name, value in entries:
                self._gone.append((kind, self._number_of(name), value, entity_id))

    def _search(self, old: str, new: str, row: int) -> None:
        if old != new:
            self._words.append((row, tokens_of(new)))

    def write(self, created: Collection[int]) -> None:
        """Write it, in the running transaction; rows that are `created` now were in no table before."""
        many = self._connection.executemany
        if self._gone:
            many(_TAKE_OUT, self._gone)
        if self._come:
            many(_PUT_IN, self._come)
        if self._cells_gone:
            many(
                "DELETE FROM cell WHERE kind=? AND name=? AND cell=? AND id=? AND lon=? AND lat=?",
                self._cells_gone,
            )
        if self._cells_come:
            many("INSERT OR REPLACE INTO cell VALUES(?,?,?,?,?,?,?)", self._cells_come)
        self._write_boxes(created)
        if self._words:
            old = [(row,) for row, _ in self._words if row not in created]
            if old:
                many("DELETE FROM words WHERE rowid=?", old)
            many("INSERT INTO words(rowid, text) VALUES(?,?)", [told for told in self._words if told[1]])
        moved = [(kind, name, form, n) for (kind, name, form), n in self.tally.items() if n]
        if moved:
            many("INSERT INTO tally VALUES(?,?,?,?) ON CONFLICT DO UPDATE SET n=n+excluded.n", moved)

    def _write_boxes(self, created: Collection[int]) -> None:
        # those of one place may have stood there before as another kind: they go first
        for row, name, _, _ in self._boxes:
            if row not in created:
                self._clear_boxes(row, name)
        for row, name, kind, boxes in self._boxes:
            for west, south, east, north in boxes:
                self._connection.execute(
                    "INSERT INTO box(west, east, south, north, kind, name, row) VALUES(?,?,?,?,?,?,?)",
                    (west, east, south, north, kind, name, row),
                )
                entry = self._connection.last_insert_rowid()
                self._connection.execute("INSERT INTO boxed VALUES(?,?,?)", (row, name, entry))

    def _clear_boxes(self, row: int, name: int) -> None:
        found = self._connection.execute("SELECT entry FROM boxed WHERE row=? AND name=?", (row, name))
        for (entry,) in found.fetchall():
            self._connection.execute("DELETE FROM box WHERE entry=?", (entry,))
        self._connection.execute("DELETE FROM boxed WHERE row=? AND name=?", (row, name))


def _is_text(value: Value) -> bool:
    return value.__class__ is str
