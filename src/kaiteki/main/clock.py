"""The time of this machine, and randomness from its operating system."""

from __future__ import annotations

import secrets
import time

from kaiteki.model.instant import Instant


class SystemClock:
    """The clock of a running node."""

    def now(self) -> Instant:
        """The present, in microseconds since the epoch."""
        return Instant(time.time_ns() // 1000)

    def seed(self) -> int:
        """63 fresh random bits."""
        return secrets.randbits(63)
