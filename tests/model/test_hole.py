"""A query with a hole, filled anew, is the query that was meant; what has no hole, or more than one, has none."""

import msgspec
import pytest

from kaiteki.model.hole import Hole, fill, hole_of
from kaiteki.model.query import AllOf, Comparison, Filter, GeoFilter, Path, Query, TypeIs

WATTS = Path(("watts",))


def near(*coordinates: float) -> GeoFilter:
    return GeoFilter("near", {"type": "Point", "coordinates": list(coordinates)}, "location", 900.0)


@pytest.mark.parametrize(
    ("wanted", "hole", "other"),
    [
        (Query(types=TypeIs("Lamp"), q=Comparison(WATTS, "==", 7)), 7, 8.5),
        (Query(q=Comparison(WATTS, "==", 7.5), limit=3), 7.5, 8),
        (Query(geo=near(140.1, 35.6)), (140.1, 35.6), (1.5, -2.5)),
    ],
)
def test_a_query_is_filled_anew(wanted: Query, hole: Hole, other: Hole) -> None:
    assert hole_of(wanted) == hole
    filled = fill(wanted, other)
    assert hole_of(filled) == other and filled != wanted
    assert fill(filled, hole) == wanted


@pytest.mark.parametrize(
    "q", [Comparison(WATTS, "==", True), Comparison(WATTS, "==", "7"), Comparison(WATTS, ">", 7), AllOf(())]
)
def test_what_is_no_number_that_something_equals_is_no_hole(q: Filter) -> None:
    assert hole_of(Query(q=q)) is None


def test_a_query_with_two_holes_or_an_altitude_has_none() -> None:
    both = Query(q=Comparison(WATTS, "==", 7), geo=near(140.1, 35.6))
    line = {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}
    assert hole_of(both) is None
    assert hole_of(Query(geo=near(140.1, 35.6, 7.0))) is None
    assert hole_of(Query(geo=msgspec.structs.replace(near(1, 2), geometry=line))) is None
