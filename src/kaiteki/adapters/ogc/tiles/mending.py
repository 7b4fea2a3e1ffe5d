"""Areas that a step of the grid spoiled: rings that meet or cross themselves or one another where they did not, made valid on the grid.

```
rings on the grid ─► one area a source ─(valid?)─► as it is
                                          └─ no ─► mended (GEOS, by structure), its new corners put on the grid by snap rounding ─► rings
```

What encloses a valid area stays point for point (Mapbox Vector Tile 2.1, clause 4.3.4.4: rings without self-intersection, inner ones within).
What would take too long, scribbles whose edges cross without end, becomes its convex hull.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import shapely

_GEOS: Final[Any] = shapely
"""The library, whose types leave open what arrays hold."""
Array: TypeAlias = Any
SAMPLE: Final = 20
"""Edges of an area of which it is counted how many others they cross."""
EFFORT_MAX: Final = 2_000
"""Crossings of a tile that are mended, some 70 µs each; EDGES_OF_CROSSING edges without any cost as much."""
EDGES_OF_CROSSING: Final = 50


def areas_of(points: Array, lengths: Array, is_outer: Array, sources: Array) -> tuple[Array, Array]:
    """The area of each source as a multipolygon, out of open rings of at least three points, each outer one followed by its inner ones;
    and the sources (which never fall)."""
    rings = _GEOS.linearrings(points, indices=np.repeat(np.arange(len(lengths)), lengths))
    polygons = _GEOS.polygons(rings, indices=np.cumsum(is_outer) - 1)
    owners, of = np.unique(sources[is_outer], return_inverse=True)
    return _GEOS.multipolygons(polygons, indices=of), owners


def mend(areas: Array) -> tuple[Array, Array]:
    """Valid polygons on the grid in place of areas, and which area each is of; of one that falls together none is left.

    Those of the fewest points are mended first; what EFFORT_MAX does not reach becomes its hull.
    """
    mended, left = np.empty(len(areas), dtype=object), EFFORT_MAX
    for at in np.argsort(_GEOS.get_num_coordinates(areas), kind="stable").tolist():
        left -= _effort(areas[at]) if left > 0 else 0
        mended[at] = _mended(areas[at]) if left > 0 else _GEOS.convex_hull(areas[at])
    parts, of = _GEOS.get_parts(mended, return_index=True)
    parts, further = _GEOS.get_parts(parts, return_index=True)
    is_area = (_GEOS.get_type_id(parts) == 3) & ~_GEOS.is_empty(parts)
    return parts[is_area], of[further][is_area]


def _mended(area: Any) -> Any:
    valid = _GEOS.make_valid(area, method="structure", keep_collapsed=False)
    return _GEOS.set_precision(valid, 1.0)


def _effort(area: Any) -> int:
    """How many crossings an area has, told by a few of its edges, and its edges as crossings."""
    points, of = _GEOS.get_coordinates(_GEOS.get_rings(_GEOS.get_parts(area)), return_index=True)
    follows = of[1:] == of[:-1]
    edges = _GEOS.linestrings(np.stack((points[:-1][follows], points[1:][follows]), axis=1))
    some = edges[np.linspace(0, len(edges) - 1, min(SAMPLE, len(edges))).astype(int)]
    _, met = _GEOS.STRtree(edges).query(some, predicate="crosses")
    return 1 + len(edges) // EDGES_OF_CROSSING + len(met) * len(edges) // (2 * len(some))
