"""What history says of entities to somebody who may not see all of it: what is hidden is taken away before anything is asked of it.

So whether an entity matches, what is told and what is added up is the same as if what is hidden had never been.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import msgspec

from kaiteki.broker.plane import Plane
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.matching import matches_filter, matches_geo, matches_scopes
from kaiteki.model.periods import Periods
from kaiteki.model.problem import Problem
from kaiteki.model.query import AllOf, AnyOf, Comparison, Exists, Filter, GeoFilter, Missing, Query
from kaiteki.model.sums import Sums
from kaiteki.model.visibility import PastSight
from kaiteki.ports.history import SCOPE, Life, Measure, Past, Period

LOOKED_AT_STEPS: Final = (100, 2_000, 100_000)
"""States of one attribute that a condition is checked against, in steps until one satisfies it."""
SCOPES_MAX: Final = 1_000

ReadablePast: TypeAlias = Callable[[Sequence[str], Entity | None], PastSight | None]
"""What may be seen of the past of an entity of some types; the entity is the present one, None when it is gone."""


class Seen(msgspec.Struct, frozen=True):
    """An entity of which some past may be seen: the attributes that have one, and whether its scopes do.

    `standing` are the scopes that it has now.
    """

    life: Life
    names: tuple[str, ...]
    scoped: bool
    standing: tuple[str, ...] = ()


class Heard(msgspec.Struct, frozen=True):
    """What other places have said of entities: the ids of those that match there, and of those whose scopes do.

    `until` is the moment up to which all of them have told everything (with lastN: down to it); None: they have told all.
    """

    matching: frozenset[str] = frozenset()
    scoped: frozenset[str] = frozenset()
    until: Instant | None = None


class Witness:
    """Looks into the history of an area. It lives for one answer; `period` is the stretch of time that is asked for."""

    def __init__(
        self,
        plane: Plane,
        area: str,
        period: Period,
        readable_past: ReadablePast,
        heard: Heard | None = None,
    ) -> None:
        self._plane = plane
        self._area = area
        self._period = period
        self._readable_past = readable_past
        self._heard = heard or Heard()

    async def see(self, lives: Sequence[Life]) -> list[Seen | None]:
        """What may be seen of some entities; None for those of which that is nothing."""
        history = self._plane.history
        rows = await self._plane.entities.load(self._area, [life.entity_id for life in lives])
        seen: list[Seen | None] = []
        for life in lives:
            row = rows.get(life.entity_id)
            entity = row.entity() if row is not None else _standing_elsewhere(life)
            sight = self._readable_past(life.types, entity)
            if sight is None:
                seen.append(None)
                continue
            names = tuple(one for one in await history.names(self._area, life.entity_id) if sight.sees(one))
            standing = entity.scopes if entity is not None else ()
            seen.append(Seen(life, names, sight.scopes, standing))
        return seen

    async def states(
        self, seen: Seen, name: str, period: Period, limit: int, newest_first: bool = False
    ) -> Sequence[Past]:
        """The states of one attribute (or of the scopes) that may be seen."""
        if not (seen.scoped if name == SCOPE else name in seen.names):
            return ()
        return await self._plane.history.past(
            self._area, seen.life.entity_id, [name], period, limit, newest_first
        )

    async def sums(
        self, seen: Seen, name: str, period: Period, periods: Periods, distinct: bool = False
    ) -> Sequence[Sums]:
        """What the values of one attribute that may be seen add up to."""
        if name not in seen.names:
            return ()
        history, entity_id = self._plane.history, seen.life.entity_id
        return await history.add_up(self._area, entity_id, name, period, periods, distinct)

    async def matches(self, seen: Seen, wanted: Query, measures: Sequence[Measure]) -> bool:
        """Whether an entity is wanted for what it was within the stretch of time (clause 5.7.4)."""
        if not await self._has_some(seen, wanted.attrs or seen.names, measures):
            return False
        entity_id = seen.life.entity_id
        if entity_id in self._heard.matching:
            return True
        if (
            wanted.scope is not None
            and entity_id not in self._heard.scoped
            and not matches_scopes(await self._scopes(seen), wanted.scope)
        ):
            return False
        if wanted.q is not None and not await self._holds(seen, wanted.q):
            return False
        return wanted.geo is None or await self._lies(seen, wanted.geo)

    async def _has_some(self, seen: Seen, names: Sequence[str], measures: Sequence[Measure]) -> bool:
        for measure in measures:
            period = msgspec.structs.replace(self._period, measured=measure)
            for name in names:
                if await self.states(seen, name, period, 1):
                    return True
        return False

    async def _scopes(self, seen: Seen) -> tuple[str, ...]:
        """The scopes that stood when the stretch of time began or came within it."""
        if not seen.scoped:
            return seen.standing
        period = Period(end=self._period.end)
        found: list[str] = []
        for past in await self.states(seen, SCOPE, period, SCOPES_MAX, newest_first=True):
            found += past.instance.value if past.instance is not None else ()
            if self._period.start is not None and past.at < self._period.start:
                break
        return tuple(found)

    async def _holds(self, seen: Seen, q: Filter) -> bool:
        """Whether each condition is satisfied by some state within the stretch of time."""
        match q:
            case AllOf(parts=parts):
                for part in parts:
                    if not await self._holds(seen, part):
                        return False
                return True
            case AnyOf(parts=parts):
                for part in parts:
                    if await self._holds(seen, part):
                        return True
                return False
            case Comparison() | Exists():
                return await self._satisfies(seen, q)
            case Missing(path=path):
                return not await self._satisfies(seen, Exists(path))

    async def _satisfies(self, seen: Seen, condition: Comparison | Exists) -> bool:
        name = condition.path.names[0]
        if name not in seen.names:
            life = seen.life
            bare = Entity(
                life.entity_id,
                life.types,
                scopes=await self._scopes(seen) if name == SCOPE else (),
                created_at=life.created_at,
                modified_at=life.modified_at,
            )
            return matches_filter(bare, condition)
        return await self._some(seen, name, lambda entity: matches_filter(entity, condition))

    async def _lies(self, seen: Seen, geo: GeoFilter) -> bool:
        return await self._some(seen, geo.geoproperty, lambda entity: matches_geo(entity, geo))

    async def _some(self, seen: Seen, name: str, wanted: Callable[[Entity], bool]) -> bool:
        """Whether some state of an attribute is wanted, taken for the entity."""
        for limit in LOOKED_AT_STEPS:
            pasts = await self.states(seen, name, self._period, limit)
            instances: tuple[Instance, ...] = tuple(one.instance for one in pasts if one.instance is not None)
            if wanted(Entity(seen.life.entity_id, seen.life.types, {name: instances})):
                return True
            if len(pasts) < limit:
                return False
        raise Problem(
            "TooComplexQuery",
            f"a condition is checked against up to {LOOKED_AT_STEPS[-1]} states; name a shorter time",
            "timeAt",
        )


def _standing_elsewhere(life: Life) -> Entity | None:
    """An entity that another place has, as far as that is known here; None where it stands nowhere."""
    return Entity(life.entity_id, life.types, scopes=life.elsewhere) if life.elsewhere is not None else None
