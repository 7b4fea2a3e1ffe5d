"""One group of decisions, decided one after another against what is kept and what the group staged, then written at once.

Nothing of a decision reaches the database before it has succeeded, so one that raises harms no other of its group. Names stand as
texts while a group is staged, and are numbered when it is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from kaiteki.model.entity import Entity, decode_entity
from kaiteki.model.instant import Instant
from kaiteki.model.matching import is_searched, searchable
from kaiteki.ports.accesses import Access
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import AnyDecision, By, Change, Repeated
from kaiteki.ports.history import SCOPE
from kaiteki.ports.ledger import READ
from kaiteki.stores.change import check, differing, is_erasure, subject, taken, version_after, what_happened
from kaiteki.stores.entries import MODIFIED, NO_TRACE, Box, Entry, Trace, own_entries, trace_of
from kaiteki.stores.journal import access_body
from kaiteki.stores.journal import key_of as found_by
from kaiteki.stores.past import scope_states, states
from kaiteki.stores.postgres.catalogue import Kind
from kaiteki.stores.postgres.driver import Connection
from kaiteki.stores.postgres.keys import key_of

Key = tuple[str, str]
"""Area and id of an entity."""
Told = tuple[str, str, Kind, tuple[str, ...], int]
"""A change in the log: what happened, entity id, kind, names of attributes, version."""
Logged = tuple[int, str, Instant, By, list[Told]]
"""A decision in the log: number of its last event, area, time, who, its changes."""
Aside = tuple[int, str, Instant, str, str | None, str | None, bytes]
"""A line of the log that tells of no change: number, area, time, what it is, actor, subject, body."""
State = tuple[int, str, Instant, int, str, int, int, Instant | None, str | None, bytes | None]
"""A line of history: row, name, time of the write, event, datasetId or "", part, version, observedAt, which kind went, what stood."""

encode = msgspec.json.Encoder().encode
_SEE = "SELECT id, row, kind, born, created, deleted, doc FROM entity WHERE area=$1 AND id=ANY($2)"
_RECEIPTS = "SELECT once, body FROM receipt WHERE area=$1 AND once=ANY($2)"


class Head(NamedTuple):
    """What was newest before a group: event, line of the log, row."""

    number: int
    line: int
    row: int


class Seen(msgspec.Struct):
    """An entity in this group: its row (None when it never had one), its kind, and its state (None when it is absent)."""

    row: int | None = None
    kind: Kind = ("", ())
    entity: Entity | None = None
    born: int = 0
    """The event of its creation."""
    created: Instant = Instant(0)
    deleted: Instant | None = None


class Staged:
    """What a group will write (postgres.writing writes it)."""

    def __init__(self, head: Head, block_states: int) -> None:
        self.first_number = self.number = head.number
        self.line = head.line
        """The newest line of the log, event or not."""
        self.last_row = head.row
        self.seen: dict[Key, Seen] = {}
        self.touched: set[Key] = set()
        self.values: dict[tuple[Kind, str, bytes, str], bool] = {}
        self.places: dict[
            tuple[str, str, str], tuple[Kind, tuple[tuple[float, float], ...], tuple[Box, ...]]
        ] = {}
        self.words: dict[Key, str] = {}
        self.tally: Counter[tuple[Kind, str, str]] = Counter()
        self.history: list[State] = []
        self.block_states = block_states
        self.grown: set[tuple[int, int]] = set()
        """Attributes, by row and name, of which it is time to see whether there is enough for a block."""
        self.purged: set[int] = set()
        """Rows of which all history goes."""
        self.erasing: dict[str, int] = {}
        """By area, the line that tells of its erasures."""
        self.erased: dict[Key, int] = {}
        """Entities that were erased, with the number of that event."""
        self.log: list[Logged] = []
        self.aside: list[Aside] = []
        self.receipts: dict[Key, bytes] = {}
        self.names: dict[str, int] = {}
        self.kinds: dict[Kind, int] = {}
        """What was numbered in this transaction, or before it."""
        self.changes: dict[int, Change] = {}
        """The changes of the group by the numbers of their events."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.log or self.aside or self.receipts)

    def count_on(self) -> None:
        """The next number of the log is that of an event."""
        self.line += 1
        self.number = self.line

    def number_erasings(self, area: str, count: int) -> None:
        """Each erasure takes a number behind its decision; those of a group share a line, that of the last."""
        if count:
            self.line += count
            self.erasing[area] = self.line

    def note(self, accesses: Sequence[Access], at: Instant) -> None:
        """Stage lines of reads."""
        for access in accesses:
            self.line += 1
            actor, subject = found_by(access.by.actor), found_by(access.subject)
            self.aside.append((self.line, access.area, at, READ, actor, subject, access_body(access)))


