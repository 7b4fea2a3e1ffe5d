"""What the core asks of a store of history: every value an attribute ever had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

from kaiteki.model.entity import Instance
from kaiteki.model.evolution import Written
from kaiteki.model.instant import Instant
from kaiteki.model.periods import Periods
from kaiteki.model.query import TypeSelection
from kaiteki.model.sums import Sums

PERIODS_MAX: Final = 10_000
"""Periods with values that one adding up may have."""
SCOPE: Final = "scope"
"""The name under which the scopes of an entity have a history, as values of a Property; no attribute has this name."""
Measure: TypeAlias = Literal["observed", "written", "modified", "created", "deleted"]


class Past(msgspec.Struct, frozen=True):
    """One kept state of one attribute instance; `instance` is None where it was deleted. `at` is the time of the write.

    `dataset_id` tells which of several instances of the attribute it is, deleted ones too; `number` is that of the event
    of the write (ports.events), which knows who asked for it. `was` is the kind of attribute that was deleted.
    A state that was told of the past alone has version 0; `part` counts those that one such write left of one instance.
    """

    entity_id: str
    attribute: str
    at: Instant
    version: int
    instance: Instance | None
    dataset_id: str | None = None
    number: int = 0
    was: str = ""
    part: int = 0

    @property
    def instance_id(self) -> str:
        """The address of the state."""
        return Written(self.attribute, self.dataset_id, self.number, self.at, self.part).instance_id


class Period(msgspec.Struct, frozen=True):
    """A stretch of time, start included, end excluded, and on which of its times a state is measured.

    `observed`: its observedAt; states without it are left out, and so is one that only repeats another (same instance,
    same observedAt, same content): the first written of them stands for all. `written`: the time of its write,
    deletions too. `modified`: the same without deletions. `created`: the createdAt of the instance. `deleted`: deletions
    alone. `dataset_ids` are the instances wanted (`@none`: the default one), all where it is empty.
    """

    start: Instant | None = None
    end: Instant | None = None
    measured: Measure = "written"
    dataset_ids: tuple[str, ...] = ()


class Life(msgspec.Struct, frozen=True):
    """An entity that has a history: its types as they are or were last, and since when it is gone.

    Of an entity that exists, or of which nothing but a past was ever told, `deleted_at` is None.
    """

    entity_id: str
    types: tuple[str, ...]
    created_at: Instant
    modified_at: Instant
    deleted_at: Instant | None = None


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
        self, area: str, types: TypeSelection | None = None, after_id: str = "", limit: int = 100
    ) -> Sequence[Life]:
        """The entities of these types that exist or have a history, in order of their ids from behind `after_id` on."""
        ...

    async def names(self, area: str, entity_id: str) -> Sequence[str]:
        """The attributes of which an entity has a history, in order of their names; scopes are none of them."""
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
