"""The menu of the desk in a window that is too low for it: nothing of it is hidden."""

from __future__ import annotations

import pytest
from trial_site import PASSWORD, open_site
from window import CHROMIUM, ORIGIN, open_chromium, open_window

from reader import Reader

HIDDEN = """nav => {
  const cut = nav.scrollHeight > nav.clientHeight + 1 || nav.getBoundingClientRect().bottom > document.documentElement.scrollHeight + 1;
  return cut && !(["auto", "scroll"].includes(getComputedStyle(nav).overflowY) && innerWidth <= 1080);
}"""
"""Whether something of the menu is out of reach: on a wide window all of it stands there and the page is scrolled, on a narrow one it scrolls itself."""


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
async def test_the_menu_stands_there_whole_and_leads_to_the_counter() -> None:
    site = await open_site()
    reader = Reader(site.app)
    await reader.sign_in("desk", PASSWORD)
    async with open_chromium() as browser:
        for width in (1280, 390):
            page = await open_window(browser, reader, width)
            await page.goto(f"{ORIGIN}/demo/desk")
            await page.set_viewport_size({"width": width, "height": 240})
            nav = page.locator(".desk-nav nav")
            assert await nav.bounding_box() is not None
            assert not await nav.evaluate(HIDDEN), width
            for path in ("desk/recovery", "desk/mandates"):
                assert await nav.locator(f'a[href="/demo/{path}"]').count() == 1, path
            await page.context.close()
