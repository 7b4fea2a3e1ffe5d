"""The map of the town (all layers) and the finder of places (one kind, map and list) each have one purpose, and lead to each other; what is one
thing's is read by a click, or by a request that is written out."""

from __future__ import annotations

import re

import pytest
from days_site import open_days_site
from trial_site import open_site

from reader import Reader

LINK = re.compile(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)


def links(text: str) -> list[tuple[str, str]]:
    """Address and words of every link of a page, without the places where lines may break."""
    return [(one[1], re.sub(r"<[^>]+>|[\s\u200b]+", "", one[2])) for one in LINK.finditer(text)]


async def test_the_tile_of_the_home_page_leads_to_the_map_of_the_town_and_no_second_tile_does() -> None:
    reader = Reader((await open_days_site()).app)
    home = (await reader.get("/demo/")).text
    tiles = home[home.index('class="tasks"') : home.index("</ul>", home.index('class="tasks"'))]
    to_map = [(to, text) for to, text in links(tiles) if to == "/demo/maps"]
    assert len(to_map) == 1 and to_map[0][1].startswith("地図で調べる")
    assert [to for to, _ in links(tiles) if to == "/demo/map"] == []
    # a node without layers has the finder alone
    alone = (await Reader((await open_site()).app).get("/demo/")).text
    assert [to for to, text in links(alone) if text.startswith("地図で調べる")] == ["/demo/map", "/demo/map"]


async def test_the_two_maps_lead_to_each_other_and_keep_the_place() -> None:
    reader = Reader((await open_days_site()).app)
    finder = (await reader.get("/demo/map?layer=AED&near=35.345,141.05")).text
    assert (
        "/demo/maps?at=141.050000,35.345000&amp;z=17&amp;mark=1",
        "災害・都市計画・道路などを重ねて見るのは、まちの地図",
    ) in links(finder)
    assert "<title>種類ごとに地図と一覧で探す" in finder
    town_map = (await reader.get("/demo/maps")).text
    assert "/demo/map" in [to for to, _ in links(town_map)]
    assert ("/demo/map", "種類ごとに地図と一覧で探す避難所や施設を地図と一覧で") in links(
        (await reader.get("/demo/field/town")).text
    )


@pytest.mark.parametrize(("near", "swapped"), [("35.345,141.05", False), ("141.05,35.345", True)])
async def test_the_finder_reads_a_position_in_either_order_and_says_when_it_swapped(
    near: str, swapped: bool
) -> None:
    page = (await Reader((await open_days_site()).app).get(f"/demo/map?layer=AED&near={near}")).text
    assert "緯度と経度をコンマで区切って書いてください" not in page
    assert ("入れ替えて読みました" in page) == swapped
    assert "AED" in page and " m" in page


@pytest.mark.parametrize("path", ["/demo/things/AED/urn:ngsi-ld:AED:2", "/demo/places/urn:ngsi-ld:AED:2"])
async def test_an_entity_is_opened_by_a_click_and_its_request_names_the_town(path: str) -> None:
    page = (await Reader((await open_days_site()).app).get(path)).text
    assert [to for to, _ in links(page) if to.startswith("/ngsi-ld/")] == []
    assert "/demo/ogc/collections/AED/items/urn:ngsi-ld:AED:2?f=json" in [to for to, _ in links(page)]
    assert (
        "curl -H &#39;NGSILD-Tenant: demo&#39; &#39;http://localhost/ngsi-ld/v1/entities/urn:ngsi-ld:AED:2&#39;"
        in page
    )
