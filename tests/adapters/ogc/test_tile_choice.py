"""Which features tiles show where there are too many: one order for all levels, spread evenly; and layers that are kept right by the log."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest
from ogc_client import KEY, Client, Hall, hall, refused
from random_shapes import geometry
from tile_reader import needs_reader, read_tiles

from kaiteki.adapters.ogc.tiles import ground, press
from kaiteki.adapters.ogc.tiles.grid import LEVEL_MAX, Tile, tile_over
from kaiteki.adapters.ogc.tiles.layer import POSITIONS_MAX, Layer, Placed, box_of, order_of
from kaiteki.adapters.ogc.tiles.making import shapes_of
from kaiteki.adapters.ogc.tiles.ranking import Array, keys_of, measure
from kaiteki.kit.views import write
from kaiteki.model.entity import Entity, Json
from kaiteki.ports.entities import By, Change, Decision
from town import MORNING
from waiting import LONG_S

WORLD = "/collections/Hall/tiles/WebMercatorQuad/0/0/0"


def placed(places: list[dict[str, Json]], importance: Array | None = None) -> Placed:
    ids = [f"urn:ngsi-ld:Hall:{n}" for n in range(len(places))]
    return Placed(
        ids, np.zeros(len(ids)) if importance is None else importance, measure(ids, shapes_of(places))
    )


def points(draw: Random, count: int, reach: float) -> list[dict[str, Json]]:
    return [
        {"type": "Point", "coordinates": [140.1 + draw.gauss(0, reach), 35.6 + draw.gauss(0, reach)]}
        for _ in range(count)
    ]


def below(tile: Tile) -> list[Tile]:
    return [
        Tile(tile.level + 1, tile.column * 2 + x, tile.row * 2 + y)
        for x, y in itertools.product((0, 1), (0, 1))
    ]


def check_law(layer: Layer, told: Placed, limit: int, tile: Tile) -> int:
    """Whatever a tile shows, each tile below shows that it meets. The answer counts what was shown."""
    shown = set(layer.choose(tile, limit))
    boxes = dict(zip(told.ids, told.measured.boxes.tolist(), strict=True))
    for one in below(tile):
        west, north, east, south = box_of(one)
        meets = {
            name
            for name in shown
            if (box := boxes[name])[0] <= east and box[2] >= west and box[1] <= south and box[3] >= north
        }
        assert meets <= set(layer.choose(one, limit)), (tile, one)
    return len(shown)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_shown_stays_shown_at_the_next_level(seed: int) -> None:
    """Points, lines, areas and collections, some of them important; also while some come, go and move."""
    draw = Random(seed)
    places = [*points(draw, 3000, 0.05), *(geometry(draw, 0.2) for _ in range(1500))]
    importance = np.array([draw.choice([0, 0, 0, 1, 5]) for _ in places], dtype=float)
    told = placed(places, importance)
    layer = Layer(order_of(told))
    for step in range(3):
        shown = sum(
            check_law(
                layer, told, 100, tile_over(140.1 + draw.gauss(0, 0.05), 35.6 + draw.gauss(0, 0.05), level)
            )
            for level in range(LEVEL_MAX)
            for _ in range(4)
        )
        assert shown > 1000
        some = draw.sample(range(len(places)), 300)
        for n in some[:100]:
            places[n] = geometry(draw, 0.1)
        told = placed(places, importance)
        moved = [told.ids[n] for n in some]
        layer.put(Placed(moved, importance[some], measure(moved, shapes_of([places[n] for n in some]))))
        for n in some[100:130]:
            layer.remove(told.ids[n])
        if step:
            layer.renew(order_of(layer.placed()))


def test_a_layer_after_changes_is_the_layer_of_what_is_there_then() -> None:
    draw = Random(9)
    told = placed(points(draw, 2000, 0.1))
    layer = Layer(order_of(told))
    gone = set(draw.sample(list(told.ids), 500))
    for name in gone:
        layer.remove(name)
        assert not layer.holds(name)
    ids = [f"urn:ngsi-ld:Hall:new:{n}" for n in range(300)]
    more = Placed(ids, np.zeros(300), measure(ids, shapes_of(points(draw, 300, 0.1))))
    layer.put(more)
    layer.renew(order_of(layer.placed()))
    left = [name for name in told.ids if name not in gone]
    assert set(layer.choose(Tile(0, 0, 0), 10_000)) == {*left, *more.ids}
    assert len(layer) == len(left) + 300


def test_points_are_spread_evenly_however_dense_they_lie() -> None:
    """Nine of ten points lie in one corner; the tile shows them no denser there than its cells are."""
    draw = Random(2)
    tile = tile_over(140.1, 35.6, 8)
    west, south, east, north = tile.bounds
    dense = [
        [west + (east - west) * draw.uniform(0.1, 0.2), south + (north - south) * draw.uniform(0.1, 0.2)]
        for _ in range(18_000)
    ]
    rest = [[draw.uniform(west, east), draw.uniform(south, north)] for _ in range(2_000)]
    told = placed([{"type": "Point", "coordinates": one} for one in (*dense, *rest)])
    chosen = [int(one.rpartition(":")[2]) for one in Layer(order_of(told)).choose(tile, 700)]
    assert len(chosen) == 700
    # (a corner of a hundredth of the tile has some sixteen cells of a thousand)
    assert sum(n < len(dense) for n in chosen) < 40


def test_importance_comes_first_then_size() -> None:
    draw = Random(4)
    places = [geometry(draw, 0.1) for _ in range(400)]
    importance = np.array([draw.choice([-2.5, 0, 1, 100, 1e6]) for _ in places])
    told = placed(places, importance)
    chosen = Layer(order_of(told)).choose(Tile(0, 0, 0), 400)
    rank = [int(one.rpartition(":")[2]) for one in chosen]
    told_by = [(-min(importance[n], 60_000), told.measured.sizes[n]) for n in rank]
    assert told_by == sorted(told_by)
    keys = keys_of(np.array([1e9, 3.0, 0.5, 0.0, -0.5, -1e9]), *(np.zeros(6, dtype=np.int64),) * 3)
    assert (np.diff(keys) > 0).all()


def test_a_tile_has_no_more_positions_than_its_limit() -> None:
    """The first ones until there are too many; the first of all however many it has."""
    ring = [
        [140 + math.cos(n / 90_000 * 6.283) / 10, 35 + math.sin(n / 90_000 * 6.283) / 10]
        for n in range(90_000)
    ]
    large: dict[str, Json] = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    chosen = Layer(order_of(placed([large] * 6))).choose(Tile(0, 0, 0), 100)
    assert len(chosen) == POSITIONS_MAX // 90_001
    several: dict[str, Json] = {"type": "MultiPolygon", "coordinates": [large["coordinates"]] * 5}
    assert len(Layer(order_of(placed([several]))).choose(Tile(0, 0, 0), 100)) == 1


# Layers that follow the log -------------------------------------------------------------------------------------------


@pytest.fixture
async def client() -> Client:
    one = Client()
    await one.fill()
    return one


async def keep(client: Client, change: Change) -> None:
    entity = change.after or change.before
    assert entity is not None
    await client.town.store.entities.change("demo", [entity.id], lambda _: Decision([change], None), By())


async def stored(client: Client, number: int) -> Entity:
    return (await client.town.store.entities.load("demo", (hall(number).id,)))[hall(number).id].entity()


async def names(client: Client, path: str = WORLD, **headers: str) -> dict[str, Any]:
    answer = await client.get(path, headers)
    assert answer.status in (200, 204), answer.body
    (layers,) = read_tiles([answer.body])
    found = layers["Hall"]["features"] if layers else []
    return {one["properties"]["id"]: one["properties"].get("name") for one in found}


@needs_reader
async def test_a_write_is_seen_in_the_tile(client: Client) -> None:
    """Made, renamed, moved away, deleted: each at once, though the tile was kept."""
    before = await names(client)
    added = Hall("urn:ngsi-ld:Hall:999", "新しい集会所", location=hall(0).location)
    await keep(client, Change(None, write(added, None, MORNING)))
    assert await names(client) == {**before, added.id: "新しい集会所"}
    entity = await stored(client, 0)
    renamed = msgspec.structs.replace(
        write(msgspec.structs.replace(hall(0), name="改名"), entity, MORNING), version=entity.version + 1
    )
    await keep(client, Change(entity, renamed))
    assert (await names(client))[hall(0).id] == "改名"
    moved = msgspec.structs.replace(
        write(
            msgspec.structs.replace(hall(0), location={"type": "Point", "coordinates": [-70.0, -30.0]}),
            renamed,
            MORNING,
        ),
        version=renamed.version + 1,
    )
    await keep(client, Change(renamed, moved))
    assert hall(0).id not in await names(client, "/collections/Hall/tiles/WebMercatorQuad/1/0/1")
    assert hall(0).id in await names(client, "/collections/Hall/tiles/WebMercatorQuad/1/1/0")
    await keep(client, Change(moved, None))
    assert hall(0).id not in await names(client)
    assert hall(0).id not in await names(client, "/collections/Hall/tiles/WebMercatorQuad/1/1/0")


async def test_an_unchanged_tile_is_answered_by_its_etag(client: Client) -> None:
    """304 for whoever knows it, the same bytes for others; a change elsewhere leaves it, one within does not."""
    near = tile_over(141.03, 35.33, 14)
    path = f"/collections/Hall/tiles/WebMercatorQuad/14/{near.row}/{near.column}"
    first = await client.get(path)
    etag = first.headers["etag"]
    again = await client.get(path, {"if-none-match": f'"other", {etag}'})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
    far, here = await stored(client, 24), await stored(client, 3)
    await keep(client, Change(far, None))
    assert (await client.get(path, {"if-none-match": etag})).status == 304
    await keep(client, Change(here, None))
    assert (await client.get(path, {"if-none-match": etag})).status == 204


async def test_a_large_tile_comes_packed_to_who_reads_that() -> None:
    client = Client()
    await client.fill()
    plain = await client.get(WORLD)
    packed = await client.get(WORLD, {"accept-encoding": "gzip, br"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(plain.body)
    assert packed.headers["etag"] == plain.headers["etag"]


@needs_reader
async def test_what_is_no_longer_public_is_in_no_tile(client: Client) -> None:
    """A feature whose type changes to one that nobody may see; the ETag and the tile are as if it never was."""
    whole = Client()
    await whole.fill()
    entity = await stored(whole, 3)
    await keep(whole, Change(entity, None))
    without = await whole.get(WORLD)
    await names(client)
    entity = await stored(client, 3)
    hidden = msgspec.structs.replace(
        entity, types=("https://example.org/Hidden",), version=entity.version + 1
    )
    await keep(client, Change(entity, hidden))
    told = await client.get(WORLD)
    assert (told.body, told.headers["etag"]) == (without.body, without.headers["etag"])


@needs_reader
async def test_a_token_opens_what_it_opens_elsewhere(client: Client) -> None:
    """Somebody with a token is shown what they may see, the first of it in the same order."""
    everybody = await names(client)
    assert await names(client, authorization=f"Bearer {KEY}") == everybody


async def test_a_layer_that_takes_long_says_when_to_come_back(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is read, a tile in which all have room is made without it; the others answer 503 with Retry-After."""
    go = asyncio.Event()
    read = ground.read_features

    async def slowly(*asked: Any) -> Placed:
        await go.wait()
        return await read(*asked)

    monkeypatch.setattr(ground, "read_features", slowly)
    monkeypatch.setattr(ground, "WAIT_S", 0.0)
    assert (await client.get(WORLD)).status == 200
    monkeypatch.setattr(press, "FEATURES_MAX", 5)
    answer = await client.get(WORLD)
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    go.set()
    monkeypatch.setattr(ground, "WAIT_S", LONG_S)
    assert (await client.get(WORLD)).status == 200


async def test_a_collection_that_is_too_large_has_no_tiles(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ground, "FEATURES_MAX", 10)
    assert await refused(client, WORLD) == "collectionId"


async def test_more_than_a_token_can_be_shown_is_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(press, "CANDIDATES_MAX", 10)
    answer = await client.get(WORLD, {"authorization": f"Bearer {KEY}"})
    assert (answer.status, json.loads(answer.body)["status"]) == (400, 400)


async def test_tiles_that_had_to_go_are_made_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for no tile at all, each question makes it anew, and it is the same."""
    path = "/collections/Hall/tiles/WebMercatorQuad/1/0/1"
    kept = [await client.get(one) for one in (WORLD, path, WORLD, path)]
    monkeypatch.setattr(press, "KEPT_BYTES_MAX", 0)
    made = [await client.get(one) for one in (WORLD, path, WORLD, path)]
    assert [one.body for one in made] == [one.body for one in kept]
    assert all(one.status == 200 for one in made)
