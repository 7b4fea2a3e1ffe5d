"""Lots as people meet them: beside addresses under a heading of their own, in three languages, by keys alone, with and without a script."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from cadastral_maps import Land, map_xml, square
from days_site import DaysSite, open_days_site
from importing_hall import Heard, source
from judge import Judged, judge
from playwright.async_api import Browser, expect
from window import CHROMIUM, ORIGIN, WEBGL, open_chromium, open_window

from kaiteki.main.imports.runner import Importer, Options, Outcome
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.services.maps.model import Item, MapLayer, Style
from kaiteki.services.maps.settings import SETS
from reader import Reader
from waiting import LONG_MS

LAYER = MapLayer(
    id="urn:ngsi-ld:MapLayer:parcels",
    title=SETS["registry"][0].title,
    collection="CadastralParcel",
    geometry="area",
    legal_note=SETS["registry"][0].legal_note,
    style=Style(zooms=(17.0, 24.0)),
    items=(Item("parcelName", SETS["registry"][0].items[0].words, role="title"),),
    order=9,
)
pytestmark = pytest.mark.asyncio(loop_scope="module")
NOTE = re.compile(
    "|".join(
        map(re.escape, (LAYER.legal_note.ja[-20:], LAYER.legal_note.en[-20:], LAYER.legal_note.easy[-20:]))
    )
)
"""The note of the layer, in whichever language the reader of all requests was asked last (what works offline is asked in each)."""
HEADINGS = {
    "ja": ("住所・施設・町名", "地番（登記の土地の番号）"),
    "ja-easy": ("住所（じゅうしょ）と 場所（ばしょ）", "土地（とち）の 番号（ばんごう）"),
    "en": ("Addresses and places", "Lots (numbers of land in the registry)"),
}


async def open_registry() -> DaysSite:
    """The trial town with a map of two parcels, one of them without a place, and an address that is written like a lot."""
    site = await open_days_site()
    target = LocalTarget(site.store.entities, site.clock, "demo")
    importer = Importer(target, site.clock, Heard(), Options())
    done: list[Outcome] = []
    # (in the plane of system IX, east of Choshi)
    lands = [Land("16-3", square(-72_000.0, 111_000.0)), Land("16-4", square(-72_000.0, 111_020.0))]
    await importer.run(source("one.xml", map_xml(lands, "公共座標9系")), done.append)
    await importer.run(
        source("two.xml", map_xml([Land("39-6", square(0, 0), "長者町", "")], "任意座標系")), done.append
    )
    places = "名称,住所,緯度,経度,小児対応設備の有無\n公民館,本町2-16-3,35.345,141.05,有\n"
    await importer.run(source("aed.csv", places.encode()), done.append)
    assert [one.fault for one in done] == [None] * 3
    await target.keep([LAYER])
    return site


async def reader_of(site: DaysSite, language: str) -> Reader:
    reader = Reader(site.app)
    await reader.get(f"/demo/?lang={language}")
    return reader


@pytest.mark.parametrize("language", HEADINGS)
async def test_an_address_and_a_lot_of_the_same_words_stand_under_headings_of_their_own(
    language: str,
) -> None:
    reader = await reader_of(await open_registry(), language)
    found = (await reader.get(f"/demo/maps?layers=&q={quote('本町2-16-3')}")).text
    places, lots = (f"<h3>{one}</h3>" for one in HEADINGS[language])
    assert found.index(places) < found.index("公民館") < found.index(lots) < found.index("本町二丁目16番3")
    assert "/demo/maps?layers=parcels&amp;at=" in found
    here = (await reader.get(f"/demo/maps/here?q={quote('本町2-16-3')}")).text
    assert here.index("公民館") < here.index("本町二丁目16番3")


async def test_a_lot_without_a_place_says_so_and_leads_to_its_page() -> None:
    reader = await reader_of(await open_registry(), "ja")
    found = (await reader.get(f"/demo/maps?q={quote('長者町３９−６')}")).text
    assert "任意座標系の地図にあり、場所を示せません" in found
    start = found.index("/demo/things/CadastralParcel/")
    page = await reader.get(found[start : found.index('"', start)])
    assert page.status == 200 and "長者町39番6" in page.text


async def test_a_lot_that_is_not_there_is_told_with_its_neighbours_and_what_is_no_lot_has_no_second_heading() -> (
    None
):
    reader = await reader_of(await open_registry(), "ja")
    found = (await reader.get(f"/demo/maps?q={quote('本町二丁目16番9')}")).text
    assert "本町二丁目に16番9はありません。近い番号：" in found.replace("<wbr>", "")
    assert "本町二丁目16番4" in found
    assert HEADINGS["ja"][1] not in (await reader.get(f"/demo/maps?q={quote('公民館')}")).text


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncGenerator[Browser]:
    """One browser for all tests of this file."""
    async with open_chromium(*WEBGL) as opened:
        yield opened


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
async def test_no_page_of_lots_breaks_a_rule(browser: Browser) -> None:
    site, judged, wrong = await open_registry(), Judged(), dict[str, Any]()
    pages = {
        "ja": "maps?layers=&q=本町2-16-3",
        "en": "maps?q=長者町39-6",
        "ja-easy": "maps/here?q=本町二丁目16番9",
    }
    for language, path in pages.items():
        page = await open_window(browser, await reader_of(site, language), 390)
        await page.route("**/layers.js*", lambda route: route.abort())
        await page.goto(f"{ORIGIN}/demo/{path}")
        if found := await judge(page, path, judged):
            wrong[path] = found
        await page.context.close()
    assert wrong == {}


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
async def test_a_parcel_is_found_and_read_by_keys_alone(browser: Browser) -> None:
    page = await open_window(browser, await reader_of(await open_registry(), "en"), 1280)
    page.set_default_timeout(LONG_MS)
    await page.goto(f"{ORIGIN}/demo/maps?layers=")
    await page.locator("kaiteki-layers canvas").first.wait_for()
    await page.locator("#q").fill("本町二丁目16番地の3")
    await page.keyboard.press("Enter")
    lot = page.get_by_role("link", name="本町二丁目16番3")
    await lot.wait_for()
    await lot.focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**layers=parcels**")
    await expect(page.locator("#maps-notes")).to_contain_text(NOTE, timeout=LONG_MS)
    await expect(page.locator("#maps-seen")).to_contain_text("本町二丁目16番4", timeout=LONG_MS)
    await page.context.close()
