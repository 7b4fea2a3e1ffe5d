"""One group of decisions, decided one after another against what is kept and what the group staged, then written at once.

Nothing of a decision reaches the file before it has succeeded, so one that raises harms no other of its group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import msgspec

from kaiteki.model.entity import Entity, Instance, decode_entity, encode_entity
from kaiteki.model.instant import Instant
from kaiteki.model.matching import searchable
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import AnyDecision, By, Change, Repeated
from kaiteki.stores.change import check, differing, states, subject, taken, version_after, what_happened
from kaiteki.stores.sqlite.catalogue import WHOLE, Catalogue, Tally
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.entries import (
    MODIFIED,
    Entry,
    Value,
    boxes_of,
    entries_of,
    forms_of,
    is_searched,
    own_entries,
    spots_of,
    tokens_of,
)

Told = tuple[str, str, int, list[int], int]
"""A change in the log: what happened, entity id, kind, names of attributes, version."""
Body = tuple[str, str, str, str, list[Told]]
"""A decision in the log: actor, action, office, purpose, its changes."""

body_decoder = msgspec.json.Decoder(Body)
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

    def __init__(self, connection: Connection, catalogue: Catalogue, clock: Clock) -> None:
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
        self._seen: dict[tuple[int, str], Seen] = {}
        self._created: dict[int, tuple[int, str]] = {}
        self._touched: dict[int, tuple[int, str]] = {}
        self._values: dict[tuple[int, int, Value, str], int | None] = {}
        self._cells: dict[tuple[int, int, int, str, float, float], int | None] = {}
        self._boxes: dict[tuple[int, int], tuple[int, list[tuple[float, float, float, float]]]] = {}
        self._words: dict[int, str] = {}
        self._history: list[tuple[int, int, int, int, int, bytes]] = []
        self._log: list[tuple[int, int, int, bytes]] = []
        self._receipts: dict[tuple[int, str], bytes] = {}
        self._purged: set[int] = set()

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
        told: list[Told] = []
        for change in decision.changes:
            self.number += 1
            told.append(self._change(area, place, change, at))
        body: Body = (by.actor, by.action, by.office, by.purpose, told)
        self._log.append((self.number, place, at, encode(body)))

    def _change(self, area: str, place: int, change: Change, at: Instant) -> Told:
        entity = subject(change)
        names = differing(change)
        intern = self.catalogue.intern_name
        numbers = [intern(self.connection, name) for name in names]
        seen = self._seen[place, entity.id]
        row = seen.row
        if row is None:
            self.last_row += 1
            row = seen.row = self.last_row
            self._created[row] = (place, entity.id)
        self._index(area, change, row, names)
        self._remember(change, seen, row, (names, numbers), at)
        if change.before is None:
            seen.born = self.number
        seen.entity = change.after
        seen.doc = encode_entity(change.after) if change.after is not None else None
        if change.purge_history and change.after is None:
            self._purged.add(row)
            seen.row = None
        self._touched[row] = (place, entity.id)
        kind = self.catalogue.intern_kind(self.connection, area, entity.types)
        return (what_happened(change), entity.id, kind, numbers, version_after(change))

    def _remember(
        self, change: Change, seen: Seen, row: int, named: tuple[tuple[str, ...], list[int]], at: Instant
    ) -> None:
        """Stage history. The first state of an entity is its document; it moves here when it is changed first."""
        before, after = change.before, change.after
        if before is None:
            return
        if before.version == 1:
            doc = seen.doc or encode_entity(before)
            self._history.append((row, WHOLE, before.modified_at, seen.born, 1, doc))
        version = version_after(change)
        written_at = after.modified_at if after is not None else at
        for name, number in zip(*named, strict=True):
            new = after.attributes.get(name, ()) if after is not None else ()
            left: list[tuple[str | None, Instance | None]] = states(before.attributes.get(name, ()), new)
            self._history.append((row, number, written_at, self.number, version, encode(left)))

    # Indexing ------------------------------------------------------------------------------------------------------

    def _index(self, area: str, change: Change, row: int, names: tuple[str, ...]) -> None:
        before, after = change.before, change.after
        intern = self.catalogue.intern_kind
        old = intern(self.connection, area, before.types) if before else 0
        new = intern(self.connection, area, after.types) if after else 0
        if before and after and old == new:
            self._reindex(new, before, after, row, names)
            self._index_times(before, after, new, row)
        else:
            for kind, entity, sign in ((old, before, -1), (new, after, 1)):
                if entity is not None:
                    self.tally[kind, WHOLE, ""] += sign
                    self._index_attributes((kind, entity, sign), row, tuple(entity.attributes))
                    self._put(kind, own_entries(entity), entity.id, row if sign > 0 else None)
        self._index_words(before, after, row, names)

    def _reindex(self, kind: int, before: Entity, after: Entity, row: int, names: tuple[str, ...]) -> None:
        """Rewrite what differs between the entries of the changed attributes."""
        self._tally((kind, before, -1), names)
        self._tally((kind, after, 1), names)
        for name in names:
            old = before.attributes.get(name, ())
            new = after.attributes.get(name, ())
            gone, come = entries_of(name, old), entries_of(name, new)
            self._put(kind, gone - come, before.id, None)
            self._put(kind, come - gone, after.id, row)
            self._place((kind, before.id, row), name, old, None)
            self._place((kind, before.id, row), name, new, row)

    def _tally(self, side: tuple[int, Entity, int], names: tuple[str, ...]) -> None:
        """Count the kinds of attributes of an entity in (sign 1) or out (sign -1)."""
        kind, entity, sign = side
        for name in names:
            instances = entity.attributes.get(name)
            if instances:
                number = self.catalogue.intern_name(self.connection, name)
                for form in forms_of(instances):
                    self.tally[kind, number, form] += sign

    def _place(
        self, where: tuple[int, str, int], name: str, instances: tuple[Instance, ...], kept: int | None
    ) -> None:
        """Take the places of a GeoProperty out (`kept` is None) or put them in."""
        if instances and (instances[0].kind == "GeoProperty" or len(instances) > 1):
            kind, entity_id, row = where
            number = self.catalogue.intern_name(self.connection, name)
            for cell, lon, lat in spots_of(instances):
                self._cells[kind, number, cell, entity_id, lon, lat] = kept
            self._boxes[row, number] = (kind, boxes_of(instances) if kept is not None else [])

    def _index_times(self, before: Entity, after: Entity, kind: int, row: int) -> None:
        """Rewrite the entries of the entity itself that differ; most writes move only its modifiedAt."""
        if before.scopes == after.scopes and before.created_at == after.created_at:
            if before.modified_at != after.modified_at:
                self._put(kind, {(MODIFIED, before.modified_at)}, before.id, None)
                self._put(kind, {(MODIFIED, after.modified_at)}, before.id, row)
            return
        self._put(kind, own_entries(before), before.id, None)
        self._put(kind, own_entries(after), after.id, row)

    def _index_attributes(self, side: tuple[int, Entity, int], row: int, names: tuple[str, ...]) -> None:
        """Take the entries of some attributes out (sign -1) or put them in (sign 1)."""
        kind, entity, sign = side
        kept = row if sign > 0 else None
        self._tally(side, names)
        for name in names:
            instances = entity.attributes.get(name, ())
            self._put(kind, entries_of(name, instances), entity.id, kept)
            self._place((kind, entity.id, row), name, instances, kept)

    def _put(self, kind: int, entries: set[Entry], entity_id: str, row: int | None) -> None:
        intern = self.catalogue.intern_name
        for name, value in entries:
            self._values[kind, intern(self.connection, name), value, entity_id] = row

    def _index_words(
        self, before: Entity | None, after: Entity | None, row: int, names: tuple[str, ...]
    ) -> None:
        if any(is_searched(name) for name in names):
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
        if self._history:
            history = [line for line in self._history if line[0] not in self._purged]
            many("INSERT INTO history VALUES(?,?,?,?,?,?)", history)
        many("INSERT INTO log VALUES(?,?,?,?)", self._log)
        if self._receipts:
            lines = [(place, once, body) for (place, once), body in self._receipts.items()]
            many("INSERT INTO receipt VALUES(?,?,?)", lines)
        moved = [(kind, name, form, n) for (kind, name, form), n in self.tally.items() if n]
        if moved:
            upsert = "INSERT INTO tally VALUES(?,?,?,?) ON CONFLICT DO UPDATE SET n=n+excluded.n"
            many(upsert, moved)

    def _write_entities(self) -> None:
        for row in self._purged:
            self.connection.execute("DELETE FROM history WHERE row=?", (row,))
            self.connection.execute("DELETE FROM entity WHERE row=?", (row,))
        new: list[tuple[int, int, str, int | None, int, int, bytes | None]] = []
        old: list[tuple[int | None, int, int, bytes | None, int]] = []
        for row, (place, entity_id) in self._touched.items():
            if row in self._purged:
                continue
            seen = self._seen[place, entity_id]
            entity = seen.entity
            kind, version = None, 0
            if entity is not None:
                area = self.catalogue.text(place)
                kind = self.catalogue.intern_kind(self.connection, area, entity.types)
                version = entity.version
            if row in self._created:
                new.append((row, place, entity_id, kind, version, seen.born, seen.doc))
            else:
                old.append((kind, version, seen.born, seen.doc, row))
        if new:
            self.connection.executemany("INSERT INTO entity VALUES(?,?,?,?,?,?,?)", new)
        if old:
            self.connection.executemany("UPDATE entity SET kind=?, version=?, born=?, doc=? WHERE row=?", old)

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
