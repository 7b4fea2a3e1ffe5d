"""Tiles of random geometries, read by the library that maps read them with: the same points, rings in their order, limits kept."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import shapely
from random_shapes import geometry
from tile_reader import needs_reader, read_tiles

from kaiteki.adapters.ogc.tiles.drawing import draw
from kaiteki.adapters.ogc.tiles.encoding import LINE, POINT, POLYGON, Drawn, encode_tile, varint, varints
from kaiteki.adapters.ogc.tiles.grid import BUFFER, EXTENT, LEVEL_MAX, Tile, tile_over
from kaiteki.adapters.ogc.tiles.making import BYTES_MAX, FEATURES_MAX, Chosen, make_tile, shapes_of
from kaiteki.model.entity import Json

TILES = 120
pytestmark = pytest.mark.external


def test_varints_are_those_of_one_number_at_a_time() -> None:
    numbers = [0, 1, 127, 128, 300, 16_383, 16_384, *(1 << n for n in range(62)), (1 << 62) - 1]
    told, ends = varints(np.array(numbers))
    assert told == b"".join(map(varint, numbers))
    assert ends.tolist() == np.cumsum([len(varint(one)) for one in numbers]).tolist()


def ring_area(ring: list[list[int]]) -> float:
    """By the surveyor's formula; above 0 clockwise on the screen."""
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs) / 2


def any_features(draw_: Random) -> tuple[list[tuple[int, list[list[list[int]]]]], list[dict[str, Json]]]:
    """Features as whole numbers, and values of every kind."""
    features: list[tuple[int, list[list[list[int]]]]] = []
    for _ in range(draw_.randint(1, 20)):
        sort = draw_.choice([POINT, LINE, POLYGON])
        count = {POINT: 1, LINE: 2, POLYGON: 3}[sort]
        reach = draw_.choice([10, 5000, 1 << 27])
        parts = [
            [
                [draw_.randint(-reach, reach), draw_.randint(-reach, reach)]
                for _ in range(draw_.randint(count, 9))
            ]
            for _ in range(1 if sort == POINT else draw_.randint(1, 4))
        ]
        features.append((sort, parts))
    values: list[dict[str, Json]] = [
        {
            "id": f"urn:ngsi-ld:Hall:{n}",
            "名前": "集会所 🏠",
            "n": draw_.choice([0, 1, -1, 1 << 40, -(1 << 40), (1 << 53) + 2]),
            "share": draw_.choice([0.5, -1e300, 1.0]),
            "open": draw_.choice([True, False]),
        }
        for n in range(len(features))
    ]
    return features, values


def as_drawn(features: list[tuple[int, list[list[list[int]]]]]) -> Drawn:
    parts = [part for _, parts in features for part in parts]
    owners = [n for n, (_, parts) in enumerate(features) for _ in parts]
    return Drawn(
        np.array([sort for sort, _ in features]),
        np.arange(len(features)),
        np.array([point for part in parts for point in part]),
        np.cumsum([len(part) for part in parts]),
        np.array(owners),
    )


@needs_reader
def test_whatever_is_written_is_read() -> None:
    drawn = [any_features(Random(seed)) for seed in range(TILES)]
    tiles = [encode_tile("places", as_drawn(features), values) for features, values in drawn]
    for (features, values), told in zip(drawn, read_tiles(tiles), strict=True):
        layer = told["places"]
        assert (layer["version"], layer["extent"]) == (2, EXTENT)
        for (sort, parts), value, one in zip(features, values, layer["features"], strict=True):
            # (the reader closes rings and gives each point of a point a part of its own)
            right = [[point] for point in parts[0]] if sort == POINT else parts
            closed = [[*part, part[0]] for part in right] if sort == POLYGON else right
            assert (one["type"], one["geometry"], one["properties"]) == (sort, closed, value)


def drawn_tile(seed: int) -> tuple[Tile, list[dict[str, Json]]]:
    """A tile at any level over the town, and what may lie in it."""
    draw_ = Random(seed)
    tile = tile_over(140.1, 35.6, draw_.randint(0, LEVEL_MAX))
    reach = min(1.0, 400 / (1 << tile.level))
    return tile, [geometry(draw_, reach) for _ in range(draw_.randint(1, 40))]


def check_feature(one: dict[str, Any]) -> None:
    """What the specification wants of a geometry (4.3.4): in reach, no points twice in a row, outer rings before their inner ones."""
    for part in one["geometry"]:
        assert all(-BUFFER <= number <= EXTENT + BUFFER for point in part for number in point)
        if one["type"] != POINT:
            assert len(part) > 1
            assert all(a != b for a, b in itertools.pairwise(part))
    if one["type"] == POLYGON:
        areas = [ring_area(ring[:-1]) for ring in one["geometry"]]
        assert all(len(ring) >= 4 and ring[0] == ring[-1] for ring in one["geometry"])
        assert areas[0] > 0
        assert all(areas)
        assert len(one["rings"]) == sum(area > 0 for area in areas)


