"""Archives of tiles (PMTiles 3), read by the library that maps read them with (npm pmtiles) and by GDAL."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tile_reader import needs_reader, run_reader

from kaiteki.adapters.ogc.tiles.archive import LEAF_ENTRIES, Archive, tile_number
from kaiteki.adapters.ogc.tiles.grid import LEVEL_MAX, Tile
from kaiteki.adapters.ogc.tiles.making import Chosen, make_tile

pytestmark = pytest.mark.external
BOX = (139.5, 35.0, 140.5, 36.0)


def write(path: Path, bodies: Mapping[Tile, bytes], metadata: Mapping[str, Any] | None = None) -> None:
    passing = io.BytesIO()
    archive = Archive(passing)
    levels = [tile.level for tile in bodies]
    for tile in sorted(bodies, key=tile_number):
        archive.add(tile_number(tile), bodies[tile])
    head = archive.head(metadata or {}, (min(levels), max(levels)), BOX)
    path.write_bytes(head + passing.getvalue())


def read(path: Path, tiles: list[Tile]) -> tuple[Any, list[bytes]]:
    asked = {"path": str(path), "tiles": [[one.level, one.column, one.row] for one in tiles]}
    told = run_reader("read_archive.js", json.dumps(asked).encode())
    assert told["numbers"] == [tile_number(one) for one in tiles]
    return told, [base64.b64decode(one) for one in told["tiles"]]


def random_tiles(draw: Random, count: int) -> list[Tile]:
    found: dict[Tile, None] = {}
    while len(found) < count:
        level = draw.randint(0, LEVEL_MAX)
        side = 1 << level
        found[Tile(level, draw.randrange(side), draw.randrange(side))] = None
    return list(found)


@needs_reader
@pytest.mark.parametrize("count", [1, 50, LEAF_ENTRIES * 3])
def test_every_tile_of_an_archive_is_found(count: int, tmp_path: Path) -> None:
    """Also with further directories; a tile that is not there is not found."""
    draw = Random(count)
    told = random_tiles(draw, count + 20)
    bodies = {tile: f"tile {draw.randrange(count)}".encode() * draw.randint(1, 3) for tile in told[20:]}
    write(tmp_path / "some.pmtiles", bodies, {"name": "集会所"})
    asked = [*told[:20], *draw.sample(told[20:], min(count, 400))]
    answer, found = read(tmp_path / "some.pmtiles", asked)
    assert found == [bodies.get(one, b"") for one in asked]
    assert answer["metadata"] == {"name": "集会所"}
    assert answer["header"]["numAddressedTiles"] == count
    assert answer["header"]["numTileContents"] == len(set(bodies.values()))
    assert (answer["header"]["leafDirectoryLength"] > 0) == (count > LEAF_ENTRIES)
    assert answer["header"]["minLon"] == BOX[0]


@needs_reader
def test_the_same_tiles_in_a_row_take_one_entry(tmp_path: Path) -> None:
    level = [Tile(3, x, y) for x in range(8) for y in range(8)]
    write(tmp_path / "sea.pmtiles", dict.fromkeys(level, b"the sea"))
    answer, found = read(tmp_path / "sea.pmtiles", level)
    assert found == [b"the sea"] * 64
    assert (answer["header"]["numTileEntries"], answer["header"]["numTileContents"]) == (1, 1)


def test_gdal_reads_the_archive(tmp_path: Path) -> None:
    """Driver PMTiles: the features of the deepest level."""
    pyogrio = pytest.importorskip("pyogrio")
    chosen = [
        Chosen({"type": "Point", "coordinates": [140.0 + n / 1000, 35.5]}, {"id": f"n{n}"}) for n in range(5)
    ]
    tile = Tile(0, 0, 0)
    layer = {"id": "places", "fields": {"id": "String"}, "minzoom": 0, "maxzoom": 0}
    write(tmp_path / "gdal.pmtiles", {tile: make_tile("places", tile, chosen)}, {"vector_layers": [layer]})
    _, _, shapes, (ids,) = pyogrio.raw.read(tmp_path / "gdal.pmtiles", columns=["id"])
    assert sorted(ids) == [f"n{n}" for n in range(5)]
    assert len(shapes) == 5
