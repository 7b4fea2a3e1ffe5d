"""A clerk takes back what went wrong, in a browser without scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from turnstile import go_through

from node_under_test import NodeUnderTest

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
TOILETS = "名称,所在地_連結表記,緯度,経度,男女共用トイレ数\n港公園のトイレ,見本市港区1,35.35,141.05,2\n"
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


def test_one_record_is_corrected_seen_by_everybody_and_the_correction_undone(
    visit: OpenPage, town: NodeUnderTest, tmp_path: Path
) -> None:
    file = tmp_path / "toilets.csv"
    file.write_text(TOILETS, encoding="utf-8")
    done = town.command("import", str(file), "--city", "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    page = visit("/demo/places?kind=PublicToilet", login="clerk", script=False, width=390)
    page.locator("main a[href*='/places/urn']").first.click()
    place = page.url
    name = page.locator("h1").inner_text()
    page.get_by_role("link", name="この1件を直す").click()
    page.get_by_label("名称").first.fill("なおした名前")
    page.fill("#reason", "看板の名前が変わった")
    go_through(page, lambda: page.get_by_role("button", name="変わるところを確かめる").click())
    changed = page.locator("section[aria-labelledby=changes]")
    expect(changed).to_contain_text(name)
    expect(changed).to_contain_text("なおした名前")
    go_through(page, lambda: page.get_by_role("button", name="直す", exact=True).click())
    expect(page.locator("section[aria-labelledby=acts]")).to_contain_text("看板の名前が変わった")
    anybody = visit(place, script=False)
    expect(anybody.locator("h1")).to_have_text("なおした名前")
    expect(anybody.get_by_role("link", name="この1件を直す")).to_have_count(0)
    page.get_by_role("link", name="この訂正を取り消す").first.click()
    page.fill("#reason", "看板はもとのままだった")
    go_through(page, lambda: page.get_by_role("button", name="変わるところを確かめる").click())
    go_through(page, lambda: page.get_by_role("button", name="直す", exact=True).click())
    anybody.reload()
    expect(anybody.locator("h1")).to_have_text(name)
