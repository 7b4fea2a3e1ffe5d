"""The time of this machine, and randomness from its operating system; the time may be that of a simulated world."""

from __future__ import annotations

import math
import secrets
import time
from typing import Final

from kaiteki.model.instant import Instant
from kaiteki.world.timing import Timing

AHEAD_S: Final = 3600.0
"""How far the clock of a city whose past is told may be ahead of what is told."""


class SystemClock:
    """The clock of a running node."""

    def now(self) -> Instant:
        """The present, in microseconds since the epoch."""
        return Instant(time.time_ns() // 1000)

    def seed(self) -> int:
        """63 fresh random bits."""
        return secrets.randbits(63)


class PassingClock(SystemClock):
    """A clock that may start in the past and run fast until it meets the present. It never runs back."""

    def __init__(self) -> None:
        now = time.time()
        self.timing = Timing(now, now)
        self._told_s = math.inf

    def pass_by(self, timing: Timing) -> None:
        """Go by another time from now on, as far as it is told."""
        self.timing, self._told_s = timing, timing.world_s

    def hear(self, told_s: float) -> None:
        """All that was planned before a time is told; infinity when the world has ended, whatever it has told."""
        self._told_s = max(self._told_s, told_s)

    def now(self) -> Instant:
        """The time in the city, in microseconds since the epoch; the present once the world has met it."""
        if self._told_s >= self.timing.meeting_s and time.time() >= self.timing.meeting_s:
            return Instant(time.time_ns() // 1000)
        city_s = min(self.timing.city_at(time.time()), self._told_s + AHEAD_S)
        return Instant(int(city_s * 1_000_000))
