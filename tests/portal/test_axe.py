"""No page of the trial site breaks a rule of WCAG 2.2 A or AA that axe-core can see, on a phone and on a desk.

The trial site has a service of its own, so that what the kit draws is seen beside what the services draw; every page
of a whole node, in three languages, is walked in `test_axe_services`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page
from test_pages import PUBLIC, STAFF
from trial_site import PASSWORD, open_site
from window import CHROMIUM, ORIGIN, open_chromium, open_window

from reader import Reader

WIDTHS_PX = (390, 1280)
NARROW_PX = 320
UNFOLD = "document.querySelectorAll('main details').forEach(one => { one.open = true })"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = next((Path(__file__).parent / "vendor").glob("axe-core@*")) / "axe.min.js"
FAILING = ("/demo/nowhere", "/demo/desk")
FAULTS = {
    "image-alt": "document.querySelector('main').innerHTML += '<img src=\"/static/icon.svg\">'",
    "label": "document.querySelector('main').innerHTML += '<input type=text>'",
    "color-contrast": "document.querySelector('h1').style.color = '#ccc'",
    "html-has-lang": "document.documentElement.removeAttribute('lang')",
    "document-title": "document.title = ''",
    "button-name": "document.querySelector('main').innerHTML += '<button></button>'",
    "link-name": "document.querySelector('main').innerHTML += '<a href=\"/\"></a>'",
    "aria-valid-attr-value": "document.querySelector('h1').setAttribute('aria-describedby', '')"
    " || document.querySelector('main').setAttribute('aria-live', 'nonsense')",
    "target-size": "document.querySelector('main').innerHTML ="
    " '<button style=\"width:9px;height:9px;padding:0;border:0\">a</button>'.repeat(5)",
}
"""A fault for each rule that must be found: a harness that never fails proves nothing."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


async def found_by_axe(page: Page) -> dict[str, list[str]]:
    """The broken rules with the places that break them."""
    result: Any = await page.evaluate(
        "levels => axe.run(document, {runOnly: levels, resultTypes: ['violations'], preload: false, iframes: false})",
        LEVELS,
    )
    return {
        rule["id"]: [f"{' '.join(map(str, node['target']))}: {node['html'][:160]}" for node in rule["nodes"]]
        for rule in result["violations"]
    }


async def look_at(page: Page, path: str) -> dict[str, Any]:
    """What is wrong with a page at each width."""
    await page.goto(ORIGIN + path)
    return await judge(page, path)


async def judge(page: Page, path: str) -> dict[str, Any]:
    """What is wrong with the page that is open: rules broken, and at which width it is wider than its window.

    All that is folded is opened first; the menu stays shut, because it would hide what lies below it.
    """
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    await page.evaluate(UNFOLD)
    wrong: dict[str, Any] = {}
    for width in WIDTHS_PX:
        await page.set_viewport_size({"width": width, "height": 900})
        if found := await found_by_axe(page):
            wrong[f"{path} {width}"] = found
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong[f"{path} {width} is wider than the window"] = True
    return wrong


async def test_no_page_breaks_a_rule() -> None:
    site = await open_site()
    wrong: dict[str, Any] = {}
    async with open_chromium() as browser:

        async def walk(reader: Reader, paths: Sequence[str]) -> None:
            await reader.get("/demo/?lang=ja")
            page = await open_window(browser, reader, WIDTHS_PX[0])
            for path in paths:
                if found := await look_at(page, path):
                    wrong[path] = found
            await page.context.close()

        visitor, clerk = Reader(site.app), Reader(site.app)
        await clerk.sign_in("desk", PASSWORD)
        await asyncio.gather(walk(visitor, (*PUBLIC, *FAILING)), walk(clerk, STAFF))
    assert wrong == {}


async def test_pages_fit_a_narrow_window_and_large_text() -> None:
    site = await open_site()
    wide: list[str] = []
    async with open_chromium() as browser:
        page = await open_window(browser, Reader(site.app), NARROW_PX)
        for path in PUBLIC:
            await page.goto(ORIGIN + path)
            if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append(path)
        await page.set_viewport_size({"width": 640, "height": 900})
        for path in PUBLIC:
            await page.goto(ORIGIN + path)
            await page.evaluate("document.documentElement.style.fontSize = '200%'")
            if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append(f"{path} at 200 %")
    assert wide == []


LIST = """([name, kind]) => {
  const list = document.createElement('ol');
  list.className = 'near-list';
  const [item, ...parts] = ['li', 'span', 'span', 'span', 'span'].map(tag => document.createElement(tag));
  parts[0].className = 'near-name'; parts[0].textContent = name;
  parts[1].className = 'num strong'; parts[1].textContent = '420 m';
  parts[3].className = 'tag good'; parts[3].textContent = kind;
  parts[2].append(parts.pop());
  item.append(...parts); list.append(item); document.querySelector('main').replaceChildren(list);
  const box = parts[1].getBoundingClientRect(), around = item.getBoundingClientRect();
  return [box.height < 2 * parseFloat(getComputedStyle(parts[1]).fontSize), box.right <= around.right,
          parts[0].getBoundingClientRect().width > 60];
}"""
"""One line of a list beside a map, as the component `map` writes it; how its distance and its name stand."""


@pytest.mark.parametrize(
    "kind", ["Evacuation shelter・Emergency evacuation site", "指定避難所・指定緊急避難場所"]
)
async def test_a_distance_stands_in_one_line_beside_a_long_kind_on_a_phone(kind: str) -> None:
    site = await open_site()
    async with open_chromium() as browser:
        page = await open_window(browser, Reader(site.app), NARROW_PX)
        await page.goto(ORIGIN + "/demo/accessibility")
        assert await page.evaluate(LIST, ["新宿中学校", kind]) == [True, True, True]


async def test_the_harness_finds_every_planted_fault() -> None:
    site = await open_site()
    missed: list[str] = []
    async with open_chromium() as browser:
        page = await open_window(browser, Reader(site.app), WIDTHS_PX[0], bypass_csp=True)
        for rule, fault in FAULTS.items():
            await page.goto(ORIGIN + "/demo/accessibility")
            await page.evaluate(AXE.read_text(encoding="utf-8"))
            await page.evaluate(fault)
            if rule not in await found_by_axe(page):
                missed.append(rule)
    assert missed == []


async def test_a_resident_tells_of_a_garden_by_keyboard_alone() -> None:
    site = await open_site()
    async with open_chromium() as browser:
        page = await open_window(browser, Reader(site.app), WIDTHS_PX[0], java_script_enabled=False)
        await page.goto(ORIGIN + "/demo/gardens/new")
        await page.keyboard.press("Tab")
        assert await page.locator(":focus").inner_text() == "本文へ"
        await page.keyboard.press("Enter")
        for _ in range(2):
            await page.keyboard.press("Tab")
        await page.keyboard.type("kitchen garden")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{ORIGIN}/demo/gardens/urn:*")
        assert "kitchen garden" in await page.locator("h1").inner_text()
