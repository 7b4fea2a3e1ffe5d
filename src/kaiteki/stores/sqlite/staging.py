"""One group of decisions, decided one after another against what is kept and what the group staged, then written at once.

Nothing of a decision reaches the file before it has succeeded, so one that raises harms no other of its group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import msgspec

from kaiteki.model.entity import Entity, decode_entity, encode_entity
from kaiteki.model.instant import Instant
from kaiteki.model.matching import is_searched, searchable
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import AnyDecision, By, Change, Correction, Forgotten, Repeated, Told
from kaiteki.stores.catalogue import WHOLE, Tally
from kaiteki.stores.change import check, differing, subject, taken, version_after, what_happened
from kaiteki.stores.entries import (
    MODIFIED,
    NO_TRACE,
    Box,
    Entry,
    Trace,
    Value,
    own_entries,
    trace_of,
)
from kaiteki.stores.journal import Body, Line
from kaiteki.stores.past import corrected_names, nothing_kept
from kaiteki.stores.sqlite.catalogue import FileCatalogue
from kaiteki.stores.sqlite.correcting import Correcting
from kaiteki.stores.sqlite.driver import Bound, Connection
from kaiteki.stores.sqlite.erasing import erase
from kaiteki.stores.sqlite.remembering import Remembering
from kaiteki.stores.sqlite.words import tokens_of

encode = msgspec.json.Encoder().encode

SINGLY_MAX = 4
"""Entities that are looked up one by one; more are looked up together."""


class Seen(msgspec.Struct):
    """An entity in this group: its row (None when it never had one) and its state (None when it is absent)."""

    row: int | None
    entity: Entity | None
    doc: bytes | None
    born: int
    """The event of its creation: the first state of its history is the document as long as it was never changed."""


class Staging:
    """What a group will write. `decide` may be called many times, then `write` once, inside one transaction."""

    def __init__(
        self, connection: Connection, catalogue: FileCatalogue, clock: Clock, block_states: int
    ) -> None:
        self.connection = connection
        self.catalogue = catalogue
        self.clock = clock
        last = connection.execute(
            "SELECT coalesce((SELECT max(number) FROM log), 0), coalesce((SELECT max(row) FROM entity), 0)"
        ).fetchall()
        self.number, self.last_row = last[0]
        self.first_number = self.number
        self.worked = False
        """Whether something beside entities was written already."""
        self.torn = False
        """Whether a decision failed half-staged: then nothing of the group may be written."""
        self.tally: Tally = Counter()
        self.changes: dict[int, Change] = {}
        """The changes of the group by the numbers of their events."""
        self._seen: dict[tuple[int, str], Seen] = {}
        self._created: dict[int, tuple[int, str]] = {}
        self._touched: dict[int, tuple[Seen, int]] = {}
        self._moved: set[int] = set()
        self._values: dict[tuple[int, int, Value, str], int | None] = {}
        self._cells: dict[tuple[int, int, int, str, float, float], int | None] = {}
        self._boxes: dict[tuple[int, int], tuple[int, tuple[Box, ...]]] = {}
        self._words: dict[int, str] = {}
        self._number = partial(catalogue.intern_name, connection)
        self._remembering = Remembering(connection, self._number, block_states)
        self.full = self._remembering.full
        self._correcting = Correcting(connection, self._remembering)
        self._log: list[tuple[int, int, int, bytes]] = []
        self._receipts: dict[tuple[int, str], bytes] = {}
        self._purged: set[int] = set()
        self.erased: dict[tuple[int, str], int] = {}  # by area and id, with the number of that event

    # Deciding ------------------------------------------------------------------------------------------------------

    def decide(
        self,
        area: str,
        ids: Sequence[str],
        rule: Callable[[Mapping[str, Entity]], AnyDecision],
        by: By,
        once: str | None,
    ) -> object:
        """Load, decide and stage one decision; the answer is what its caller gets. Raises what the rule raises."""
        place = self.catalogue.intern_name(self.connection, area)
        if once is not None:
            receipt = self._receipt(place, once)
            if receipt is not None:
                return Repeated(receipt)
        loaded: dict[str, Entity] = {}
        if len(ids) > SINGLY_MAX:
            self._see_all(place, ids)
        for entity_id in ids:
            entity = self._see(place, entity_id).entity
            if entity is not None:
                loaded[entity_id] = entity
        decision = rule(loaded)
        check(decision, ids, loaded)
        for change in decision.changes:
            entity = subject(change)
            if change.before is None and self._see(place, entity.id).entity is not None:
                raise taken(entity.id)
        if decision.correction is not None:
            self._correct(area, place, decision.correction, by)
        if decision.changes:
            self.torn = True
            self._stage(area, place, decision, by)
            self.torn = False
        if once is not None:
            self._receipts[place, once] = decision.receipt
        return decision.answer

    def _receipt(self, place: int, once: str) -> bytes | None:
        staged = self._receipts.get((place, once))
        if staged is None:
            kept = self.connection.execute(
                "SELECT body FROM receipt WHERE area=? AND once=?", (place, once)
            ).get
            staged = kept if isinstance(kept, bytes) else None
        return staged

    def _see(self, place: int, entity_id: str) -> Seen:
        seen = self._seen.get((place, entity_id))
        if seen is None:
            found = self.connection.execute(
                "SELECT row, doc, born FROM entity WHERE area=? AND id=?", (place, entity_id)
            ).fetchall()
            if found:
                row, doc, born = found[0]
                seen = Seen(row, None if doc is None else decode_entity(doc), doc, born)
            else:
                seen = Seen(None, None, None, 0)
            self._seen[place, entity_id] = seen
        return seen

    def _see_all(self, place: int, ids: Sequence[str]) -> None:
        """Look many entities up by one statement."""
        unseen = [entity_id for entity_id in ids if (place, entity_id) not in self._seen]
        found = self.connection.execute(
            "SELECT id, row, doc, born FROM entity WHERE area=? AND id IN (SELECT value FROM json_each(?))",
            (place, encode(unseen).decode()),
        ).fetchall()
        for entity_id in unseen:
            self._seen[place, entity_id] = Seen(None, None, None, 0)
        for entity_id, row, doc, born in found:
            self._seen[place, entity_id] = Seen(row, None if doc is None else decode_entity(doc), doc, born)

    def _stage(self, area: str, place: int, decision: AnyDecision, by: By) -> None:
        at = self.clock.now()
        told: list[Line] = []
        for change in decision.changes:
            self.number += 1
            told.append(self._change(area, place, change, at))
            self.changes[self.number] = change
        body: Body = (by.actor, by.action, by.office, by.purpose, told)
        self._log.append((self.number, place, at, encode(body)))

    def _correct(self, area: str, place: int, correction: Correction, by: By) -> None:
        """Correct the past of an entity at once; what it raises before anything is corrected harms no other decision."""
        seen, at = self._see(place, correction.entity_id), self.clock.now()
        kind, row, entity = self._kind_of(area, seen), seen.row, seen.entity
        if row is None:
            if not isinstance(correction, Told):
                raise nothing_kept(correction)
            self.last_row += 1
            row = seen.row = self.last_row
            kind = self.catalogue.intern_kind(self.connection, area, correction.types)
            self._created[row] = (place, correction.entity_id)
            self._touched[row] = (seen, 0)
            self._remembering.appear(row, kind, correction.entity_id, at)
        first = (entity, seen.born) if entity is not None and entity.version == 1 else None
        self._correcting.correct(row, first, correction, (at, self.number + 1))
        self.number += 1
        if isinstance(correction, Forgotten) and correction.attribute is None and entity is None:
            self.erased[place, correction.entity_id] = self.number
            self._purged.add(row)
            seen.row = None
        numbers = [self._number(name) for name in corrected_names(correction)]
        version = entity.version if entity is not None else 0
        told: list[Line] = [("corrected", correction.entity_id, kind, numbers, version)]
        body: Body = (by.actor, by.action, by.office, by.purpose, told)
        self._log.append((self.number, place, at, encode(body)))

    def _kind_of(self, area: str, seen: Seen) -> int:
        """The kind of an entity that is or was; 0 for one that was never there."""
        if seen.entity is not None:
            return self.catalogue.intern_kind(self.connection, area, seen.entity.types)
        return self._remembering.kind_of(seen.row) if seen.row is not None else 0

    def _change(self, area: str, place: int, change: Change, at: Instant) -> Line:
        before, after = change.before, change.after
        entity = subject(change)
        names = differing(change)
        numbers = [self._number(name) for name in names]
        seen = self._seen[place, entity.id]
        row = seen.row
        if row is None:
            self.last_row += 1
            row = seen.row = self.last_row
            self._created[row] = (place, entity.id)
        old = self.catalogue.intern_kind(self.connection, area, before.types) if before else 0
        new = self.catalogue.intern_kind(self.connection, area, after.types) if after else 0
        self._index(change, (old, new), row, names)
        if before is None:
            seen.born = self.number
            self._remembering.come(row, row not in self._created)
        else:
            if after is None:
                self._remembering.go(row, old, change, at)
            self._remembering.remember(change, (row, self.number), names, (seen.born, seen.doc))
        if old != new:
            self._moved.add(row)
        seen.entity = after
        seen.doc = encode_entity(after) if after is not None else None
        if change.purge_history and after is None:
            self.erased[place, entity.id] = self.number
            self._purged.add(row)
            seen.row = None
        self._touched[row] = (seen, new)
        return (what_happened(change), entity.id, new or old, numbers, version_after(change))

    # Indexing ------------------------------------------------------------------------------------------------------

    def _index(self, change: Change, kinds: tuple[int, int], row: int, names: tuple[str, ...]) -> None:
        """Stage what differs between the entries of two states; `kinds` are those of the states, 0 for none."""
        before, after = change.before, change.after
        old, new = kinds
        entity_id = subject(change).id
        if before is not None and after is not None and old == new:
            for name in names:
                gone = trace_of(name, before.attributes.get(name, ()))
                come = trace_of(name, after.attributes.get(name, ()))
                self._retrace(new, (entity_id, row), name, gone, come)
            self._index_times(before, after, new, row)
        else:
            for kind, entity, sign in ((old, before, -1), (new, after, 1)):
                if entity is None:
                    continue
                self.tally[kind, WHOLE, ""] += sign
                for name, instances in entity.attributes.items():
                    trace = trace_of(name, instances)
                    gone, come = (NO_TRACE, trace) if sign > 0 else (trace, NO_TRACE)
                    self._retrace(kind, (entity_id, row), name, gone, come)
                self._put(kind, own_entries(entity), entity_id, row if sign > 0 else None)
        if any(map(is_searched, names)):
            self._index_words(before, after, row)

    def _retrace(self, kind: int, where: tuple[str, int], name: str, gone: Trace, come: Trace) -> None:
        """Put one trace of an attribute in the place of another; what both have is not touched."""
        entity_id, row = where
        if gone.forms != come.forms:
            number = self._number(name)
            for form in gone.forms:
                self.tally[kind, number, form] -= 1
            for form in come.forms:
                self.tally[kind, number, form] += 1
        if gone.entries != come.entries:
            self._put(kind, gone.entries - come.entries, entity_id, None)
            self._put(kind, come.entries - gone.entries, entity_id, row)
        if gone.spots != come.spots:
            number = self._number(name)
            for cell, lon, lat in gone.spots - come.spots:
                self._cells[kind, number, cell, entity_id, lon, lat] = None
            for cell, lon, lat in come.spots - gone.spots:
                self._cells[kind, number, cell, entity_id, lon, lat] = row
        if gone.boxes or come.boxes:
            self._boxes[row, self._number(name)] = (kind, come.boxes)

    def _index_times(self, before: Entity, after: Entity, kind: int, row: int) -> None:
        """Rewrite the entries of the entity itself that differ; most writes move only its modifiedAt."""
        same = before.scopes == after.scopes and before.created_at == after.created_at
        if same and before.due == after.due:
            if before.modified_at != after.modified_at:
                modified = self._number(MODIFIED)
                self._values[kind, modified, before.modified_at, before.id] = None
                self._values[kind, modified, after.modified_at, after.id] = row
            return
        self._put(kind, own_entries(before), before.id, None)
        self._put(kind, own_entries(after), after.id, row)

    def _put(self, kind: int, entries: Iterable[Entry], entity_id: str, row: int | None) -> None:
        for name, value in entries:
            self._values[kind, self._number(name), value, entity_id] = row

    def _index_words(self, before: Entity | None, after: Entity | None, row: int) -> None:
        old = searchable(before) if before else ""
        new = searchable(after) if after else ""
        if old != new:
            self._words[row] = tokens_of(new)

    # Writing -------------------------------------------------------------------------------------------------------

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self._log and not self._receipts and not self.worked

    def write(self) -> None:
        """Write everything staged, in the running transaction."""
        self._write_entities()
        self._write_indexes()
        self._write_places()
        many = self.connection.executemany
        self._remembering.write(self._created, self._purged)
        many("INSERT INTO log VALUES(?,?,?,?)", self._log)
        if self.erased:
            erase(self.connection, self.erased)
        if self._receipts:
            lines = [(place, once, body) for (place, once), body in self._receipts.items()]
            many("INSERT INTO receipt VALUES(?,?,?)", lines)
        moved = [(kind, name, form, n) for (kind, name, form), n in self.tally.items() if n]
        if moved:
            upsert = "INSERT INTO tally VALUES(?,?,?,?) ON CONFLICT DO UPDATE SET n=n+excluded.n"
            many(upsert, moved)

    def _write_entities(self) -> None:
        for row in self._purged:
            self.connection.execute("DELETE FROM entity WHERE row=?", (row,))
        new: list[tuple[Bound, ...]] = []
        moved: list[tuple[Bound, ...]] = []
        stayed: list[tuple[Bound, ...]] = []
        for row, (seen, number) in self._touched.items():
            if row in self._purged:
                continue
            kind = number or None
            version = seen.entity.version if seen.entity is not None else 0
            created = self._created.get(row)
            if created is not None:
                new.append((row, *created, kind, version, seen.born, seen.doc))
            elif row in self._moved:
                moved.append((kind, version, seen.born, seen.doc, row))
            else:
                stayed.append((version, seen.born, seen.doc, row))
        many = self.connection.executemany
        if new:
            many("INSERT INTO entity VALUES(?,?,?,?,?,?,?)", new)
        if moved:
            many("UPDATE entity SET kind=?, version=?, born=?, doc=? WHERE row=?", moved)
        if stayed:
            # a column that is set has its index rewritten even when it is the same, so the kind is left out
            many("UPDATE entity SET version=?, born=?, doc=? WHERE row=?", stayed)

    def _write_indexes(self) -> None:
        gone = [key for key, row in self._values.items() if row is None]
        kept = [(*key, row) for key, row in self._values.items() if row is not None]
        many = self.connection.executemany
        if gone:
            many("DELETE FROM value WHERE kind=? AND name=? AND val=? AND id=?", gone)
        if kept:
            many("INSERT OR REPLACE INTO value VALUES(?,?,?,?,?)", kept)
        if self._words:
            old = [(row,) for row in self._words if row not in self._created]
            if old:
                many("DELETE FROM words WHERE rowid=?", old)
            many("INSERT INTO words(rowid, text) VALUES(?,?)", [(r, t) for r, t in self._words.items() if t])

    def _write_places(self) -> None:
        many = self.connection.executemany
        gone = [key for key, row in self._cells.items() if row is None]
        kept = [(*key[:4], row, *key[4:]) for key, row in self._cells.items() if row is not None]
        if gone:
            many("DELETE FROM cell WHERE kind=? AND name=? AND cell=? AND id=? AND lon=? AND lat=?", gone)
        if kept:
            many("INSERT OR REPLACE INTO cell VALUES(?,?,?,?,?,?,?)", kept)
        for (row, name), (kind, boxes) in self._boxes.items():
            if row not in self._created:
                self._clear_boxes(row, name)
            for west, south, east, north in boxes:
                self.connection.execute(
                    "INSERT INTO box(west, east, south, north, kind, name, row) VALUES(?,?,?,?,?,?,?)",
                    (west, east, south, north, kind, name, row),
                )
                entry = self.connection.last_insert_rowid()
                self.connection.execute("INSERT INTO boxed VALUES(?,?,?)", (row, name, entry))

    def _clear_boxes(self, row: int, name: int) -> None:
        found = self.connection.execute("SELECT entry FROM boxed WHERE row=? AND name=?", (row, name))
        for (entry,) in found.fetchall():
            self.connection.execute("DELETE FROM box WHERE entry=?", (entry,))
        self.connection.execute("DELETE FROM boxed WHERE row=? AND name=?", (row, name))
