"""Laws of what the page about a place says beside its zones: the side of the division of the planning area, and rows that can be told apart."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from map_town import STATIONS, ZONES, look, map_town, put, square, take_over

from kaiteki.main.cities import load_city, load_service_settings
from kaiteki.model.words import Words
from kaiteki.services.maps.settings import Division, Settings
from town import Town

WEST, SOUTH, SIDE = 141.0, 35.3, 0.01
METRE = 1 / 111_000
DIVIDED = msgspec.structs.replace(
    ZONES, name="divided", title=Words("線引き", "Division", "せん"), style=type(ZONES.style)()
)
BY_NAME = Division("divided", "name", ("市街化区域",), ("市街化調整区域",))
ALL_PROMOTION = Division("divided")


async def divided() -> Town:
    town = map_town(DIVIDED)
    await take_over(town)
    await put(town, "PlanningZone", "a", square(WEST, SOUTH, SIDE), name="市街化区域")
    await put(town, "PlanningZone", "b", square(WEST + SIDE, SOUTH, SIDE), name="市街化調整区域")
    return town


@pytest.mark.parametrize(
    ("division", "lon", "code", "at_edge"),
    [
        (BY_NAME, WEST + 0.005, "promotion", False),
        (BY_NAME, WEST + 0.015, "control", False),
        (BY_NAME, WEST + SIDE - 5 * METRE, "promotion", True),
        (BY_NAME, WEST + 0.05, "outside", False),
        (ALL_PROMOTION, WEST + 0.015, "promotion", False),
        (Division("divided", rest="control"), WEST + 0.05, "control", False),
        (Division(none=True), WEST + 0.005, "none", False),
        (None, WEST + 0.005, "no_data", False),
    ],
)
async def test_a_place_is_told_its_side_of_the_division_or_why_not(
    division: Division | None, lon: float, code: str, at_edge: bool
) -> None:
    layers = (DIVIDED,) if division is not None and division.layer else ()
    said = Settings(layers, division=division)
    page = await look(await divided(), said=said, at=f"{lon},{SOUTH + 0.005}")
    side = page.values["side"]
    assert (side.code, side.at_edge) == (code, at_edge)


async def test_an_area_of_the_division_is_called_by_its_side_and_a_hidden_layer_says_nothing() -> None:
    said = Settings((DIVIDED,), division=BY_NAME)
    page = await look(await divided(), said=said, at=f"{WEST + 0.015},{SOUTH + 0.005}")
    assert [row["title"] for group in page.values["groups"] for row in group["rows"]] == ["市街化調整区域"]
    town = map_town()
    assert (await look(town, said=said, at=f"{WEST},{SOUTH}")).values["side"].code == "no_data"


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"none": True, "layer": "divided"},
        {"layer": "divided", "by": "name"},
        {"layer": "divided", "control": ["x"]},
    ],
)
def test_a_division_that_says_nothing_or_two_things_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(told, Division)
    with pytest.raises(ValueError, match="no layer"):
        Settings(division=ALL_PROMOTION)


def test_yaizu_says_which_layer_divides_it() -> None:
    said = load_service_settings("yaizu", "maps", Settings)
    assert said.division == Division("urbanisation") and load_city("yaizu").name == "yaizu"


async def test_rows_of_one_name_are_told_apart_by_what_differs_and_every_row_by_its_direction() -> None:
    lamps = msgspec.structs.replace(STATIONS, name="aeds", title=Words("AED", "AED", "AED"), collection="AED")
    town = map_town(msgspec.structs.replace(lamps, items=()))
    await take_over(town)
    lon, lat = WEST + 0.005, SOUTH + 0.005
    for number, (east, north, more) in enumerate(
        (
            (0, 40, {"name": "市役所", "installationPosition": "1階"}),
            (80, 0, {"name": "市役所", "installationPosition": "2階"}),
            (-90, -90, {}),
        )
    ):
        place = {"type": "Point", "coordinates": [lon + east * METRE, lat + north * METRE]}
        await put(town, "AED", str(number), place, fullAddress="見本市本町1", **more)
    for language, directions in (("ja", ["北", "東", "南西"]), ("en", ["north", "east", "south-west"])):
        page = await look(town, language=language, at=f"{lon},{lat}")
        (group,) = page.values["near"]
        assert [row["direction"] for row in group["rows"]] == directions
        told = [[text for _, text in row["apart"]] for row in group["rows"]]
        assert told == [["1階"], ["2階"], ["見本市本町1"]]


async def test_the_history_of_a_place_tells_no_area_in_which_it_does_not_lie() -> None:
    town = map_town(ZONES)
    await take_over(town)
    await put(town, "PlanningZone", "a", square(WEST, SOUTH, SIDE), name="商業地域")
    await put(town, "PlanningZone", "b", square(WEST + SIDE, SOUTH, SIDE), name="工業地域")
    page = await look(town, at=f"{WEST + SIDE - 5 * METRE},{SOUTH + 0.005}")
    assert [one["title"] for one in page.values["beside"]] == ["工業地域"]
    titles = [one["title"] for one in page.values["changes"] if "用途地域" not in one["title"]]
    assert titles == ["商業地域　データに載りました"]
    assert page.values["steps_m"] == 30
