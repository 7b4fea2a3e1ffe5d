"""A resident without a network, in a real browser: the app installs, reports wait on the phone, each arrives exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from unsteady_line import UnsteadyLine, unsteady_line

from kaiteki.world.pictures import draw_photo
from node_under_test import NodeUnderTest
from waiting import LONG_MS

pytestmark = pytest.mark.browser
REPORTS = 20
LOST = (1, 8, 15)
"""The answers that get lost: one of the first sending and one of each forced retry but the last."""
SEND = "kaiteki-outbox form > button[type=submit]"
KEPT = "caches.keys().then(all => Promise.all(all.map(name => caches.open(name).then(one => one.keys())))).then(all => all.flat().map(one => one.url))"


@pytest.fixture
def line(node: NodeUnderTest) -> Iterator[UnsteadyLine]:
    with unsteady_line(node.url) as opened:
        yield opened


@pytest.fixture
def phone(chromium: Browser, line: UnsteadyLine) -> Iterator[BrowserContext]:
    """A phone that visited the town once, so that its browser keeps what everybody sees."""
    context = chromium.new_context(
        base_url=line.url, locale="ja-JP", viewport={"width": 390, "height": 844}, has_touch=True
    )
    context.set_default_timeout(LONG_MS)
    page = context.new_page()
    page.goto("/demo/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    yield context
    context.close()


def told(node: NodeUnderTest, mark: str) -> list[str]:
    """The descriptions of the reports whose description begins with a mark, as the city has them."""
    answer = node.ask("GET", "/ngsi-ld/v1/entities?type=Report&limit=200&options=keyValues&local=true")
    texts = [str(one.get("description", "")) for one in answer.json()]
    return sorted(text for text in texts if text.startswith(mark))


def write(page: Page, text: str, place: str) -> None:
    """Fill the one page and keep it."""
    page.select_option("#category", "graffiti")
    page.fill("#place_address", place)
    page.fill("#description", text)
    page.click(SEND)
    expect(page.locator("#description")).to_have_value("")


def states(page: Page) -> list[str]:
    """The state of everything on this device."""
    return page.locator("[data-list] .tag").all_inner_texts()


def test_twenty_reports_written_without_a_network_arrive_exactly_once(
    phone: BrowserContext, line: UnsteadyLine, node: NodeUnderTest, tmp_path: Path
) -> None:
    photo = tmp_path / "wall.jpg"
    photo.write_bytes(draw_photo("paint", 4))
    page = phone.pages[0]
    phone.set_offline(True)
    page.goto("/demo/reports/new")
    texts = [f"圏外{number:02}" for number in range(REPORTS)]
    for number, text in enumerate(texts):
        if number < 2:
            page.set_input_files("#photos", photo)
        write(page, text, f"畑区域 {number}丁目")
    assert states(page) == ["送信待ち"] * REPORTS
    page.reload()
    expect(page.locator("[data-list] li")).to_have_count(REPORTS)
    assert (told(node, "圏外"), line.posts) == ([], [])

    line.loses = lambda path, count: count in LOST
    phone.set_offline(False)
    for retry, _ in enumerate(LOST):
        wait_until(page, lambda retry=retry: line.lost == retry + 1)
        assert "送信待ち" in states(page)
        page.locator("[data-do=send]").first.click()
    expect(page.locator("[data-list] .tag", has_text="届きました")).to_have_count(REPORTS)
    assert told(node, "圏外") == texts
    assert len(line.posts) == REPORTS + len(LOST)
    assert len(set(page.locator("[data-part=see]").all_inner_texts())) == REPORTS
    with_photo = page.locator("[data-list] li", has_text="畑区域 0丁目").locator("[data-part=see]")
    page.goto(f"/demo/reports/{with_photo.inner_text()}")
    expect(page.locator("main img").first).to_be_visible()


DRAFT_KEPT = """async () => {
  const [draft] = (await outbox.all('demo')).filter(one => one.state === 'draft');
  return draft?.files.length === 1 && draft.fields.description?.[0] === '途中で切れた';
}"""
"""Whether the device keeps what is half written, with its photo."""


def wait_until(page: Page, done: Any) -> None:
    """Let the browser work until something holds."""
    for _ in range(int(LONG_MS / 100)):
        if done():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it does not come about")


def test_a_journey_that_loses_the_network_goes_on_where_it_was(
    phone: BrowserContext, line: UnsteadyLine, node: NodeUnderTest, tmp_path: Path
) -> None:
    photo = tmp_path / "wall.jpg"
    photo.write_bytes(draw_photo("paint", 5))
    page = phone.pages[0]
    page.goto("/demo/reports/new")
    page.locator("input[name=category][value=graffiti]").check(force=True)
    page.locator("main form.stack > button").click()
    page.fill("#place_address", "丘区域 7丁目")
    page.locator("main form.stack > button").click()
    page.wait_for_url("**/photo")
    phone.set_offline(True)
    page.fill("#description", "途中で切れた")
    page.locator("main form.stack > button").click()
    page.wait_for_url("**/reports/new/offline?entry=*")
    for field, value in (
        ("#category", "graffiti"),
        ("#place_address", "丘区域 7丁目"),
        ("#description", "途中で切れた"),
    ):
        expect(page.locator(field)).to_have_value(value)
    page.set_input_files("#photos", photo)
    expect(page.locator(".thumbs img")).to_have_count(1)
    wait_until(page, lambda: page.evaluate(DRAFT_KEPT))
    page.close()

    page = phone.new_page()
    page.goto("/demo/reports/new/offline")
    expect(page.locator("#description")).to_have_value("途中で切れた")
    expect(page.locator(".thumbs img")).to_have_count(1)
    page.click(SEND)
    expect(page.locator("[data-list] .tag")).to_have_text("送信待ち")
    page.locator("[data-do=edit]").click()
    expect(page.locator("#description")).to_have_value("途中で切れた")
    page.fill("#description", "途中で切れた、書き直した")
    page.click(SEND)
    phone.set_offline(False)
    expect(page.locator("[data-list] .tag")).to_have_text("届きました")
    assert told(node, "途中で切れた") == ["途中で切れた、書き直した"]
    page.goto("/demo/reports/new")
    expect(page.locator("input[name=category]:checked")).to_have_count(0)


def test_a_lost_answer_to_the_last_step_makes_no_second_report(
    phone: BrowserContext, line: UnsteadyLine, node: NodeUnderTest
) -> None:
    page = phone.pages[0]
    page.goto("/demo/reports/new")
    page.locator("input[name=category][value=graffiti]").check(force=True)
    page.locator("main form.stack > button").click()
    page.fill("#place_address", "丘区域 8丁目")
    page.locator("main form.stack > button").click()
    page.fill("#description", "答えが来なかった")
    page.locator("main form.stack > button").click()
    page.wait_for_url("**/check")
    line.loses = lambda path, count: path.endswith("/check")
    page.locator("main form.stack > button").click()
    page.wait_for_url("**/reports/new/offline?entry=*")
    expect(page.locator("[data-list] .tag")).to_have_text("届きました")
    assert told(node, "答えが") == ["答えが来なかった"]


def test_the_app_installs_and_keeps_no_page_of_a_person(phone: BrowserContext, line: UnsteadyLine) -> None:
    page = phone.pages[0]
    tools = phone.new_cdp_session(page)
    found = tools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # a window without memory, as tests have it, installs nothing: that must be all that Chromium has against it
    assert [one["errorId"] for one in found] == ["in-incognito"]
    manifest = tools.send("Page.getAppManifest")
    assert (manifest["errors"], manifest["url"].removeprefix(line.url)) == (
        [],
        "/demo/manifest.webmanifest?lang=ja",
    )
    for path in ("/demo/my", "/demo/sign-in", "/demo/reports", "/demo/reports/new"):
        page.goto(path)
    kept = {url.removeprefix(line.url).partition("?")[0] for url in page.evaluate(KEPT)}
    pages = {path for path in kept if not path.startswith("/static/")}
    assert pages == {
        "/demo/offline",
        "/demo/reports/new/offline",
        "/demo/look.css",
        "/demo/outline.geojson",
        "/demo/looked",
        "/demo/language",
    }
    phone.set_offline(True)
    for language, heading in (
        ("ja", "インターネットにつながっていません"),
        ("en", "You are offline"),
        ("ja-easy", "インターネットに つながって いません"),
    ):
        page.goto(f"/demo/my?lang={language}")
        assert page.locator("h1").text_content() == heading
