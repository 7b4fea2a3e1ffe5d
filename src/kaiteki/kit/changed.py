"""What has changed of what everybody sees, since a moment: entity by entity as it was then and as it is now.

    since ─► entities of the type that were written since (index of modifiedAt), entities that are gone since (history.lives)
          ─► of each its state then: what it is now, put back attribute by attribute (history.past) ─► both as nobody sees them

Whoever had all that was open then and takes these changes has all that is open now (law: tests/kit/test_changed.py). Of what went,
deleted or hidden, nothing but the id is told, because it was in what everybody had: nobody may know more of it. Attributes whose past
is not public (`EntityType.public_past`) are told neither then nor now: what they were could not be said. What was erased with its
past is told by nobody. Instances with a datasetId are no part of a table.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from kaiteki.kit.views import every, read
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
STATES_MAX: Final = 1000
"""States of an entity since the moment that are looked at, at once."""


class Changed(msgspec.Struct, frozen=True):
    """An entity that everybody sees otherwise than then: what it was (None: nothing), what it is (None: nothing), when it last changed."""

    id: str
    before: Any | None
    after: Any | None
    at: Instant


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
            told = Changed(entity.id, *await then.both(entity), entity.modified_at)
            if told.before != told.after:
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

    async def both(self, entity: Entity) -> tuple[Any | None, Any | None]:
        """An entity that exists as a view, then and now."""
        past = await self._put_back(entity)
        now = self._view(entity, entity)
        before = None if past is None else self._view(past, entity)
        if before is not None and now is None:
            before = _only_id(self._declared.view, entity.id)
        return before, now

    async def was_seen(self, entity_id: str, types: tuple[str, ...]) -> bool:
        """Whether an entity that is gone was there then, for everybody."""
        names = await self._history.names(self._area, entity_id)
        past = await self._as_then(Entity(entity_id, types), names)
        if past is None or (self._within is not None and not matches_filter(past, self._within)):
            return False
        readable = self._city.open_to(past)
        return readable is None or bool(readable)

    async def _put_back(self, entity: Entity) -> Entity | None:
        """What an entity was then; None where it was not there."""
        names: dict[str, None] = {}
        start = self._since
        while True:
            period = Period(start, None, "written")
            states = await self._history.past(self._area, entity.id, (), period, STATES_MAX)
            names |= dict.fromkeys(one.attribute for one in states)
            if len(states) < STATES_MAX or states[-1].at == start:
                break
            start = states[-1].at
        return await self._as_then(entity, tuple(names))

    async def _as_then(self, entity: Entity, names: Sequence[str]) -> Entity | None:
        """An entity with some attributes as they were then; None where none of its attributes was there."""
        kept = {name: instances for name, instances in entity.attributes.items() if name not in names}
        for name in names:
            instance = await self._state(entity.id, name)
            if instance is not None:
                kept[name] = (instance,)
        return msgspec.structs.replace(entity, attributes=kept) if kept else None

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
