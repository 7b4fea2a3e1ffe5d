"""What stands in cells is read as people meant it."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.services.opendata.coordinates import place_geometry, place_of, read_angle
from kaiteki.services.opendata.values import (
    narrow,
    plain,
    read_date,
    read_flag,
    read_integer,
    read_number,
    read_phone,
    read_time,
    read_url,
)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-04-01", ("2024-04-01", False)),
        ("2024/4/1", ("2024-04-01", True)),
        ("２０２４年４月１日", ("2024-04-01", True)),
        ("20240401", ("2024-04-01", True)),
        ("令和6年4月1日", ("2024-04-01", True)),
        ("令和元年5月1日", ("2019-05-01", True)),
        ("R6.4.1", ("2024-04-01", True)),
        ("H10.6.22", ("1998-06-22", True)),
        ("昭和55年12月31日", ("1980-12-31", True)),
        ("2025年11月16日（日曜日）", ("2025-11-16", True)),
        ("2024-02-30", None),
        ("4月1日", None),
        ("あした", None),
    ],
)
def test_dates_of_both_calendars(text: str, day: tuple[str, bool] | None) -> None:
    assert read_date(text) == day


@given(st.dates(min_value=datetime.date(2019, 5, 1), max_value=datetime.date(2099, 12, 31)))
def test_a_day_of_reiwa_is_the_same_day(day: datetime.date) -> None:
    written = f"令和{day.year - 2018}年{day.month}月{day.day}日"
    assert read_date(written) == (day.isoformat(), True)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("09:00", "09:00"),
        ("9:00", "09:00"),
        ("９：００", "09:00"),
        ("午前8時30分", "08:30"),
        ("午後5時", "17:00"),
        ("24:00", "24:00"),
        ("9:60", None),
        ("朝", None),
    ],
)
def test_times_of_day(text: str, time: str | None) -> None:
    found = read_time(text)
    assert (found[0] if found else None) == time


def test_numbers_lose_width_and_separators_and_nothing_else() -> None:
    assert read_number("32,500 ") == (32500, True)
    assert read_number("１２．５") == (12.5, True)
    assert read_integer("70") == (70, False)
    assert read_integer("70.5") is None
    assert read_number("約70") is None
    assert read_number("1,23") is None
    assert read_number("1e999") is None


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_a_number_in_full_width_is_the_same_number(number: int) -> None:
    wide = str(number).translate(str.maketrans("0123456789-", "０１２３４５６７８９－"))
    assert read_integer(narrow(wide)) == read_integer(str(number)) == (number, False)


def test_flags_telephones_and_addresses() -> None:
    assert [read_flag(text) for text in ("有", "○", "1", "無", "×", "0", "未定")] == [
        (True, False),
        (True, False),
        (True, False),
        (False, False),
        (False, False),
        (False, False),
        None,
    ]
    assert read_phone("(054)626-1139") == ("054-626-1139", True)
    assert read_phone("０５４(６２６)１１３９") == ("054-626-1139", True)
    assert read_phone("市役所へ") is None
    assert read_url("https://example.jp/a b") is None
    assert plain(" \u3000名前\r\n次\u3000") == "名前\n次"


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("35.607266", 35.607266),
        ("北緯35度36分26.16秒", 35.6072667),
        ("35°36′26.16″", 35.6072667),
        ("140:06:22.5", 140.10625),
        ("３５．５", 35.5),
        ("35度61分0秒", None),
        ("駅前", None),
        ("nan", None),
    ],
)
def test_angles(text: str, degrees: float | None) -> None:
    found = read_angle(text)
    assert (found[0] if found else None) == degrees


def test_swapped_positions_are_put_right_and_strange_ones_refused() -> None:
    assert place_of(140.1, 35.6) == ((140.1, 35.6), False)
    assert place_of(35.6, 140.1) == ((140.1, 35.6), True)
    assert place_of(0.0, 0.0) is None
    assert place_of(-1.8e308, -1.8e308) is None


def test_plane_rectangular_coordinates_become_degrees() -> None:
    # the origin of system 9 is 36°N 139°50′E (GSI notice 9 of 2002)
    placed = place_geometry({"type": "Point", "coordinates": [0.0, 0.0]}, "EPSG:6677")
    assert placed == ({"type": "Point", "coordinates": [139.8333333, 36.0]}, ())


def test_areas_are_mended_and_turned() -> None:
    bow = [[140.0, 35.0], [140.1, 35.1], [140.1, 35.0], [140.0, 35.1], [140.0, 35.0]]
    mended = place_geometry({"type": "Polygon", "coordinates": [bow]}, "")
    assert not isinstance(mended, str)
    assert (mended[0]["type"], mended[1]) == ("MultiPolygon", ("mended_geometry",))
    clockwise = [[140.0, 35.0], [140.0, 35.1], [140.1, 35.1], [140.1, 35.0], [140.0, 35.0]]
    turned = place_geometry({"type": "Polygon", "coordinates": [clockwise]}, "")
    assert not isinstance(turned, str)
    ring = turned[0]["coordinates"][0]
    assert sum((b[0] - a[0]) * (b[1] + a[1]) for a, b in itertools.pairwise(ring)) < 0


def test_geometries_that_cannot_be_used_say_why() -> None:
    assert place_geometry({"type": "Point", "coordinates": []}, "") == "broken_geometry"
    for kind, coordinates in (
        ("Point", ["東", 35.0]),
        ("Point", "140,35"),
        ("Point", None),
        ("LineString", [[140, 35], "x"]),
    ):
        assert place_geometry({"type": kind, "coordinates": coordinates}, "") == "broken_geometry"
    deep: Any = [140.0, 35.0]
    for _ in range(2_000):
        deep = [deep]
    assert place_geometry({"type": "MultiPolygon", "coordinates": deep}, "") == "broken_geometry"
    assert place_geometry({"type": "Point", "coordinates": [0, 0]}, "") == "not_in_japan"
    assert place_geometry({"type": "Point", "coordinates": [140, 35]}, "no system") == "unknown_crs"
