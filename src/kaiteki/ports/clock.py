"""The time of day and fresh ids come from outside the core, so that what it does can be repeated."""

from __future__ import annotations

from typing import Protocol

from kaiteki.model.instant import Instant


class Clock(Protocol):
    """The time, and randomness."""

    def now(self) -> Instant:
        """The present, in microseconds since the epoch."""
        ...

    def seed(self) -> int:
        """A fresh 63-bit random number; ids, tokens and seeds of computations come from it."""
        ...
