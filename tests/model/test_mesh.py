"""Grid squares: laws of cells and codes, and the same codes and corners as the package jismesh."""

from __future__ import annotations

import jismesh.utils as jismesh
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.model.mesh import COLUMNS, LEVELS, ROWS, Mesh, mesh_at, meshes_over, read_mesh
from kaiteki.model.problem import Problem

JUDGED = {"1": 1, "2": 2, "5km": 5000, "2km": 2000, "3": 3, "4": 4, "5": 5, "6": 6}
levels = st.sampled_from(sorted(LEVELS))
lons = st.floats(100, 180, exclude_max=True)
lats = st.floats(0, 200 / 3, exclude_max=True).filter(lambda lat: lat < ROWS / 960)


@st.composite
def cells(draw: st.DrawFn) -> Mesh:
    side = LEVELS[name := draw(levels)].side
    return Mesh(name, draw(st.integers(0, ROWS // side - 1)), draw(st.integers(0, COLUMNS // side - 1)))


def holds(cell: Mesh, lon: float, lat: float) -> bool:
    west, south, east, north = cell.box
    return west <= lon < east and south <= lat < north


@given(lons, lats, levels)
def test_a_point_lies_in_its_cell_and_in_no_cell_around_it(lon: float, lat: float, level: str) -> None:
    cell = mesh_at(lon, lat, level)
    assert holds(cell, lon, lat)
    assert not any(holds(one, lon, lat) for one in cell.neighbours())


@given(cells())
def test_a_code_comes_back_as_its_cell(cell: Mesh) -> None:
    assert read_mesh(cell.code) == cell
    assert len(cell.code) == LEVELS[cell.level].digits
    assert mesh_at(*cell.centre, cell.level) == cell
    west, south, east, north = cell.inside
    assert mesh_at(west, south, cell.level) == mesh_at(east, north, cell.level) == cell


@given(cells())
def test_neighbours_share_their_edges_and_a_cell_is_a_neighbour_of_its_neighbours(cell: Mesh) -> None:
    west, south, east, north = cell.box
    for one in cell.neighbours():
        assert cell in one.neighbours()
        left, low, right, high = one.box
        assert left in (west, east) or right in (west, east)
        assert low in (south, north) or high in (south, north)


@given(cells())
def test_children_tile_their_parent(cell: Mesh) -> None:
    children = cell.children()
    if not children:
        assert cell.level == "6"
        return
    assert len({one.code for one in children}) == len(children)
    boxes = [one.box for one in children]
    west, south, east, north = cell.box
    assert (min(b[0] for b in boxes), min(b[1] for b in boxes)) == (west, south)
    assert (max(b[2] for b in boxes), max(b[3] for b in boxes)) == (east, north)
    assert sum((b[2] - b[0]) * (b[3] - b[1]) for b in boxes) == pytest.approx((east - west) * (north - south))
    assert all(one.within(cell.level) == cell for one in children)
    assert meshes_over(cell.inside, children[0].level, 100) == list(children)


@given(cells())
def test_a_parent_holds_its_cell(cell: Mesh) -> None:
    parent = cell.parent()
    if parent is None:
        assert cell.level == "1"
        return
    west, south, east, north = cell.box
    left, low, right, high = parent.box
    assert left <= west < east <= right
    assert low <= south < north <= high


@given(st.floats(122, 154), st.floats(20, 46), levels)
def test_codes_and_corners_are_those_of_jismesh(lon: float, lat: float, level: str) -> None:
    cell = mesh_at(lon, lat, level)
    west, south, east, north = cell.box
    # (jismesh subtracts the edges of larger squares one after another, so it may round over an edge)
    if min(lon - west, east - lon, lat - south, north - lat) > 1e-9:
        assert str(jismesh.to_meshcode(lat, lon, JUDGED[level])) == cell.code
    assert jismesh.to_meshpoint(int(cell.code), 0, 0) == pytest.approx((south, west), abs=1e-9)
    assert jismesh.to_meshpoint(int(cell.code), 1, 1) == pytest.approx((north, east), abs=1e-9)


def test_known_squares() -> None:
    """Tokyo Station and the squares around it, as the statistics of the state name them."""
    codes = {level: mesh_at(139.767125, 35.681236, level).code for level in LEVELS}
    assert codes == {
        "1": "5339",
        "2": "533946",
        "5km": "5339461",
        "2km": "533946005",
        "3": "53394611",
        "4": "533946113",
        "5": "5339461132",
        "6": "53394611323",
    }
    assert read_mesh("5339-46-11-3").code == "533946113"


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "53",
        "533",
        "53394",
        "5339468",
        "533988",
        "533946119",
        "533946115",
        "53394611555",
        "5380",
        "５３３９",
        "5339461132 ",
    ],
)
def test_what_is_no_code_is_refused(wrong: str) -> None:
    with pytest.raises(Problem) as refused:
        read_mesh(wrong, "mesh")
    assert (refused.value.code, refused.value.field) == ("BadRequestData", "mesh")


def test_too_many_cells_are_refused() -> None:
    with pytest.raises(Problem, match="at most 10"):
        meshes_over((139.0, 35.0, 140.0, 36.0), "3", 10)
    assert meshes_over((139.0, 35.0, 140.0, 36.0), "1", 10)
