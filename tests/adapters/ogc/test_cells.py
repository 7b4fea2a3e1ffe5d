"""Grid squares and spatial ids in questions to features: what they find, what each cell holds, what is refused."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec
import pytest
from ogc_client import COUNT, ITEMS, Client, hall, refused

from kaiteki.kit.views import write
from kaiteki.model.mesh import Mesh, mesh_at, read_mesh
from kaiteki.model.spatial_id import SpatialId, read_spatial_id, spatial_id_at
from kaiteki.ports.entities import By, Change, Decision
from town import MORNING

CELLS = "/collections/Hall/cells"
WIDE = "140.9,35.2,141.3,35.6"
"""A box around all halls (that of the area holds some of them)."""
LOCATED = {n: (141.0 + n / 100, 35.3 + n / 100) for n in range(COUNT) if n % 3 != 2}


@pytest.fixture
async def client() -> Client:
    one = Client()
    await one.fill()
    return one


async def keep(client: Client, number: int, place: dict[str, Any]) -> None:
    """Keep one more hall somewhere."""
    made = write(msgspec.structs.replace(hall(number), location=place), None, MORNING)
    change = [Change(None, made)]
    await client.town.store.entities.change("demo", [made.id], lambda _: Decision(change, None), By())


async def test_a_grid_square_finds_what_lies_in_it(client: Client) -> None:
    for level in ("1", "2", "5km", "2km", "3", "4"):
        for lon, lat in list(LOCATED.values())[:4]:
            cell = mesh_at(lon, lat, level)
            expected = [n for n, place in LOCATED.items() if mesh_at(*place, level) == cell]
            assert await client.ids(mesh=cell.code) == expected


async def test_a_spatial_id_finds_what_lies_in_it(client: Client) -> None:
    for z in (8, 12, 15, 22):
        for lon, lat in list(LOCATED.values())[:4]:
            voxel = spatial_id_at(lon, lat, z)
            expected = [n for n, place in LOCATED.items() if spatial_id_at(*place, z) == voxel]
            assert await client.ids(zfxy=voxel.code) == expected
            ground = SpatialId(z, None, voxel.x, voxel.y)
            assert await client.ids(zfxy=ground.code) == expected
            above = SpatialId(z, 1, voxel.x, voxel.y)
            assert await client.ids(zfxy=above.code) == []


async def test_the_floor_is_that_of_the_height(client: Client) -> None:
    lon, lat = 141.5, 35.9
    await keep(client, 100, {"type": "Point", "coordinates": [lon, lat, 40.0]})
    await keep(
        client, 101, {"type": "LineString", "coordinates": [[lon, lat, -5.0], [lon + 1e-5, lat, 10.0]]}
    )
    await keep(client, 102, {"type": "Point", "coordinates": [lon, lat]})
    ground = spatial_id_at(lon, lat, 20)
    floors = {f: await client.ids(zfxy=f"20/{f}/{ground.x}/{ground.y}") for f in (-2, -1, 0, 1, 2)}
    assert floors == {-2: [], -1: [101], 0: [101, 102], 1: [100], 2: []}
    assert await client.ids(zfxy=f"20/{ground.x}/{ground.y}") == [100, 101, 102]
    assert await client.ids(zfxy=f"20/0/{ground.x}/{ground.y}", filter="floors >= 1", name="集会所102") == [
        102
    ]


async def test_cells_and_boxes_hold_together(client: Client) -> None:
    lon, lat = LOCATED[4]
    code = mesh_at(lon, lat, "2").code
    box = f"{lon - 0.005},{lat - 0.005},{lon + 0.015},{lat + 0.015}"
    both = await client.ids(mesh=code, bbox=box)
    assert both == [n for n in await client.ids(bbox=box) if n in await client.ids(mesh=code)]
    assert await client.ids(mesh=code, zfxy=spatial_id_at(lon, lat, 17).code) == [4]
    assert await client.ids(mesh="5133", bbox=box) == []


async def test_a_point_on_an_edge_lies_in_one_cell(client: Client) -> None:
    west, south, _, _ = mesh_at(*LOCATED[3], "3").box
    await keep(client, 100, {"type": "Point", "coordinates": [west, south]})
    told = await client.told(CELLS, mesh="3", bbox=WIDE)
    assert sum(one["properties"]["count"] for one in told["features"]) == len(LOCATED) + 1
    holding = [one["id"] for one in told["features"] if 100 in await client.ids(mesh=one["id"])]
    assert holding == [mesh_at(west, south, "3").code]


@pytest.mark.parametrize(
    ("name", "size"), [("mesh", "1"), ("mesh", "2km"), ("mesh", "3"), ("zfxy", "9"), ("zfxy", "14")]
)
async def test_the_number_of_a_cell_is_that_of_its_features(client: Client, name: str, size: str) -> None:
    told = await client.told(CELLS, bbox=WIDE, **{name: size})
    counts = {one["properties"][name]: one["properties"]["count"] for one in told["features"]}
    assert sum(counts.values()) == len(LOCATED)
    assert told["numberReturned"] == len(counts)
    for code, number in counts.items():
        page = await client.told(ITEMS, limit="1000", **{name: code})
        assert page["numberReturned"] == number > 0
    for one in told["features"]:
        cell: Mesh | SpatialId = read_mesh(one["id"]) if name == "mesh" else read_spatial_id(one["id"])
        ring = one["geometry"]["coordinates"][0]
        assert (*ring[0], *ring[2]) == pytest.approx(cell.box)


async def test_a_condition_narrows_the_counts(client: Client) -> None:
    told = await client.told(CELLS, mesh="2", filter="floors = 2", bbox=WIDE)
    counts = {one["id"]: one["properties"]["count"] for one in told["features"]}
    for code, number in counts.items():
        assert len(await client.ids(mesh=code, filter="floors = 2")) == number
    assert sum(counts.values()) == sum(1 for n in LOCATED if n % 4 + 1 == 2)
    small = f"{LOCATED[3][0] - 0.001},{LOCATED[3][1] - 0.001},{LOCATED[3][0]},{LOCATED[3][1]}"
    near = await client.told(CELLS, mesh="3", bbox=small)
    assert mesh_at(*LOCATED[3], "3").code in [one["id"] for one in near["features"]]


async def test_counts_come_as_a_table_and_as_a_page(client: Client) -> None:
    answer = await client.get(CELLS, mesh="3", f="csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    told = await client.told(CELLS, mesh="3")
    assert [(row["mesh"], int(row["count"])) for row in rows] == [
        (one["id"], one["properties"]["count"]) for one in told["features"]
    ]
    page = await client.get(CELLS, mesh="3", f="html", lang="en")
    assert page.headers["content-type"].startswith("text/html")
    assert all(row["mesh"] in page.body.decode() for row in rows)


async def test_what_nobody_may_see_is_not_counted(client: Client) -> None:
    assert await refused(client, CELLS, mesh="3", filter="rent > 1") == "filter"
    assert await refused(client, CELLS, mesh="3", rent="1000") == "rent"
    assert await refused(client, "/collections/Ledger/cells", 404, mesh="3") == "collectionId"


@pytest.mark.parametrize(
    ("path", "asked", "field"),
    [
        (ITEMS, {"mesh": "53"}, "mesh"),
        (ITEMS, {"mesh": "ABCD"}, "mesh"),
        (ITEMS, {"zfxy": "31/0/0/0"}, "zfxy"),
        (ITEMS, {"zfxy": "3/0/9/0"}, "zfxy"),
        (CELLS, {}, "mesh"),
        (CELLS, {"mesh": "3", "zfxy": "12"}, "mesh"),
        (CELLS, {"mesh": "7"}, "mesh"),
        (CELLS, {"zfxy": "31"}, "zfxy"),
        (CELLS, {"zfxy": "x"}, "zfxy"),
        (CELLS, {"mesh": "6", "bbox": "139,35,142,37"}, "mesh"),
        (CELLS, {"zfxy": "24"}, "zfxy"),
        (CELLS, {"mesh": "3", "bbox": "179,35,-179,36"}, "bbox"),
        (CELLS, {"mesh": "3", "crs": "x"}, "crs"),
        (ITEMS, {"f": "csv"}, "f"),
    ],
)
async def test_what_cannot_be_answered_is_refused_by_its_name(
    client: Client, path: str, asked: dict[str, str], field: str
) -> None:
    assert await refused(client, path, **asked) == field
