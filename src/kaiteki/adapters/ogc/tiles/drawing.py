"""Shapes as a tile shows them: brought onto its grid, generalised to what can be seen, cut at its edge.

Whatever of a chosen shape lies in the tile is drawn: an area of which nothing is left becomes a square of half a pixel, so what is
chosen at one level does not vanish at the next.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import shapely

from kaiteki.adapters.ogc.tiles.encoding import LINE, POINT, POLYGON, Drawn, Ints
from kaiteki.adapters.ogc.tiles.grid import BUFFER, EXTENT, LATITUDE_MAX, RADIUS_M, Tile
from kaiteki.adapters.ogc.tiles.mending import areas_of, mend

GEOS: Final[Any] = shapely
"""The library, whose types leave open what arrays hold."""
Shapes: TypeAlias = Any
"""An array of geometries (numpy, shapely)."""
TOLERANCE: Final = 4.0
"""Steps by which an outline may differ from what it is: a quarter of a pixel of 256 a side."""
AREA_MIN: Final = 4.0
"""Square steps below which a ring is not drawn."""
DOT: Final = 4
"""Steps along the side of the square that stands for an area, and of the line that stands for a line, too small to be seen."""
EXACT_FROM: Final = 16
"""From this level on (2.4 m a pixel) nothing is generalised but to the grid."""
_SORT_OF: Final = np.array([POINT, LINE, LINE, POLYGON])
"""What a single geometry (shapely's number of its type) is drawn as."""


class _Parts(NamedTuple):
    """Parts of one sort: their points, how many each has, the source of each (which never falls)."""

    points: Ints
    lengths: Ints
    sources: Ints


def draw(tile: Tile, shapes: Shapes, coarseness: float = 1.0) -> Drawn:
    """The features of a tile out of shapes in degrees, by sort: areas below, then lines, then points, each in the order given.

    `coarseness` multiplies what an outline may differ; infinite: of each only its box, its ends, its first point.
    """
    placed = GEOS.transform(shapes, _onto(tile))
    is_bare = math.isinf(coarseness)
    if not is_bare and (tile.level < EXACT_FROM or coarseness > 1):
        placed = _generalised(placed, TOLERANCE * coarseness)
    cut = GEOS.clip_by_rect(placed, -BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    pieces, sources = _pieces(cut)
    if is_bare:
        pieces, sources = _bare(pieces, sources)
    sorts = _SORT_OF[GEOS.get_type_id(pieces)]
    rows = [
        (sort, make(pieces[sorts == sort], sources[sorts == sort]))
        for sort, make in ((POLYGON, _areas), (LINE, _lines), (POINT, _points))
    ]
    return _joined(rows)


def _onto(tile: Tile) -> Any:
    """From degrees to steps of the tile, rows downwards."""
    west, north = tile.corner
    scale = EXTENT / tile.side_m

    def move(points: Any) -> Any:
        latitudes = np.radians(np.clip(points[:, 1], -LATITUDE_MAX, LATITUDE_MAX))
        x = np.radians(points[:, 0]) * RADIUS_M
        y = np.arcsinh(np.tan(latitudes)) * RADIUS_M
        return np.column_stack(((x - west) * scale, (north - y) * scale))

    return move


def _generalised(shapes: Shapes, tolerance: float) -> Shapes:
    """Simpler outlines. Areas that meet without overlapping stay closed to each other: what they share is simplified once."""
    out = shapes.copy()
    kinds = GEOS.get_type_id(shapes)
    areas = _touching(shapes, np.flatnonzero((kinds == 3) | (kinds == 6)))
    areas = areas[GEOS.is_valid(shapes[areas])]
    meeting = areas[:0]
    if len(areas) > 1:
        meeting = areas[GEOS.is_empty(GEOS.coverage_invalid_edges(shapes[areas]))]
        out[meeting] = GEOS.coverage_simplify(shapes[meeting], tolerance)
    alone = GEOS.get_num_coordinates(shapes) > 2
    alone[meeting] = False
    out[alone] = GEOS.simplify(shapes[alone], tolerance, preserve_topology=True)
    return out


def _touching(shapes: Shapes, areas: Ints) -> Ints:
    """Those of the areas that have a corner in common with another one; only they can have an edge in common."""
    points, of = GEOS.get_coordinates(shapes[areas], return_index=True)
    corners: Any = points[:, 0] + 1j * points[:, 1]
    _, where = np.unique(corners, return_inverse=True)
    # (a ring has its first corner twice)
    lowest, highest = np.full(len(where), len(areas)), np.full(len(where), -1)
    np.minimum.at(lowest, where, of)
    np.maximum.at(highest, where, of)
    shared = (lowest != highest)[where]
    return areas[np.unique(of[shared])]


def _pieces(shapes: Shapes) -> tuple[Shapes, Ints]:
    """Single geometries, and the source of each."""
    sources = np.arange(len(shapes))
    # (a collection may hold several ones of which each may hold several)
    for _ in range(2):
        shapes, of = GEOS.get_parts(shapes, return_index=True)
        sources = sources[of]
    drawn = ~GEOS.is_empty(shapes) & (GEOS.get_type_id(shapes) < len(_SORT_OF))
    return shapes[drawn], sources[drawn]


def _bare(pieces: Shapes, sources: Ints) -> tuple[Shapes, Ints]:
    """Of each source its first piece alone: the box of an area, the straight way along a line."""
    first = np.flatnonzero(np.diff(sources, prepend=-1))
    pieces, sources = pieces[first].copy(), sources[first]
    kinds = GEOS.get_type_id(pieces)
    areas, lines = kinds == 3, (kinds == 1) | (kinds == 2)
    pieces[areas] = GEOS.envelope(pieces[areas])
    ends = np.stack((GEOS.get_point(pieces[lines], 0), GEOS.get_point(pieces[lines], -1)), axis=1)
    pieces[lines] = GEOS.linestrings(GEOS.get_coordinates(ends).reshape(-1, 2, 2))
    return pieces, sources


def _points(pieces: Shapes, sources: Ints) -> _Parts:
    """All points of a source as one part."""
    points = _grid(GEOS.get_coordinates(pieces))
    points, sources = _without_repeats(points, sources)
    first = np.flatnonzero(np.diff(sources, prepend=-1))
    return _Parts(points, np.diff(first, append=len(points)), sources[first])


def _lines(pieces: Shapes, sources: Ints) -> _Parts:
    """Lines of at least two points; a source of which none is left is a short line."""
    points, of = GEOS.get_coordinates(pieces, return_index=True)
    points, of = _without_repeats(_grid(points), of)
    lengths = np.bincount(of, minlength=len(pieces))
    keeps = lengths > 1
    found = _Parts(points[keeps[of]], lengths[keeps], sources[keeps])
    return _with_dots(found, pieces, sources, np.array([[0, 0], [DOT, 0]]))


def _areas(pieces: Shapes, sources: Ints) -> _Parts:
    """Outer rings, each followed by its inner ones; a source of which none is left is a small square.

    What all rings of a source enclose is valid: where a step of the grid let them meet or cross, it is mended.
    """
    found, is_outer = _rings(pieces, sources)
    areas, owners = areas_of(found.points, found.lengths, is_outer, found.sources)
    spoilt = ~GEOS.is_valid(areas)
    if spoilt.any():
        polygons, of = mend(areas[spoilt])
        mended, _ = _rings(polygons, owners[spoilt][of])
        found = _merged(_taken(found, ~np.isin(found.sources, owners[spoilt])), mended)
    return _with_dots(found, pieces, sources, np.array([[0, 0], [DOT, 0], [DOT, DOT], [0, DOT]]))


def _rings(pieces: Shapes, sources: Ints) -> tuple[_Parts, Any]:
    """The rings of areas on the grid: those that can be seen, turned as they have to be; and which of them are outer ones."""
    rings, piece_of = GEOS.get_rings(pieces, return_index=True)
    is_outer = np.diff(piece_of, prepend=-1) != 0
    points, of = GEOS.get_coordinates(rings, return_index=True)
    points, of = _open_rings(*_without_repeats(_grid(points), of))
    lengths = np.bincount(of, minlength=len(rings))
    areas = _areas_of(points, of, lengths)
    seen = (lengths > 2) & (np.abs(areas) >= AREA_MIN)
    outer_seen = np.zeros(len(pieces), dtype=bool)
    outer_seen[piece_of[is_outer & seen]] = True
    seen &= outer_seen[piece_of]
    turned = (areas > 0) != is_outer
    points = points[_turning(of, lengths, turned)]
    return _Parts(points[seen[of]], lengths[seen], sources[piece_of[seen]]), is_outer[seen]


def _with_dots(found: _Parts, pieces: Shapes, sources: Ints, dot: Ints) -> _Parts:
    """The parts, and for each source without one a dot where its first piece lies."""
    first = np.flatnonzero(np.diff(sources, prepend=-1))
    missing = first[~np.isin(sources[first], found.sources)]
    if not len(missing):
        return found
    west, south, east, north = GEOS.bounds(pieces[missing]).T
    corners = _grid(np.column_stack(((west + east - DOT) / 2, (south + north - DOT) / 2)))
    dots = (corners[:, None, :] + dot).reshape(-1, 2)
    return _merged(found, _Parts(dots, np.full(len(missing), len(dot)), sources[missing]))


def _taken(parts: _Parts, kept: Any) -> _Parts:
    """Some of the parts."""
    return _Parts(parts.points[np.repeat(kept, parts.lengths)], parts.lengths[kept], parts.sources[kept])


def _merged(some: _Parts, others: _Parts) -> _Parts:
    """Parts and others, by their sources."""
    lengths, sources = (np.concatenate(both) for both in zip(some[1:], others[1:], strict=True))
    points = np.concatenate((some.points, others.points))
    order = np.argsort(sources, kind="stable")
    starts = np.cumsum(lengths) - lengths
    moved = np.repeat(starts[order], lengths[order]) + _counted(lengths[order])
    return _Parts(points[moved], lengths[order], sources[order])


def _joined(rows: list[tuple[int, _Parts]]) -> Drawn:
    """The parts of each sort as features: one for each sort and source."""
    sorts: list[Ints] = []
    sources: list[Ints] = []
    owners: list[Ints] = []
    for sort, parts in rows:
        is_first = np.diff(parts.sources, prepend=-1) != 0
        owners.append(sum(map(len, sources)) + np.cumsum(is_first) - 1)
        sources.append(parts.sources[is_first])
        sorts.append(np.full(int(is_first.sum()), sort))
    lengths = np.concatenate([parts.lengths for _, parts in rows])
    points = np.concatenate([parts.points for _, parts in rows])
    return Drawn(
        np.concatenate(sorts), np.concatenate(sources), points, np.cumsum(lengths), np.concatenate(owners)
    )


# Points on the grid -------------------------------------------------------------------------------------------------


def _grid(points: Any) -> Ints:
    return np.rint(points).astype(np.int64)


def _counted(lengths: Ints) -> Ints:
    """0, 1, 2 … within each run."""
    starts = np.cumsum(lengths) - lengths
    return np.arange(int(lengths.sum())) - np.repeat(starts, lengths)


def _without_repeats(points: Ints, of: Ints) -> tuple[Ints, Ints]:
    """Points of runs without those that stay where the one before is."""
    if not len(points):
        return points, of
    moved = np.any(np.diff(points, axis=0, prepend=points[:1] - 1) != 0, axis=1)
    keeps = moved | (np.diff(of, prepend=-1) != 0)
    return points[keeps], of[keeps]


def _open_rings(points: Ints, of: Ints) -> tuple[Ints, Ints]:
    """Rings without the last point, where it is the first; a ring of one point keeps it."""
    if not len(points):
        return points, of
    is_last = np.diff(of, append=-1) != 0
    first = np.flatnonzero(np.diff(of, prepend=-1))
    last = np.flatnonzero(is_last)
    closing = np.zeros(len(points), dtype=bool)
    closing[last] = np.all(points[first] == points[last], axis=1) & (first < last)
    return points[~closing], of[~closing]


def _areas_of(points: Ints, of: Ints, lengths: Ints) -> Any:
    """Square steps of rings; above 0 when a ring runs clockwise on the screen (rows downwards; surveyor's formula, clause 4.3.3.3)."""
    starts = np.cumsum(lengths) - lengths
    following = np.arange(1, len(points) + 1)
    last = (starts + lengths - 1)[lengths > 0]
    following[last] = starts[lengths > 0]
    x, y = points[:, 0].astype(np.float64), points[:, 1].astype(np.float64)
    turns = x * y[following] - x[following] * y
    return np.bincount(of, weights=turns, minlength=len(lengths)) / 2


def _turning(of: Ints, lengths: Ints, turned: Any) -> Ints:
    """Which point stands where, when some rings are turned round; their first points stay the first."""
    starts = np.cumsum(lengths) - lengths
    place = _counted(lengths)
    back = np.where(place == 0, 0, lengths[of] - place)
    return starts[of] + np.where(turned[of], back, place)
