"""No page of the trial site breaks a rule of WCAG 2.2 A or AA that axe-core can see, on a phone and on a desk.

The trial site has a service of its own, so that what the kit draws for any service is seen; every page of a whole node, in
three languages, is walked in `test_walk_*`, and those that show nothing of the service are left to that walk.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from judge import TOO_WIDE, WIDTHS_PX, Judged, judge
from playwright.async_api import Browser, Page
from test_pages import PUBLIC, STAFF
from trial_site import PASSWORD, open_site
from window import CHROMIUM, ORIGIN, open_chromium, open_window

from reader import Reader

NARROW_PX = 320
OWN = ("garden", "Shelter", "rounds", quote("庭"), "subscriptions/")
"""What the addresses name that show something of the service of the trial site."""
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
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


def own(paths: Sequence[str]) -> list[str]:
    """The addresses that show something of the service of the trial site."""
    return [path for path in paths if any(word in path for word in OWN)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncGenerator[Browser]:
    """One browser for all tests of this file; each opens windows of its own in it."""
    async with open_chromium() as opened:
        yield opened


async def look_at(page: Page, path: str, judged: Judged) -> dict[str, Any]:
    """What is wrong with a page at each width."""
    await page.goto(ORIGIN + path)
    return await judge(page, path, judged)


async def test_no_page_breaks_a_rule(browser: Browser) -> None:
    site = await open_site()
    judged = Judged()
    wrong: dict[str, Any] = {}

    async def walk(reader: Reader, paths: Sequence[str]) -> None:
        await reader.get("/demo/?lang=ja")
        page = await open_window(browser, reader, WIDTHS_PX[0])
        for path in paths:
            if found := await look_at(page, path, judged):
                wrong[path] = found
        await page.context.close()

    visitor, clerk = Reader(site.app), Reader(site.app)
    await clerk.sign_in("desk", PASSWORD)
    await asyncio.gather(walk(visitor, (*own(PUBLIC), *FAILING)), walk(clerk, own(STAFF)))
    assert wrong == {}


async def test_pages_fit_a_narrow_window_and_large_text(browser: Browser) -> None:
    site = await open_site()
    wide: list[str] = []
    page = await open_window(browser, Reader(site.app), NARROW_PX)
    for path in PUBLIC:
        await page.set_viewport_size({"width": NARROW_PX, "height": 900})
        await page.goto(ORIGIN + path)
        if await page.evaluate(TOO_WIDE):
            wide.append(path)
        await page.set_viewport_size({"width": 2 * NARROW_PX, "height": 900})
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        if await page.evaluate(TOO_WIDE):
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
async def test_a_distance_stands_in_one_line_beside_a_long_kind_on_a_phone(
    browser: Browser, kind: str
) -> None:
    site = await open_site()
    page = await open_window(browser, Reader(site.app), NARROW_PX)
    await page.goto(ORIGIN + "/demo/accessibility")
    assert await page.evaluate(LIST, ["新宿中学校", kind]) == [True, True, True]


SAME_FORM: dict[str, tuple[str, str]] = {
    "target-size": (
        "<style>.t { padding: 12px }</style>" + "<button class=t>aaa</button>" * 5,
        "<style>.t { padding: 0; width: 9px; height: 9px; border: 0 }</style>"
        + "<button class=t>a</button>" * 5,
    ),
    "landmark-unique": (
        "<nav aria-label=east><a href=/>a</a></nav><nav aria-label=west><a href=/>a</a></nav>",
        "<nav aria-label=west><a href=/>a</a></nav><nav aria-label=west><a href=/>a</a></nav>",
    ),
    "scrollable-region-focusable": (
        "<div class=s><p>short</p></div>",
        "<style>.s { height: 20px; overflow: auto }</style><div class=s><p>" + "long " * 99 + "</p></div>",
    ),
    "link-name": ("<p><a href=/>name</a></p>", "<p><a href=/> </a></p>"),
    "valid-lang": ("<p><b lang=en>a</b></p>", "<p><b lang=xyz-q>a</b></p>"),
}
"""Faults that other words or sizes alone bring into a page that was without, by the rule that must find each."""


async def test_the_harness_finds_what_is_wrong_in_other_words_alone(browser: Browser) -> None:
    site = await open_site()
    judged = Judged()
    missed: list[str] = []
    page = await open_window(browser, Reader(site.app), WIDTHS_PX[0], bypass_csp=True)
    for rule, pair in SAME_FORM.items():
        await page.goto(ORIGIN + "/demo/accessibility")
        told: list[dict[str, Any]] = []
        for content in pair:
            await page.evaluate(
                "html => { document.querySelector('main').innerHTML = '<h1>a</h1>' + html }", content
            )
            told.append(await judge(page, rule, judged))
        if told[0] != {} or rule not in told[1].get(f"{rule} {WIDTHS_PX[0]}", {}):
            missed.append(f"{rule}: {told}")
    assert missed == []


WIDE_ONLY = """name => { document.querySelector('main').innerHTML +=
  '<style>@media (width < 800px) { .wide { display: none } }</style>'
  + `<button class="wide" aria-label="${name}"></button>` }"""


async def test_the_harness_finds_every_planted_fault_of_a_page_that_was_without(browser: Browser) -> None:
    site = await open_site()
    judged = Judged()
    missed: list[str] = []
    page = await open_window(browser, Reader(site.app), WIDTHS_PX[0], bypass_csp=True)
    assert await look_at(page, "/demo/accessibility", judged) == {}
    for rule, fault in FAULTS.items():
        await page.goto(ORIGIN + "/demo/accessibility")
        await page.evaluate(fault)
        if rule not in (await judge(page, rule, judged)).get(f"{rule} {WIDTHS_PX[0]}", {}):
            missed.append(rule)
    assert missed == []


async def test_what_only_a_desk_shows_is_looked_at_there(browser: Browser) -> None:
    site = await open_site()
    judged = Judged()
    told: list[dict[str, Any]] = []
    page = await open_window(browser, Reader(site.app), WIDTHS_PX[0], bypass_csp=True)
    for name in ("more", ""):
        await page.goto(ORIGIN + "/demo/accessibility")
        await page.evaluate(WIDE_ONLY, name)
        told.append({at: sorted(found) for at, found in (await judge(page, name, judged)).items()})
    assert told == [{}, {f" {WIDTHS_PX[1]}": ["button-name"]}]


async def test_a_resident_tells_of_a_garden_by_keyboard_alone(browser: Browser) -> None:
    site = await open_site()
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
