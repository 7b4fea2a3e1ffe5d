"""The plane rectangular coordinate systems of Japan (平面直角座標系, 平成14年国土交通省告示9号): degrees ↔ metres to the east and to the north.

Maps of towns are drawn in them: one millimetre of paper is the same length everywhere on a sheet. In the law the axis X points to the
north and Y to the east; here values come as (east, north).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, TypeAlias, cast

import numpy as np
import pyproj

from kaiteki.model.place import Bounds

FIRST_EPSG: Final = 6669
"""JGD2011 / Japan Plane Rectangular CS I; the nineteenth is 6687."""
SYSTEMS: Final = range(1, 20)
EDGE_POINTS: Final = 21
Metres: TypeAlias = tuple[float, float]
"""East and north of the origin."""


@lru_cache(maxsize=len(SYSTEMS))
def _there(system: int) -> Any:
    return pyproj.Transformer.from_crs("OGC:CRS84", f"EPSG:{FIRST_EPSG + system - 1}", always_xy=True)


def metres_of(positions: Any, system: int) -> Any:
    """An array of longitudes and latitudes (n, 2) as metres to the east and to the north in a system (1 to 19)."""
    east, north = _there(system).transform(positions[:, 0], positions[:, 1])
    return np.column_stack([east, north])


def metres_at(lon: float, lat: float, system: int) -> Metres:
    """One point."""
    east, north = _there(system).transform(lon, lat)
    return float(east), float(north)


def degrees_over(west: float, south: float, east: float, north: float, system: int) -> Bounds:
    """The box in degrees that holds a box in metres of a system."""
    bounds = _there(system).transform_bounds(
        west, south, east, north, densify_pts=EDGE_POINTS, direction="INVERSE"
    )
    return cast(Bounds, tuple(float(one) for one in bounds))
