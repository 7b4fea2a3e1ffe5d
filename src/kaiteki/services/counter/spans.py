"""How a wait is said: as a range of whole minutes, never finer than it is known.

Bounds are rounded away from the middle, to 1 minute under 10 and to 5 from there on: who is told “at most 35” is not to wait 37. The lower one is
that which one in ten falls below, the upper one that which one in ten exceeds.
"""

from __future__ import annotations

import math
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.services.counter.waiting import Wait

FINE_MIN: Final = 10
"""From here on minutes are said in steps of COARSE."""
COARSE: Final = 5
AT_ONCE_MIN: Final = 0.5
"""Whoever waits less, nine times in ten, is called at once."""
Way: TypeAlias = Literal["at_once", "within", "about", "range", "from"]


class Span(msgspec.Struct, frozen=True):
    """Minutes from `low` to `high`; `high` None: more than one in ten would not be called today."""

    low: int
    high: int | None

    @property
    def way(self) -> Way:
        """How it is said: at once, within `high`, about `high`, from `low` to `high`, or `low` and more."""
        if self.high is None:
            return "from"
        if self.high == 0:
            return "at_once"
        if self.low == self.high:
            return "about"
        return "within" if self.low == 0 else "range"


def floor_min(minutes: float) -> int:
    """The largest figure that is said and not above."""
    whole = math.floor(minutes)
    return whole if whole < FINE_MIN else whole // COARSE * COARSE


def ceil_min(minutes: float) -> int:
    """The smallest figure that is said and not below."""
    whole = math.ceil(minutes)
    return whole if whole < FINE_MIN else -(-whole // COARSE) * COARSE


def span_of(wait: Wait) -> Span:
    """What is said of a wait."""
    if wait.high_min is None:
        return Span(floor_min(wait.low_min), None)
    if wait.high_min < AT_ONCE_MIN:
        return Span(0, 0)
    return Span(floor_min(wait.low_min), ceil_min(wait.high_min))


def widest(spans: list[Span]) -> Span | None:
    """What holds of all of them together; None of none."""
    if not spans:
        return None
    highs = [one.high for one in spans if one.high is not None]
    return Span(min(one.low for one in spans), max(highs) if len(highs) == len(spans) else None)
