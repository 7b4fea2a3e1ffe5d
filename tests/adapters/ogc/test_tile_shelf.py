"""Layers that are kept as files over a start: the tiles are those of a node that has none, whatever happened meanwhile."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest
from ogc_client import HALLS, KEEPER, Client, Hall, Ledger, hall
from random_shapes import geometry

from kaiteki.adapters.ogc.collections import collections_of
from kaiteki.adapters.ogc.tiles import ground, keeping
from kaiteki.adapters.ogc.tiles.grid import Tile, tile_over
from kaiteki.adapters.ogc.tiles.keeping import Shelving, State, pack, state_of, unpack
from kaiteki.adapters.ogc.tiles.layer import Layer, Placed, order_of
from kaiteki.adapters.ogc.tiles.making import shapes_of
from kaiteki.adapters.ogc.tiles.ranking import measure
from kaiteki.kit.views import write
from kaiteki.main.clock import SystemClock
from kaiteki.main.copies.taking import belongs
from kaiteki.main.shelf import LayerShelf
from kaiteki.model.access import NOBODY
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.sqlite.wiping import LAYERS_FOLDER, Wiper, mark_of
from town import MORNING

TILES = (
    "/collections/Hall/tiles/WebMercatorQuad/0/0/0",
    *(
        f"/collections/Hall/tiles/WebMercatorQuad/{one.level}/{one.row}/{one.column}"
        for one in (tile_over(141.03, 35.33, level) for level in (8, 12, 14))
    ),
)
STATE = State(3, 5, 7, 9)


@dataclass
class Reads:
    """How often the features of a collection were all read."""

    count: int = 0
    read: Any = field(default=ground.read_features)

    async def features(self, *asked: Any) -> Placed:
        self.count += 1
        return await self.read(*asked)


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    """A town of which every layer is large enough for a file."""
    monkeypatch.setattr(keeping, "KEPT_MIN", 1)
    one = Client()
    await one.fill()
    return one


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    told = Reads()
    monkeypatch.setattr(ground, "read_features", told.features)
    return told


async def tiles(client: Client) -> list[tuple[int, bytes]]:
    answers = [await client.get(one) for one in TILES]
    return [(one.status, one.body) for one in answers]


async def keep(client: Client, *changes: Change) -> None:
    ids = [entity.id for one in changes if (entity := one.after or one.before) is not None]
    await client.town.store.entities.change("demo", ids, lambda _: Decision(list(changes), None), By())


async def alter(client: Client) -> None:
    """One hall comes, one moves, one is renamed, one goes, one is hidden."""
    ids = [hall(number).id for number in (0, 1, 3, 4)]
    held = await client.town.store.entities.load("demo", ids)
    moves, renamed, goes, hides = (held[one].entity() for one in ids)
    later = Instant(MORNING + 1_000_000)
    far: dict[str, Any] = {"type": "Point", "coordinates": [141.05, 35.31]}
    added = Hall("urn:ngsi-ld:Hall:new", "新しい集会所", location=hall(0).location)
    await keep(
        client,
        Change(None, write(added, None, later)),
        step(moves, write(msgspec.structs.replace(hall(0), location=far), moves, later)),
        step(renamed, write(msgspec.structs.replace(hall(1), name="改名"), renamed, later)),
        Change(goes, None),
        step(hides, msgspec.structs.replace(hides, types=("https://example.org/Hidden",))),
    )


def step(before: Entity, after: Entity) -> Change:
    return Change(before, msgspec.structs.replace(after, version=before.version + 1))


def placed(draw: Random, count: int) -> Placed:
    ids = [f"urn:ngsi-ld:Hall:{n}:{'長' * (n % 5)}" for n in range(count)]
    return Placed(ids, np.zeros(count), measure(ids, shapes_of([geometry(draw, 0.1) for _ in ids])))


@pytest.mark.parametrize("count", [0, 1, 500])
def test_a_layer_out_of_its_file_is_the_layer(count: int) -> None:
    """It chooses the same features for every tile, before and after the same changes; its file can be made again out of it."""
    draw = Random(count)
    told = placed(draw, count)
    order = order_of(told)
    found = unpack(bytearray(b"".join(pack("rules", STATE, order))), "rules")
    assert found is not None
    state, again = found
    assert state == STATE
    assert pack("rules", STATE, again) == pack("rules", STATE, order)
    made, kept = Layer(order), Layer(again)
    looked = [tile_over(140.1 + draw.gauss(0, 0.1), 35.6 + draw.gauss(0, 0.1), n % 16) for n in range(60)]
    for _ in range(2):
        assert [made.choose(tile, 20) for tile in looked] == [kept.choose(tile, 20) for tile in looked]
        moved = placed(draw, count // 3)
        for layer in (made, kept):
            layer.put(moved)
            for gone in told.ids[: count // 4]:
                layer.remove(gone)
    assert count == 0 or kept.choose(Tile(0, 0, 0), 1000)


def test_a_file_that_is_not_whole_is_none() -> None:
    """Cut off anywhere, with another byte anywhere, of other rules, or no such file at all."""
    whole = b"".join(pack("rules", STATE, order_of(placed(Random(3), 40))))
    assert unpack(bytearray(whole), "rules") is not None
    assert unpack(bytearray(whole), "others") is None
    draw = Random(4)
    for at in (0, 1, *draw.sample(range(len(whole)), 50)):
        assert unpack(bytearray(whole[:at]), "rules") is None
    body = whole.index(b"\n") + 1
    for at in draw.sample(range(body, len(whole)), 50):
        changed = bytearray(whole)
        changed[at] ^= 0x40
        assert unpack(changed, "rules") is None
    assert unpack(bytearray(b"{}\n"), "rules") is None


async def test_the_first_tile_after_a_start_reads_no_layer(
    client: Client, reads: Reads, tmp_path: Path
) -> None:
    """Nor when something was written in between: that alone is looked at, as the node does that was not stopped."""
    client.start(LayerShelf(tmp_path))
    stayed = client.app
    before = await tiles(client)
    assert reads.count == 1
    client.start(LayerShelf(tmp_path))
    assert await tiles(client) == before
    await alter(client)
    client.start(LayerShelf(tmp_path))
    after = await tiles(client)
    assert reads.count == 1
    client.app = stayed
    assert await tiles(client) == after != before


async def test_writes_elsewhere_put_no_layer_out_of_date(
    client: Client, reads: Reads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there were; of the type itself more than can be looked at again do."""
    monkeypatch.setattr(ground, "BEHIND_MAX", 3)
    client.start(LayerShelf(tmp_path))
    before = await tiles(client)
    for number in range(9):
        await keep(client, Change(None, write(Ledger(f"urn:ngsi-ld:Ledger:{number}"), None, MORNING)))
    client.start(LayerShelf(tmp_path))
    assert await tiles(client) == before
    assert reads.count == 1
    await alter(client)
    client.start(LayerShelf(tmp_path))
    assert await tiles(client) != before
    assert reads.count == 2


