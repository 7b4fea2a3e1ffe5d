"""Laws of the areas of a tile: whatever the grid does to their rings, what a map reads encloses a valid area, and it is still that area."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import numpy as np
import shapely
from random_shapes import geometry

from kaiteki.adapters.ogc.tiles.drawing import draw
from kaiteki.adapters.ogc.tiles.encoding import POLYGON, Drawn
from kaiteki.adapters.ogc.tiles.grid import BUFFER, EXTENT, LEVEL_MAX, RADIUS_M, Tile, tile_over
from kaiteki.adapters.ogc.tiles.making import shapes_of
from kaiteki.model.entity import Json

TILES = 30
GEOS: Any = shapely


def areas_read(drawn: Drawn) -> dict[int, Any]:
    """The areas of a tile by their sources, as the specification reads rings: a positive one begins a polygon (clause 4.3.3.3)."""
    polygons: dict[int, list[tuple[Any, list[Any]]]] = {}
    parts = np.split(drawn.points, drawn.ends[:-1])
    for owner, ring in zip(drawn.owners.tolist(), parts, strict=True):
        if drawn.sorts[owner] != POLYGON:
            continue
        x, y = ring.T.astype(float)
        turns = float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
        assert turns != 0 and tuple(ring[0]) != tuple(ring[-1])
        own = polygons.setdefault(int(drawn.sources[owner]), [])
        if turns > 0:
            own.append((ring, []))
        else:
            own[-1][1].append(ring)
    return {
        source: shapely.MultiPolygon([shapely.Polygon(shell, holes) for shell, holes in own])
        for source, own in polygons.items()
    }


def thin(draw_: Random, tile: Tile) -> dict[str, Json]:
    """An area of a step's width in places, with a hole near its edge: what rounding spoils."""
    step = (tile.bounds[2] - tile.bounds[0]) / EXTENT
    west, south = tile.bounds[0] + draw_.random() * 3000 * step, tile.bounds[1] + draw_.random() * 2000 * step
    n = draw_.randint(6, 60)
    there = [[west + 8 * at * step, south + draw_.uniform(0, 40) * step] for at in range(n)]
    back = [[x, y + draw_.choice((0.2, 0.6, 30)) * step] for x, y in reversed(there)]
    return {"type": "Polygon", "coordinates": [[*there, *back, there[0]]]}


def test_every_area_of_a_tile_is_valid_and_turns_as_the_specification_wants() -> None:
    seen = 0
    for seed in range(TILES):
        draw_ = Random(seed)
        tile = tile_over(140.1, 35.6, draw_.randint(0, LEVEL_MAX))
        reach = min(1.0, 400 / (1 << tile.level))
        places = [geometry(draw_, reach) for _ in range(20)] + [thin(draw_, tile) for _ in range(20)]
        read = areas_read(draw(tile, shapes_of(places), draw_.choice((1.0, 4.0, 16.0))))
        seen += len(read)
        for source, area in read.items():
            assert area.is_valid, (seed, source, shapely.is_valid_reason(area))
    assert seen > TILES * 20


def test_what_is_mended_stays_the_area_that_it_was_but_for_a_step() -> None:
    draw_ = Random(3)
    tile = tile_over(140.1, 35.6, 16)
    (west, north), scale = tile.corner, EXTENT / tile.side_m

    def steps(points: Any) -> Any:
        x = np.radians(points[:, 0]) * RADIUS_M
        y = np.arcsinh(np.tan(np.radians(points[:, 1]))) * RADIUS_M
        return np.column_stack(((x - west) * scale, (north - y) * scale))

    places = [thin(draw_, tile) for _ in range(200)]
    shapes = shapes_of(places)
    right = GEOS.transform(shapes, steps)
    whole = shapely.box(0, 0, EXTENT, EXTENT)
    spoilt = 0
    for source, area in areas_read(draw(tile, shapes)).items():
        spoilt += not GEOS.set_precision(right[source], 1.0, mode="pointwise").is_valid
        if right[source].is_valid and right[source].within(whole):
            # each corner moves by less than a step, and a crossing of two edges by one more
            assert GEOS.difference(area, right[source].buffer(2.0)).is_empty
            assert GEOS.difference(right[source].buffer(-2.0), area).is_empty
    assert spoilt > 50


def test_a_scribble_becomes_its_hull_and_a_crossing_its_two_sides() -> None:
    draw_ = Random(4)
    tile = tile_over(140.1, 35.6, 16)
    west, south, east, north = tile.bounds

    def at(x: float, y: float) -> list[float]:
        return [west + x * (east - west), south + y * (north - south)]

    ring = [at(draw_.random(), draw_.random()) for _ in range(1500)]
    bow = [at(0.2, 0.2), at(0.8, 0.8), at(0.8, 0.2), at(0.2, 0.4)]
    round_ = [at(0.5 + math.cos(turn / 9) / 3, 0.5 + math.sin(turn / 9) / 3) for turn in range(56)]
    places: list[dict[str, Json]] = [
        {"type": "Polygon", "coordinates": [[*one, one[0]]]} for one in (ring, bow, round_)
    ]
    scribble, sides, plain = areas_read(draw(tile, shapes_of(places))).values()
    assert scribble.is_valid and scribble.equals(scribble.convex_hull) and scribble.area > EXTENT**2 * 0.9
    assert sides.is_valid and shapely.get_num_geometries(sides) == 2
    whole = shapely.make_valid(shapely.Polygon([(0.2, 0.2), (0.8, 0.8), (0.8, 0.2), (0.2, 0.4)]))
    assert abs(sides.area / (EXTENT + 2 * BUFFER) ** 2 - whole.area) < 0.002
    assert plain.is_valid and len(plain.geoms[0].exterior.coords) == 57
