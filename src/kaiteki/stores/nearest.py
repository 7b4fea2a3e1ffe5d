"""The nearest first, without looking at all: a circle around the place that is asked for grows until it holds a page.

Whatever lies outside of the circle is farther than all that lies in it, so the page is that of the whole order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from kaiteki.model.query import GeoFilter, Query

REACH_MIN_M: Final = 50.0
REACH_MAX_M: Final = 51_200.0
"""Beyond it every match is read and sorted: where so little is near, there is little to sort most often."""


def circles(wanted: Query) -> Iterator[Query]:
    """The query of ever larger circles, without order and page; none when it does not ask for the nearest to a point."""
    if not _asks_for_nearest(wanted):
        return
    geometry, name = wanted.order_geometry or {}, wanted.order[0].path.names[0]
    bound_m = wanted.geo.max_distance_m if wanted.geo is not None else None
    reach_m = REACH_MIN_M
    while reach_m <= REACH_MAX_M and (bound_m is None or reach_m < bound_m):
        near = GeoFilter("near", geometry, name, max_distance_m=reach_m)
        yield msgspec.structs.replace(wanted, geo=near, order=(), order_geometry=None, total=False)
        reach_m *= 2


def _asks_for_nearest(wanted: Query) -> bool:
    """Whether the first and only key of the order is the distance of an attribute from a point, ascending.

    A bound of that distance is an outermost circle; any other place that is asked for needs all that matches.
    """
    if len(wanted.order) != 1 or wanted.ids or wanted.after_id:
        return False
    order, point = wanted.order[0], wanted.order_geometry
    if wanted.geo is not None and wanted.geo != _within(wanted):
        return False
    path = order.path
    plain = len(path.names) == 1 and not path.trail and path.linked is None
    return plain and order.distance and not order.descending and (point or {}).get("type") == "Point"


def _within(wanted: Query) -> GeoFilter | None:
    """The filter of a query as it would be if it only bounded the distance by which it orders."""
    geo, point = wanted.geo, wanted.order_geometry
    if geo is None or point is None or not wanted.order[0].path.names:
        return None
    name = wanted.order[0].path.names[0]
    return GeoFilter("near", point, name, max_distance_m=geo.max_distance_m) if geo.max_distance_m else None
