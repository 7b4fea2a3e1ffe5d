"""The map of the town in a real browser that draws WebGL without a graphics card: layers, places, measuring, sharing, keys, and without a script."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyproj
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from node_under_test import NodeUnderTest, start_node, stop_node
from waiting import LONG_MS

pytestmark = pytest.mark.browser
WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
SITES, SHELTERS = "evacuation-flood", "shelters"
FILES = {
    "emergency.csv": """共通ID,施設・場所名,住所,緯度,経度,洪水,津波,地震,大規模な火事,指定避難所との住所同一
E9900190000001201,港小学校,見本市港区1,35.350,141.020,1,1,1,1,
E9900190000002201,丘公園,見本市丘区2,35.375,141.065,,1,1,,
E9900190000003201,畑中学校,見本市畑区3,35.325,141.068,1,,1,1,
""",
    "aed.csv": """NO,名称,住所,緯度,経度,設置位置,小児対応設備の有無
1,市役所,見本市1,35.35,141.05,1階,有
2,港の家,見本市2,35.351,141.051,入口,無
""",
}
RENDERED = """layer => {
  const { map } = document.querySelector('kaiteki-layers');
  const drawn = map.queryRenderedFeatures().filter(one => one.layer.metadata?.layer === layer);
  return [...new Set(drawn.map(one => one.properties.name))].sort();
}"""
"""The names of the features of a layer that are drawn."""


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
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeUnderTest]:
    """A node whose town has three evacuation sites, two of them for floods, and two AEDs."""
    folder = tmp_path_factory.mktemp("mapped")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    node = start_node(folder / "data", areas=("demo",))
    try:
        done = node.command("import", *(str(folder / name) for name in FILES), "--city", "demo")
        assert done.returncode == 0, done.stdout + done.stderr
        yield node
    finally:
        stop_node(node)


def open_page(chromium: Browser, town: NodeUnderTest, **options: Any) -> Page:
    """A window on the node of somebody who is in the harbour and lets pages know it."""
    told: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, **options}
    context = chromium.new_context(
        base_url=town.url,
        locale="ja-JP",
        geolocation={"longitude": 141.0512, "latitude": 35.3534},
        permissions=["geolocation", "clipboard-read", "clipboard-write"],
        service_workers="block",
        reduced_motion="reduce",
        **told,
    )
    context.set_default_timeout(LONG_MS)
    return context.new_page()


@pytest.fixture
def page(chromium: Browser, town: NodeUnderTest) -> Iterator[Page]:
    """A desk with a script."""
    opened = open_page(chromium, town)
    yield opened
    opened.context.close()


def go(page: Page, path: str) -> None:
    """Open the map and wait until it moves."""
    page.goto(path)
    expect(page.locator("kaiteki-layers[data-live]")).to_be_attached()


def drawn(page: Page, layer: str, names: list[str]) -> None:
    """Wait until exactly these features of a layer are drawn."""
    page.wait_for_function(
        f"([layer, names]) => JSON.stringify(({RENDERED})(layer)) === JSON.stringify(names)",
        arg=[layer, names],
    )


def asked(page: Page) -> dict[str, str]:
    """The address as the page has it."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_layers_are_switched_drawn_listed_ordered_and_faded(page: Page) -> None:
    go(page, "/demo/maps?layers=")
    box = page.get_by_label("指定緊急避難場所（洪水）", exact=True)
    page.locator("summary", has_text="防災・災害").click()
    box.check()
    drawn(page, SITES, ["港小学校", "畑中学校"])
    expect(page.locator("#maps-shown li")).to_have_count(1)
    expect(page.locator("#maps-notes")).to_contain_text("参考図")
    expect(page.locator("#maps-seen li a")).to_have_text(["港小学校", "畑中学校"])
    expect(page.locator("[data-status]")).to_have_text("この範囲に 2 件")
    page.get_by_label("指定避難所", exact=True).check()
    page.wait_for_url(re.compile(f"layers={SHELTERS},{SITES}"))
    page.get_by_role("button", name="指定避難所を下に重ねる").click()
    page.wait_for_url(re.compile(f"layers={SITES},{SHELTERS}"))
    page.locator(f"[id='o.{SITES}']").fill("40")
    page.wait_for_url(re.compile("opacity=40,100"))
    opacity = "() => document.querySelector('kaiteki-layers').map.getPaintProperty('evacuation-flood|0|sign', 'icon-opacity')"
    assert page.evaluate(opacity) == pytest.approx(0.4)
    page.get_by_role("button", name="指定緊急避難場所（洪水）を外す").click()
    drawn(page, SITES, [])
    expect(box).not_to_be_checked()
    page.wait_for_url(re.compile(f"layers={SHELTERS}&"))


