"""What stood near a place and stands there no more: it was moved away, or deleted.

    reach ─► written again, or deleted, within these days: candidates, at most CANDIDATES_MAX
          ─► of each the states of its place (history.past) ─► those near ─► what it was when it left (history.stood), as who asks sees it

Nothing says where things stood but the history of each, so only so many are looked at: the reach is the longest of REACHES_DAYS within
which no more than WRITTEN_MAX entities were written and CANDIDATES_MAX of these again or deleted, and the answer says which it is. Who may
know what follows `kit.former`. What was deleted and came again under its id, and was not written since, is not found.

Cost: 0.1 ms of processor time for each candidate, 0.01 ms for each other one that was written within the reach.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from kaiteki.kit.former import both_of, date_time, tells
from kaiteki.kit.rulings.rulings import READ_PAST
from kaiteki.kit.views import expand_name, read
from kaiteki.model.entity import Entity, Json
from kaiteki.model.instant import Instant
from kaiteki.model.place import edge_of, is_geometry, satisfies
from kaiteki.model.query import PAGE_SIZE_MAX, Comparison, GeoFilter, Path, Query, TypeAny, TypeIs
from kaiteki.ports.history import History, Past

if TYPE_CHECKING:
    from kaiteki.kit.manifest import EntityType
    from kaiteki.kit.pasts import Sight

REACHES_DAYS: Final = (400, 100, 30, 7)
WRITTEN_MAX: Final = 5_000
"""Entities that were written within the reach."""
CANDIDATES_MAX: Final = 1_000
"""Those of them that were written again or deleted, and whose places are read."""
STATES_MAX: Final = 100
"""States of the place of one of them that are looked at, the newest ones."""
STAYS_MAX: Final = 50
"""Stays that are told, those that ended last."""
DAY_US: Final = 86_400_000_000


class Stay(msgspec.Struct, frozen=True):
    """A time for which something stood there: its type (short), what it was at the end, when it came and left; `first`: it came into the
    data there, `gone`: it left by being deleted."""

    id: str
    type: str
    seen: Any
    since: Instant
    until: Instant
    first: bool
    gone: bool


class Stays(msgspec.Struct, frozen=True):
    """The stays, and within how many days what ended them was written at most (0: there was too much to look at any).

    `tells_gone`: of all types that were asked about it is told what was deleted.
    """

    rows: Sequence[Stay] = ()
    reach_days: int = 0
    tells_gone: bool = True


async def stays_of(city: Sight, types: Sequence[EntityType], near: GeoFilter) -> Stays:
    """What stood near a place (of areas: what covered it) of some types and stands there no more, what left last first."""
    history = city.history
    told = [
        one for one in types if not one.sealed and not one.personal and tells(city, one, (near.geoproperty,))
    ]
    if history is None or not told:
        return Stays(reach_days=REACHES_DAYS[0])
    search = _Search(city, told, near, history)
    whole = len(search.gone_types) == len(types)
    for days in REACHES_DAYS:
        candidates = await search.candidates(days)
        if candidates is not None:
            return Stays(await search.stays(candidates), days, whole)
    return Stays((), 0, whole)


class _Search:
    """One look for what stood at a place."""

    def __init__(self, city: Sight, types: Sequence[EntityType], near: GeoFilter, history: History) -> None:
        self._city, self._near, self._history = city, near, history
        self._types = {expand_name(one.name): one for one in types}
        asking, rulings = city.asking, city.engine.rulings
        self._area = asking.area
        self.gone_types = [
            name
            for name in self._types
            if rulings.of(asking.person, asking.area, name, READ_PAST).gone.shows(near.geoproperty)
        ]

    async def candidates(self, days: int) -> dict[str, Entity | None] | None:
        """By id what was written again within some days, and None for what was deleted; None where that is too much."""
        since = Instant(self._city.engine.clock.now() - days * DAY_US)
        found: dict[str, Entity | None] = {}
        written = Comparison(Path(("modifiedAt",)), ">=", date_time(since))
        if await self._is_much(written):
            return None
        after, more, looked_at = None, True, 0
        while more:
            query = Query(types=_any(self._types), q=written, limit=PAGE_SIZE_MAX, after_id=after)
            page = await self._city.engine.entities.find(self._area, query)
            found |= {row.id: row.entity() for row in page.rows if row.version > 1}
            looked_at += len(page.rows)
            if looked_at > WRITTEN_MAX or len(found) > CANDIDATES_MAX:
                return None
            more, after = page.more and bool(page.rows), page.rows[-1].id if page.rows else None
        after_id, more = "", bool(self.gone_types)
        while more:
            lives = await self._history.lives(
                self._area, _any(self.gone_types), after_id, PAGE_SIZE_MAX, since
            )
            found |= dict.fromkeys(life.entity_id for life in lives)
            if len(found) > CANDIDATES_MAX:
                return None
            more, after_id = len(lives) == PAGE_SIZE_MAX, lives[-1].entity_id if lives else ""
        return found

    async def _is_much(self, written: Comparison) -> bool:
        """Whether more was written than is looked at, by the index alone: after a large import, reading so many to find it out takes a second."""
        wanted = Query(types=_any(self._types), q=written, limit=1, total=True, total_max=WRITTEN_MAX + 1)
        found = await self._city.engine.entities.find(self._area, wanted)
        return found.total is not None and found.total > WRITTEN_MAX

    async def stays(self, candidates: dict[str, Entity | None]) -> list[Stay]:
        """What of these stood near and left, what left last first."""
        ended: list[tuple[Past, Past, bool, Entity | None]] = []
        for entity_id, present in candidates.items():
            place = (self._near.geoproperty,)
            newest = await self._history.past(self._area, entity_id, place, None, STATES_MAX, True)
            states = [one for one in reversed(newest) if one.dataset_id is None and one.version > 0]
            whole = len(newest) < STATES_MAX
            ended += [
                (first, end, whole and first is states[0], present) for first, end in self._ended(states)
            ]
        ended.sort(key=lambda one: -one[1].at)
        found: list[Stay] = []
        for first, end, is_first, present in ended[:STAYS_MAX]:
            stay = await self._stay(first, end, is_first, present)
            if stay is not None:
                found.append(stay)
        return found

    def _ended(self, states: Sequence[Past]) -> Iterator[tuple[Past, Past]]:
        """The states by which something came near, each with that by which it left."""
        came: Past | None = None
        for one in states:
            is_near = one.instance is not None and self._is_near(one.instance.value)
            if is_near:
                came = came or one
            elif came is not None:
                yield came, one
                came = None

    def _is_near(self, value: Any) -> bool:
        if not is_geometry(value) or not satisfies(self._near, cast("dict[str, Json]", value)):
            return False
        edge = edge_of(value, self._near.geometry)
        return edge is None or edge[0]

    async def _stay(self, first: Past, end: Past, is_first: bool, present: Entity | None) -> Stay | None:
        """What stood there as whoever asks may know of it; None: nothing."""
        life = await self._history.life(self._area, first.entity_id)
        stood = (await self._history.stood(self._area, (first.entity_id,), end.at)).get(first.entity_id)
        declared = (
            next((self._types[name] for name in life.types if name in self._types), None) if life else None
        )
        if life is None or stood is None or declared is None:
            return None
        attributes = {name: (instance,) for name, instance in stood.items()}
        entity = Entity(first.entity_id, life.types, attributes=attributes, created_at=life.created_at)
        names = both_of(self._city.open_to(entity), self._city.open_past(declared, present))
        if names is not None and self._near.geoproperty not in names:
            return None
        seen = read(declared.view, entity, names)
        return Stay(entity.id, declared.name, seen, first.at, end.at, is_first, end.instance is None)


def _any(names: Sequence[str] | dict[str, Any]) -> TypeAny:
    return TypeAny(tuple(TypeIs(name) for name in names))