async def test_other_rules_and_other_logs_have_the_layer_made_anew(client: Client, tmp_path: Path) -> None:
    """Other policies; a town that was brought back from a copy and has gone another way since."""
    parts = msgspec.structs.replace(client.parts, shelf=LayerShelf(tmp_path), rules="rules")
    halls = collections_of(client.services)["Hall"]
    state = await state_of(parts.city("demo", NOBODY), halls, parts.events)
    order = order_of(placed(Random(1), 30))
    shelving = Shelving(parts)
    await shelving.put("demo", halls, state, order)
    await alter(client)
    now = await state_of(parts.city("demo", NOBODY), halls, parts.events)
    assert not now.is_as(state)
    for known, behind_max, is_there in (
        (now, 5, True),
        (now, 4, False),
        (state, 0, True),
        (msgspec.structs.replace(now, number=state.number - 1), 5, False),
    ):
        assert (await shelving.find("demo", halls, known, behind_max) is not None) is is_there
    others = Shelving(msgspec.structs.replace(parts, rules="others"))
    assert await others.find("demo", halls, state, 5) is None
    for other in (
        msgspec.structs.replace(state, event_at=state.event_at + 1),
        msgspec.structs.replace(state, number=now.number + 1),
    ):
        await shelving.put("demo", halls, other, order)
        assert await shelving.find("demo", halls, now, 50) is None


