"""A clerk takes back what went wrong, in a browser without scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from turnstile import go_through

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
LAYER = "/demo/maps/desk/zones"


def test_a_layer_goes_back_to_what_it_was_and_back_again(visit: OpenPage) -> None:
    page = visit(LAYER, login="clerk", script=False, width=390)
    before = page.locator("#title").input_value()
    page.fill("#title", "まちがえた題")
    go_through(page, lambda: page.get_by_role("button", name="保存する").click())
    page.goto(LAYER)
    page.get_by_role("link", name="この状態に戻す").first.click()
    changed = page.locator("#fields .tile")
    expect(changed).to_have_count(1)
    expect(changed).to_contain_text("まちがえた題")
    expect(changed).to_contain_text(before)
    page.fill("#why", "題をまちがえた")
    go_through(page, lambda: page.get_by_role("button", name="この状態に戻す").click())
    expect(page.locator("#title")).to_have_value(before)
    expect(page.locator("ol.line li").first).to_contain_text("題をまちがえた")
    page.get_by_role("link", name="この状態に戻す").first.click()
    go_through(page, lambda: page.get_by_role("button", name="この状態に戻す").click())
    expect(page.locator("#title")).to_have_value("まちがえた題")
