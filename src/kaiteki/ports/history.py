"""What the core asks of a store of history: every value an attribute ever had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from kaiteki.model.entity import Instance
from kaiteki.model.instant import Instant
from kaiteki.model.past import PERIODS_MAX, SCOPE, Measure, Past, Period
from kaiteki.model.periods import Periods
from kaiteki.model.query import TypeSelection
from kaiteki.model.sums import Sums


class Life(msgspec.Struct, frozen=True):
    """An entity that has a history: its types as they are or were last, and since when it is gone.

    Of an entity that exists, or of which nothing but a past was ever told, `deleted_at` is None. `elsewhere` are the scopes
    with which it stands in another place, as far as that tells; None where it is not known to stand anywhere else.
    """

    entity_id: str
    types: tuple[str, ...]
    created_at: Instant
    modified_at: Instant
    deleted_at: Instant | None = None
    elsewhere: tuple[str, ...] | None = None


class History(Protocol):
    """Read access to what `Entities.change` kept, decisions and corrections. It is written by nobody else."""

    async def past(
        self,
        area: str,
        entity_id: str,
        attributes: Sequence[str] = (),
        period: Period | None = None,
        limit: int = 1000,
        newest_first: bool = False,
    ) -> Sequence[Past]:
        """The kept states of one entity (all attributes when none is named), in order of the time they are measured on.

        States of one time follow by event, attribute name and datasetId. Scopes are told only where SCOPE is named.
        """
        ...

    async def life(self, area: str, entity_id: str) -> Life | None:
        """An entity that exists or has a history; None for one that has neither."""
        ...

    async def lives(
        self,
        area: str,
        types: TypeSelection | None = None,
        after_id: str = "",
        limit: int = 100,
        gone_since: Instant | None = None,
    ) -> Sequence[Life]:
        """The entities of these types that exist or have a history, in order of their ids from behind `after_id` on.

        With `gone_since` only those that were deleted at that moment or later and do not exist.
        """
        ...

    async def names(self, area: str, entity_id: str) -> Sequence[str]:
        """The attributes of which an entity has a history, in order of their names; scopes are none of them."""
        ...

    async def stood(
        self, area: str, entity_ids: Sequence[str], moment: Instant, attributes: Sequence[str] = ()
    ) -> Mapping[str, Mapping[str, Instance]]:
        """What stood of some entities just before a moment (all attributes when none is named), by id and attribute.

        Of each attribute its instance without datasetId as it was written last. States that were told of the past alone never
        stood. Entities of which nothing stood are left out.
        """
        ...

    async def add_up(
        self,
        area: str,
        entity_id: str,
        attribute: str,
        period: Period,
        periods: Periods,
        distinct: bool = False,
    ) -> Sequence[Sums]:
        """What the values of an attribute within a period add up to, cut into `periods`, by start and datasetId.

        Periods without values are left out, and the last one ends where `period` does. All of time as one period reaches
        from the origin of `periods`, or from the first value where `period` has no start, to the end or the last value.
        Different values are counted only where that is asked for. Raises TooComplexQuery beyond PERIODS_MAX.
        """
        ...


__all__ = ["PERIODS_MAX", "SCOPE", "History", "Life", "Measure", "Past", "Period"]
