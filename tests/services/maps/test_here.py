"""Laws of places: every point of an area reads it, no hidden layer is told, edges say that they are near, the past is told in order."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from map_town import STATIONS, ZONES, look, map_town, put, square, take_over, told

from kaiteki.main.cities import load_city
from kaiteki.model.decision import Accepted
from kaiteki.model.spatial_id import spatial_id_at
from town import CLERK, Town

DEMO = load_city("demo")
WEST, SOUTH, SIDE = 141.0, 35.3, 0.01
METRE = 1 / 111_000


async def zoned() -> Town:
    """Two zones beside each other, and one that no class of the layer knows."""
    town = map_town(ZONES, STATIONS)
    await take_over(town)
    await put(town, "PlanningZone", "a", square(WEST, SOUTH, SIDE), name="商業地域", buildingCoverageRatio=80)
    await put(town, "PlanningZone", "b", square(WEST + SIDE, SOUTH, SIDE), name="工業地域")
    await put(town, "PlanningZone", "c", square(WEST, SOUTH, SIDE), name="作業区域")
    return town


within = st.floats(0.002, SIDE - 0.002)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from([0, 1]), within, within)
async def test_every_point_of_a_zone_reads_this_zone_and_no_other(
    which: int, right: float, up: float
) -> None:
    town = await zoned()
    page = await look(town, at=f"{WEST + which * SIDE + right},{SOUTH + up}")
    assert told(page) == [("用途地域", ("商業地域", "工業地域")[which])]
    row = page.values["groups"][0]["rows"][0]
    assert (row["at_edge"], page.values["beside"]) == (False, [])


async def test_a_zone_is_told_with_its_ratio_its_ground_and_its_note() -> None:
    page = await look(await zoned(), at=f"{WEST + 0.005},{SOUTH + 0.005}")
    row = page.values["groups"][0]["rows"][0]
    ratio = row["facts"][0]
    assert (ratio["label"], ratio["text"], ratio["ground"]["clause"]) == ("建蔽率", "80 %", "53条1項")
    assert [one["clause"] for one in row["grounds"]] == ["8条1項1号", "53条1項"]
    assert "参考図" in row["note"]


@pytest.mark.parametrize(("off_m", "at_edge", "beside"), [(5, True, ["工業地域"]), (40, False, [])])
async def test_near_an_edge_the_page_says_that_a_map_cannot_tell_the_side(
    off_m: float, at_edge: bool, beside: list[str]
) -> None:
    page = await look(await zoned(), at=f"{WEST + SIDE - off_m * METRE / 0.816},{SOUTH + 0.005}")
    row = page.values["groups"][0]["rows"][0]
    assert (row["title"], row["at_edge"]) == ("商業地域", at_edge)
    assert [one["title"] for one in page.values["beside"]] == beside


async def test_what_a_hidden_layer_showed_is_told_no_more() -> None:
    town = await zoned()
    step = {"id": "urn:ngsi-ld:MapLayer:zones"}
    assert isinstance(await town.run("maps.withdraw", step, CLERK), Accepted)
    for person in (CLERK, msgspec.structs.replace(CLERK, roles=frozenset({"anyone"}))):
        page = await look(town, person, at=f"{WEST + 0.005},{SOUTH + 0.005}")
        assert (told(page), page.values["changes"]) == ([], [])


async def test_what_is_near_is_told_with_its_distance_the_nearest_first() -> None:
    town = await zoned()
    for name, off_m in (("遠い観測所", 300.0), ("近い観測所", 20.0), ("とても遠い観測所", 2_000.0)):
        place = {"type": "Point", "coordinates": [WEST + 0.005, SOUTH + 0.005 + off_m * METRE]}
        await put(town, "WeatherObserved", name, place, name=name, temperature=12.5)
    page = await look(town, at=f"{WEST + 0.005},{SOUTH + 0.005}")
    (group,) = page.values["near"]
    assert [(row["title"], round(row["distance"], -1)) for row in group["rows"]] == [
        ("近い観測所", 20),
        ("遠い観測所", 300),
    ]
    assert group["rows"][0]["facts"][0]["text"] == "12.5 ℃"


async def test_the_history_of_a_place_tells_what_changed_there_the_newest_first_and_in_pages() -> None:
    town = await zoned()
    at = f"{WEST + 0.005},{SOUTH + 0.005}"
    place = square(WEST, SOUTH, SIDE)
    for ratio in range(50, 80):
        town.clock.pass_s(60)
        await put(town, "PlanningZone", "a", place, name="商業地域", buildingCoverageRatio=ratio)
    first = await look(town, at=at)
    assert [one["changes"] for one in first.values["changes"]][:2] == [
        [("建蔽率", "78", "79")],
        [("建蔽率", "77", "78")],
    ]
    assert len(first.values["changes"]) == 20 and first.values["before"] is None
    second = await look(town, at=at, page="2")
    assert second.values["after"] is None
    titles = [one["title"] for one in second.values["changes"]]
    assert titles[-2:] == ["用途地域　まちのデータから公開", "商業地域　データに載りました"] or titles[
        -2:
    ] == [
        "商業地域　データに載りました",
        "用途地域　まちのデータから公開",
    ]


async def test_words_find_places_by_name_and_by_address_and_say_when_there_is_none() -> None:
    town = await zoned()
    place = {"type": "Point", "coordinates": [WEST + 0.005, SOUTH + 0.005]}
    await put(town, "PublicFacility", "hall", place, name="中央会館", fullAddress="見本県見本市本町1-1")
    for text in ("中央会館", "見本県見本市本町", "見本県見本市本町１ー１", "見本県 見本市本町1番地1"):
        page = await look(town, q=text)
        (choice,) = page.values["choices"]
        assert choice["title"] == "中央会館"
        assert choice["href"].startswith("/demo/maps/here?at=141.005%2C35.305")
    nothing = await look(town, q="竜宮城")
    assert nothing.values["choices"] == [] and "見つかりません" in nothing.values["wrong"]["q"]
    wrong = await look(town, at="竜宮城")
    assert wrong.status == 400 and "読めません" in wrong.values["wrong"]["position"]


async def test_an_address_that_nothing_has_leads_to_what_lies_in_its_town() -> None:
    town = await zoned()
    place = {"type": "Point", "coordinates": [WEST + 0.005, SOUTH + 0.005]}
    await put(town, "PublicFacility", "hall", place, name="中央会館", fullAddress="見本市本町1-1")
    (ward, *_) = DEMO.wards
    page = await look(town, q="見本市本町9-99")
    assert [one["title"] for one in page.values["choices"]] == ["中央会館"] and page.values["loose"]
    page = await look(town, q=f"{DEMO.words.ja}{ward.words.ja}9-99")
    assert page.values["choices"][0]["title"] == ward.words.ja and page.values["loose"]
    exact = await look(town, q="見本市本町1-1")
    assert [one["title"] for one in exact.values["choices"]] == ["中央会館"] and not exact.values["loose"]


@pytest.mark.parametrize("text", ["35.305,141.005", "北緯35.305度 東経141.005度", "53400080"])
async def test_a_position_and_the_code_of_a_cell_are_the_place_itself(text: str) -> None:
    page = await look(await zoned(), q=text)
    assert page.values["choices"] and page.values["at"] != ""
    assert page.values["wrong"] == {}


async def test_what_no_document_states_and_what_no_map_shows_is_said() -> None:
    town = await zoned()
    page = await look(town, at=f"{WEST + SIDE + 0.005},{SOUTH + 0.005}")
    (row,) = page.values["groups"][0]["rows"]
    assert [(one["label"], one["text"]) for one in row["facts"] if one["ground"]] == [
        ("建蔽率", "示されていません")
    ]
    assert (page.values["elsewhere"], page.values["beyond"]) == ([], False)
    bare = await look(town, at=f"{WEST + 0.05},{SOUTH + 0.05}")
    assert [one["href"] for one in bare.values["elsewhere"]] == ["/demo/maps/layers/zones"]
    assert (await look(town, at="0,0")).values["beyond"]


@pytest.mark.parametrize(
    ("query", "at", "swapped"),
    [
        ({"at": "141.05,35.35"}, (141.05, 35.35), False),
        ({"at": "１４１．０５，３５．３５"}, (141.05, 35.35), False),
        ({"at": "35.35,141.05"}, (141.05, 35.35), True),
        ({"position": "35.35, 141.05"}, (141.05, 35.35), False),
        ({"position": "１４１．０５、３５．３５", "at": "1,2"}, (141.05, 35.35), True),
    ],
)
async def test_people_write_latitude_first_addresses_longitude_and_the_other_order_is_understood_and_told(
    query: dict[str, str], at: tuple[float, float], swapped: bool
) -> None:
    page = await look(map_town(), **query)
    assert (page.status, page.values["wanted"].at) == (200, at)
    assert page.values["position"] == "35.35,141.05"
    assert ("北緯35.35、東経141.05" in page.values["swapped"], page.values["swapped"] != "") == (
        swapped,
        swapped,
    )


@pytest.mark.parametrize("text", ["nan,1", "1", "141,142", "35.35,181", "1,2,3", "1e2,3"])
async def test_what_is_no_position_is_told_at_its_field_and_kept(text: str) -> None:
    page = await look(map_town(), position=text)
    assert (page.status, page.values["position"]) == (400, text)
    assert "緯度,経度" in page.values["wrong"]["position"]


async def test_a_place_tells_its_grid_squares_and_its_spatial_id() -> None:
    town = map_town()
    told_codes = {
        words.en: code for words, code in (await look(town, at="139.767125,35.681236")).values["codes"]
    }
    assert told_codes == {
        "Grid square (about 1 km)": "53394611",
        "Grid square (about 500 m)": "533946113",
        "Spatial id": spatial_id_at(139.767125, 35.681236, 20).code,
    }
    assert (await look(town, at="10,50")).values["codes"] == []


async def test_the_past_of_what_is_not_public_is_told_to_nobody_but_those_who_may_read_it() -> None:
    town = await zoned()
    place = {"type": "Point", "coordinates": [WEST, SOUTH]}
    run = await put(town, "ImportRun", "x", place, fileName="a.csv")
    town.clock.pass_s(60)
    await put(town, "ImportRun", "x", place, fileName="b.csv")
    assert await town.city().past("ImportRun", run) == ()
    assert await town.city(CLERK).past("Nothing", run) == ()
    told = await town.city(CLERK).past("ImportRun", run)
    assert [(one.first, one.changes["file_name"]) for one in told] == [
        (False, ("a.csv", "b.csv")),
        (True, (None, "a.csv")),
    ]