class Staging:
    """Decides for a group, inside its transaction. `decide` may be called many times."""

    def __init__(
        self, connection: Connection, staged: Staged, clock: Clock, kind_of: Callable[[int], Kind]
    ) -> None:
        self.connection = connection
        self.staged = staged
        self.clock = clock
        self._kind_of = kind_of
        self._receipts: dict[Key, bytes | None] = {}
        self.torn = False
        """Whether a decision failed half-staged: then nothing of the group may be written."""

    async def see(self, keys: Iterable[Key]) -> None:
        """Look up the entities that are not known yet."""
        wanted: dict[str, list[str]] = {}
        for area, entity_id in keys:
            if (area, entity_id) not in self.staged.seen:
                self.staged.seen[area, entity_id] = Seen()
                wanted.setdefault(area, []).append(entity_id)
        for area, ids in wanted.items():
            for entity_id, row, kind, born, created, deleted, doc in await self.connection.fetch(
                _SEE, area, ids
            ):
                entity = None if doc is None else decode_entity(doc)
                self.staged.seen[area, entity_id] = Seen(
                    row, self._kind_of(kind), entity, born, created, deleted
                )

    async def see_receipts(self, keys: Iterable[Key]) -> None:
        """Look up the receipts of idempotency keys."""
        wanted: dict[str, list[str]] = {}
        for area, once in keys:
            self._receipts[area, once] = None
            wanted.setdefault(area, []).append(once)
        for area, onces in wanted.items():
            for once, body in await self.connection.fetch(_RECEIPTS, area, onces):
                self._receipts[area, once] = body

    async def decide(
        self,
        area: str,
        ids: Sequence[str],
        rule: Callable[[Mapping[str, Entity]], AnyDecision],
        by: By,
        once: str | None,
    ) -> tuple[object, AnyDecision | None]:
        """Decide and stage one decision whose entities and receipt were seen; a correction is left to the caller.

        The answer is what its caller gets, and the decision. Raises what the rule raises.
        """
        staged = self.staged
        if once is not None:
            receipt = self._receipts[area, once]
            if receipt is not None:
                return Repeated(receipt), None
        loaded: dict[str, Entity] = {}
        for entity_id in ids:
            entity = staged.seen[area, entity_id].entity
            if entity is not None:
                loaded[entity_id] = entity
        decision = rule(loaded)
        check(decision, ids, loaded)
        created = [subject(change).id for change in decision.changes if change.before is None]
        await self.see((area, entity_id) for entity_id in created)
        for entity_id in created:
            if staged.seen[area, entity_id].entity is not None:
                raise taken(entity_id)
        if decision.changes:
            self.torn = True
            self._stage(area, decision, by)
            self.torn = False
        return decision.answer, decision

    def keep_receipt(self, area: str, once: str | None, receipt: bytes) -> None:
        """Stage the receipt of a decision that succeeded."""
        if once is not None:
            self.staged.receipts[area, once] = receipt
            self._receipts[area, once] = receipt

    def _stage(self, area: str, decision: AnyDecision, by: By) -> None:
        staged, at = self.staged, self.clock.now()
        told: list[Told] = []
        for change in decision.changes:
            staged.count_on()
            told.append(self._change(area, change, at))
            staged.changes[staged.number] = change
        staged.log.append((staged.number, area, at, by, told))
        staged.number_erasings(area, sum(is_erasure(change) for change in decision.changes))

    def _change(self, area: str, change: Change, at: Instant) -> Told:
        staged = self.staged
        before, after, entity = change.before, change.after, subject(change)
        names, seen = differing(change), staged.seen[area, entity.id]
        if seen.row is None:
            staged.last_row += 1
            seen.row = staged.last_row
        old, new = ((area, one.types) if one is not None else None for one in (before, after))
        self._index(change, (old, new), area, names)
        if before is None:
            seen.born = staged.number
        seen.kind, seen.entity = (area, entity.types), after
        seen.created, seen.deleted = entity.created_at, at if after is None else None
        staged.touched.add((area, entity.id))
        if is_erasure(change):
            staged.purged.add(seen.row)
            staged.erased[area, entity.id] = staged.number
            seen.row = None
        else:
            self._remember(change, seen.row, names, at)
        return what_happened(change), entity.id, seen.kind, names, version_after(change)

    def _remember(self, change: Change, row: int, names: Sequence[str], at: Instant) -> None:
        """Stage the states that a change leaves in history."""
        before = change.before.attributes if change.before is not None else {}
        after = change.after.attributes if change.after is not None else {}
        moment = change.after.modified_at if change.after is not None else at
        number, version = self.staged.number, version_after(change)
        left = [(name, states(before.get(name, ()), after.get(name, ()))) for name in names]
        left.append((SCOPE, scope_states(change, moment)))
        for name, some in left:
            for dataset, one, was in some:
                observed = one.observed_at if one is not None else None
                body = encode(one) if one is not None else None
                line = (
                    row,
                    name,
                    moment,
                    number,
                    dataset or "",
                    0,
                    version,
                    observed,
                    was if one is None else None,
                    body,
                )
                self.staged.history.append(line)

    # Indexing ------------------------------------------------------------------------------------------------------

    def _index(
        self, change: Change, kinds: tuple[Kind | None, Kind | None], area: str, names: Sequence[str]
    ) -> None:
        """Stage what differs between the entries of two states; `kinds` are those of the states."""
        before, after = change.before, change.after
        old, new = kinds
        key = (area, subject(change).id)
        if before is not None and after is not None and old == new and new is not None:
            for name in names:
                gone = trace_of(name, before.attributes.get(name, ()))
                come = trace_of(name, after.attributes.get(name, ()))
                self._retrace(new, key, name, gone, come)
            self._index_times(before, after, new)
        else:
            for kind, entity, sign in ((old, before, -1), (new, after, 1)):
                if entity is None or kind is None:
                    continue
                self.staged.tally[kind, "", ""] += sign
                for name, instances in entity.attributes.items():
                    trace = trace_of(name, instances)
                    gone, come = (NO_TRACE, trace) if sign > 0 else (trace, NO_TRACE)
                    self._retrace(kind, key, name, gone, come)
                self._put(kind, own_entries(entity), entity.id, sign > 0)
        if any(map(is_searched, names)):
            old_text, new_text = searchable(before) if before else "", searchable(after) if after else ""
            if old_text != new_text:
                self.staged.words[key] = new_text

    def _retrace(self, kind: Kind, key: Key, name: str, gone: Trace, come: Trace) -> None:
        """Put one trace of an attribute in the place of another; what both have is not touched."""
        if gone.forms != come.forms:
            for form in gone.forms:
                self.staged.tally[kind, name, form] -= 1
            for form in come.forms:
                self.staged.tally[kind, name, form] += 1
        if gone.entries != come.entries:
            self._put(kind, gone.entries - come.entries, key[1], False)
            self._put(kind, come.entries - gone.entries, key[1], True)
        if gone.spots or come.spots or gone.boxes or come.boxes:
            points = tuple(sorted({(lon, lat) for _, lon, lat in come.spots}))
            self.staged.places[(*key, name)] = (kind, points, come.boxes)

    def _index_times(self, before: Entity, after: Entity, kind: Kind) -> None:
        """Rewrite the entries of the entity itself that differ; most writes move only its modifiedAt."""
        if (
            before.scopes == after.scopes
            and before.created_at == after.created_at
            and before.due == after.due
        ):
            if before.modified_at != after.modified_at:
                self._put(kind, ((MODIFIED, before.modified_at),), before.id, False)
                self._put(kind, ((MODIFIED, after.modified_at),), after.id, True)
            return
        self._put(kind, own_entries(before), before.id, False)
        self._put(kind, own_entries(after), after.id, True)

    def _put(self, kind: Kind, entries: Iterable[Entry], entity_id: str, stands: bool) -> None:
        for name, value in entries:
            self.staged.values[kind, name, key_of(value), entity_id] = stands
