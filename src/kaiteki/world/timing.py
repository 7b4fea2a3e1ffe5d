"""The time of the world: it starts in the past, runs fast until it meets the present, then at a pace of its own.

Times are seconds since the epoch. The node's clock runs by the same three numbers, so both agree on what time it is.
"""

from __future__ import annotations

import msgspec


class Timing(msgspec.Struct, frozen=True):
    """At `real_s` of the outside it is `world_s` in the world, which runs `haste` times as fast until it meets the present.

    Afterwards the world lives `pace` seconds of its plan in each second: 1 is life as it is, more is a livelier town.
    """

    real_s: float
    world_s: float
    haste: float = 1.0
    pace: float = 1.0

    @property
    def meeting_s(self) -> float:
        """When the world meets the present."""
        if self.world_s >= self.real_s or self.haste <= 1:
            return self.real_s
        return self.real_s + (self.real_s - self.world_s) / (self.haste - 1)

    def plan_at(self, real_s: float) -> float:
        """How far the plan of the world has come."""
        meeting = self.meeting_s
        if real_s < meeting:
            return self.world_s + (real_s - self.real_s) * self.haste
        return meeting + (real_s - meeting) * self.pace

    def city_at(self, real_s: float) -> float:
        """What time it is in the city: the plan while it lies in the past, else the present."""
        return min(self.plan_at(real_s), real_s)

    def real_at(self, plan_s: float) -> float:
        """When something planned comes to pass."""
        meeting = self.meeting_s
        if plan_s < meeting:
            return self.real_s + (plan_s - self.world_s) / self.haste
        return meeting + (plan_s - meeting) / self.pace
