"""Spatial ids: laws of voxels and ids, and the examples that the library of the project itself is tested with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.model.problem import Problem
from kaiteki.model.spatial_id import (
    LATITUDE_MAX,
    ZOOM_MAX,
    SpatialId,
    read_spatial_id,
    spatial_id_at,
    spatial_ids_over,
)

lons = st.floats(-180, 180, exclude_max=True)
lats = st.floats(-85.05, 85.05)
zooms = st.integers(0, ZOOM_MAX)
heights = st.floats(-(2.0**25), 2.0**25, exclude_max=True)


@st.composite
def voxels(draw: st.DrawFn) -> SpatialId:
    z = draw(zooms)
    size = 1 << z
    place = st.integers(0, size - 1)
    return SpatialId(z, draw(st.none() | st.integers(-size, size - 1)), draw(place), draw(place))


def holds(voxel: SpatialId, lon: float, lat: float, height: float) -> bool:
    west, south, east, north = voxel.box
    low, high = voxel.heights or (-1e9, 1e9)
    return west <= lon < east and south < lat <= north and low <= height < high


@given(lons, lats, heights, zooms)
def test_a_point_lies_in_its_voxel_and_in_none_around_it(
    lon: float, lat: float, height: float, z: int
) -> None:
    voxel = spatial_id_at(lon, lat, z, height)
    assert holds(voxel, lon, lat, height)
    assert not any(holds(one, lon, lat, height) for one in voxel.neighbours())


@given(voxels())
def test_an_id_comes_back_as_its_voxel(voxel: SpatialId) -> None:
    assert read_spatial_id(voxel.code) == read_spatial_id("/" + voxel.code) == voxel
    low = voxel.heights[0] if voxel.heights is not None else 0.0
    west, south, east, north = voxel.inside
    for lon, lat in (voxel.centre, (west, north), (east, south)):
        found = spatial_id_at(lon, max(min(lat, LATITUDE_MAX), -LATITUDE_MAX), voxel.z, low)
        assert (found.x, found.y) == (voxel.x, voxel.y)
        assert voxel.f is None or found.f == voxel.f


@given(voxels())
def test_children_tile_their_parent(voxel: SpatialId) -> None:
    children = voxel.children()
    if not children:
        assert voxel.z == ZOOM_MAX
        return
    assert len(set(children)) == len(children) == (4 if voxel.f is None else 8)
    west, south, east, north = voxel.box
    boxes = [one.box for one in children]
    assert {b[0] for b in boxes} | {b[2] for b in boxes} == {west, east, voxel.centre[0]}
    assert {b[1] for b in boxes} | {b[3] for b in boxes} == {south, north, voxel.centre[1]}
    assert all(one.parent() == voxel for one in children)
    if voxel.heights is not None:
        lows = {one.heights for one in children if one.heights is not None}
        low, high = voxel.heights
        assert lows == {(low, (low + high) / 2), ((low + high) / 2, high)}


@given(voxels())
def test_neighbours_are_each_others(voxel: SpatialId) -> None:
    around = voxel.neighbours()
    assert voxel not in around
    assert len(around) <= (8 if voxel.f is None else 26)
    assert all(voxel in one.neighbours() for one in around)


def test_known_ids() -> None:
    """Examples of tests/index.test.ts and zfxy.test.ts in github.com/spatial-id/javascript-sdk (values alone)."""
    assert spatial_id_at(0, 0, 25, 10).code == "25/10/16777216/16777216"
    assert spatial_id_at(139.7437134824338, 35.72044997095608, 25, 15.2).code == "25/15/29802274/13208496"
    assert read_spatial_id("/22/6/3725284/1651062").box == pytest.approx(
        (139.74369049072266, 35.7203850965781, 139.74377632141113, 35.720454780411565), abs=1e-12
    )
    assert read_spatial_id("/22/6/3725284/1651062").heights == (48, 56)
    assert read_spatial_id("1/0/0/0").box == pytest.approx((-180, 0, 0, 85.0511287798066))
    assert read_spatial_id("1/0/0/0").centre == pytest.approx((-90, 66.51326044311186))
    child = read_spatial_id("25/0/29803304/13212456")
    assert child.parent() == SpatialId(24, 0, 14901652, 6606228)
    assert child.within(14) == SpatialId(14, 0, 14552, 6451)
    assert spatial_id_at(0, 0, 25, -0.5).f == -1
    assert len(read_spatial_id("10/0/0/0").neighbours()) == 17


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "18",
        "18/0",
        "x/0/0/0",
        "18/0/262144/0",
        "18/262144/0/0",
        "31/0/0/0",
        "3/-9/0/0",
        "3/0/-1/0",
        "３/0/0/0",
    ],
)
def test_what_is_no_id_is_refused(wrong: str) -> None:
    with pytest.raises(Problem) as refused:
        read_spatial_id(wrong, "zfxy")
    assert (refused.value.code, refused.value.field) == ("BadRequestData", "zfxy")


def test_tiles_over_a_box() -> None:
    assert [one.code for one in spatial_ids_over((-180, -85.06, 180, 85.06), 1, 4)] == [
        "1/0/0",
        "1/1/0",
        "1/0/1",
        "1/1/1",
    ]
    with pytest.raises(Problem, match="at most 3"):
        spatial_ids_over((-180, -85, 180, 85), 1, 3)
