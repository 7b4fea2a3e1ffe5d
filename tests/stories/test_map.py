"""Maps that move, in a real browser that draws WebGL without a graphics card: pins, their things, picking a place, and without."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from node_under_test import NodeUnderTest
from waiting import LONG_MS

pytestmark = pytest.mark.browser
WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PLACES = ((141.02, 35.32), (141.05, 35.35), (141.08, 35.38))
MOVE, PICK = "動かせる地図にする", "地図で選ぶ"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium that draws WebGL in software."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is absent (Debian package chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *WEBGL])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def reports(node: NodeUnderTest) -> list[str]:
    """The numbers of three reports with places apart from each other."""
    numbers: list[str] = []
    for lon, lat in PLACES:
        form = {"category": "graffiti", "description": f"地図の{lat}", "longitude": lon, "latitude": lat}
        answer = node.ask("POST", "/demo/services/reports/submit", form)
        assert answer.status == 200, answer.body
        numbers.append(answer.json()["number"])
    return numbers


@pytest.fixture
def page(chromium: Browser, node: NodeUnderTest) -> Iterator[Page]:
    """A phone that knows where it is."""
    context = chromium.new_context(
        base_url=node.url,
        locale="ja-JP",
        viewport={"width": 390, "height": 844},
        geolocation={"longitude": 141.0512, "latitude": 35.3534},
        permissions=["geolocation"],
        service_workers="block",
    )
    context.set_default_timeout(LONG_MS)
    opened = context.new_page()
    yield opened
    context.close()


def is_inside(part: dict[str, Any], whole: dict[str, Any]) -> bool:
    """Whether the middle of a box lies within another."""
    x, y = part["x"] + part["width"] / 2, part["y"] + part["height"] / 2
    return whole["x"] < x < whole["x"] + whole["width"] and whole["y"] < y < whole["y"] + whole["height"]


def test_pins_are_seen_and_open_their_thing_and_the_list_stays(page: Page, reports: list[str]) -> None:
    page.goto("/demo/reports?q=地図の")
    page.get_by_role("button", name=MOVE).click()
    pins = page.locator(".map-live .map-pin")
    expect(pins).to_have_count(len(PLACES))
    box: Any = page.locator(".map-live").bounding_box()
    assert box["width"] > 300 and box["height"] > 200
    for pin in pins.all():
        place: Any = pin.bounding_box()
        assert is_inside(place, box) and place["width"] >= 24
    assert page.locator(".near-list li").count() == len(PLACES)
    expect(page.locator(".map-name").first).to_be_visible()
    pins.first.focus()
    expect(page.locator(".near-list li[data-current]")).to_have_count(1)
    name = pins.first.get_attribute("aria-label")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(name or "")
    page.get_by_role("button", name=MOVE).click()
    expect(page.locator(".map-live .map-pin")).to_have_count(1)
    one: Any = page.locator(".map-live .map-pin").bounding_box()
    around: Any = page.locator(".map-live").bounding_box()
    assert is_inside(one, around)


def place_of(page: Page) -> tuple[float, float]:
    """Longitude and latitude as the fields have them."""
    return float(page.input_value("#place_lon")), float(page.input_value("#place_lat"))


def test_a_place_is_picked_by_pointer_by_keyboard_and_by_position(page: Page) -> None:
    page.goto("/demo/reports/new")
    page.locator("input[name=category][value=graffiti]").check(force=True)
    page.locator("main form.stack > button").click()
    page.get_by_role("button", name=PICK).click()
    pin = page.locator(".map-pin.pick")
    expect(pin).to_be_focused()
    assert page.input_value("#place_lat") == ""
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    expect(page.locator("#place_lon")).not_to_have_value("")
    lon, lat = place_of(page)
    assert 0 < lon - 141.05 < 0.01 and 0 < lat - 35.35 < 0.02
    box: Any = page.locator(".place-map canvas").bounding_box()
    page.mouse.click(box["x"] + 40, box["y"] + box["height"] - 60)
    expect(page.locator("#place_lon")).not_to_have_value(f"{lon:.6f}")
    pressed = place_of(page)
    assert pressed[0] < lon and pressed[1] < lat
    at: Any = pin.bounding_box()
    page.mouse.move(at["x"] + 18, at["y"] + 18)
    page.mouse.down()
    page.mouse.move(at["x"] + 118, at["y"] + 18, steps=5)
    page.mouse.up()
    dragged = place_of(page)
    assert dragged[0] > pressed[0] and abs(dragged[1] - pressed[1]) < 0.001
    page.get_by_role("button", name="現在地を使う").click()
    expect(page.locator("kaiteki-place [role=status]")).to_contain_text("現在地を入れました")
    assert place_of(page) == (141.0512, 35.3534)
    page.locator("main form.stack > button").click()
    page.fill("#description", "地図から")
    page.locator("main form.stack > button").click()
    expect(page.locator("figure.map.alone .m-pin").first).to_be_visible()


def test_who_gives_no_position_hears_what_to_do_instead(page: Page) -> None:
    page.context.clear_permissions()
    page.goto("/demo/reports/new/offline")
    page.get_by_role("button", name="現在地を使う").click()
    expect(page.locator("kaiteki-place [role=status]")).to_have_text(
        "現在地が分かりませんでした。住所や目印を書いてください。"
    )
    assert page.input_value("#place_lat") == ""


def test_without_webgl_nothing_is_offered_and_the_drawn_map_and_list_stay(
    page: Page, reports: list[str]
) -> None:
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto("/demo/reports?q=地図の")
    expect(page.locator("figure.map svg .m-pin")).to_have_count(len(PLACES))
    assert page.locator(".near-list li").count() == len(PLACES)
    page.wait_for_load_state("networkidle")
    assert page.get_by_role("button", name=MOVE).count() == 0
    page.goto("/demo/reports/new/offline")
    page.wait_for_load_state("networkidle")
    assert (page.get_by_role("button", name=PICK).count(), wrong) == (0, [])
