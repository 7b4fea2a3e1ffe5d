"""The history of an area together with what context sources told of it, asked like any history (ETSI GS CIM 009 V1.9.1 clause 4.3.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.model.entity import Instance
from kaiteki.model.instant import Instant
from kaiteki.model.matching import matches_types
from kaiteki.model.past import (
    SCOPE,
    Past,
    Period,
    added_up,
    in_order,
    in_period,
    moment_of,
    put_together,
    without_doubles,
)
from kaiteki.model.periods import Periods
from kaiteki.model.problem import Problem
from kaiteki.model.query import TypeSelection
from kaiteki.model.sources.pasts import GatheredPast, PastAccount
from kaiteki.model.sums import Sums
from kaiteki.ports.history import History, Life

ADDED_UP_MAX: Final = 100_000
"""States of one attribute that are added up one by one, as several places tell of them."""


class GatheredHistory:
    """What a store keeps, and what sources told of some entities; see ports.history. It lives for one answer."""

    def __init__(self, kept: History, told: Mapping[str, GatheredPast]) -> None:
        self._kept = kept
        self._told = told
        self._names: dict[str, Sequence[str]] = {}
        self._ids = sorted(told)

    async def past(
        self,
        area: str,
        entity_id: str,
        attributes: Sequence[str] = (),
        period: Period | None = None,
        limit: int = 1000,
        newest_first: bool = False,
    ) -> Sequence[Past]:
        """The states of one entity that all places tell, each once."""
        told = self._told.get(entity_id)
        if told is None:
            return await self._kept.past(area, entity_id, attributes, period, limit, newest_first)
        wanted = period or Period()
        names = attributes or await self.names(area, entity_id)
        own = [name for name in names if name not in told.closed]
        found: Sequence[Past] = ()
        if own:
            found = await self._kept.past(area, entity_id, own, period, limit, newest_first)
        others, gaps = (
            [past for name in names for past in some.get(name, ()) if in_period(past, wanted)]
            for some in (told.pasts, told.gaps)
        )
        if not others and not gaps:
            return found
        known = {_place(past, wanted) for past in (*found, *others)}
        filling = [past for past in gaps if _place(past, wanted) not in known]
        return in_order(without_doubles([found, others, filling]), wanted, newest_first)[:limit]

    async def _own_names(self, area: str, entity_id: str) -> Sequence[str]:
        if entity_id not in self._names:
            self._names[entity_id] = await self._kept.names(area, entity_id)
        return self._names[entity_id]

    async def life(self, area: str, entity_id: str) -> Life | None:
        """An entity that has a history in one of the places."""
        kept = await self._kept.life(area, entity_id)
        told = self._told.get(entity_id)
        return kept if told is None else united(kept, told.accounts)

    async def lives(
        self,
        area: str,
        types: TypeSelection | None = None,
        after_id: str = "",
        limit: int = 100,
        gone_since: Instant | None = None,
    ) -> Sequence[Life]:
        """The entities of these types in all places, in order of their ids."""
        kept = await self._kept.lives(area, types, after_id, limit, gone_since)
        found: dict[str, Life] = {life.entity_id: life for life in kept}
        last = kept[-1].entity_id if len(kept) == limit else None
        for entity_id in self._ids:
            if entity_id <= after_id or (last is not None and entity_id > last):
                continue
            life = await self.life(area, entity_id)
            since = None if life is None or life.deleted_at is None else life.deleted_at
            if gone_since is not None and (since is None or since < gone_since):
                continue
            if life is not None and (types is None or matches_types(life.types, types)):
                found[entity_id] = life
        return [found[one] for one in sorted(found)][:limit]

    async def names(self, area: str, entity_id: str) -> Sequence[str]:
        """The attributes of which one of the places has a history."""
        own = await self._own_names(area, entity_id)
        told = self._told.get(entity_id)
        if told is None:
            return own
        return sorted(({*own} - told.closed | {*told.pasts} | {*told.gaps}) - {SCOPE})

    async def stood(
        self, area: str, entity_ids: Sequence[str], moment: Instant, attributes: Sequence[str] = ()
    ) -> Mapping[str, Mapping[str, Instance]]:
        """What stood here just before a moment; what stood elsewhere is told by nobody."""
        return await self._kept.stood(area, entity_ids, moment, attributes)

    async def add_up(
        self,
        area: str,
        entity_id: str,
        attribute: str,
        period: Period,
        periods: Periods,
        distinct: bool = False,
    ) -> Sequence[Sums]:
        """What the values of an attribute in all places add up to, each of them once.

        Where only this node tells something, it is added up as the store does it. What several places tell is looked at one by
        one, as one value may stand in two of them. Raises TooComplexQuery beyond ADDED_UP_MAX.
        """
        told = self._told.get(entity_id)
        if told is None or (
            attribute not in told.closed
            and not any(
                in_period(past, period)
                for some in (told.pasts, told.gaps)
                for past in some.get(attribute, ())
            )
        ):
            return await self._kept.add_up(area, entity_id, attribute, period, periods, distinct)
        found = await self.past(area, entity_id, [attribute], period, ADDED_UP_MAX + 1)
        if len(found) > ADDED_UP_MAX:
            raise Problem(
                "TooComplexQuery",
                f"of several sources up to {ADDED_UP_MAX} values of an attribute are added up; name a shorter time",
                "timeAt",
            )
        return put_together(added_up(found, period, periods, distinct), period, periods)


def _place(past: Past, period: Period) -> tuple[str, str | None, Instant | None]:
    """Which moment of which attribute instance a state tells."""
    return past.attribute, past.dataset_id, moment_of(past, period)


def united(kept: Life | None, accounts: Sequence[PastAccount]) -> Life:
    """The life of an entity that several places know; without one here there is at least one account."""
    first = accounts[0]
    life = kept or Life(first.entity_id, first.types, first.created_at, first.modified_at, first.deleted_at)
    stands = [one for one in accounts if one.deleted_at is None]
    gone = life.deleted_at if kept is not None else first.deleted_at
    created = [life.created_at, *(one.created_at for one in accounts)]
    return msgspec.structs.replace(
        life,
        types=tuple(dict.fromkeys((*life.types, *(name for one in accounts for name in one.types)))),
        created_at=min((when for when in created if when), default=life.created_at),
        modified_at=max(life.modified_at, *(one.modified_at for one in accounts)),
        deleted_at=None if stands else gone,
        elsewhere=tuple(dict.fromkeys(scope for one in stands for scope in one.standing)) if stands else None,
    )
