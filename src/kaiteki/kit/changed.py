"""What has changed of what everybody sees, since a moment: entity by entity as it was then and as it is now.

    since ─► entities of the type that were written since (index of modifiedAt), entities that are gone since (history.lives)
          ─► of each its state then: what it is now, put back attribute by attribute (history.past) ─► both as nobody sees them

Whoever had all that was open then and takes these changes has all that is open now (law: tests/kit/test_changed.py). Of what went,
deleted or hidden, nothing but the id is told, because it was in what everybody had: nobody may know more of it. Of attributes whose
past is not public (`EntityType.public_past`) nothing is compared: which of them were written since is said (`untold`), and what they are
now (`present`), because everybody sees that anyway. What was erased with its past is told by nobody. Instances with a datasetId are no
part of a table. Cost: of an entity that was written since, a look for each attribute that was; not one for each state it had.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from kaiteki.kit.views import every, read, slots
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.matching import matches_filter
from kaiteki.model.past import Period
from kaiteki.model.query import Comparison, DateTimeValue, Filter, Path, Query, TypeIs
from kaiteki.model.visibility import Attributes
from kaiteki.ports.history import History, Past

if TYPE_CHECKING:
    from kaiteki.kit.city import CityOf
    from kaiteki.kit.manifest import EntityType

PAGE: Final = 200


class Changed(msgspec.Struct, frozen=True):
    """An entity that everybody sees otherwise than then: what it was (None: nothing), what it is (None: nothing), when it last changed.

    `before` and `after` hold what is told of the past. `present` is all that it is now; `untold` names those fields of it that were
    written since and whose past is nobody's business.
    """

    id: str
    before: Any | None
    after: Any | None
    at: Instant
    present: Any | None = None
    untold: frozenset[str] = frozenset()


async def changed_since(
    city: CityOf, declared: EntityType, since: Instant, history: History, within: Filter | None = None
) -> AsyncIterator[Changed]:
    """The entities of a type that `city` (that of nobody) sees otherwise than at `since`, in no order; of those that satisfy `within`,
    then or now."""
    then = _Then(city, declared, since, history, within)
    moment = DateTimeValue(format_instant(since), "DateTime", since)
    written = Comparison(Path(("modifiedAt",)), ">=", moment)
    kind = city.engine.sights[declared.name].type
    after, more = None, True
    while more:
        # as the store has them: whether they are to be seen is decided here, then and now
        query = Query(types=TypeIs(kind), q=every(written), limit=PAGE, after_id=after)
        found = await city.engine.entities.find(city.asking.area, query)
        for row in found.rows:
            entity = row.entity()
            told = await then.change(entity)
            if told.before != told.after or told.untold:
                yield told
        more, after = found.more and bool(found.rows), found.rows[-1].id if found.rows else None
    after_id, more = "", True
    while more:
        lives = await history.lives(city.asking.area, TypeIs(kind), after_id, PAGE, since)
        for life in lives:
            if await then.was_seen(life.entity_id, life.types):
                yield Changed(
                    life.entity_id, _only_id(declared.view, life.entity_id), None, life.deleted_at or since
                )
        more, after_id = len(lives) == PAGE, lives[-1].entity_id if lives else ""


class _Then:
    """What nobody saw of entities at a moment."""

    def __init__(
        self, city: CityOf, declared: EntityType, since: Instant, history: History, within: Filter | None
    ) -> None:
        self._city, self._declared, self._since, self._history = city, declared, since, history
        self._within = within
        self._area = city.asking.area

    async def change(self, entity: Entity) -> Changed:
        """An entity that exists as a view, then and now."""
        names = await self._written(entity)
        past = await self._as_then(entity, names)
        now = self._view(entity, entity)
        before = None if past is None else self._view(past, entity)
        if now is None:
            gone = None if before is None else _only_id(self._declared.view, entity.id)
            return Changed(entity.id, gone, None, entity.modified_at)
        open_now, view = self._city.open_to(entity), self._declared.view
        untold = frozenset[str]() if before is None else self._untold(names, entity)
        return Changed(entity.id, before, now, entity.modified_at, read(view, entity, open_now), untold)

    def _untold(self, names: Sequence[str], entity: Entity) -> frozenset[str]:
        """The fields that everybody sees, whose past is not told, and which are among these attributes."""
        open_now, open_past = self._city.open_to(entity), self._city.open_past(self._declared, entity)
        if open_past is None:
            return frozenset()
        return frozenset(
            slot.field
            for slot in slots(self._declared.view)
            if slot.iri in names and slot.iri not in open_past and (open_now is None or slot.iri in open_now)
        )

    async def was_seen(self, entity_id: str, types: tuple[str, ...]) -> bool:
        """Whether an entity that is gone was there then, for everybody."""
        names = await self._history.names(self._area, entity_id)
        past = await self._as_then(Entity(entity_id, types), names)
        if past is None or (self._within is not None and not matches_filter(past, self._within)):
            return False
        readable = self._city.open_to(past)
        return readable is None or bool(readable)

    async def _written(self, entity: Entity) -> Sequence[str]:
        """The attributes that were written since: those that say so, and those that it had once and has no longer."""
        kept = [
            name
            for name, instances in entity.attributes.items()
            if any(one.modified_at >= self._since for one in instances)
        ]
        names = await self._history.names(self._area, entity.id)
        return (*kept, *(name for name in names if name not in entity.attributes))

    async def _as_then(self, entity: Entity, names: Sequence[str]) -> Entity | None:
        """An entity with some attributes as they were then; None where none of its attributes was there."""
        kept = {name: instances for name, instances in entity.attributes.items() if name not in names}
        for name in names:
            instance = await self._state(entity.id, name)
            if instance is not None:
                kept[name] = (instance,)
        return (
            msgspec.structs.replace(entity, attributes=kept, types=self._types_then(entity, kept))
            if kept
            else None
        )

    def _types_then(self, entity: Entity, kept: Mapping[str, object]) -> tuple[str, ...]:
        """Of which types an entity was while it had these attributes: history keeps none, but of types that are worn with an attribute."""
        worn = self._city.engine.rulings.worn
        own = tuple(name for name in entity.types if name not in worn)
        return (*own, *(name for name, attribute in worn.items() if attribute in kept))

    async def _state(self, entity_id: str, name: str) -> Instance | None:
        period = Period(None, self._since, "written", ("@none",))
        found = await self._history.past(self._area, entity_id, (name,), period, 1, True)
        newest: Past | None = found[0] if found else None
        return None if newest is None else newest.instance

    def _view(self, entity: Entity, present: Entity) -> Any | None:
        """What everybody sees of a state of an entity, of what is told of its past at all."""
        if self._within is not None and not matches_filter(entity, self._within):
            return None
        open_now, open_past = self._city.open_to(entity), self._city.open_past(self._declared, present)
        if open_now is not None and not open_now:
            return None
        return read(self._declared.view, entity, _both_of(open_now, open_past))


def _both_of(one: Attributes, other: Attributes) -> Attributes:
    """The attributes that both show; None means all."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _only_id(view: type[Any], entity_id: str) -> Any:
    """A view of which nothing but the id is said."""
    return read(view, Entity(entity_id, ()))
