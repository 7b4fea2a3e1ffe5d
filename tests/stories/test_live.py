"""Pages that answer without a reload, with the same HTML: search, filters, follow, photos that are kept as soon as they are chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Page, expect

from kaiteki.world.pictures import draw_photo
from node_under_test import NodeUnderTest
from waiting import LONG_MS

pytestmark = pytest.mark.browser
POLL_MS = 100


@pytest.fixture(scope="module")
def number(node: NodeUnderTest) -> str:
    """A report to be found."""
    form = {"category": "graffiti", "description": "すぐ見つかる落書き", "address": "畑区域 3丁目"}
    return str(node.ask("POST", "/demo/services/reports/submit", form).json()["number"])


@pytest.fixture
def page(chromium: Browser, node: NodeUnderTest) -> Iterator[Page]:
    """A browser that remembers whether it loaded a page anew."""
    context = chromium.new_context(base_url=node.url, locale="ja-JP", service_workers="block")
    context.set_default_timeout(LONG_MS)
    opened = context.new_page()
    yield opened
    context.close()


def until_kept(page: Page, path: str, words: str) -> None:
    """What a page says while it is left arrives beside the next page: wait until the server has it, as a page tells."""
    for _ in range(int(LONG_MS / POLL_MS)):
        if re.search(words, page.context.request.get(path).text()):
            return
        page.wait_for_timeout(POLL_MS)
    raise AssertionError(f"{words} is not kept")


def stay(page: Page) -> None:
    """Leave a mark that is gone after a reload."""
    page.evaluate("window.stayed = true")


def stayed(page: Page) -> bool:
    """Whether the page was not loaded anew since `stay`."""
    return bool(page.evaluate("window.stayed === true"))


def test_search_and_filters_answer_while_one_writes(page: Page, number: str) -> None:
    page.goto("/demo/search")
    stay(page)
    page.locator("main input[type=search]").press_sequentially("すぐ見つかる")
    expect(page.locator("#found .results a")).to_have_text("すぐ見つかる落書き")
    expect(page.locator("#found [role=status]")).to_contain_text("すぐ見つかる")
    expect(page.locator("main input[type=search]")).to_be_focused()
    assert stayed(page) and "q=すぐ見つかる" in unquote(page.url)

    page.goto("/demo/reports")
    page.locator("details.filters summary").click()
    stay(page)
    page.select_option("#category", "light")
    page.fill("#q", "すぐ見つかる")
    expect(page.locator("#found .empty")).to_be_visible()
    page.select_option("#category", "graffiti")
    expect(page.locator("#found .near-list li")).to_have_count(1)
    assert stayed(page) and "category=graffiti" in page.url
    page.reload()
    expect(page.locator("#found .near-list li")).to_have_count(1)


def test_following_changes_the_button_alone(page: Page, number: str) -> None:
    page.goto(f"/demo/reports/{number}")
    stay(page)
    page.get_by_role("button", name="続報を受け取る").click()
    expect(page.get_by_role("button", name="続報を止める")).to_be_visible()
    expect(page.locator("#follow [role=status]")).to_contain_text("1人")
    page.get_by_role("button", name="続報を止める").click()
    expect(page.get_by_role("button", name="続報を受け取る")).to_be_visible()
    assert stayed(page)


def test_photos_that_were_chosen_are_kept_whatever_happens_next(page: Page, tmp_path: Path) -> None:
    for name in ("near", "far"):
        (tmp_path / f"{name}.jpg").write_bytes(draw_photo("paint", len(name)))
    page.goto("/demo/reports/new")
    page.set_input_files("#photos", tmp_path / "near.jpg")
    expect(page.locator("#photo-part .photo img")).to_have_count(1)
    page.set_input_files("#photos", tmp_path / "far.jpg")
    expect(page.locator("#photo-part .photo img")).to_have_count(2)
    page.locator("input[name=category][value=graffiti]").check(force=True)
    page.goto("/demo/")
    until_kept(page, "/demo/reports/new", r'<input(?=[^>]*value="graffiti")[^>]*\bchecked')
    page.goto("/demo/reports/new")
    expect(page.locator("#photo-part .photo img")).to_have_count(2)
    expect(page.locator("input[name=category]:checked")).to_have_value("graffiti")
    page.locator("main form.stack > button").click()
    # the page keeps what is written once its script is there
    page.wait_for_url("**/reports/new/place*")
    page.fill("#place_address", "畑区域 4丁")
    page.locator("p.back a").click()
    until_kept(page, "/demo/reports/new/place", "畑区域 4丁")
    page.locator("main form.stack > button").click()
    page.wait_for_url("**/reports/new/*")
    page.goto("/demo/reports/new/place")
    expect(page.locator("#place_address")).to_have_value("畑区域 4丁")
