"""Pages and counts of areas, lines and points in a box are those of the store in memory, also where the index of the database knows less than the numbers."""

from collections.abc import AsyncIterator
from math import inf, nextafter
from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.model.entity import Entity, Instance, Json
from kaiteki.model.query import GeoFilter, Query
from kaiteki.stores.memory import open_memory
from kaiteki.stores.postgres import search
from kaiteki.stores.postgres.opening import open_postgres
from kaiteki.stores.postgres.places import least_single
from kaiteki.stores.store import Store
from ports.sample import SteppingClock, create, entity
from postgres_server import emptied, running_server
from stores.drawn_boxes import BOTH, PLACE, asked, page, standing

ENTITIES = 160


@pytest.fixture
async def postgres() -> AsyncIterator[Store]:
    """A store over an empty database."""
    store = await open_postgres(await emptied(running_server()), SteppingClock())
    yield store
    await store.entities.close()


async def beside(store: Store, *entities: Entity) -> Store:
    """The store in memory with the same entities as the other one, which was empty."""
    memory = open_memory(SteppingClock())
    for one in (store, memory):
        await create(one, *entities)
    return memory


async def test_a_box_holds_the_same_on_every_way(postgres: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few entries or many; also where more entries than entities are counted."""
    chance = Random(11)
    drawn = {one.id: one for one in (standing(number, chance) for number in range(ENTITIES))}
    memory = await beside(postgres, *drawn.values())
    for selective_max, entries_each in ((1000, 4), (0, 4), (0, 1)):
        monkeypatch.setattr(search, "SELECTIVE_MAX", selective_max)
        monkeypatch.setattr(search, "ENTRIES_EACH", entries_each)
        chance = Random(3)
        for _ in range(25):
            wanted = asked(chance)
            assert await page(postgres, wanted) == await page(memory, wanted), wanted


def ring(west: float, south: float, east: float, north: float) -> dict[str, Json]:
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


async def test_an_edge_is_as_sharp_as_the_numbers(postgres: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index knows places to a metre or two; what ends a hair before a box or in it is told apart, whatever has room in between."""
    monkeypatch.setattr(search, "SELECTIVE_MAX", 0)
    chance = Random(5)
    drawn: list[tuple[float, float, float]] = []
    for _ in range(40):
        x, y = 140.1 + chance.random() / 50, 35.6 + chance.random() / 50
        drawn.append((x, y, chance.choice((1e-7, 1e-5, 1e-3))))
    places = [ring(x, y, x + size, y + size) for x, y, size in drawn]
    places += [{"type": "Point", "coordinates": [x, y]} for x, y, _ in drawn]
    memory = await beside(postgres, *(lamp(number, place) for number, place in enumerate(places)))
    for x, y, size in drawn:
        for towards in (-inf, x + size, inf):
            # from the end of a place on, and from the numbers beside it
            corner = ring(nextafter(x + size, towards), y - 0.001, x + size + 0.002, y + 0.001)
            wanted = Query(types=BOTH, geo=GeoFilter("intersects", corner, PLACE), total=True, limit=5)
            assert await page(postgres, wanted) == await page(memory, wanted), wanted


def lamp(number: int, place: dict[str, Json]) -> Entity:
    one = entity(f"edge:{number:03}", "Lamp")
    return msgspec.structs.replace(
        one, attributes={**one.attributes, PLACE: (Instance("GeoProperty", place),)}
    )


@given(st.floats(-180, 180) | st.sampled_from([0.0, -0.0, 0.5, -0.5, 140.1, -140.1, 5e-324, -5e-324]))
def test_degrees_are_rounded_up_to_single_precision(degrees: float) -> None:
    """To the next number that the index can hold: what it says is not below is not below."""
    found = least_single(degrees)
    assert float(np.float32(found)) == found >= degrees
    assert float(np.nextafter(np.float32(found), np.float32(-inf))) < degrees