def test_an_address_that_was_shared_shows_the_same(
    page: Page, chromium: Browser, town: NodeUnderTest
) -> None:
    go(page, f"/demo/maps?layers={SITES}&opacity=60&at=141.02,35.35&z=15")
    drawn(page, SITES, ["港小学校"])
    page.evaluate(
        "document.querySelector('kaiteki-layers').map.jumpTo({center: [141.067, 35.326], zoom: 14})"
    )
    drawn(page, SITES, ["畑中学校"])
    page.get_by_role("button", name="この地図を共有").click()
    expect(page.locator("[data-status]")).to_have_text("この地図のアドレスをコピーしました。")
    shared = page.evaluate("navigator.clipboard.readText()")
    other = open_page(chromium, town)
    go(other, shared)
    drawn(other, SITES, ["畑中学校"])
    there = other.evaluate(
        "() => { const { map } = document.querySelector('kaiteki-layers'); return [map.getZoom(), map.getCenter().lng, map.getCenter().lat]; }"
    )
    assert there == pytest.approx([14, 141.067, 35.326], abs=1e-5)
    expect(other.locator(f"[id='o.{SITES}']")).to_have_value("60")
    other.context.close()


def test_a_search_goes_to_the_place_that_is_chosen(page: Page) -> None:
    go(page, f"/demo/maps?layers={SITES}")
    page.fill("#q", "丘公園")
    page.keyboard.press("Enter")
    page.locator("#maps-found a", has_text="丘公園").click()
    page.wait_for_url(re.compile(r"at=141\.065,35\.375"))
    expect(page.locator(".maplibregl-marker:not(:has(.map-name)):not(.map-name)")).to_have_count(1)
    page.fill("#q", "35.35, 141.05")
    page.keyboard.press("Enter")
    page.locator("#maps-found a").click()
    page.wait_for_url(re.compile(r"at=141\.05,35\.35&"))


def test_a_length_and_an_area_are_measured_along_the_earth_and_undone(page: Page) -> None:
    go(page, "/demo/maps?layers=&at=141.05,35.35&z=14")
    page.get_by_role("button", name="距離を測る").click()
    told = page.locator("#maps-measured")
    expect(told).to_contain_text("地図を押すか")
    # where each press fell, as the map says it: the page may move while its words grow
    page.evaluate(
        """() => {
            window.pressed = [];
            document.querySelector("kaiteki-layers").map.on("click", (event) => window.pressed.push(event.lngLat.toArray()));
        }"""
    )
    places = press_corners(page, told)
    earth: Any = pyproj.Geod(ellps="GRS80")
    assert number_of(told.inner_text()) * 1000 == pytest.approx(
        earth.line_length(*zip(*places, strict=True)), rel=2e-3
    )
    page.get_by_role("button", name="1つ戻す").click()
    expect(told).to_contain_text("（点 2）")
    page.get_by_role("button", name="面積を測る").click()
    expect(told).to_contain_text("地図を押すか")
    places = press_corners(page, told)
    expect(told).to_contain_text("ha")
    area = abs(earth.polygon_area_perimeter(*zip(*places, strict=True))[0])
    assert number_of(told.inner_text()) * 10_000 == pytest.approx(area, rel=4e-3)
    page.get_by_role("button", name="測るのをやめる").click()
    expect(told).to_have_count(0)


def press_corners(page: Page, told: Locator) -> list[list[float]]:
    """Press three places of the map, each after the one before is told of; where they lie."""
    page.evaluate("window.pressed.length = 0")
    figure = page.locator(".maps-figure canvas")
    for number, (x, y) in enumerate([(200, 200), (500, 200), (500, 450)], 1):
        figure.click(position={"x": x, "y": y})
        expect(told).to_contain_text(f"（点 {number}）")
    return page.evaluate("window.pressed")


def number_of(text: str) -> float:
    """The first number of a text."""
    found = re.search(r"[\d,]+(\.\d+)?", text)
    assert found is not None, text
    return float(found[0].replace(",", ""))


def test_my_position_is_asked_for_when_somebody_presses(page: Page) -> None:
    go(page, "/demo/maps?layers=")
    page.get_by_role("button", name="現在地").click()
    expect(page.locator("[data-status]")).to_contain_text("現在地を表示しました")
    page.wait_for_url(re.compile(r"at=141\.0512,35\.3534"))


