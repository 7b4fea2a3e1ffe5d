"""The time of this machine, and randomness from its operating system; the time may be that of a simulated world."""

from __future__ import annotations

import secrets
import time

from kaiteki.model.instant import Instant
from kaiteki.world.timing import Timing


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

    def pass_by(self, timing: Timing) -> None:
        """Go by another time from now on."""
        self.timing = timing

    def now(self) -> Instant:
        """The time in the city, in microseconds since the epoch; the present once the world has met it."""
        real = time.time()
        if real >= self.timing.meeting_s:
            return Instant(time.time_ns() // 1000)
        return Instant(int(self.timing.city_at(real) * 1_000_000))
