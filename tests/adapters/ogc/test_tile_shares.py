"""Which features a tile of several collections shows: half of it shared equally, half by importance; what is shown stays shown below."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import msgspec
import numpy as np
import pytest
from ogc_client import Client, hall
from random_shapes import geometry
from test_layer_collections import HIGH, keep
from test_tile_choice import below, placed, points
from tile_reader import needs_reader, read_tiles

from kaiteki.adapters.ogc.tiles import press
from kaiteki.adapters.ogc.tiles.grid import LEVEL_MAX, Tile, tile_over
from kaiteki.adapters.ogc.tiles.layer import POSITIONS_MAX, Layer, Placed, box_of, order_of
from kaiteki.adapters.ogc.tiles.making import shapes_of
from kaiteki.adapters.ogc.tiles.ranking import Candidate, measure, share_out
from kaiteki.services.maps.manifest import service as maps

WORLD = Tile(0, 0, 0)


def chosen(
    layers: Sequence[Layer], importance: Sequence[float], tile: Tile, limit: int, most: int
) -> list[set[str]]:
    found = [layer.candidates(tile, limit) for layer in layers]
    return [set(ids) for ids in share_out(found, importance, limit, most)]


@pytest.mark.parametrize("seed", range(4))
def test_what_a_tile_of_several_collections_shows_stays_shown_at_the_next_level(seed: int) -> None:
    """Dense and thin collections, more and less important, with few and many positions; also with such as came late."""
    draw = Random(seed)
    kinds = [points(draw, 2000, 0.05), [geometry(draw, 0.2) for _ in range(500)], points(draw, 60, 0.1)]
    told = [placed(places) for places in kinds]
    layers = [Layer(order_of(one)) for one in told]
    ids = [f"urn:ngsi-ld:Hall:late:{n}" for n in range(200)]
    late = points(draw, 200, 0.05)
    layers[2].put(Placed(ids, np.zeros(200), measure(ids, shapes_of(late))))
    told[2] = Placed(
        [*told[2].ids, *ids], np.zeros(260), measure([*told[2].ids, *ids], shapes_of([*kinds[2], *late]))
    )
    boxes = [dict(zip(one.ids, one.measured.boxes.tolist(), strict=True)) for one in told]
    shown = 0
    for _ in range(60):
        importance = [draw.choice([10.0, 50.0, 50.0, 90.0]) for _ in layers]
        limit, most = draw.choice([30, 100, 401]), draw.choice([60, 1_000, POSITIONS_MAX])
        tile = tile_over(140.1 + draw.gauss(0, 0.05), 35.6 + draw.gauss(0, 0.05), draw.randrange(LEVEL_MAX))
        above = chosen(layers, importance, tile, limit, most)
        assert sum(len(one) for one in above) <= limit
        for one in below(tile):
            here = chosen(layers, importance, one, limit, most)
            west, north, east, south = box_of(one)
            for own, at, down in zip(above, boxes, here, strict=True):
                meets = {
                    name
                    for name in own
                    if at[name][0] <= east
                    and at[name][2] >= west
                    and at[name][1] <= south
                    and at[name][3] >= north
                }
                assert meets <= down, (tile, one)
                shown += len(meets)
    assert shown > 1000


def several(*counts: int) -> list[list[Candidate]]:
    return [[Candidate(n, 1, f"{at}:{n}") for n in range(count)] for at, count in enumerate(counts)]


def test_half_of_a_tile_is_shared_equally_and_half_goes_to_what_is_important() -> None:
    def numbers(importance: Sequence[float], *counts: int) -> list[int]:
        return [len(one) for one in share_out(several(*counts), importance, 100, 10_000)]

    assert numbers([50, 50], 1000, 1000) == [50, 50]
    assert numbers([90, 10], 1000, 1000) == [75, 25]
    assert numbers([10, 90], 1000, 1000) == [25, 75]
    assert numbers([10, 90], 1000, 30) == [70, 30]
    assert numbers([50, 90, 50], 40, 70, 0) == [30, 70, 0]
    assert numbers([50, 50], 20, 30) == [20, 30]


def test_positions_have_a_limit_and_each_collection_its_first_feature() -> None:
    large = [[Candidate(n, 60, f"{at}:{n}") for n in range(9)] for at in range(2)]
    assert share_out(large, [50, 50], 100, 100) == [["0:0"], ["1:0"]]
    assert share_out(large, [90, 10], 100, 600) == [["0:0", "0:1", "0:2", "0:3", "0:4"], ["1:0", "1:1"]]


@needs_reader
async def test_the_more_important_layer_has_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two layers over the same places, eight features a tile: also when somebody changes what is important, and with a token."""
    client = Client(maps)
    await client.fill()
    low = msgspec.structs.replace(HIGH, id="urn:ngsi-ld:MapLayer:low", filter="floors < 3", importance=20)
    await keep(client, HIGH, low)
    monkeypatch.setattr(press, "FEATURES_MAX", 8)

    async def drawn() -> dict[str, int]:
        address = "/tiles/WebMercatorQuad/0/0/0"
        answer = await client.get(address, collections="layer_high-halls,layer_low")
        assert answer.status == 200
        (layers,) = read_tiles([answer.body])
        return {name: len(one["features"]) for name, one in layers.items()}

    assert await drawn() == {"layer_high-halls": 6, "layer_low": 2}
    await keep(client, msgspec.structs.replace(low, importance=100))
    assert await drawn() == {"layer_high-halls": 2, "layer_low": 6}
    await keep(client, msgspec.structs.replace(hall(3), name="新しい名前"))
    assert await drawn() == {"layer_high-halls": 2, "layer_low": 6}
