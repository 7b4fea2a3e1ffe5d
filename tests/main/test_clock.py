"""The clock of a city whose past is told keeps to what is told, never runs back, and ends in the present."""

from __future__ import annotations

import math
import time

from kaiteki.main.clock import AHEAD_S, PassingClock
from kaiteki.world.timing import Timing

SECOND = 1_000_000
DAY_S = 86_400.0


def test_the_clock_waits_for_a_world_that_tells_slower_than_planned() -> None:
    clock, real = PassingClock(), time.time()
    began = real - 12 * DAY_S
    clock.pass_by(Timing(real, began, haste=1e12))
    seen = [clock.now()]
    assert seen[0] <= (began + AHEAD_S) * SECOND
    for told in (began + 3600, began + 5 * DAY_S, began + DAY_S):
        clock.hear(told)
        seen.append(clock.now())
    assert seen[1:] == [
        int((began + 3600 + AHEAD_S) * SECOND),
        *[int((began + 5 * DAY_S + AHEAD_S) * SECOND)] * 2,
    ]
    clock.hear(math.inf)
    assert clock.now() >= int(real * SECOND), "a world that ended holds nobody up"


def test_the_clock_is_never_ahead_of_the_present() -> None:
    clock = PassingClock()
    assert clock.now() <= time.time_ns() // 1000
    real = time.time()
    clock.pass_by(Timing(real, real - 10, haste=2.0))
    clock.hear(real + DAY_S)
    assert clock.now() <= time.time_ns() // 1000
