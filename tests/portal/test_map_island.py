"""The map that moves, in a real browser: what its tools say can be seen and stays, and no page fails at what it does not have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from days_site import FIRST, LAYERS, SECOND, DaysSite, open_days_site
from playwright.async_api import Browser, Route, expect
from window import CHROMIUM, ORIGIN, WEBGL, open_chromium, open_window

from kaiteki.kit.views import write
from kaiteki.model.words import Words
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.maps.model import Class, MapLayer, Style
from reader import Reader
from waiting import LONG_MS

WHERE = "layers=aed&at=141.05,35.345&z=13"
WORKER_SPEAKS = """() => {
  const failed = [];
  addEventListener('error', (event) => failed.push(event.message));
  navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: { waiting: 0 } }));
  return failed;
}"""

NAMED = "(layer) => document.querySelector('kaiteki-layers').map.queryRenderedFeatures(undefined, { layers: [layer] }).length > 0"
ORDER = "() => document.querySelector('kaiteki-layers').map.getStyle().layers.map(({ id }) => id)"

CALLED = "(id) => document.querySelector('kaiteki-layers').map.queryRenderedFeatures(undefined, { layers: [id] }).map((one) => String(one.layer.layout['text-field']))"

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


async def test_a_town_that_keeps_nothing_on_the_device_is_told_of_it_without_a_failure(
    browser: Browser,
) -> None:
    page = await open_window(browser, Reader((await open_days_site()).app), 390)
    await page.goto(f"{ORIGIN}/demo/")
    await page.wait_for_load_state("load")
    assert await page.locator("#waiting").count() == 0
    assert await page.evaluate(WORKER_SPEAKS) == []
    await page.context.close()


async def test_sharing_is_confirmed_where_it_is_seen_while_one_measures_and_lists_come(
    browser: Browser,
) -> None:
    page = await open_window(
        browser,
        Reader((await open_days_site()).app),
        390,
        permissions=["clipboard-read", "clipboard-write"],
        locale="ja-JP",
    )
    page.set_default_timeout(LONG_MS)
    held, may_come = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        """The lists of the view, which come when the address is shared already."""
        held.set()
        await may_come.wait()
        await route.fallback()

    await page.goto(f"{ORIGIN}/demo/maps?{WHERE}")
    await page.locator("[data-live]").wait_for()
    await page.get_by_role("button", name="距離を測る").click()
    await page.locator("canvas").first.click(position={"x": 100, "y": 100})
    await page.route("**/maps?*part=1*", hold)
    await page.locator("canvas").first.focus()
    await page.keyboard.press("ArrowRight")
    await held.wait()
    await page.get_by_role("button", name="この地図を共有").click()
    status = page.locator("[data-status]")
    await expect(status).to_have_text("この地図のアドレスをコピーしました。", timeout=LONG_MS)
    await expect(status).to_be_in_viewport(timeout=LONG_MS)
    async with page.expect_response(lambda answer: "part=1" in answer.url):
        may_come.set()
    await page.wait_for_function(
        "() => document.querySelector('#maps-links a[href*=\"at=\"]').href.includes(new URLSearchParams(location.search).get('at'))"
    )
    await expect(status).to_have_text("この地図のアドレスをコピーしました。", timeout=LONG_MS)
    assert await page.evaluate("() => navigator.clipboard.readText()") == page.url
    await page.context.close()


async def test_names_keep_off_all_signs_and_differences_lie_above_what_is_switched_on_later(
    browser: Browser,
) -> None:
    page = await open_window(browser, Reader((await open_days_site()).app), 390)
    page.set_default_timeout(LONG_MS)
    await page.goto(
        f"{ORIGIN}/demo/maps?layers=aed,roads&at=141.04,35.345&z=16&date={FIRST}&compare={SECOND}"
    )
    await page.locator("#maps-stop").wait_for()
    await page.locator("#maps-stop").fill("0")
    # (a name that kept no room beside its own sign would never be drawn)
    await page.wait_for_function(NAMED, arg="aed|names")
    await page.locator("[name='on.zones']").evaluate("(box) => box.click()")
    await page.wait_for_function(
        "() => document.querySelector('kaiteki-layers').map.getLayer('zones|0|fill')"
    )
    order = await page.evaluate(ORDER)
    signs = [at for at, one in enumerate(order) if one.endswith("|sign") and not one.startswith("days|")]
    names = [at for at, one in enumerate(order) if one.endswith("|names")]
    days = [at for at, one in enumerate(order) if one.startswith("days|")]
    assert len(names) == 3 and max(names) < min(signs) and max(signs) < min(days)
    await page.context.close()


async def keep(site: DaysSite, layer: MapLayer) -> None:
    def decide(_loaded: Any) -> Decision[None]:
        return Decision([Change(None, write(layer, None, site.clock.at))], None)

    await site.store.entities.change("demo", (), decide, By(action="trial"))


async def test_a_layer_that_is_as_its_data_are_draws_points_and_its_legend_shows_them_alone(
    browser: Browser,
) -> None:
    site = await open_days_site()
    whatever = msgspec.structs.replace(LAYERS[0], id="urn:ngsi-ld:MapLayer:whatever", geometry="any", order=9)
    await keep(site, whatever)
    page = await open_window(browser, Reader(site.app), 390)
    page.set_default_timeout(LONG_MS)
    await page.goto(f"{ORIGIN}/demo/maps?layers=whatever,zones,roads&at=141.04,35.345&z=16&date={SECOND}")
    await page.locator("[data-live]").wait_for()
    for layer in ("whatever|0|sign", "whatever|names"):
        await page.wait_for_function(NAMED, arg=layer)
    signs = page.locator(".maps-layer", has_text="AED").locator("svg.swatch")
    assert await signs.count() == 1 and await signs.locator("rect").count() == 0
    order = [one for one in await page.evaluate(ORDER) if one.split("|")[0] in ("whatever", "zones", "roads")]
    ranks = {"fill": 0, "pattern": 0, "edge": 0, "case": 1, "line": 1, "names": 2, "sign": 3}
    found = [ranks[one.rpartition("|")[2]] for one in order]
    # of three layers areas, lines, names and points, whichever layer was chosen first
    assert found == sorted(found) and set(found) == {0, 1, 2, 3}
    await page.context.close()


async def test_what_is_called_by_its_class_is_named_in_the_language_of_the_page(browser: Browser) -> None:
    site = await open_days_site()
    # a town that publishes each kind of zone as a table of its own has classes by the table, whose words name the zone
    tables = Style(by="name", classes=(Class("8", Words("商業地域", "Commercial", "おみせ"), "#e8566d"),))
    await keep(site, msgspec.structs.replace(LAYERS[2], id="urn:ngsi-ld:MapLayer:tables", style=tables))
    for layer, language, words in (
        ("zones", "en", "Commercial"),
        ("zones", "ja-easy", "おみせ"),
        ("zones", "ja", "商業地域"),
        ("tables", "en", "Commercial"),
    ):
        page = await open_window(browser, Reader(site.app), 390)
        page.set_default_timeout(LONG_MS)
        await page.goto(
            f"{ORIGIN}/demo/maps?layers={layer}&at=141.033,35.343&z=15&date={SECOND}&lang={language}"
        )
        await page.locator("[data-live]").wait_for()
        await page.wait_for_function(NAMED, arg=f"{layer}|names")
        assert set(await page.evaluate(CALLED, f"{layer}|names")) == {words}
        await page.context.close()


def answering(status: int) -> Callable[[Route], Awaitable[None]]:
    """Answers each request with a status and nothing else."""

    async def answer(route: Route) -> None:
        await route.fulfill(status=status, body="")

    return answer


async def test_tiles_that_are_gone_are_told_apart_from_a_map_that_failed(browser: Browser) -> None:
    site = await open_days_site()
    for status, said, buttons in ((404, "公開されていません", 0), (500, "出せませんでした", 1)):
        page = await open_window(browser, Reader(site.app), 1280)
        page.set_default_timeout(LONG_MS)
        await page.route("**/tiles/WebMercatorQuad/**", answering(status))
        await page.goto(f"{ORIGIN}/demo/maps?layers=aed&at=141.04,35.345&z=16&lang=ja")
        state = page.locator("[data-state]", has_text=said)
        await state.wait_for()
        assert await state.locator("button").count() == buttons
        await page.context.close()
