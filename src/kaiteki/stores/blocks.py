"""Which measurements of an attribute make a block, where blocks lie in time, and which of them share no time with anything else."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, NamedTuple

from kaiteki.model.instant import Instant
from kaiteki.ports.history import Past, Period
from kaiteki.stores.packing import may_be_packed

BLOCK_STATES: Final = 1024
"""States of one block."""


class Bounds(NamedTuple):
    """Where a block lies: the first and last moments of its states, observed and written."""

    id: int
    observed: Instant
    observed_last: Instant
    at: Instant
    at_last: Instant
    small: bool


def is_time_to_pack(row: int, number: int, part: int, states: int) -> bool:
    """Whether a write of this event looks if there is enough for a block: about one in so many as a quarter of a block has.

    It follows from the write alone, so nothing needs to be counted, and every attribute gets its turn.
    """
    return (row * 7919 + (number + part) * 104_729) % 65_537 % max(states // 4, 1) == 0


def enough(states: int) -> int:
    """How many rows an attribute has when its oldest become a block of so many."""
    return states + states // 4


def alike(pasts: Sequence[Past], states: int) -> list[Past]:
    """Of the oldest states of an attribute those that make a block; none where they are too few."""
    apt = [past for past in pasts if may_be_packed(past)]
    some = [past for past in apt if _common(past) == _common(apt[0])]
    return some if len(some) >= max(states // 2, 2) else []


def _common(past: Past) -> tuple[str | None, Instant]:
    one = past.instance
    return (one.unit_code, one.created_at) if one is not None else (None, Instant(0))


def overlapping(blocks: Sequence[Bounds], period: Period) -> list[Bounds]:
    """The blocks in which states of a period may be."""
    if period.measured == "deleted" or (period.dataset_ids and "@none" not in period.dataset_ids):
        return []
    if period.measured == "created":
        return list(blocks)
    return [
        one
        for one in blocks
        if (period.end is None or first_of(one, period) < period.end)
        and (period.start is None or last_of(one, period) >= period.start)
    ]


def first_of(one: Bounds, period: Period) -> Instant:
    """The first moment of a block, of the time that a period is measured on."""
    return one.observed if period.measured == "observed" else one.at


def last_of(one: Bounds, period: Period) -> Instant:
    """The last moment of a block."""
    return one.observed_last if period.measured == "observed" else one.at_last


def apart(blocks: Sequence[Bounds], moments: Sequence[Instant]) -> tuple[list[Bounds], list[Bounds]]:
    """The blocks whose observed time nothing else of the attribute shares, in order of it, and the others.

    `moments` are those of the rows, in order.
    """
    alone: list[Bounds] = []
    shared: list[Bounds] = []
    ordered = sorted(blocks, key=lambda one: one.observed)
    reached: Instant | None = None
    for index, one in enumerate(ordered):
        following = ordered[index + 1].observed if index + 1 < len(ordered) else None
        lone = reached is None or one.observed > reached
        lone = lone and (following is None or one.observed_last < following)
        lone = lone and not _any_within(moments, one)
        (alone if lone else shared).append(one)
        reached = one.observed_last if reached is None else max(reached, one.observed_last)
    return alone, shared


def _any_within(moments: Sequence[Instant], one: Bounds) -> bool:
    index = bisect_left(moments, one.observed)
    return index < len(moments) and moments[index] <= one.observed_last
