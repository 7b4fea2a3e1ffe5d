"""What the core asks of a store of history: every value an attribute ever had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from kaiteki.model.entity import Instance
from kaiteki.model.instant import Instant


class Past(msgspec.Struct, frozen=True):
    """One kept state of one attribute instance; `instance` is None where it was deleted. `at` is the time of the write.

    `dataset_id` tells which of several instances of the attribute it is, deleted ones too; `number` is that of the event
    of the write (ports.events), which knows who asked for it.
    """

    entity_id: str
    attribute: str
    at: Instant
    version: int
    instance: Instance | None
    dataset_id: str | None = None
    number: int = 0


class Period(msgspec.Struct, frozen=True):
    """A stretch of time, start included, end excluded, measured on `observedAt` or on the time of the write."""

    start: Instant | None = None
    end: Instant | None = None
    measured: Literal["observed", "written"] = "written"


class History(Protocol):
    """Read access to what `Entities.change` kept. It is written by nobody else."""

    async def past(
        self,
        area: str,
        entity_id: str,
        attributes: Sequence[str] = (),
        period: Period | None = None,
        limit: int = 1000,
        newest_first: bool = False,
    ) -> Sequence[Past]:
        """The kept states of one entity (all attributes when none is named), in order of the time of the write, then of the event.

        A period of `observed` time leaves out states without observedAt and orders by it. States of one write follow
        by attribute name and datasetId.
        """
        ...
