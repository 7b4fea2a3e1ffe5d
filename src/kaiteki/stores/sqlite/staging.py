"""One group of decisions, decided one after another against what is kept and what the group staged, then written at once.

Nothing of a decision reaches the file before it has succeeded, so one that raises harms no other of its group.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from kaiteki.model.entity import Entity, decode_entity, encode_entity
from kaiteki.model.instant import Instant
from kaiteki.ports.accesses import Access
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import AnyDecision, By, Change, Correction, Forgotten, Repeated, Told
from kaiteki.ports.ledger import READ
from kaiteki.stores.catalogue import WHOLE, Tally
from kaiteki.stores.change import check, differing, is_erasure, subject, taken, version_after, what_happened
from kaiteki.stores.journal import Line, access_body, body_of, key_of
from kaiteki.stores.past import corrected_names, nothing_kept
from kaiteki.stores.sqlite.catalogue import FileCatalogue
from kaiteki.stores.sqlite.correcting import Correcting
from kaiteki.stores.sqlite.driver import Bound, Connection
from kaiteki.stores.sqlite.erasing import erase
from kaiteki.stores.sqlite.indexing import Indexing
from kaiteki.stores.sqlite.lines import tell_erasing
from kaiteki.stores.sqlite.remembering import Remembering

encode = msgspec.json.Encoder().encode

_SEEN = "row, doc, born, version=1 AND EXISTS(SELECT 1 FROM moved m WHERE m.row=entity.row)"
SINGLY_MAX = 4
"""Entities that are looked up one by one; more are looked up together."""


class Seen(msgspec.Struct):
    """An entity in this group: its row (None when it never had one) and its state (None when it is absent)."""

    row: int | None
    entity: Entity | None
    doc: bytes | None
    born: int
    """The event of its creation: the first state of its history is the document as long as it was never changed."""
    is_moved: bool = False
    """Whether its first states stand in rows of history although it was never changed."""


class Touched(msgspec.Struct):
    """What a group did to the entity of a row: its state and kind in the file, and those that it leaves (kind 0: no state)."""

    before: Entity | None
    kind_before: int
    after: Entity | None
    kind: int
    born: int


class Staging:
    """What a group will write. `decide` may be called many times, then `write` once, inside one transaction."""

    def __init__(
        self, connection: Connection, catalogue: FileCatalogue, clock: Clock, block_states: int
    ) -> None:
        self.connection = connection
        self.catalogue = catalogue
        self.clock = clock
        last = connection.execute(
            "SELECT coalesce((SELECT max(number) FROM log), 0), coalesce((SELECT max(number) FROM aside), 0),"
            " coalesce((SELECT max(row) FROM entity), 0)"
        ).fetchall()
        self.number, aside, self.last_row = last[0]
        self.first_number = self.number
        """The newest event before the group; `number` is the newest one with it."""
        self._line = max(self.number, aside)
        """The newest line of the log, event or not."""
        self.worked = False
        """Whether something beside entities was written already."""
        self.torn = False
        """Whether a decision failed half-staged: then nothing of the group may be written."""
        self.changes: dict[int, Change] = {}
        """The changes of the group by the numbers of their events."""
        self._seen: dict[tuple[int, str], Seen] = {}
        self._created: dict[int, tuple[int, str]] = {}
        self._touched: dict[int, Touched] = {}
        self._number = partial(catalogue.intern_name, connection)
        self._indexing = Indexing(connection, self._number)
        self._remembering = Remembering(connection, self._number, block_states)
        self.full = self._remembering.full
        self._correcting = Correcting(connection, self._remembering)
        self._log: list[tuple[int, int, Instant, bytes]] = []
        self._aside: list[tuple[int, str, int, str, str, str, bytes]] = []
        self._receipts: dict[tuple[int, str], bytes] = {}
        self._purged: set[int] = set()
        self._erasing: dict[str, int] = {}
        """By area, the line that tells of its erasures."""
        self.erased: dict[tuple[int, str], int] = {}  # by area and id, with the number of that event
        self.hides = False
        """Whether a decision hides what stood before, so that the slack is emptied as after an erasure."""

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
        self.hides = self.hides or decision.hides
        for change in decision.changes:
            if change.before is None and self._see(place, subject(change).id).entity is not None:
                raise taken(subject(change).id)
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
                f"SELECT {_SEEN} FROM entity WHERE area=? AND id=?", (place, entity_id)
            ).fetchall()
            if found:
                row, doc, born, is_moved = found[0]
                seen = Seen(row, None if doc is None else decode_entity(doc), doc, born, bool(is_moved))
            else:
                seen = Seen(None, None, None, 0)
            self._seen[place, entity_id] = seen
        return seen

    def _see_all(self, place: int, ids: Sequence[str]) -> None:
        """Look many entities up by one statement."""
        unseen = [entity_id for entity_id in ids if (place, entity_id) not in self._seen]
        found = self.connection.execute(
            f"SELECT id, {_SEEN} FROM entity WHERE area=? AND id IN (SELECT value FROM json_each(?))",
            (place, encode(unseen).decode()),
        ).fetchall()
        for entity_id in unseen:
            self._seen[place, entity_id] = Seen(None, None, None, 0)
        for entity_id, row, doc, born, is_moved in found:
            entity = None if doc is None else decode_entity(doc)
            self._seen[place, entity_id] = Seen(row, entity, doc, born, bool(is_moved))

    def _stage(self, area: str, place: int, decision: AnyDecision, by: By) -> None:
        at = self.clock.now()
        told: list[Line] = []
        for change in decision.changes:
            self._count_on()
            told.append(self._change(area, place, change, at))
            self.changes[self.number] = change
        self._log.append((self.number, place, at, body_of(by, told)))
        self._number_erasings(area, sum(is_erasure(change) for change in decision.changes))

    def _number_erasings(self, area: str, count: int) -> None:
        """Each erasure takes a number behind its decision; those of a group share a line, that of the last."""
        if count:
            self._line += count
            self._erasing[area] = self._line

    def _count_on(self) -> None:
        """The next number of the log is that of an event."""
        self._line += 1
        self.number = self._line

    def note(self, accesses: Sequence[Access]) -> None:
        """Stage lines of reads."""
        at = self.clock.now()
        for access in accesses:
            self._line += 1
            actor, subject = key_of(access.by.actor), key_of(access.subject)
            self._aside.append((self._line, access.area, at, READ, actor, subject, access_body(access)))

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
            self._touched[row] = Touched(None, 0, None, 0, 0)
            self._remembering.appear(row, kind, correction.entity_id, at)
        first = (entity, seen.born) if entity is not None and entity.version == 1 else None
        self._correcting.correct(row, first, correction, (at, self._line + 1))
        self._count_on()
        if isinstance(correction, Forgotten) and correction.attribute is None and entity is None:
            self.erased[place, correction.entity_id] = self.number
            self._purged.add(row)
            seen.row = None
            self._number_erasings(area, 1)
        numbers = [self._number(name) for name in corrected_names(correction)]
        version = entity.version if entity is not None else 0
        told: list[Line] = [("corrected", correction.entity_id, kind, numbers, version)]
        self._log.append((self.number, place, at, body_of(by, told)))

    def _kind_of(self, area: str, seen: Seen) -> int:
        """The kind of an entity that is or was; 0 for one that was never there."""
        if seen.entity is not None:
            return self.catalogue.intern_kind(self.connection, area, seen.entity.types)
        return self._remembering.kind_of(seen.row) if seen.row is not None else 0

    def _change(self, area: str, place: int, change: Change, at: Instant) -> Line:
        before, after = change.before, change.after
        entity = subject(change)
        names = differing(change)
        seen = self._seen[place, entity.id]
        row = seen.row
        if row is None:
            self.last_row += 1
            row = seen.row = self.last_row
            self._created[row] = (place, entity.id)
        old, new = self._kinds_of(area, change)
        if before is None:
            seen.born, seen.is_moved = self.number, False
            self._remembering.come(row, row not in self._created)
        else:
            if after is None:
                self._remembering.go(row, old, change, at)
            if before.version == 1 and not (seen.is_moved or self._remembering.is_moved_now(row)):
                self._remembering.begin((row, seen.born), before, seen.doc)
            self._remembering.remember(change, (row, self.number), names)
        seen.entity, seen.doc = after, None
        touched = self._touched.get(row)
        if touched is None:
            self._touched[row] = Touched(before, old, after, new, seen.born)
        else:
            touched.after, touched.kind, touched.born = after, new, seen.born
        if is_erasure(change):
            self.erased[place, entity.id] = self.number
            self._purged.add(row)
            seen.row = None
        numbers = [self._number(name) for name in names]
        numbers += [WHOLE] if old and new and old != new else []
        return (what_happened(change), entity.id, new or old, numbers, version_after(change))

    def _kinds_of(self, area: str, change: Change) -> tuple[int, int]:
        """The kinds of the states before and after, 0 for none."""
        before, after = change.before, change.after
        old = self.catalogue.intern_kind(self.connection, area, before.types) if before else 0
        if after is None:
            return old, 0
        if before is not None and before.types == after.types:
            return old, old
        return old, self.catalogue.intern_kind(self.connection, area, after.types)

    # Writing -------------------------------------------------------------------------------------------------------

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self._log or self._aside or self._receipts or self.worked)

    @property
    def tally(self) -> Tally:
        """How many entities more, or fewer, have an attribute in a form; known when all is written."""
        return self._indexing.tally

    def write(self) -> None:
        """Write everything staged, in the running transaction."""
        self._write_entities()
        self._index()
        many = self.connection.executemany
        self._remembering.write(self._created, self._purged)
        many("INSERT INTO log VALUES(?,?,?,?)", self._log)
        many("INSERT INTO aside VALUES(?,?,?,?,?,?,?)", self._aside)
        if self.erased:
            emptied = erase(self.connection, self.erased)
            when = self._log[-1][2], self._erasing
            tell_erasing(self.connection, self.catalogue, emptied, when)
        if self._receipts:
            lines = [(place, once, body) for (place, once), body in self._receipts.items()]
            many("INSERT INTO receipt VALUES(?,?,?)", lines)

    def _index(self) -> None:
        indexing = self._indexing
        for row, one in self._touched.items():
            before, after = one.before, one.after
            if before is not None and after is not None and one.kind_before == one.kind:
                indexing.stay(before, after, one.kind, row)
            elif before is not None or after is not None:
                indexing.move(
                    (before, one.kind_before) if before is not None else None,
                    (after, one.kind) if after is not None else None,
                    row,
                )
        indexing.write(self._created)

    def _write_entities(self) -> None:
        for row in self._purged:
            self.connection.execute("DELETE FROM entity WHERE row=?", (row,))
        new: list[tuple[Bound, ...]] = []
        moved: list[tuple[Bound, ...]] = []
        stayed: list[tuple[Bound, ...]] = []
        for row, one in self._touched.items():
            if row in self._purged:
                continue
            after, kind = one.after, one.kind or None
            version, doc = (after.version, encode_entity(after)) if after is not None else (0, None)
            created = self._created.get(row)
            if created is not None:
                new.append((row, *created, kind, version, one.born, doc))
            elif one.kind != one.kind_before:
                moved.append((kind, version, one.born, doc, row))
            else:
                stayed.append((version, one.born, doc, row))
        many = self.connection.executemany
        if new:
            many("INSERT INTO entity VALUES(?,?,?,?,?,?,?)", new)
        if moved:
            many("UPDATE entity SET kind=?, version=?, born=?, doc=? WHERE row=?", moved)
        if stayed:
            # a column that is set has its index rewritten even when it is the same, so the kind is left out
            many("UPDATE entity SET version=?, born=?, doc=? WHERE row=?", stayed)
