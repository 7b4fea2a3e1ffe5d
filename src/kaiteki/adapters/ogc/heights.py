"""What the floor of a spatial id asks of a feature: that some of it is at that height. No index knows heights, so candidates are looked at."""

from __future__ import annotations

from typing import cast

import msgspec

from kaiteki.adapters.ogc.collections import place_of
from kaiteki.model.entity import Entity, Json
from kaiteki.model.query import Test


class AtHeight(msgspec.Struct, frozen=True):
    """From `low` metres on, below `high`; what says no height is at 0 m. `also` is what is asked beside (model.query.Test)."""

    place: str
    low: float
    high: float
    also: Test | None = None

    @property
    def names(self) -> frozenset[str]:
        """The attributes that it looks at."""
        own = frozenset({self.place})
        return own if self.also is None else own | self.also.names

    def holds(self, entity: Entity) -> bool:
        """Whether a feature is there, and what is asked beside holds of it."""
        geometry = place_of(entity, self.place)
        if geometry is None:
            return False
        heights = _heights_of(geometry) or [0.0]
        is_there = min(heights) < self.high and max(heights) >= self.low
        return is_there and (self.also is None or self.also.holds(entity))


def _heights_of(value: Json) -> list[float]:
    """The third coordinates of a geometry."""
    if isinstance(value, dict):
        told = cast(dict[str, Json], value)
        return _heights_of(told.get("coordinates", told.get("geometries")))
    items = cast(list[Json], value or [])
    if items and isinstance(items[0], int | float):
        return [float(one) for one in cast(list[float], items[2:3])]
    return [one for item in items for one in _heights_of(item)]