def test_keys_alone_move_measure_and_switch(page: Page) -> None:
    go(page, f"/demo/maps?layers={SITES}&at=141.02,35.35&z=15")
    canvas = page.locator(".maps-figure canvas")
    canvas.focus()
    expect(page.locator(".maps-cross")).to_be_visible()
    before = page.evaluate("document.querySelector('kaiteki-layers').map.getCenter().toArray()")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "lon => document.querySelector('kaiteki-layers').map.getCenter().lng > lon", arg=before[0]
    )
    page.get_by_role("button", name="距離を測る").press("Enter")
    expect(canvas).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#maps-measured")).to_contain_text("（点 1）")
    page.keyboard.press("Backspace")
    expect(page.locator("#maps-measured")).to_contain_text("地図を押すか")
    page.keyboard.press("Escape")
    expect(page.locator("#maps-measured")).to_have_count(0)
    page.locator(f"[id='on.{SITES}']").focus()
    page.keyboard.press("Space")
    drawn(page, SITES, [])
    expect(page.locator(f"[id='on.{SITES}']")).to_be_focused()


@pytest.mark.parametrize("way", ["no script", "no WebGL"])
def test_without_a_moving_map_the_page_does_the_same(
    chromium: Browser, town: NodeUnderTest, way: str
) -> None:
    page = open_page(
        chromium, town, java_script_enabled=way != "no script", viewport={"width": 390, "height": 844}
    )
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(f"/demo/maps?layers={SITES}&at=141.03,35.34&z=11")
    expect(page.locator(".maps-figure svg title", has_text="港小学校")).to_have_count(1)
    expect(page.locator("#maps-seen li a")).to_have_text(["港小学校", "畑中学校"])
    page.get_by_label("指定避難所", exact=True).check()
    page.get_by_role("button", name="地図に出す").click()
    page.wait_for_url(re.compile(f"layers={SHELTERS},{SITES}"))
    page.get_by_role("button", name="指定避難所を下に重ねる").click()
    page.wait_for_url(re.compile(f"layers={SITES},{SHELTERS}"))
    page.get_by_role("link", name="拡大").click()
    page.wait_for_url(re.compile("z=12"))
    page.fill("#q", "丘公園")
    page.get_by_role("button", name="さがす").click()
    page.locator("#maps-found a", has_text="丘公園").click()
    page.wait_for_url(re.compile(r"at=141\.065,35\.375&z=17"))
    assert asked(page)["layers"] == f"{SITES},{SHELTERS}"
    page.context.close()


def test_tiles_of_the_node_are_drawn_and_pressing_a_place_tells_all_about_it(page: Page) -> None:
    fetched: list[tuple[int, str]] = []
    page.on("response", lambda one: fetched.append((one.status, one.url)) if "/tiles/" in one.url else None)
    go(page, "/demo/maps?layers=aed&at=141.05,35.35&z=16")
    drawn(page, "aed", ["市役所", "港の家"])
    assert {status for status, _ in fetched} <= {200, 204}
    assert any("/ogc/collections/AED/tiles/WebMercatorQuad/" in url for _, url in fetched)
    page.locator(".maps-figure canvas").click()
    place = page.locator("#maps-place")
    expect(place.locator("h2").first).to_be_focused()
    expect(place).to_contain_text("市役所")
    assert (place.locator("h1").count(), place.locator("form").count(), place.locator("svg.map").count()) == (
        0,
        0,
        0,
    )
    page.get_by_role("button", name="閉じる").click()
    expect(place).to_be_hidden()
    expect(page.locator(".maps-figure canvas")).to_be_focused()
    page.keyboard.press("Enter")
    expect(place).to_contain_text("市役所")
    page.locator("#maps-print").get_by_label("縮尺").select_option("1000")
    page.get_by_role("button", name="印刷用の地図をつくる").click()
    page.wait_for_url(
        re.compile(r"/demo/maps/sheet\?layers=aed&at=141\.05%2C35\.35&scale=1000&paper=a4-portrait")
    )
    expect(page.locator("main svg[role]").first).to_be_visible()


def test_the_page_of_a_collection_leads_to_the_layers_that_show_it(town: NodeUnderTest) -> None:
    page = town.ask("GET", "/demo/ogc/collections/AED?f=html").body.decode()
    assert re.findall(r'href="(/demo/maps/layers/[^"]+)"', page) == [
        "/demo/maps/layers/urn:ngsi-ld:MapLayer:aed"
    ]
    layer = town.ask("GET", "/demo/maps/layers/urn:ngsi-ld:MapLayer:aed")
    assert 'href="/demo/maps?layers=aed"' in layer.body.decode()
    assert "/demo/maps/layers/" not in town.ask("GET", "/demo/ogc/collections/Shop?f=html").body.decode()
