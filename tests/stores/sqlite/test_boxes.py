"""Pages and counts of areas, lines and points in a box are those of the store in memory, whichever way the file takes to them."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from kaiteki.model.query import GeoFilter, Query
from kaiteki.stores.memory import open_memory
from kaiteki.stores.sqlite import open_sqlite, search
from kaiteki.stores.store import Store
from ports.sample import SteppingClock, create
from stores.drawn_boxes import LAMPS, PLACE, STEP, asked, page, standing

WAYS = {
    "sorted": {},
    "sifted": {"BOXES_SORTED_MAX": 0, "SELECTIVE_MAX": 0},
    "walked, then sifted": {"BOXES_SORTED_MAX": 0, "SELECTIVE_MAX": 0, "CROWD_MAX": 1, "WALK_MAX": 3},
}
"""Bounds from which a way is taken."""
ENTITIES = 160


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
