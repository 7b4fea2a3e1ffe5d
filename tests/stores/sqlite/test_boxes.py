"""Pages and counts of areas, lines and points in a box are those of the store in memory, whichever way the file takes to them."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import msgspec
import pytest

from kaiteki.model.entity import Entity, Instance, Json
from kaiteki.model.language.q import parse_q
from kaiteki.model.query import GeoFilter, Query, TypeAny, TypeIs
from kaiteki.stores.memory import open_memory
from kaiteki.stores.sqlite import open_sqlite, search
from kaiteki.stores.store import Store
from ports.sample import TYPE, SteppingClock, create, entity

PLACE = "https://uri.etsi.org/ngsi-ld/location"
LAMPS = TypeIs(TYPE + "Lamp")
BOTH = TypeAny((LAMPS, TypeIs(TYPE + "Signal")))
WAYS = {
    "sorted": {},
    "sifted": {"BOXES_SORTED_MAX": 0, "SELECTIVE_MAX": 0},
    "walked, then sifted": {"BOXES_SORTED_MAX": 0, "SELECTIVE_MAX": 0, "CROWD_MAX": 1, "WALK_MAX": 3},
}
"""Bounds from which a way is taken."""
STEP = 2**-9
"""Degrees, so that the sums of places and sizes are exact."""
ENTITIES = 160
PER_PAGE = 7


def place_of(chance: Random) -> dict[str, Json]:
    x, y = chance.randint(0, 40) * STEP, chance.randint(0, 40) * STEP
    size = chance.choice((2, 8, 32)) * STEP
    match chance.randrange(4):
        case 0:
            return {"type": "Point", "coordinates": [x, y]}
        case 1:
            return {"type": "LineString", "coordinates": [[x, y], [x + size, y + size]]}
        case 2:
            ring = [[x, y], [x + size, y], [x, y + size], [x, y]]
            return {"type": "Polygon", "coordinates": [ring]}
        case _:
            # a bow tie: its ring crosses itself
            ring = [[x, y], [x + size, y + size], [x + size, y], [x, y + size], [x, y]]
            return {"type": "Polygon", "coordinates": [ring]}


def standing(number: int, chance: Random) -> Entity:
    """A lamp, or a signal that is a point; every sixth has two places, some have none."""
    kind = "Lamp" if number % 4 else "Signal"
    new = entity(f"one:{chance.randrange(10**6):06}", kind, set=chance.choice("ab"), number=number)
    places = [Instance("GeoProperty", place_of(chance))] if number % 11 else []
    if number % 4 == 0:
        places = [Instance("GeoProperty", {"type": "Point", "coordinates": [number * STEP / 4, 16 * STEP]})]
    elif number % 6 == 0:
        places.append(Instance("GeoProperty", place_of(chance), dataset_id="urn:ngsi-ld:other"))
    attributes = {**new.attributes, PLACE: tuple(places)} if places else new.attributes
    return msgspec.structs.replace(new, attributes=attributes)


def asked(chance: Random) -> Query:
    west, south = chance.randint(-2, 40) * STEP, chance.randint(-2, 40) * STEP
    east, north = west + chance.choice((4, 16, 72)) * STEP, south + chance.choice((4, 16, 72)) * STEP
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    if chance.random() < 0.2:
        ring = [[west, south], [east, south], [east, north], [west, south]]
    relation = "within" if chance.random() < 0.2 else "intersects"
    q = chance.choice((None, None, 'set=="a"', 'set=="a","b"', "number>20"))
    return Query(
        types=chance.choice((LAMPS, BOTH)),
        q=parse_q(q, lambda name: TYPE + name) if q else None,
        geo=GeoFilter(relation, {"type": "Polygon", "coordinates": [ring]}, PLACE),
        limit=PER_PAGE,
        offset=chance.choice((0, 0, 2)),
        after_id=chance.choice((None, None, "urn:ngsi-ld:one:500000")),
        backwards=chance.random() < 0.3,
        total=True,
        total_max=chance.choice((None, 3, 1000)),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("boxes")


@pytest.fixture
async def stores(folder: Path) -> AsyncIterator[tuple[Store, Store]]:
    """The file and the store in memory, with the same entities."""
    file, memory, chance = open_sqlite(folder, SteppingClock()), open_memory(SteppingClock()), Random(11)
    standing_there = {one.id: one for one in (standing(number, chance) for number in range(ENTITIES))}
    if await file.events.last() == 0:
        await create(file, *standing_there.values())
    await create(memory, *standing_there.values())
    yield file, memory
    await file.entities.close()


async def page(store: Store, wanted: Query) -> tuple[list[str], bool, int | None]:
    found = await store.entities.find("demo", wanted)
    return [row.id for row in found.rows], found.more, found.total


@pytest.mark.parametrize("way", WAYS)
async def test_a_box_holds_the_same_on_every_way(
    stores: tuple[Store, Store], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, bound in WAYS[way].items():
        monkeypatch.setattr(search, name, bound)
    file, memory = stores
    chance = Random(3)
    for _ in range(40):
        wanted = asked(chance)
        assert await page(file, wanted) == await page(memory, wanted), wanted


async def test_a_crowded_box_is_sifted_in_the_order_of_ids(
    stores: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No place is sorted, and no document is read before it is known that its box overlaps."""
    monkeypatch.setattr(search, "BOXES_SORTED_MAX", 0)
    side = 24 * STEP
    ring = [[0, 0], [side, 0], [side, side], [0, side], [0, 0]]
    geo = GeoFilter("intersects", {"type": "Polygon", "coordinates": [ring]}, PLACE)
    plan = await stores[0].entities.explain("demo", Query(types=LAMPS, geo=geo))
    assert any("INDEX entity_kind (kind=? AND id>?)" in line for line in plan), plan
    assert any("boxed" in line and "PRIMARY KEY (row=? AND name=?)" in line for line in plan), plan
    assert not any("TEMP B-TREE" in line for line in plan), plan
