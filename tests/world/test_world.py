"""The world is the same each time it is told with the same seed, and only believable things happen in it."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kaiteki.kit import views
from kaiteki.main.imports.targets import parse
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.standard.table import standard_types
from kaiteki.world.chance import noise
from kaiteki.world.devices import entities_at
from kaiteki.world.happenings import KINDS, happenings_of
from kaiteki.world.people import answers_to, category_of, offered, steps_of
from kaiteki.world.pictures import SIZE, THINGS, draw_photo
from kaiteki.world.things import DATA_SETS, LICENCE, SOURCE, things_of
from kaiteki.world.timing import Timing
from kaiteki.world.town import Town, read_town
from kaiteki.world.weather import DAY_S, wbgt_of, weather_at

DAY = 20_400


@pytest.fixture(scope="module")
def chiba() -> Town:
    """The town that the world reads from the folder of Chiba."""
    return read_town(Path(__file__).parents[2] / "cities" / "chiba")


def test_a_town_without_wards_is_one_quarter() -> None:
    kashiwa = read_town(Path(__file__).parents[2] / "cities" / "kashiwa")
    assert [(quarter.code, quarter.name) for quarter in kashiwa.quarters] == [("122173", "柏市")]


def test_the_same_seed_tells_the_same_day(chiba: Town) -> None:
    assert happenings_of(7, chiba, DAY) == happenings_of(7, chiba, DAY)
    assert happenings_of(7, chiba, DAY) != happenings_of(8, chiba, DAY)
    assert happenings_of(7, chiba, DAY) != happenings_of(7, chiba, DAY + 1)


def test_what_happens_lies_in_its_town_and_day_in_order(chiba: Town) -> None:
    west, south, east, north = chiba.bbox
    for day in range(DAY, DAY + 60):
        told = happenings_of(3, chiba, day)
        assert [one.at_s for one in told] == sorted(one.at_s for one in told)
        for one in told:
            assert 0 <= one.at_s - (day * DAY_S - 9 * 3600) < DAY_S
            assert west <= one.spot.longitude <= east and south <= one.spot.latitude <= north


def test_steps_follow_in_time_and_fit_the_fate(chiba: Town) -> None:
    fates: dict[str, set[tuple[str, ...]]] = {}
    for day in range(DAY, DAY + 120):
        for one in happenings_of(5, chiba, day):
            steps = steps_of(one)
            assert all(step.at_s > one.at_s for step in steps)
            assert one.fate == "task" or [s.at_s for s in steps] == sorted(s.at_s for s in steps)
            assert one.fate != "task" or one.kind.together
            fates.setdefault(one.fate, set()).add(tuple(step.what for step in steps))
    assert fates == {
        "waiting": {()},
        "working": {("assign", "start")},
        "temporary": {("assign", "start", "fix_temporarily")},
        "mended": {("assign", "start", "complete", "witness")},
        "task": {
            ("assign", "make_task", "join_task", "join_task_too", "complete", "witness", "witness_too"),
        },
    }


def test_about_five_things_happen_on_a_day(chiba: Town) -> None:
    counts = [len(happenings_of(1, chiba, day)) for day in range(DAY, DAY + 365)]
    assert 4.5 < sum(counts) / 365 < 5.5


@given(st.floats(min_value=1.5e9, max_value=2.2e9), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_the_weather_stays_on_earth(at_s: float, seed: int) -> None:
    weather = weather_at(seed, "chiba", at_s)
    assert -15 < weather.temperature < 42
    assert 25 <= weather.humidity <= 98
    assert 0 <= weather.rain < 40
    assert 0 <= weather.wind_from < 360
    assert 950 < weather.pressure < 1050
    assert -20 < wbgt_of(weather) < 45


def test_summer_is_warmer_than_winter() -> None:
    july, january = 1_784_000_000, 1_768_000_000
    warm = [weather_at(1, "chiba", july + day * DAY_S).temperature for day in range(20)]
    cold = [weather_at(1, "chiba", january + day * DAY_S).temperature for day in range(20)]
    assert min(warm) > max(cold)


@given(st.floats(min_value=0, max_value=1e6), st.floats(min_value=0, max_value=1e-3))
@settings(max_examples=60, deadline=None)
def test_noise_is_smooth_and_bounded(x: float, step: float) -> None:
    assert -1 <= noise(1, "n", x) <= 1
    assert abs(noise(1, "n", x + step) - noise(1, "n", x)) < 0.02


def test_sensors_are_ngsi_ld_entities_with_time_and_place(chiba: Town) -> None:
    said = entities_at(1, chiba, 1_795_305_600.0)
    assert len({document["id"] for document in said}) == len(said) == 3 * len(chiba.quarters)
    for document in said:
        assert document["location"]["value"]["type"] == "Point"
        observed = [
            part["observedAt"]
            for part in document.values()
            if isinstance(part, dict) and "observedAt" in part
        ]
        assert set(observed) == {"2026-11-22T00:00:00Z"}
    parks = [document for document in said if document["type"] == "OffStreetParking"]
    assert all(0 <= p["availableSpotNumber"]["value"] <= p["totalSpotNumber"]["value"] for p in parks)


@pytest.mark.parametrize("picture", sorted(THINGS))
def test_photos_are_drawn_alike_and_change_when_it_is_mended(picture: str) -> None:
    broken = draw_photo(picture, 11)
    assert broken == draw_photo(picture, 11)
    assert broken != draw_photo(picture, 11, mended=True)
    with Image.open(io.BytesIO(broken)) as image:
        assert (image.format, image.size) == ("JPEG", SIZE)
    assert len(broken) < 200_000


def test_every_kind_has_a_drawing() -> None:
    assert {kind.picture for kind in KINDS} == set(THINGS)


def test_the_category_that_fits_best_is_chosen(chiba: Town) -> None:
    services = [
        {"service_code": "road", "service_name": "道路"},
        {"service_code": "light", "service_name": "街灯"},
        {"service_code": "other", "service_name": "そのほか"},
    ]
    chosen = {
        one.kind.code: category_of(one, services)["service_code"]
        for day in range(DAY, DAY + 60)
        for one in happenings_of(2, chiba, day)
        if one.kind.code in ("hole", "light")
    }
    assert chosen == {"hole": "road", "light": "light"}


def test_residents_are_asked_only_where_the_city_says_that_they_are_asked(chiba: Town) -> None:
    one = next(
        one for day in range(DAY, DAY + 120) for one in happenings_of(5, chiba, day) if one.fate == "task"
    )
    assert offered(one, {"service_code": "park", "residents_may_mend": True}) is one
    for other in ({"service_code": "park", "residents_may_mend": False}, {"service_code": "park"}):
        steps = steps_of(offered(one, other))
        assert [step.what for step in steps] == ["assign", "start", "complete", "witness"]
        assert [step.at_s for step in steps] == sorted(step.at_s for step in steps)


def test_required_questions_are_answered_with_allowed_values() -> None:
    questions = [
        {
            "code": "size",
            "required": True,
            "datatype": "singlevaluelist",
            "values": [{"key": "big", "name": "大"}],
        },
        {"code": "count", "required": "true", "datatype": "number"},
        {"code": "more", "required": False, "datatype": "text"},
        {"code": "hint", "required": True, "variable": False, "datatype": "string"},
    ]
    assert answers_to(questions, 1) == {"attribute[size]": "big", "attribute[count]": "1"}


@given(st.floats(0, 1e6), st.floats(1.5, 1e5), st.floats(0.1, 100), st.floats(0, 1e5))
@settings(max_examples=80, deadline=None)
def test_the_time_of_the_world_meets_the_present_and_never_runs_back(
    past: float, haste: float, pace: float, later: float
) -> None:
    timing = Timing(real_s=2e9, world_s=2e9 - past, haste=haste, pace=pace)
    real = 2e9 + later
    assert timing.city_at(real) <= real
    assert timing.plan_at(real) <= timing.plan_at(real + 1)
    assert timing.plan_at(timing.meeting_s) == pytest.approx(timing.meeting_s)
    assert timing.real_at(timing.plan_at(real)) == pytest.approx(real, abs=1e-3)


def test_what_stands_belongs_to_data_sets_that_say_whose_they_are(chiba: Town) -> None:
    standing = things_of(3, chiba, DAY * DAY_S)
    read = [views.read(DataSet, parse(one)) for one in standing if one["type"] == "DataSet"]
    records = Counter(one["dataSet"]["object"] for one in standing if "dataSet" in one)
    assert {one.id: one.records for one in read} == records
    assert {one.record_type for one in read} == DATA_SETS.keys() <= standard_types().keys()
    assert {(one.source, one.licence) for one in read} == {(SOURCE, LICENCE)}
    assert len({one["id"] for one in standing}) == len(standing)
