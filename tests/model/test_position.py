"""A position is read in the order that is asked for, and the other way round where only that can be meant."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.model.position import Position, read_position

LATITUDES, LONGITUDES = st.integers(-90, 90), st.integers(-180, 180)


@given(LATITUDES, LONGITUDES, st.sampled_from([",", " ", "，", "、", " , "]))
def test_every_place_is_read_as_it_was_written(lat: int, lon: int, between: str) -> None:
    told = Position((float(lon), float(lat)))
    assert read_position(f"{lat}{between}{lon}", latitude_first=True) == told
    assert read_position(f"{lon}{between}{lat}", latitude_first=False) == told


@given(LATITUDES, st.integers(91, 180), st.booleans())
def test_what_is_beyond_90_is_the_longitude_in_whichever_order(
    lat: int, lon: int, latitude_first: bool
) -> None:
    swapped = f"{lon},{lat}" if latitude_first else f"{lat},{lon}"
    assert read_position(swapped, latitude_first=latitude_first) == Position((float(lon), float(lat)), True)


@pytest.mark.parametrize(
    "text", ["", "x", "35.6", "35,140,1", "nan,140", "91,92", "35,181", "1e1,2", "35;140"]
)
def test_nothing_else_is_a_position(text: str) -> None:
    assert read_position(text, latitude_first=True) is None
    assert read_position(text, latitude_first=False) is None


POSITIONS = [
    ("35.35, 141.05", (141.05, 35.35)),
    ("141.05,35.35", (141.05, 35.35)),
    ("３５．３５　１４１．０５", (141.05, 35.35)),
    ("N35.35 E141.05", (141.05, 35.35)),
    ("35.35N 141.05E", (141.05, 35.35)),
    ("35°21′00″N 141°03′00″E", (141.05, 35.35)),
    ("北緯35度21分 東経141度3分", (141.05, 35.35)),
    ("S33.5 W70.6", (-70.6, -33.5)),
    ("N35.35, 141.05", (141.05, 35.35)),
    ("141.05, 35.35N", (141.05, 35.35)),
    ("E10 N20", (10.0, 20.0)),
    ("N35 N36", None),
    ("35°61′ 141°3′", None),
    ("港小学校", None),
    ("12", None),
    ("95, 190", None),
    ("53394526", None),
]


@pytest.mark.parametrize(("text", "place"), POSITIONS)
def test_positions_are_read_as_people_write_them(text: str, place: tuple[float, float] | None) -> None:
    found = read_position(text, latitude_first=True)
    assert (found is None) == (place is None)
    if found is not None and place is not None:
        assert math.dist(found.at, place) < 1e-9


@given(LATITUDES, LONGITUDES, st.booleans())
def test_letters_say_which_is_which_in_any_order(lat: int, lon: int, latitude_first: bool) -> None:
    north, east = f"{abs(lat)}{'S' if lat < 0 else 'N'}", f"{abs(lon)}{'W' if lon < 0 else 'E'}"
    told = Position((float(lon), float(lat)))
    assert read_position(f"{north} {east}", latitude_first=latitude_first) == told
    assert read_position(f"{east} {north}", latitude_first=latitude_first) == told
