"""The past of one entity as a page tells it: write by write, of what is open of its past to whoever asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.former import Formers, Wish, both_of, formers_of
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.pages import Wrote
from kaiteki.kit.stays import Stays, stays_of
from kaiteki.kit.stood import stood_of
from kaiteki.kit.views import expand_name, read, slots
from kaiteki.model.decision import Refused
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.query import GeoFilter
from kaiteki.model.visibility import Attributes
from kaiteki.ports.events import Events
from kaiteki.ports.history import History, Past


class Sight(Protocol):
    """What a person sees of entities and of their past (`kit.city.CityOf`)."""

    asking: Asking
    engine: Engine
    history: History | None
    events: Events | None

    async def entity(self, declared: EntityType, entity_id: str) -> Entity | None: ...
    def open_to(self, entity: Entity) -> Attributes: ...
    def open_past(self, declared: EntityType, entity: Entity | None) -> Attributes: ...


class WithPast:
    """The city of a person (`kit.city.CityOf`) as far as it tells of the past."""

    async def past(self: Sight, type_short: str, entity_id: str, limit: int = 200) -> Sequence[Wrote]:
        """What became of an entity, as far as its past is open to the person: the newest first, at most so many states back."""
        declared = self.engine.types.get(expand_name(type_short))
        return await past_of(self, declared, entity_id, limit) if declared is not None else ()

    async def formers(self: Sight, type_short: str, wish: Wish) -> Formers | Refused:
        """The entities of a type that were written or deleted since a moment, as they were at some moments (`kit.former`)."""
        declared = self.engine.types.get(expand_name(type_short))
        return Refused("no_past") if declared is None else await formers_of(self, declared, wish)

    async def stays(self: Sight, types: Sequence[str], near: GeoFilter) -> Stays:
        """What stood near a place of some types (short names) and stands there no more (`kit.stays`)."""
        known = (self.engine.types.get(expand_name(one)) for one in types)
        return await stays_of(self, [one for one in known if one is not None], near)

    async def stood(self: Sight, view: type[Any], entity_id: str, moment: Instant) -> Any | None:
        """An entity as it stood just before a moment, as a view, as far as the person may know of its past; None where none of it did."""
        declared = self.engine.declared(view)
        if self.history is None or declared is None or declared.sealed:
            return None
        stood = await stood_of(self.history, self.asking.area, (entity_id,), moment)
        then, present = stood.get(entity_id), await self.entity(declared, entity_id)
        if then is None:
            return None
        names = both_of(self.open_to(then), self.open_past(declared, present))
        return read(view, then, names) if names is None or names else None

    async def recorded_since(self: Sight) -> Instant | None:
        """When the node began to keep what is written; None where nothing was, or where nobody knows."""
        first = await self.events.read(0, 1) if self.events is not None else ()
        return first[0].at if first else None


async def past_of(sight: Sight, declared: EntityType, entity_id: str, limit: int) -> Sequence[Wrote]:
    """The writes of an entity that is there and seen, the newest first. Nothing of types with sealed attributes."""
    history = sight.history
    entity = await sight.entity(declared, entity_id)
    if history is None or entity is None or declared.sealed:
        return ()
    seen, allowed = sight.open_to(entity), sight.open_past(declared, entity)
    if (seen is not None and not seen) or (allowed is not None and not allowed):
        return ()
    fields = {
        slot.iri: slot.field
        for slot in slots(declared.view)
        if not slot.how.member and slot.field not in declared.workings
    }
    asked = [name for name in fields if allowed is None or name in allowed]
    pasts = await history.past(sight.asking.area, entity_id, asked, limit=limit, newest_first=True)
    default = [one for one in pasts if one.dataset_id is None and one.attribute in asked]
    return tuple(reversed(_writes(tuple(reversed(default)), fields, whole=len(pasts) < limit)))


def _writes(pasts: Sequence[Past], fields: Mapping[str, str], whole: bool) -> list[Wrote]:
    """States in order of time as the writes that left them; `whole`: the oldest of them are the first there were."""
    by_write: dict[int, list[Past]] = {}
    for past in pasts:
        by_write.setdefault(past.number or past.version, []).append(past)
    known: dict[str, Any] = {}
    writes: list[Wrote] = []
    for states in by_write.values():
        changes: dict[str, tuple[Any, Any]] = {}
        for past in states:
            before, after = known.get(past.attribute), _value(past.instance)
            known[past.attribute] = after
            if before != after:
                changes[fields[past.attribute]] = (before, after)
        writes.append(Wrote(states[0].at, whole and not writes, changes))
    return writes


def _value(instance: Instance | None) -> Any:
    value: Any = None if instance is None else instance.value
    if isinstance(value, dict) and "@value" in value:
        return cast("dict[str, Any]", value)["@value"]
    return cast("Any", value)
