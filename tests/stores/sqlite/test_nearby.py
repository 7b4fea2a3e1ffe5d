"""Quick pages of what is near hold what the long way finds, where points are few and where they are many."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import msgspec
import pytest

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.query import GeoFilter, Query, TypeAny, TypeIs
from kaiteki.ports.entities import Row
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.sqlite.nearby import FEW_MAX
from kaiteki.stores.store import Store
from ports.sample import TYPE, SteppingClock, create, entity

PLACE = "https://uri.etsi.org/ngsi-ld/location"
BOTH = TypeAny((TypeIs(TYPE + "Lamp"), TypeIs(TYPE + "Signal")))
CROWD, FEW = (140.12, 35.6), (140.3, 35.7)
"""Hundreds of points within a kilometre of the one, a handful around the other."""


def standing(number: int, chance: Random) -> Entity:
    """A lamp or signal, near the crowd or not; every seventh has two places."""
    lon, lat = CROWD if number % 10 else FEW
    points = [[lon + chance.gauss(0, 0.01), lat + chance.gauss(0, 0.01)] for _ in range(2)]
    places = [Instance("GeoProperty", {"type": "Point", "coordinates": points[0]})]
    if number % 7 == 0:
        other = {"type": "Point", "coordinates": points[1]}
        places.append(Instance("GeoProperty", other, dataset_id="urn:ngsi-ld:other"))
    new = entity(f"lamp:{chance.randrange(10**6):06}", "Lamp" if number % 3 else "Signal", at=number)
    return msgspec.structs.replace(new, attributes={PLACE: tuple(places)})


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened, chance = open_sqlite(tmp_path, SteppingClock()), Random(5)
    lamps = {new.id: new for new in (standing(number, chance) for number in range(900))}
    await create(opened, *lamps.values())
    yield opened
    await opened.entities.close()


async def ids_found(store: Store, wanted: Query) -> tuple[list[str], bool]:
    found = await store.entities.find("demo", wanted)
    return [row.id for row in found.rows], found.more


def ids_glanced(store: Store, wanted: Query) -> tuple[list[str], bool] | None:
    """None where the time for a glance was over."""
    window = store.glances.window("demo", wanted)
    glanced = window.look({}) if window is not None else None
    if glanced is None:
        return None
    rows: list[Row] = [part for part in glanced.parts if not isinstance(part, bytes)]
    return [row.id for row in rows], glanced.more


@pytest.mark.parametrize("centre", [CROWD, FEW])
async def test_a_quick_page_holds_what_the_long_way_finds(store: Store, centre: tuple[float, float]) -> None:
    chance, answered = Random(6), 0
    for number in range(120):
        here = [centre[0] + chance.gauss(0, 0.008), centre[1] + chance.gauss(0, 0.008)]
        geo = GeoFilter(
            "near", {"type": "Point", "coordinates": here}, PLACE, chance.choice([90.0, 800.0, 1500.0])
        )
        wanted = Query(
            types=BOTH if number % 2 else TypeIs(TYPE + "Lamp"), geo=geo, limit=chance.choice([1, 5, 20])
        )
        if number % 5 == 0:
            wanted = msgspec.structs.replace(wanted, after_id="urn:ngsi-ld:lamp:500000")
        glanced = ids_glanced(store, wanted)
        answered += glanced is not None
        assert glanced in (None, await ids_found(store, wanted)), wanted
    assert answered > 20


async def test_both_ways_of_looking_are_tried(store: Store) -> None:
    geo = GeoFilter("near", {"type": "Point", "coordinates": list(CROWD)}, PLACE, 2000.0)
    found = await store.entities.find("demo", Query(types=BOTH, geo=geo, limit=1000))
    assert len(found.rows) > FEW_MAX
    geo = msgspec.structs.replace(geo, geometry={"type": "Point", "coordinates": list(FEW)})
    found = await store.entities.find("demo", Query(types=BOTH, geo=geo, limit=1000))
    assert 20 < len(found.rows) < FEW_MAX
