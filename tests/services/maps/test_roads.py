"""Laws of ledgers: every row of the ledger stands on its sheet, sections in order, to scale; files of a town hall come in as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from importing_hall import Hall, counts, source
from map_town import look, map_town, put, take_over

from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.pages import Missing, PageAsk, PageReply, Shown
from kaiteki.main.cities import load_service_settings
from kaiteki.model.access import NOBODY
from kaiteki.services.maps import roads
from kaiteki.services.maps.drawing import draw
from kaiteki.services.maps.ledger_model import LEDGERS
from kaiteki.services.maps.manifest import service
from kaiteki.services.maps.settings import Settings
from kaiteki.services.opendata.manifest import service as opendata
from kaiteki.world.network import network_of
from kaiteki.world.town import read_town
from town import Town

DEMO = read_town(Path(__file__).parents[3] / "cities" / "demo")
ROAD = "urn:ngsi-ld:CertifiedRoad:demo-1001"


async def laid() -> Town:
    """The sample town with its layers and its invented network."""
    town = map_town(*load_service_settings("demo", "maps", Settings).layers)
    await take_over(town)
    for one in network_of(DEMO, 0.0):
        if one["type"] != "DataSet" and ("990027" in one["id"] or "demo-1" in one["id"]):
            values = {
                name: told["value"]
                for name, told in one.items()
                if name not in ("id", "type", "location", "dataSet")
            }
            await put(town, one["type"], one["id"].rpartition(":")[2], one["location"]["value"], **values)
    return town


async def sheet(town: Town, entity_id: str, language: str = "ja") -> PageReply:
    return await roads.show_road(asked(town, {"id": entity_id}, {}, language))


def asked(town: Town, path: dict[str, str], query: dict[str, str], language: str = "ja") -> PageAsk:
    city = town.city(language=language)
    return PageAsk("demo", path, query, {}, {}, NOBODY, language, town.clock.now(), 1, city, Settings())


async def test_a_sheet_has_every_row_of_the_ledger_with_its_sections_in_order() -> None:
    page = await sheet(await laid(), ROAD)
    assert isinstance(page, Shown)
    told = dict(page.values["facts"])
    assert len(told) == len(LEDGERS[0].rows)
    known = {
        "路線番号": "1001",
        "延長": "840 m",
        "最小幅員": "6.5 m",
        "認定年月日": "1978-04-01",
        "最小曲線半径": "—",
    }
    assert {name: told[name] for name in known} == known
    assert [
        [cell["text"] if isinstance(cell, dict) else cell for cell in row][:5]
        for row in page.values["sections"]
    ] == [
        ["1", "西町一丁目1番地先", "港区域中央交差点", "420 m", "6.5 m"],
        ["2", "港区域中央交差点", "東町三丁目9番地先", "420 m", "9 m"],
    ]
    assert [one["clause"] for one in page.values["grounds"]] == ["8条・9条", "28条", "4条の2"]
    assert (page.values["maker"], page.values["day"]) == ("道路管理課", "2026-11-22")
    assert "作りもの" in page.values["source"] and "参考図" in page.values["legal_note"]


@pytest.mark.parametrize(
    ("entity_id", "heading"),
    [
        ("urn:ngsi-ld:DesignatedRoad:demo-11", "指定道路調書"),
        ("urn:ngsi-ld:SewerPipe:demo-1003", "公共下水道台帳（管渠の調書）"),
    ],
)
async def test_other_ledgers_have_sheets_of_their_own(entity_id: str, heading: str) -> None:
    page = await sheet(await laid(), entity_id)
    assert isinstance(page, Shown) and page.values["heading"] == heading
    assert page.values["picture"] is not None


async def test_what_stands_in_no_ledger_has_no_sheet() -> None:
    town = await laid()
    for entity_id in ("urn:ngsi-ld:CertifiedRoad:none", "urn:ngsi-ld:PlanningZone:demo-990027-1"):
        assert isinstance(await sheet(town, entity_id), Missing)


async def test_roads_are_found_by_number_and_by_name() -> None:
    town = await laid()

    async def found(text: str) -> list[str]:
        page = await roads.show_roads(asked(town, {}, {"q": text}))
        assert isinstance(page, Shown)
        return [row[0]["text"] for row in page.values["rows"]]

    assert await found("") == ["1001", "1002"]
    assert await found("１００２") == ["1002"]
    assert await found("東西") == ["1001"]
    assert await found("竜宮") == []


async def test_a_place_on_a_road_tells_of_road_sewer_and_zone() -> None:
    town = await laid()
    page = await look(town, at="141.0205,35.3501")
    near = {group["title"]: [row["title"] for row in group["rows"]] for group in page.values["near"]}
    assert "1級市道　市道港区域東西線" in near["認定道路・道路"]
    assert any("P-1008" in title for title in near["下水道"])
    zone = page.values["groups"][0]["rows"][0]
    assert (zone["title"], zone["facts"][0]["text"]) == ("第一種住居地域", "60 %")


def test_a_drawing_is_to_scale_with_a_bar_of_round_metres() -> None:
    line = {"type": "LineString", "coordinates": [[141.0, 35.0], [141.01, 35.0]]}
    drawing = draw([("", line)], ())
    assert drawing is not None and drawing.bar_m == 200
    (west, _), (east, _) = (map(float, at.split(",")) for at in drawing.lines[0].points.split())
    metres = 0.01 * 111_320 * 0.8191520442889918
    assert (east - west) / metres == pytest.approx(drawing.bar / drawing.bar_m, rel=1e-3)
    assert draw([("", {"type": "Point", "coordinates": [141.0, 35.0]})], ()) is None


LEDGER_FILE: dict[str, Any] = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [[141.02, 35.35], [141.03, 35.35]]},
            "properties": {
                "路線番号": "0101",
                "路線名": "市道101号線",
                "起点": "本町1番地先",
                "終点": "本町9番地先",
                "延長": "905.4",
                "最小幅員": "4.0",
                "最大幅員": "6.2",
                "認定年月日": "昭和58年4月1日",
                "告示番号": "告示第12号",
                "舗装": "アスファルト",
                "等級": "2級",
            },
        }
    ],
}


async def test_a_ledger_file_of_a_town_hall_comes_in_and_has_its_sheet() -> None:
    hall = Hall()
    (done,) = await hall.bring(source("市道認定路線.geojson", json.dumps(LEDGER_FILE).encode()))
    assert counts(done) == (1, 1, 0, 0, 0)
    engine = Engine(hall.store.entities, hall.clock, (service, opendata))
    city = Cities(engine, Darkroom(engine, hall.store.files, hall.store.received)).of(Asking(hall.area))
    ask = PageAsk("demo", {}, {"q": "0101"}, {}, {}, NOBODY, "ja", hall.clock.now(), 1, city, Settings())
    listed = await roads.show_roads(ask)
    assert isinstance(listed, Shown)
    (row,) = listed.values["rows"]
    assert (row[0]["text"], row[3]["text"], row[4]["text"]) == ("0101", "905.4 m", "4〜6.2")
    entity_id = row[1]["href"].rpartition("/maps/roads/")[2]
    page = await roads.show_road(
        PageAsk("demo", {"id": entity_id}, {}, {}, {}, NOBODY, "ja", hall.clock.now(), 1, city, Settings())
    )
    assert isinstance(page, Shown)
    told = dict(page.values["facts"])
    assert (told["認定年月日"], told["告示番号"], told["路面の種類"]) == (
        "1983-04-01",
        "告示第12号",
        "アスファルト",
    )


def test_a_real_town_has_nothing_invented() -> None:
    assert network_of(read_town(Path(__file__).parents[3] / "cities" / "chiba"), 0.0) == []
