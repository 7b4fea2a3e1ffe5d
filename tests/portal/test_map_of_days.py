"""The map of a day and two days compared as people meet them: no rule of WCAG broken, and on the moving map the same by keys alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio
from days_site import FIRST, SECOND, DaysSite, open_days_site
from judge import Judged, judge
from playwright.async_api import Browser, Page
from window import CHROMIUM, ORIGIN, WEBGL, open_chromium, open_window

from reader import Reader
from waiting import LONG_S

WHERE = "layers=aed,roads,zones,reports&at=141.05,35.345&z=13"
DRAWN = """([layer, names]) => {
  const map = document.querySelector('kaiteki-layers').map, ids = map.getStyle().layers.map(({ id }) => id).filter((id) => id.startsWith(layer + '|'));
  const seen = map.queryRenderedFeatures(undefined, { layers: ids }).map(({ properties }) => properties.title);
  return JSON.stringify([...new Set(seen)].sort()) === JSON.stringify([...names].sort());
}"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncGenerator[Browser]:
    """One browser for all tests of this file."""
    async with open_chromium(*WEBGL) as opened:
        yield opened


async def reader_of(site: DaysSite, language: str) -> Reader:
    reader = Reader(site.app)
    await reader.get(f"/demo/?lang={language}")
    return reader


async def test_no_page_of_days_breaks_a_rule(browser: Browser) -> None:
    site, judged, wrong = await open_days_site(), Judged(), dict[str, Any]()
    addresses = {
        "ja": f"{WHERE}&date={FIRST}&compare={SECOND}",
        "ja-easy": f"{WHERE}&date={FIRST}",
        "en": f"{WHERE}&date=2020-01-01",
    }
    for language, query in addresses.items():
        # as it comes from the server: the moving map is looked at by its own tests
        page = await open_window(browser, await reader_of(site, language), 390)
        await page.route("**/layers.js*", lambda route: route.abort())
        await page.goto(f"{ORIGIN}/demo/maps?{query}")
        if found := await judge(page, query, judged):
            wrong[query] = found
        await page.context.close()
    assert wrong == {}


async def drawn(page: Page, layer: str, *names: str) -> None:
    await page.wait_for_function(DRAWN, arg=[layer, list(names)])


async def test_the_moving_map_switches_days_by_keys(browser: Browser) -> None:
    reader = await reader_of(await open_days_site(), "ja")
    page = await open_window(browser, reader, 1280)
    page.set_default_timeout(LONG_S * 1000)
    await page.goto(f"{ORIGIN}/demo/maps?{WHERE}&date={FIRST}&compare={SECOND}")
    slider = page.get_by_label("日を切り替える")
    await slider.wait_for()
    await drawn(
        page,
        "days",
        "0番館のAED",
        "1番館のAED",
        "2番館のAED",
        "9番館のAED",
        "市道2号線",
        "市道3号線",
        "商業地域",
    )
    await slider.focus()
    await page.keyboard.press("ArrowLeft")
    await drawn(page, "days")
    await drawn(page, "aed", *(f"{n}番館のAED" for n in range(6)))
    await drawn(page, "roads", "市道1号線", "市道2号線")
    await page.keyboard.press("End")
    await drawn(page, "aed", *(f"{n}番館のAED" for n in (1, 2, 3, 4, 5, 9)))
    await drawn(page, "roads", "市道1号線", "市道3号線")
    assert await slider.get_attribute("aria-valuetext") == f"{SECOND}の終わり"
    # what the page says and what the address keeps go with the map
    await page.wait_for_function("() => location.search.includes('compare=')")
    assert f"date={FIRST}&compare={SECOND}" in page.url
    assert "ここに" not in await page.locator("#maps-days").inner_text()
    await page.context.close()
