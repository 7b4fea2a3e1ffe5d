"""A position is read in the order that is asked for, and the other way round where only that can be meant."""

from __future__ import annotations

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
