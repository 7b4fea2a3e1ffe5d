"""The operator's base map: what is accepted, what pages may load from it, and that its makers are named."""

from __future__ import annotations

import html
import json
import re

import msgspec
import pytest
from trial_site import open_site

from kaiteki.main.map_tiles import base_map
from kaiteki.portal.guard import safe_headers
from kaiteki.portal.tiles import BadTiles, Tiles
from reader import Reader

URL = "https://tiles.example.jp:8443/std/{z}/{x}/{y}.png"
GIVEN = {"KAITEKI_TILES": URL, "KAITEKI_TILES_CREDIT": "見本地図"}
TOLD = re.compile(r'data-map="([^"]+)"')


def test_the_environment_names_the_base_map() -> None:
    assert base_map({}) is None
    assert base_map(GIVEN) == Tiles(URL, "見本地図", "", 18)
    more = {"KAITEKI_TILES_CREDIT_URL": "https://example.jp/terms", "KAITEKI_TILES_ZOOM_MAX": "16"}
    assert base_map({**GIVEN, **more}) == Tiles(URL, "見本地図", "https://example.jp/terms", 16)


@pytest.mark.parametrize(
    "wrong",
    [
        {"KAITEKI_TILES": "https://tiles.example.jp/std/{z}/{x}.png"},
        {"KAITEKI_TILES": "ftp://tiles.example.jp/{z}/{x}/{y}.png"},
        {"KAITEKI_TILES": "https://tiles.example.jp/{z}/{x}/{y}.png; script-src *"},
        {"KAITEKI_TILES_CREDIT": ""},
        {"KAITEKI_TILES_CREDIT_URL": "javascript:alert(1)"},
        {"KAITEKI_TILES_ZOOM_MAX": "deep"},
        {"KAITEKI_TILES_ZOOM_MAX": "40"},
    ],
)
def test_what_cannot_be_used_is_refused_at_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(BadTiles):
        base_map({**GIVEN, **wrong})


def test_pages_may_load_from_the_tiles_and_from_nowhere_else() -> None:
    policy = safe_headers(Tiles(URL, "見本地図").origin)["content-security-policy"]
    assert policy.count("https://") == 2
    for part in ("img-src 'self' blob: data: ", "connect-src 'self' "):
        assert f"{part}https://tiles.example.jp:8443;" in policy


async def test_every_page_of_an_area_tells_its_maps_what_they_need() -> None:
    site = await open_site()
    page = (await Reader(site.app).get("/demo/map")).text
    found = TOLD.search(page)
    assert found is not None
    told = json.loads(html.unescape(found[1]))
    assert told["tiles"] is None
    for name in ("script", "library", "sheet", "outline"):
        assert (await Reader(site.app).get(told[name])).status == 200
    assert msgspec.to_builtins(Tiles(URL, "見本地図"))["url"] == URL


async def test_the_outline_names_the_wards_in_three_languages() -> None:
    reader = Reader((await open_site()).app)
    outline = json.loads((await reader.get("/demo/outline.geojson")).body)
    kinds = [one["geometry"]["type"] for one in outline["features"]]
    assert (kinds.count("Polygon"), kinds.count("Point")) == (3, 3)
    assert outline["features"][-1]["properties"] == {
        "name": "畑区域",
        "name:ja": "畑区域",
        "name:ja-easy": "畑（はたけ）の 区",
        "name:en": "Field Ward",
    }
