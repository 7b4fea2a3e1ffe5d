"""The entities of a type as they were at some moments, as whoever asks may know of them: what a map of a day is drawn from.

    earliest moment ─► written since (index of modifiedAt) + gone since (history.lives) ─► candidates, at most WRITTEN_MAX
                    ─► where each stood at each moment (history.stood, the place alone) ─► those in the window, at most COMPARED_MAX
                    ─► all of what they were (history.stood) ─► as whoever asks sees it

What was not written since the earliest moment is now what it was then, so it is found by an ordinary query with `modifiedAt` before
that moment and is no part of this. Law (tests/kit/test_former.py): both together are what a plain model says that replays all writes.

Nobody learns more of the past than of the present: an entity that is hidden now has no past, attributes are those that were open then
and whose past is open now, what is deleted is told as its type says (`EntityType.public_gone`), and what was erased with its past is
told by nobody. Of types about people, and of sealed ones, no past is told here at all. Instances with a datasetId are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from kaiteki.kit.rulings.rulings import READ_PAST
from kaiteki.kit.views import read
from kaiteki.model.decision import Refused
from kaiteki.model.entity import Entity, Instance, Json
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.place import is_geometry, satisfies
from kaiteki.model.query import (
    PAGE_SIZE_MAX,
    Comparison,
    DateTimeValue,
    Filter,
    GeoFilter,
    Path,
    Query,
    TypeIs,
)
from kaiteki.model.visibility import Attributes
from kaiteki.ports.history import History

if TYPE_CHECKING:
    from kaiteki.kit.manifest import EntityType
    from kaiteki.kit.pasts import Sight

WRITTEN_MAX: Final = 5_000
"""Entities of a type that were written or deleted since the earliest moment, of which it is asked where they stood."""
COMPARED_MAX: Final = 1_000
"""Entities in the window of which all of what they were is read."""
BATCH: Final = 250
"""Entities whose past is read at once; others get their turn between."""


class Wish(msgspec.Struct, frozen=True):
    """Which past is wanted: at which moments (the earliest first), of what touched a window at one of them, and which attributes
    (expanded) must be told of, because without them nobody could say what belongs to what is asked. `written_max`: what of WRITTEN_MAX
    is left, where one page asks several times."""

    moments: tuple[Instant, ...]
    window: GeoFilter
    needs: tuple[str, ...] = ()
    written_max: int = WRITTEN_MAX


class Former(msgspec.Struct, frozen=True):
    """What an entity was: a view for each moment, None where it was not there or is not told. `gone`: it does not exist now."""

    id: str
    states: tuple[Any | None, ...]
    gone: bool = False


class Formers(msgspec.Struct, frozen=True):
    """What was written or deleted since and touched the window, by id; of how many it was asked. `tells_gone`: what was deleted is told."""

    rows: Sequence[Former]
    asked: int = 0
    tells_gone: bool = True


def before(moment: Instant) -> Filter:
    """The condition that an entity was not written since a moment: it is what it was then."""
    return Comparison(Path(("modifiedAt",)), "<", date_time(moment))


async def formers_of(city: Sight, declared: EntityType, wish: Wish) -> Formers | Refused:
    """The past of what has changed since. Refused: no_past (it is not told), too_much_written, too_much_here (beyond the limits)."""
    history = city.history
    if history is None or declared.sealed or declared.personal or not tells(city, declared, wish.needs):
        return Refused("no_past")
    past = _Past(city, declared, wish, history)
    candidates = await past.candidates()
    if candidates is None:
        return Refused("too_much_written")
    here = await past.in_window(candidates)
    if len(here) > COMPARED_MAX:
        return Refused("too_much_here")
    rows = [row for row in await past.read(here) if any(state is not None for state in row.states)]
    return Formers(sorted(rows, key=lambda row: row.id), len(candidates), past.tells_gone)


def tells(city: Sight, declared: EntityType, names: Sequence[str]) -> bool:
    """Whether the past of some attributes is open to who asks, of every entity of the type."""
    asking, sight = city.asking, city.engine.sights[declared.name]
    opening = city.engine.rulings.of(asking.person, asking.area, sight.type, READ_PAST).plain
    return all(map(opening.shows, names))


class _Candidate(msgspec.Struct, frozen=True):
    """An entity that was written or deleted since; `present` is what it is now, None: it is gone."""

    bare: Entity
    present: Entity | None


class _Past:
    """One reading of the past of a type."""

    def __init__(self, city: Sight, declared: EntityType, wish: Wish, history: History) -> None:
        self._city, self._declared, self._wish, self._history = city, declared, wish, history
        self._area, self._now = city.asking.area, city.engine.clock.now()
        self._type = city.engine.sights[declared.name].type
        asking = city.asking
        gone = city.engine.rulings.of(asking.person, asking.area, self._type, READ_PAST).gone
        self.tells_gone = all(map(gone.shows, (wish.window.geoproperty, *wish.needs)))

    async def candidates(self) -> list[_Candidate] | None:
        """What was written or deleted since the earliest moment; None where that is too much."""
        found: dict[str, _Candidate] = {}
        since = self._wish.moments[0]
        written = Comparison(Path(("modifiedAt",)), ">=", date_time(since))
        after, more = None, True
        while more:
            # as the store has them: what of it is to be seen is decided when it is read
            query = Query(types=TypeIs(self._type), q=written, limit=PAGE_SIZE_MAX, after_id=after)
            page = await self._city.engine.entities.find(self._area, query)
            for row in page.rows:
                entity = row.entity()
                found[entity.id] = _Candidate(msgspec.structs.replace(entity, attributes={}), entity)
            if len(found) > self._wish.written_max:
                return None
            more, after = page.more and bool(page.rows), page.rows[-1].id if page.rows else None
        after_id, more = "", self.tells_gone
        while more:
            lives = await self._history.lives(self._area, TypeIs(self._type), after_id, PAGE_SIZE_MAX, since)
            for life in lives:
                gone = Entity(life.entity_id, life.types, created_at=life.created_at)
                found[life.entity_id] = _Candidate(gone, None)
            if len(found) > self._wish.written_max:
                return None
            more, after_id = len(lives) == PAGE_SIZE_MAX, lives[-1].entity_id if lives else ""
        return list(found.values())

    async def in_window(self, candidates: Sequence[_Candidate]) -> list[_Candidate]:
        """Those whose place touched the window at one of the moments, at most one more than are compared."""
        place, here = self._wish.window.geoproperty, list[_Candidate]()
        for some in _batches(candidates):
            states = await self._states(some, (place,))
            here += [
                one
                for one, entities in zip(some, states, strict=True)
                if any(entity is not None and self._is_here(entity) for entity in entities)
            ]
            if len(here) > COMPARED_MAX:
                break
        return here

    def _is_here(self, entity: Entity) -> bool:
        instance = entity.first(self._wish.window.geoproperty)
        value = None if instance is None else instance.value
        # (a place that was imported past every check may be none)
        return is_geometry(value) and satisfies(self._wish.window, cast("dict[str, Json]", value))

    async def read(self, candidates: Sequence[_Candidate]) -> list[Former]:
        """All of what they were, as whoever asks sees it."""
        rows: list[Former] = []
        for some in _batches(candidates):
            for one, entities in zip(some, await self._states(some, ()), strict=True):
                seen = tuple(
                    None if entity is None else self._seen(entity, one.present) for entity in entities
                )
                rows.append(Former(one.bare.id, seen, one.present is None))
        return rows

    async def _states(
        self, candidates: Sequence[_Candidate], names: Sequence[str]
    ) -> list[list[Entity | None]]:
        """What each was at each moment; what is not over yet is the present."""
        states: list[list[Entity | None]] = [[] for _ in candidates]
        ids = [one.bare.id for one in candidates]
        for moment in self._wish.moments:
            stood: Mapping[str, Mapping[str, Instance]] = {}
            if moment <= self._now:
                stood = await self._history.stood(self._area, ids, moment, names)
            for told, one in zip(states, candidates, strict=True):
                kept = stood.get(one.bare.id)
                if moment > self._now:
                    told.append(one.present)
                elif kept is None:
                    told.append(None)
                else:
                    attributes = {name: (instance,) for name, instance in kept.items()}
                    told.append(msgspec.structs.replace(one.bare, attributes=attributes))
        return states

    def _seen(self, entity: Entity, present: Entity | None) -> Any | None:
        """What whoever asks may know of a state: what was open of it then, and of its past now."""
        open_then, open_past = self._city.open_to(entity), self._city.open_past(self._declared, present)
        names = both_of(open_then, open_past)
        if names is not None and not names.issuperset((self._wish.window.geoproperty, *self._wish.needs)):
            return None
        return read(self._declared.view, entity, names)


def both_of(one: Attributes, other: Attributes) -> Attributes:
    """The attributes that both show; None means all."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _batches(candidates: Sequence[_Candidate]) -> Iterator[Sequence[_Candidate]]:
    for first in range(0, len(candidates), BATCH):
        yield candidates[first : first + BATCH]


def date_time(moment: Instant) -> DateTimeValue:
    """A moment as queries compare it."""
    return DateTimeValue(format_instant(moment), "DateTime", moment)
