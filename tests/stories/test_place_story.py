"""A resident asks what holds at a place of a real town, with a browser that runs no scripts; and every layer of it has its data."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
import shapely
from playwright.sync_api import Browser, expect

from kaiteki.main.cities import load_service_settings
from kaiteki.services.maps.filters import text_of
from kaiteki.services.maps.settings import Settings
from node_under_test import NodeUnderTest, start_node, stop_node
from real_town import REAL_AREA as AREA

POINTS = 12
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def town(real_data: Path) -> Iterator[NodeUnderTest]:
    """A node with all layers of a real town, and the data that its town hall publishes."""
    node = start_node(real_data, areas=(AREA,))
    yield node
    stop_node(node)


def entities(node: NodeUnderTest, kind: str, query: str = "") -> list[dict[str, object]]:
    path = f"/ngsi-ld/v1/entities?type={kind}&limit=1000&options=keyValues{query}"
    found: list[dict[str, object]] = node.ask("GET", path, headers={"NGSILD-Tenant": AREA}).json()
    return found


def test_every_layer_of_the_folder_finds_its_collection_and_features_in_it(town: NodeUnderTest) -> None:
    for layer in load_service_settings(AREA, "maps", Settings).layers:
        asked = {"f": "json", "limit": "1", **({"filter": text} if (text := text_of(layer, {})) else {})}
        path = f"/{AREA}/ogc/collections/{quote(layer.collection)}/items?{urlencode(asked)}"
        answer = town.ask("GET", path)
        assert answer.status == 200, (layer.name, answer.body)
        features = answer.json()["features"]
        assert len(features) == 1, layer.name
        for item in layer.items:
            assert item.property in features[0]["properties"], (layer.name, item.property)


def test_points_of_real_zones_read_their_zone_with_its_ratios(town: NodeUnderTest) -> None:
    zones = [one for one in entities(town, "PlanningZone", "&q=floorAreaRatio%3E0") if "name" in one]
    for zone in random.Random(7).sample(zones, POINTS):
        shape = shapely.from_geojson(json.dumps(zone["location"]))
        if shape.area == 0:
            continue
        point = shape.representative_point()
        page = town.ask("GET", f"/{AREA}/maps/here?at={point.x},{point.y}").body.decode()
        holds = page.partition('id="near"')[0]
        assert f">{zone['name']}</a></span>" in holds, zone["id"]
        for name, words in (("buildingCoverageRatio", "建蔽率"), ("floorAreaRatio", "容積率")):
            ratio = f"{zone[name]:g}"
            assert f'<dt>{words}</dt><dd class="num left">{ratio} %' in holds, (zone["id"], words)


def test_a_resident_finds_the_town_hall_by_name_and_reads_the_rules_of_its_ground(
    chromium: Browser, town: NodeUnderTest
) -> None:
    context = chromium.new_context(
        base_url=town.url, java_script_enabled=False, locale="ja-JP", viewport={"width": 390, "height": 800}
    )
    page = context.new_page()
    page.goto(f"/{AREA}/maps/layers")
    expect(page.get_by_role("heading", name="用途地域")).to_be_visible()
    page.goto(f"/{AREA}/maps/here")
    page.get_by_label("住所、地番、施設や場所の名前").fill("市役所本館")
    page.get_by_role("button", name="この条件で見る").first.click()
    page.get_by_role("link", name="市役所本館").first.click()
    zone = page.get_by_role("article").filter(has=page.get_by_role("heading", name="商業地域"))
    expect(zone).to_contain_text("80 %")
    expect(zone).to_contain_text("400 %")
    expect(zone.get_by_role("link", name="建築基準法 53条", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="この場所の履歴")).to_be_visible()
    expect(page.get_by_text("台風19号").first).to_be_visible()
    context.close()


LEDGER = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [[138.322, 34.867], [138.325, 34.868]]},
            "properties": {
                "路線番号": "0101",
                "路線名": "見本一号線",
                "起点": "本町1番地先",
                "終点": "本町9番地先",
                "延長": "310.5",
                "最小幅員": "4.0",
                "最大幅員": "6.2",
                "認定年月日": "昭和58年4月1日",
            },
        }
    ],
}
"""A road that does not exist."""


def test_a_road_of_an_imported_ledger_is_found_and_its_sheet_printed_without_scripts(
    chromium: Browser, town: NodeUnderTest, tmp_path: Path
) -> None:
    file = tmp_path / "市道認定路線.geojson"
    file.write_text(json.dumps(LEDGER), encoding="utf-8")
    done = town.command("import", str(file), "--city", AREA)
    assert done.returncode == 0, done.stdout + done.stderr
    context = chromium.new_context(base_url=town.url, java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    page.goto(f"/{AREA}/maps/roads?q=0101")
    page.get_by_role("link", name="見本一号線").click()
    expect(page.get_by_text("道路台帳（調書）")).to_be_visible()
    sheet = page.get_by_role("article")
    for told in ("310.5 m", "4 m", "6.2 m", "1983-04-01", "本町9番地先", "道路法 28条"):
        expect(sheet.get_by_text(told, exact=True).first).to_be_visible()
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    page.get_by_role("link", name="この場所のこと").click()
    expect(page.get_by_role("heading", name="商業地域")).to_be_visible()
    context.close()