async def test_a_layer_that_changed_is_kept_anew(
    client: Client, reads: Reads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that however long a node runs, its files are not left behind."""
    monkeypatch.setattr(ground, "KEPT_AFTER", 1)
    monkeypatch.setattr(ground, "BEHIND_MAX", 1)
    client.start(LayerShelf(tmp_path))
    await tiles(client)
    (file,) = (tmp_path / LAYERS_FOLDER).iterdir()
    first = file.read_bytes()
    for name in ("一", "二", "三"):
        entity = (await client.town.store.entities.load("demo", (hall(0).id,)))[hall(0).id].entity()
        far: dict[str, Any] = {"type": "Point", "coordinates": [141.05 + entity.version / 100, 35.31]}
        told = msgspec.structs.replace(hall(0), name=name, location=far)
        await keep(client, step(entity, write(told, entity, Instant(MORNING + entity.version))))
        await tiles(client)
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
        assert file.read_bytes() != first
        first = file.read_bytes()
    client.start(LayerShelf(tmp_path))
    kept = await tiles(client)
    assert reads.count == 1
    client.start()
    assert await tiles(client) == kept


def test_no_layer_of_data_of_people_is_kept(tmp_path: Path) -> None:
    """Of whoever is erased, nothing may be left in a file beside the city."""
    client = Client()
    shelving = Shelving(msgspec.structs.replace(client.parts, shelf=LayerShelf(tmp_path)))
    held = msgspec.structs.replace(HALLS, holder="name")
    found = collections_of([msgspec.structs.replace(KEEPER, types=(HALLS,))])["Hall"]
    assert shelving.wants(found, keeping.KEPT_MIN)
    assert not shelving.wants(found, keeping.KEPT_MIN - 1)
    assert not shelving.wants(msgspec.structs.replace(found, type=held), keeping.KEPT_MIN)


def test_the_shelf_is_for_the_node_alone_and_in_no_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = LayerShelf(tmp_path)
    assert shelf.get("one") is None
    shelf.put("one", [b"a" * 10, b"b"])
    assert shelf.get("one") == bytearray(b"aaaaaaaaaab")
    file = tmp_path / LAYERS_FOLDER / "one"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert not belongs(f"{LAYERS_FOLDER}/one")
    monkeypatch.setattr("kaiteki.main.shelf.SHELF_BYTES_MAX", 25)
    os.utime(file, ns=(1, 1))
    for name in ("two", "three"):
        shelf.put(name, [b"c" * 11])
        os.utime(tmp_path / LAYERS_FOLDER / name, ns=(2, 2))
    shelf.remove("none")
    assert [shelf.get(name) for name in ("one", "two", "three")] == [
        None,
        bytearray(11 * b"c"),
        bytearray(11 * b"c"),
    ]


async def test_an_erasure_takes_the_files_along(client: Client, tmp_path: Path) -> None:
    """Those that are there, with the slack of the database, and one that is written when something was deleted behind what it was made of."""
    halls = collections_of(client.services)["Hall"]
    parts = msgspec.structs.replace(client.parts, shelf=LayerShelf(tmp_path))
    state = await state_of(parts.city("demo", NOBODY), halls, parts.events)
    order = order_of(placed(Random(1), 30))
    await Shelving(parts).put("demo", halls, state, order)
    assert list((tmp_path / LAYERS_FOLDER).iterdir())
    file = tmp_path / "kaiteki.sqlite"
    await open_sqlite(tmp_path, SystemClock()).entities.close()
    wiper = Wiper(file, at_work=True)
    wiper.owe()
    await wiper.close()
    assert not (tmp_path / LAYERS_FOLDER).exists()
    assert not mark_of(file).exists()
    await alter(client)
    await Shelving(parts).put("demo", halls, state, order)
    assert not list((tmp_path / LAYERS_FOLDER).iterdir())


def test_a_disk_that_takes_nothing_is_told_and_costs_no_tile(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / LAYERS_FOLDER).write_bytes(b"")
    shelf = LayerShelf(tmp_path)
    shelf.put("one", [b"a"])
    assert shelf.get("one") is None
    assert "a layer cannot be kept" in capsys.readouterr().out
