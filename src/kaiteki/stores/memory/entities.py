"""Entities in memory: the executable specification of ports.entities. Everything is looked at, nothing is indexed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from kaiteki.model.entity import Entity, encode_entity
from kaiteki.model.hole import Hole, fill
from kaiteki.model.matching import matches
from kaiteki.model.ordering import order_key
from kaiteki.model.query import Query
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import (
    AnyDecision,
    By,
    Change,
    Correction,
    Decision,
    Forgotten,
    Found,
    Line,
    Repeated,
    Row,
    Stamp,
    TypeSummary,
)
from kaiteki.ports.events import Event
from kaiteki.ports.glances import Glanced, Window
from kaiteki.ports.ledger import Entry
from kaiteki.stores.change import check, differing, is_erasure, subject, taken
from kaiteki.stores.ledger import change_entry
from kaiteki.stores.memory.journal import MemoryEvents, MemoryHistory
from kaiteki.stores.past import corrected_names

T = TypeVar("T")


class MemoryRow:
    """A found entity that needs no decoding."""

    __slots__ = ("_born", "_entity")

    def __init__(self, entity: Entity, born: int) -> None:
        self._entity = entity
        self._born = born

    @property
    def id(self) -> str:
        """The id of the entity."""
        return self._entity.id

    @property
    def version(self) -> int:
        """How many writes it has seen."""
        return self._entity.version

    @property
    def stamp(self) -> Stamp:
        """Two entities of one id differ in the event that made them, two states of one in their version."""
        return (self._born, self._entity.version)

    def entity(self) -> Entity:
        """The entity."""
        return self._entity

    def holds(self, mark: bytes) -> bool:
        """Whether the entity, written down, holds a mark."""
        return mark in encode_entity(self._entity)


class MemoryWindow:
    """A page that is looked for anew each time."""

    def __init__(self, entities: MemoryEntities, area: str, wanted: Query) -> None:
        self._entities = entities
        self._area = area
        self._wanted = wanted

    def look(self, known: Mapping[Stamp, bytes]) -> Glanced | None:
        """The page now."""
        found = self._entities.page(self._area, self._wanted)
        return Glanced([known.get(row.stamp, row) for row in found.rows], found.more)

    def filled(self, hole: Hole) -> MemoryWindow:
        """A window on another query."""
        return MemoryWindow(self._entities, self._area, fill(self._wanted, hole))


class MemoryEntities:
    """Entities of all areas; see ports.entities. A decision runs in one turn of the event loop, so nothing comes between."""

    def __init__(self, clock: Clock, history: MemoryHistory, events: MemoryEvents) -> None:
        self._clock = clock
        self._history = history
        self._events = events
        self._areas: dict[str, dict[str, Entity]] = {}
        self._summaries: dict[str, Sequence[TypeSummary]] = {}
        self._born: dict[tuple[str, str], int] = {}
        """The event of the creation of each entity, by area and id."""
        self._lines: dict[str, list[Line]] = {}
        self._receipts: dict[tuple[str, str], bytes] = {}

    async def change(
        self,
        area: str,
        ids: Sequence[str],
        decide: Callable[[Mapping[str, Entity]], Decision[T]],
        by: By,
        once: str | None = None,
    ) -> T | Repeated:
        """Load, decide, keep; a decision without changes leaves no audit line."""
        if once is not None and (area, once) in self._receipts:
            return Repeated(self._receipts[area, once])
        kept = self._areas.get(area, {})
        loaded = {entity_id: kept[entity_id] for entity_id in ids if entity_id in kept}
        decision = decide(loaded)
        check(decision, ids, loaded)
        for change in decision.changes:
            if change.before is None and subject(change).id in kept:
                raise taken(subject(change).id)
        self._keep(area, decision, by)
        if once is not None:
            self._receipts[area, once] = decision.receipt
        return decision.answer

    def _keep(self, area: str, decision: AnyDecision, by: By) -> None:
        if decision.correction is not None:
            self._correct(area, decision.correction, by)
        if not decision.changes:
            return
        at = self._clock.now()
        for change in decision.changes:
            self._events.tell(area, change, at, by)
            self._put(area, change)
            self._history.keep(area, change, at, self._events.newest())
        attributes = {name for change in decision.changes for name in differing(change)}
        line = Line(
            number=self._events.newest(),
            at=at,
            by=by,
            entities=tuple(subject(change).id for change in decision.changes),
            attributes=tuple(sorted(attributes)),
        )
        self._lines.setdefault(area, []).append(line)
        for change in decision.changes:
            if is_erasure(change):
                self._erase(area, subject(change).id, line.number - len(decision.changes) + 1)

    def _erase(self, area: str, entity_id: str, number: int) -> None:
        """Events and audit lines before a number name an entity no more, nor its attributes."""
        self._events.empty(area, entity_id, number)
        lines = self._lines[area]
        for place, line in enumerate(lines):
            if line.number < number and entity_id in line.entities:
                told = self._events.between(line.number - len(line.entities), line.number)
                attributes = {name for event in told for name in event.attributes}
                entities = tuple(event.entity_id for event in told)
                lines[place] = msgspec.structs.replace(
                    line, entities=entities, attributes=tuple(sorted(attributes))
                )
        for forget in self._events.erased:
            forget(area, entity_id, number)

    def _correct(self, area: str, correction: Correction, by: By) -> None:
        """Correct the past of an entity; its present stays."""
        at, number = self._clock.now(), self._events.line + 1
        present = self._areas.setdefault(area, {}).get(correction.entity_id)
        types = self._history.correct(area, correction, (at, number), present is not None)
        self._events.next_line()
        names = corrected_names(correction)
        version = present.version if present is not None else 0
        self._events.append(
            Event(
                number,
                area,
                at,
                "corrected",
                correction.entity_id,
                types,
                names,
                version,
                by.actor,
                by.action,
            )
        )
        self._lines.setdefault(area, []).append(Line(number, at, by, (correction.entity_id,), names))
        if isinstance(correction, Forgotten) and correction.attribute is None and present is None:
            self._erase(area, correction.entity_id, number)

    def _put(self, area: str, change: Change) -> None:
        kept = self._areas.setdefault(area, {})
        self._summaries.pop(area, None)
        if change.before is None:
            self._born[area, subject(change).id] = self._events.newest()
        if change.after is not None:
            kept[change.after.id] = change.after
        elif change.before is not None:
            del kept[change.before.id], self._born[area, change.before.id]

    async def load(self, area: str, ids: Sequence[str]) -> Mapping[str, Row]:
        """Those of the ids that exist, by id."""
        kept = self._areas.get(area, {})
        return {entity_id: self._row(area, kept[entity_id]) for entity_id in ids if entity_id in kept}

    def seen(self, area: str, entity_id: str) -> Stamp | None:
        """The stamp of an entity that exists (ports.glances)."""
        row = self.row(area, entity_id)
        return None if row is None else row.stamp

    def row(self, area: str, entity_id: str) -> Row | None:
        """An entity that exists (ports.glances)."""
        entity = self._areas.get(area, {}).get(entity_id)
        return None if entity is None else self._row(area, entity)

    def _row(self, area: str, entity: Entity) -> MemoryRow:
        return MemoryRow(entity, self._born[area, entity.id])

    def window(self, area: str, wanted: Query) -> Window | None:
        """Any first page but those with a total can be looked at (ports.glances)."""
        return None if wanted.total or wanted.offset else MemoryWindow(self, area, wanted)

    async def find(self, area: str, wanted: Query) -> Found:
        """One page of the entities that match, every one of the area looked at."""
        return self.page(area, wanted)

    def page(self, area: str, wanted: Query) -> Found:
        """What `find` answers."""
        kept = self._areas.get(area, {})
        matching = [entity for entity in kept.values() if matches(entity, wanted, kept.get)]
        back = wanted.backwards and not wanted.order
        matching.sort(key=lambda entity: order_key(entity, wanted, kept.get), reverse=back)
        counted = len(matching) if wanted.total_max is None else min(len(matching), wanted.total_max)
        total = counted if wanted.total else None
        if wanted.after_id is not None:
            after = wanted.after_id
            matching = [one for one in matching if (one.id < after if back else one.id > after)]
        end = wanted.offset + wanted.limit
        rows = [self._row(area, entity) for entity in matching[wanted.offset : end]]
        return Found(rows=rows, more=len(matching) > end, total=total)

    async def explain(self, area: str, wanted: Query) -> Sequence[str]:
        """Memory knows one plan. It does not tell how much there is: who asks may not see all of it."""
        return ["SCAN entities"]

    async def summarise(self, area: str) -> Sequence[TypeSummary]:
        """The combinations of types with their counts and attributes, in order of their names."""
        known = self._summaries.get(area)
        if known is None:
            known = self._summaries[area] = self._summed_up(area)
        return known

    def _summed_up(self, area: str) -> Sequence[TypeSummary]:
        counts: Counter[tuple[str, ...]] = Counter()
        attributes: dict[tuple[str, ...], dict[str, Counter[str]]] = {}
        for entity in self._areas.get(area, {}).values():
            counts[entity.types] += 1
            of_types = attributes.setdefault(entity.types, {})
            for attribute, instances in entity.attributes.items():
                of_types.setdefault(attribute, Counter()).update({one.kind for one in instances})
        return [TypeSummary(types, counts[types], attributes[types]) for types in sorted(counts)]

    async def areas(self) -> Sequence[str]:
        """The areas that were ever written, by name."""
        return sorted(self._areas)

    async def audit(self, area: str, after: int = 0, limit: int = 100) -> Sequence[Line]:
        """Audit lines behind a number, oldest first; the number is that of the decision's last event."""
        return [line for line in self._lines.get(area, []) if line.number > after][:limit]

    def entries(self) -> list[Entry]:
        """All lines of decisions, written out."""
        return [self._entry(area, line) for area, lines in self._lines.items() for line in lines]

    def _entry(self, area: str, line: Line) -> Entry:
        told = self._events.between(line.number - len(line.entities), line.number)
        changes = [(one.what, one.entity_id, one.types, one.attributes, one.version) for one in told]
        return change_entry(line.number, line.at, area, line.by, changes)

    async def close(self) -> None:
        """Nothing is open."""