@needs_reader
def test_every_drawn_tile_holds_what_the_specification_wants() -> None:
    drawn = [drawn_tile(seed) for seed in range(TILES)]
    chosen = [[Chosen(one, {"id": str(n)}) for n, one in enumerate(places)] for _, places in drawn]
    tiles = [make_tile("places", tile, some) for (tile, _), some in zip(drawn, chosen, strict=True)]
    shown = 0
    for (tile, places), told in zip(drawn, read_tiles(tiles), strict=True):
        features = told["places"]["features"] if told else []
        for one in features:
            check_feature(one)
        # whatever lies in the tile is drawn, however small it is
        west, south, east, north = tile.bounds
        shrunk = 0.02 * (east - west)
        box = shapely.box(west + shrunk, south + shrunk, east - shrunk, north - shrunk)
        inside = {str(n) for n in np.flatnonzero(shapely.intersects(shapes_of(places), box))}
        assert inside <= {one["properties"]["id"] for one in features}
        shown += len(features)
    assert shown > TILES * 5


@pytest.mark.parametrize("level", [9, 11, 13])
def test_neighbours_stay_closed_to_each_other(level: int) -> None:
    """Jagged areas side by side: what two of them share is simplified once, so no gap opens between them."""
    draw_ = Random(5)
    tile = tile_over(140.05, 35.6, level)
    west, south, east, north = tile.bounds
    across, up = (east - west) / 40, (north - south) / 150
    lines = [
        [[west + (5 + 3 * x + draw_.uniform(-1, 1)) * across, south + (25 + y) * up] for y in range(101)]
        for x in range(11)
    ]
    areas: list[dict[str, Json]] = [
        {"type": "Polygon", "coordinates": [[*left, *reversed(right), left[0]]]}
        for left, right in itertools.pairwise(lines)
    ]
    drawn = draw(tile, shapes_of(areas))
    parts = np.split(drawn.points, drawn.ends[:-1])
    assert len(parts) == len(areas)
    whole = shapely.union_all([shapely.Polygon(part) for part in parts])
    assert shapely.get_num_geometries(whole) == 1
    assert shapely.get_num_interior_rings(whole) == 0
    for left, right in itertools.pairwise(parts):
        assert len(set(map(tuple, left.tolist())) & set(map(tuple, right.tolist()))) > 10
    assert drawn.points.shape[0] < sum(len(one["coordinates"][0]) for one in areas)


@needs_reader
def test_a_tile_keeps_within_its_bytes_and_leaves_nobody_out() -> None:
    """A thousand jagged areas of thousands of points with long texts: coarser, and all of them there."""
    draw_ = Random(8)
    tile = tile_over(140.11, 35.61, 12)
    west, south, east, north = tile.bounds
    chosen: list[Chosen] = []
    for n in range(FEATURES_MAX):
        x = west + draw_.uniform(0.1, 0.9) * (east - west)
        y = south + draw_.uniform(0.1, 0.9) * (north - south)
        ring = [
            [
                x + math.cos(turn / 400 * math.tau) * draw_.uniform(0.0005, 0.002),
                y + math.sin(turn / 400 * math.tau) * draw_.uniform(0.0005, 0.002),
            ]
            for turn in range(400)
        ]
        place: dict[str, Json] = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        chosen.append(Chosen(place, {"id": f"urn:ngsi-ld:Hall:{n:0150}", "name": f"{n}" * 30}))
    for share in (1, 4):
        some = chosen[: FEATURES_MAX // share]
        told = make_tile("places", tile, some, BYTES_MAX // share)
        assert len(told) <= BYTES_MAX // share
        (layers,) = read_tiles([told])
        assert {one["properties"]["id"] for one in layers["places"]["features"]} == {
            one.values["id"] for one in some
        }


@pytest.mark.parametrize("kind", ["Point", "LineString", "Polygon"])
def test_gdal_reads_the_tile(kind: str, tmp_path: Path) -> None:
    """The driver MVT of GDAL: the same features, their places within what outlines may differ."""
    pyogrio = pytest.importorskip("pyogrio")
    draw_ = Random(3)
    places = [one for one in (geometry(draw_, 0.01, False) for _ in range(400)) if one["type"] == kind]
    tile = tile_over(140.1, 35.6, 10)
    told = make_tile("places", tile, [Chosen(one, {"id": f"n{n}"}) for n, one in enumerate(places)])
    file = tmp_path / str(tile.level) / str(tile.column) / f"{tile.row}.mvt"
    file.parent.mkdir(parents=True)
    file.write_bytes(told)
    _, _, shapes, (ids,) = pyogrio.raw.read(file, layer="places", columns=["id"])
    found = dict(zip(ids, shapely.from_wkb(shapes), strict=True))
    assert len(found) > 10
    (west, north), scale = tile.corner, tile.side_m / EXTENT
    compared = 0
    for name, shape in found.items():
        steps = draw(tile, shapes_of([places[int(name[1:])]])).points
        if steps.min() < 0 or steps.max() > EXTENT:
            # (GDAL cuts off what is drawn beyond the edge)
            continue
        compared += 1
        right = np.column_stack((west + steps[:, 0] * scale, north - steps[:, 1] * scale))
        right_box = (*right.min(axis=0), *right.max(axis=0))
        assert np.allclose(shapely.bounds(shape), right_box, atol=5 * scale)
    assert compared > 10
