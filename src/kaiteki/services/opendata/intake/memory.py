"""What was decided on the columns of a data set at the files before, and what of it counts for a newer one. Pure.

    ImportRun (left out, cleared: by whom, when, why) ──► recall ──► the next file: those columns stay out, what is covered is not asked
                                                     └── without those that staff want to decide again

A column that was left out stays out whatever stands in it now. One that was cleared is asked about again where something else is found in it:
another sort (`clearance.covers`), or values that were not there in a column whose heading says nothing of people. No import forgets a
decision because its file gave no cause for it; who decides again replaces it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.services.opendata.intake.clearance import Clearance, LeftOut, covers
from kaiteki.services.opendata.intake.privacy import Doubt
from kaiteki.services.opendata.mapping import IGNORED
from kaiteki.services.opendata.model import ImportRun

T = TypeVar("T", Clearance, LeftOut)
KEPT_MAX: Final = 1000
"""Decisions that one data set keeps, as many as it names columns."""


class Memory(msgspec.Struct, frozen=True):
    """What counts of the decisions on a data set: columns that are left out, doubts that were cleared."""

    left_out: tuple[LeftOut, ...] = ()
    cleared: tuple[Clearance, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """The columns that are left out."""
        return frozenset(one.column for one in self.left_out)


def recall(run: ImportRun | None, again: Collection[str] = ()) -> Memory:
    """What the last import of a data set knows, but for the columns that are decided `again`; nothing where there was none."""
    if run is None:
        return Memory()
    return Memory(
        tuple(one for one in run.without if one.column not in again),
        tuple(one for one in run.cleared if one.column not in again),
    )


def still_open(doubts: Iterable[Doubt], cleared: Sequence[Clearance]) -> tuple[Doubt, ...]:
    """The doubts on which nobody has decided."""
    return tuple(doubt for doubt in doubts if not any(covers(one, doubt) for one in cleared))


def remember(known: Memory, decided: Memory, told: Mapping[str, str], now: Instant) -> Memory:
    """What an import keeps for the next one: `known` before, and what was `decided` for this file in its place. A column that was `told` to be
    an item, or kept beside, is not left out any longer. What says no moment was decided `now`."""
    outs = {one.column: one for one in known.left_out if told.get(one.column, IGNORED) == IGNORED}
    for one in decided.left_out:
        # who decided it first is told, until somebody decides again
        if one.at or one.column not in outs:
            outs[one.column] = one
    lets = {(one.column, one.sort): one for one in known.cleared}
    lets |= {(one.column, one.sort): one for one in decided.cleared}
    cleared = [one for one in lets.values() if one.column not in outs]
    return Memory(_dated(outs.values(), now)[:KEPT_MAX], _dated(cleared, now)[:KEPT_MAX])


def _dated(some: Iterable[T], now: Instant) -> tuple[T, ...]:
    return tuple(one if one.at else msgspec.structs.replace(one, at=now) for one in some)
