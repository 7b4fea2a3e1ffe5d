"""Quick pages of what is near hold what the long way finds, where points are few and where they are many."""

import asyncio
import math
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from random import Random

import msgspec
import pytest
from pyproj import Geod

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.query import GeoFilter, Query, TypeAny, TypeIs
from kaiteki.ports.entities import By, Change, Decision, Row
from kaiteki.stores.disc import metres_of_degrees, near_margin
from kaiteki.stores.sqlite import cells, open_sqlite
from kaiteki.stores.sqlite.driver import connect
from kaiteki.stores.sqlite.nearby import FEW_MAX
from kaiteki.stores.sqlite.schema import TABLES
from kaiteki.stores.sqlite.stamps import UNSEEN_MAX_S
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


async def test_what_comes_moves_and_goes_is_found_where_it_is(store: Store, tmp_path: Path) -> None:
    """Points are remembered; each change, by whichever process, makes one page of six wrong that were looked at before."""
    there, chance, seen = open_sqlite(tmp_path, SteppingClock()), Random(8), 0
    centres = [[FEW[0] + chance.gauss(0, 0.01), FEW[1] + chance.gauss(0, 0.01)] for _ in range(6)]
    geos = [GeoFilter("near", {"type": "Point", "coordinates": here}, PLACE, 900.0) for here in centres]
    first = store.glances.window("demo", Query(types=BOTH, geo=geos[0], limit=20))
    assert first is not None
    for number in range(40):
        here = chance.choice(centres)
        place = (Instance("GeoProperty", {"type": "Point", "coordinates": here}),)
        new = entity(f"lamp:new{number % 8}", chance.choice(["Lamp", "Signal"]), at=1000 + number)
        new = msgspec.structs.replace(new, attributes={PLACE: place})
        await put_whole(there if number % 2 else store, new, goes=number % 5 == 4)
        await asyncio.sleep(2 * UNSEEN_MAX_S)
        for geo, centre in zip(geos, centres, strict=True):
            glanced = first.filled((centre[0], centre[1])).look({})
            rows = [part for part in glanced.parts if not isinstance(part, bytes)] if glanced else []
            seen += glanced is not None
            told = await ids_found(store, Query(types=BOTH, geo=geo, limit=20))
            assert glanced is None or ([row.id for row in rows], glanced.more) == told
    await there.entities.close()
    assert seen > 200


async def put_whole(store: Store, new: Entity, goes: bool) -> None:
    """Make an entity, put it in place of the one with its id, or remove that."""

    def decide(found: Mapping[str, Entity]) -> Decision[None]:
        before = found.get(new.id)
        version = before.version + 1 if before is not None else 1
        after = None if goes and before is not None else msgspec.structs.replace(new, version=version)
        return Decision([Change(before, after)], None)

    await store.entities.change("demo", [new.id], decide, By())


def test_no_more_points_are_remembered_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "POINTS_MAX", 50)
    memory, connection = cells.Cells(), connect(Path(":memory:"))
    connection.execute(TABLES)
    rows = [(1, 2, number // 10, f"id:{number}", number, 140.0, 35.0) for number in range(100)]
    connection.executemany("INSERT INTO cell VALUES(?,?,?,?,?,?,?)", rows)
    for cell in range(10):
        memory.take(connection, [1], 2, [cell])
        found = memory.points([1], 2, [cell])
        assert found is not None and len(found) == 10
    held = [cell for cell in range(10) if memory.points([1], 2, [cell]) is not None]
    assert 0 < len(held) <= 5
    connection.close()


def test_a_crowded_cell_is_left_in_the_file() -> None:
    memory, connection = cells.Cells(), connect(Path(":memory:"))
    connection.execute(TABLES)
    rows = [(1, 2, 3, f"id:{number}", number, 140.0, 35.0) for number in range(cells.CELL_POINTS_MAX + 1)]
    connection.executemany("INSERT INTO cell VALUES(?,?,?,?,?,?,?)", rows)
    memory.take(connection, [1], 2, [3])
    assert memory.points([1], 2, [3]) is None
    memory.heed(("modified", "id:1", 1, [2], 5))
    connection.execute("DELETE FROM cell WHERE id<>'id:1'")
    memory.take(connection, [1], 2, [3])
    assert memory.points([1], 2, [3]) == [("id:1", 140.0, 35.0)]
    connection.close()


@pytest.mark.parametrize("latitude", [0.0, 35.6, -60.0, 69.9])
@pytest.mark.parametrize("distance_m", [50.0, 1000.0, 10_000.0])
def test_the_estimate_of_a_distance_errs_by_less_than_half_of_its_margin(
    latitude: float, distance_m: float
) -> None:
    along, across = metres_of_degrees(latitude)
    margin, earth = near_margin(latitude, distance_m), Geod(ellps="WGS84")
    for bearing in range(0, 360, 5):
        lon, lat, _ = earth.fwd(140.0, latitude, bearing, distance_m)
        estimate = math.hypot((lat - latitude) * along, (lon - 140.0) * across)
        assert abs(estimate / distance_m - 1) < margin / 2


async def test_both_ways_of_looking_are_tried(store: Store) -> None:
    geo = GeoFilter("near", {"type": "Point", "coordinates": list(CROWD)}, PLACE, 2000.0)
    found = await store.entities.find("demo", Query(types=BOTH, geo=geo, limit=1000))
    assert len(found.rows) > FEW_MAX
    geo = msgspec.structs.replace(geo, geometry={"type": "Point", "coordinates": list(FEW)})
    found = await store.entities.find("demo", Query(types=BOTH, geo=geo, limit=1000))
    assert 20 < len(found.rows) < FEW_MAX
