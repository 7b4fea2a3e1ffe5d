"""Geometries and distances: what is refused, and laws against a sphere."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaiteki.model.entity import Json
from kaiteki.model.place import (
    bounds_of,
    check_geometry,
    distance_m,
    is_geometry,
    reach,
    relates,
    satisfies,
    shape_of,
)
from kaiteki.model.problem import Problem
from kaiteki.model.query import GeoFilter

CHIBA_STATION = {"type": "Point", "coordinates": [140.1134, 35.6131]}
KASHIWA_STATION = {"type": "Point", "coordinates": [139.9713, 35.8622]}
RING = [[140, 35], [141, 35], [141, 36], [140, 36], [140, 35]]

points = st.tuples(st.floats(-179, 179), st.floats(-80, 80)).map(
    lambda p: {"type": "Point", "coordinates": list(p)}
)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [140, 35]},
        {"type": "Point", "coordinates": [-180, 90, 3776.2]},
        {"type": "MultiPoint", "coordinates": [[140, 35]]},
        {"type": "LineString", "coordinates": [[140, 35], [141, 35]]},
        {"type": "MultiLineString", "coordinates": [[[140, 35], [141, 35]]]},
        {"type": "Polygon", "coordinates": [RING]},
        {"type": "MultiPolygon", "coordinates": [[RING]]},
        {"type": "GeometryCollection", "geometries": [CHIBA_STATION]},
    ],
)
def test_valid_geometries_pass(geometry: dict[str, Any]) -> None:
    check_geometry(geometry, "location")
    assert len(bounds_of(geometry)) == 4


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        [],
        {"type": "Circle", "coordinates": [1, 2]},
        {"type": "Point"},
        {"type": "Point", "coordinates": []},
        {"type": "Point", "coordinates": [1]},
        {"type": "Point", "coordinates": [1, "2"]},
        {"type": "Point", "coordinates": [True, 2]},
        {"type": "Point", "coordinates": [181, 2]},
        {"type": "Point", "coordinates": [35, 140]},
        {"type": "Point", "coordinates": [[1, 2]]},
        {"type": "LineString", "coordinates": [[1, 2]]},
        {"type": "LineString", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": [RING[:-1]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": []},
        {"type": "GeometryCollection", "geometries": []},
        {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1]}]},
    ],
)
def test_invalid_geometries_are_refused(geometry: Any) -> None:
    with pytest.raises(Problem) as refused:
        check_geometry(geometry, "location")
    assert refused.value.code == "BadRequestData"
    assert (refused.value.field or "").startswith("location")


def test_distances_along_the_ellipsoid() -> None:
    assert distance_m(CHIBA_STATION, KASHIWA_STATION) == pytest.approx(30_486, abs=60)
    polygon = {"type": "Polygon", "coordinates": [RING]}
    assert distance_m(CHIBA_STATION, polygon) == 0
    east = {"type": "Point", "coordinates": [142, 35.5]}
    edge = {"type": "Point", "coordinates": [141, 35.5]}
    assert distance_m(east, polygon) == pytest.approx(distance_m(east, edge), rel=1e-4)


def haversine_m(one: dict[str, Any], other: dict[str, Any]) -> float:
    (x1, y1), (x2, y2) = one["coordinates"], other["coordinates"]
    a = math.sin(math.radians(y2 - y1) / 2) ** 2
    b = math.cos(math.radians(y1)) * math.cos(math.radians(y2)) * math.sin(math.radians(x2 - x1) / 2) ** 2
    return 2 * 6_371_009 * math.asin(min(1.0, math.sqrt(a + b)))


@settings(max_examples=80, deadline=None)
@given(points, points)
def test_distance_is_near_to_that_on_a_sphere_and_symmetric(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    metres = distance_m(one, other)
    assert metres == pytest.approx(haversine_m(one, other), rel=0.006, abs=1)
    assert metres == pytest.approx(distance_m(other, one), abs=1e-3)


@settings(max_examples=80, deadline=None)
@given(points, st.floats(1, 100_000), st.floats(0, 360), st.floats(0, 0.999))
def test_the_box_of_reach_holds_all_that_is_near(
    centre: dict[str, Any], radius_m: float, bearing: float, part: float
) -> None:
    """A point at a distance below the radius satisfies near, and lies in the box."""
    lon, lat = centre["coordinates"]
    away = radius_m * part
    there_lat = lat + away * math.cos(math.radians(bearing)) / 111_700
    there_lon = lon + away * math.sin(math.radians(bearing)) / (111_700 * math.cos(math.radians(lat)) + 1)
    there = {"type": "Point", "coordinates": [max(-180.0, min(180.0, there_lon)), there_lat]}
    near = GeoFilter("near", centre, "location", max_distance_m=radius_m)
    west, south, east, north = reach(centre, radius_m)
    inside = west <= there["coordinates"][0] <= east and south <= there_lat <= north
    assert inside or not satisfies(near, there)


@pytest.mark.parametrize("kind", [[], ["Point"], {}, {"Point": 0}, 0, None, "Circle"])
def test_what_is_no_type_of_a_geometry_is_refused(kind: object) -> None:
    told = {"type": kind, "coordinates": [140.1, 35.6]}
    assert not is_geometry(told)
    with pytest.raises(Problem) as refused:
        check_geometry(told, "location")
    assert (refused.value.code, refused.value.field) == ("BadRequestData", "location")


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=6, max_size=6))
def test_a_look_at_boxes_first_changes_no_answer(corners: list[tuple[int, int]]) -> None:
    """Triangles, lines and points on a small grid, near and far, touching and crossing."""
    points = [[float(x), float(y)] for x, y in corners]
    one, other = points[:3], points[3:]
    drawn: list[dict[str, Json]] = [
        {"type": "Point", "coordinates": one[0]},
        {"type": "MultiPoint", "coordinates": one},
        {"type": "LineString", "coordinates": one},
        {"type": "MultiLineString", "coordinates": [one[:2], other[1:]]},
        {"type": "Polygon", "coordinates": [[*one, one[0]]]},
        {"type": "MultiPolygon", "coordinates": [[[*one, one[0]]]]},
        {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": one[0]}]},
    ]
    reference: dict[str, Json] = {"type": "Polygon", "coordinates": [[*other, other[0]]]}
    for target in drawn:
        shape, whole = shape_of(target), shape_of(reference)
        assert relates("intersects", target, reference) == shape.intersects(whole)
        assert relates("within", target, reference) == shape.within(whole)
        assert relates("disjoint", target, reference) == shape.disjoint(whole)


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=5, max_size=5))
def test_what_has_a_corner_in_a_box_touches_it_as_its_shape_does(corners: list[tuple[int, int]]) -> None:
    """Also rings that cross themselves, lines of one point, and boxes that are a line."""
    points = [[float(x), float(y)] for x, y in corners]
    one, ((a, b), (c, d)) = points[:3], points[3:]
    box: dict[str, Json] = {"type": "Polygon", "coordinates": [[[a, b], [c, b], [c, d], [a, d], [a, b]]]}
    crossed = [one[0], one[2], one[1], [one[2][0], one[0][1]], one[0]]
    drawn: list[dict[str, Json]] = [
        {"type": "LineString", "coordinates": one},
        {"type": "LineString", "coordinates": [one[0], one[0]]},
        {"type": "Polygon", "coordinates": [[*one, one[0]]]},
        {"type": "Polygon", "coordinates": [crossed]},
        {"type": "Polygon", "coordinates": [[one[0]] * 4]},
    ]
    for target in drawn:
        assert relates("intersects", target, box) == shape_of(target).intersects(shape_of(box))
