"""The pages of reports: no page in any state breaks a rule, also while a disaster is declared, and the desk is worked with keys."""

from __future__ import annotations

import re

import pytest
from judge import WIDTHS_PX
from looks import NOBODY
from playwright.async_api import Page
from walk import STRICKEN
from walked_town import CLERK, WalkedTown, strike
from walker import browser_test, open_walk, page_at, walk_part

from kaiteki.model.words import LANGUAGES


@pytest.mark.browser
@browser_test
async def test_no_page_in_any_state_breaks_a_rule(walked_town: WalkedTown, part: str) -> None:
    await walk_part(walked_town, part)


@pytest.mark.browser
@browser_test
async def test_the_desk_is_worked_with_keys(walked_town: WalkedTown) -> None:
    """J opens the next row, K the one before, A goes to the button of the next best action; not while somebody writes."""
    async with open_walk(walked_town) as walk:
        await walk.sign_in(CLERK)
        async with walk.walker("ja", CLERK) as walker:
            await work_with_keys(walker.page)


async def work_with_keys(page: Page) -> None:
    await page.goto("/demo/reports/desk?queue=new")
    numbers = [
        re.sub(r"\s", "", one) for one in await page.locator("[data-desk-rows] tbody a").all_inner_texts()
    ]
    assert len(numbers) >= 3
    for key, number in (("j", numbers[0]), ("j", numbers[1]), ("j", numbers[2]), ("k", numbers[1])):
        await page.keyboard.press(key)
        await page.wait_for_url(f"**open={number}*")
        assert number in await page.locator("tr[aria-current=true]").inner_text()
    await page.keyboard.press("a")
    assert await page.evaluate("document.activeElement.value") == "assign"
    await page.set_viewport_size({"width": WIDTHS_PX[-1], "height": 900})
    await page.focus("input[name=q]")
    await page.keyboard.type("jka")
    assert await page.input_value("input[name=q]") == "jka"
    assert page.url.partition("#")[0].endswith(f"open={numbers[1]}")


@pytest.mark.browser
@browser_test
async def test_no_page_of_a_declared_disaster_breaks_a_rule(walked_town: WalkedTown) -> None:
    strike(walked_town)
    async with open_walk(walked_town) as walk:
        await walk.go_all({page_at(look.path): (look,) for look in STRICKEN}, (CLERK, NOBODY))
    assert walk.wrong == {}
    assert len(walk.judged) == len(STRICKEN) * len(LANGUAGES)
