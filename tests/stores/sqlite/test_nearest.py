"""The nearest of many are found without reading all, and are those that memory finds."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from random import Random

import msgspec
import pytest

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.language.q import parse_q
from kaiteki.model.query import GeoFilter, Order, Query, TypeIs
from kaiteki.model.query import Path as Name
from kaiteki.stores.memory import open_memory
from kaiteki.stores.row import StoredRow
from kaiteki.stores.sqlite import open_sqlite
from ports.sample import TYPE, SteppingClock, create, entity

LAMPS = 1500
PLACE = "place"
CORNERS = ((140.1, 35.6), (140.2, 35.7), (141.5, 36.5), (-70.0, -30.0))


def lamp(number: int, random: Random) -> Entity:
    """A lamp in the town; some share a pole, one in fifty has no place, a few stand far away or on a line."""
    lon, lat = 140.1 + random.randrange(100) / 1000, 35.6 + random.randrange(100) / 1000
    if number % 97 == 0:
        lon, lat = lon + 20, lat - 10
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    if number % 61 == 0:
        geometry = {"type": "LineString", "coordinates": [[lon, lat], [lon + 0.01, lat]]}
    places = {} if number % 50 == 0 else {PLACE: Instance("GeoProperty", geometry)}
    return entity(f"lamp:{number:04}", "Lamp", at=number, state=("on", "off")[number % 9 > 0], **places)


def nearest(point: tuple[float, float], text: str, limit: int, offset: int) -> Query:
    """The lamps nearest to a point."""
    return Query(
        types=TypeIs(TYPE + "Lamp"),
        q=parse_q(text, lambda name: TYPE + name) if text else None,
        order=(Order(Name((TYPE + PLACE,)), distance=True),),
        order_geometry={"type": "Point", "coordinates": list(point)},
        limit=limit,
        offset=offset,
        total=True,
    )


async def test_the_nearest_are_those_of_the_whole_order(tmp_path: Path) -> None:
    stores = (open_memory(SteppingClock()), open_sqlite(tmp_path, SteppingClock()))
    random = Random(11)
    lamps = [lamp(number, random) for number in range(LAMPS)]
    for store in stores:
        await create(store, *lamps)
    for point, text, (limit, offset) in product(
        CORNERS, ("", 'state=="on"'), ((20, 0), (7, 40), (1000, 600))
    ):
        wanted = nearest(point, text, limit, offset)
        pages = [await store.entities.find("demo", wanted) for store in stores]
        assert [row.id for row in pages[0].rows] == [row.id for row in pages[1].rows], wanted
        assert (pages[0].more, pages[0].total) == (pages[1].more, pages[1].total)
    for point, within_m in product(CORNERS, (30.0, 700.0, 3_000.0, 90_000.0)):
        place = {"type": "Point", "coordinates": list(point)}
        bound = GeoFilter("near", place, TYPE + PLACE, max_distance_m=within_m)
        wanted = msgspec.structs.replace(nearest(point, 'state=="on"', 20, 0), geo=bound)
        pages = [await store.entities.find("demo", wanted) for store in stores]
        assert [row.id for row in pages[0].rows] == [row.id for row in pages[1].rows], wanted
        assert (pages[0].more, pages[0].total) == (pages[1].more, pages[1].total)
    for store in stores:
        await store.entities.close()


async def test_a_page_of_the_nearest_sorts_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_sqlite(tmp_path, SteppingClock())
    random = Random(12)
    await create(store, *(lamp(number, random) for number in range(LAMPS)))
    sorted_ids: set[str] = set()
    decode = StoredRow.entity

    def watch(row: StoredRow) -> Entity:
        sorted_ids.add(row.id)
        return decode(row)

    monkeypatch.setattr(StoredRow, "entity", watch)
    found = await store.entities.find("demo", nearest((140.15, 35.65), "", 20, 0))
    await store.entities.close()
    assert {row.id for row in found.rows} < sorted_ids
    assert len(sorted_ids) < LAMPS / 10
