"""The map of the town in a real browser that draws WebGL without a graphics card: layers, places, measuring, sharing, keys, and without a script."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pyproj
import pytest
from map_window import HIDDEN, TILES, TRIES_MAX, WEBGL, asked, drawn, go, number_of, open_page, press_corners
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from node_under_test import NodeUnderTest, start_node, stop_node

pytestmark = pytest.mark.browser
SITES, SHELTERS = "evacuation-flood", "shelters"
FILES = {
    "emergency.csv": """共通ID,施設・場所名,住所,緯度,経度,洪水,津波,地震,大規模な火事,指定避難所との住所同一
E9900190000001201,港小学校,見本市港区1,35.350,141.020,1,1,1,1,
E9900190000002201,丘公園,見本市丘区2,35.375,141.065,,1,1,,
E9900190000003201,畑中学校,見本市畑区3,35.325,141.068,1,,1,1,
""",
    "shelters.csv": """NO,名称,住所,緯度,経度,避難所面積平方メートル
1,丘小学校,見本市丘区9,35.376,141.066,500
""",
    "aed.csv": """NO,名称,住所,緯度,経度,設置位置,小児対応設備の有無
1,市役所,見本市1,35.35,141.05,1階,有
2,港の家,見本市2,35.351,141.051,入口,無
""",
}


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
    """A node whose town has three evacuation sites, two of them for floods, a shelter, and two AEDs."""
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


@pytest.fixture
def page(chromium: Browser, town: NodeUnderTest) -> Iterator[Page]:
    """A desk with a script."""
    opened = open_page(chromium, town)
    yield opened
    opened.context.close()


def unfold(page: Page, name: str) -> None:
    """Open a part that is folded; it is pressed again where the list was told anew in that very moment."""
    fold = page.locator(f"[id='{name}']")
    for _ in range(TRIES_MAX):
        if fold.evaluate("one => one.open"):
            return
        fold.locator("summary").click()
    assert fold.evaluate("one => one.open"), name


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
    unfold(page, f"more-{SITES}")
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
    page.locator("#maps-found a", has_text="35.35").click()
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
    for width in (1280, 390):
        # what is counted is seen: the drawn picture is not cut at its sides
        page.set_viewport_size({"width": width, "height": 844})
        picture, figure = (page.locator(one).bounding_box() for one in (".m-ground", ".maps-figure"))
        assert picture and figure
        assert picture["width"] > figure["width"] / 2
        assert picture["x"] >= figure["x"] - 1 and picture["y"] >= figure["y"] - 1
        assert picture["x"] + picture["width"] <= figure["x"] + figure["width"] + 1
        assert picture["y"] + picture["height"] <= figure["y"] + figure["height"] + 1
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
    page.locator("summary", has_text="印刷する").click()
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


@pytest.fixture
def phone(chromium: Browser, town: NodeUnderTest) -> Iterator[Page]:
    """A phone held upright."""
    opened = open_page(chromium, town, viewport={"width": 390, "height": 844})
    yield opened
    opened.context.close()


@pytest.mark.parametrize(("width", "language"), [(320, "en"), (390, "ja-easy")])
def test_every_tool_is_whole_on_a_phone(phone: Page, width: int, language: str) -> None:
    phone.set_viewport_size({"width": width, "height": 844})
    go(phone, f"/demo/maps?layers={SITES}&lang={language}")
    tools = phone.locator(".maps-tools .btn")
    expect(tools).to_have_count(4)
    for tool in tools.all():
        place = tool.bounding_box()
        assert place is not None
        assert 0 <= place["x"] <= place["x"] + place["width"] <= width
        assert place["height"] >= 44
        assert tool.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert phone.evaluate("document.documentElement.scrollWidth") <= width


def test_the_list_is_folded_and_stays_open_where_somebody_opened_it(phone: Page) -> None:
    go(phone, f"/demo/maps?layers={SITES},aed")
    rows = phone.locator(f"[id='rows-{SITES}']")
    expect(rows.locator("summary")).to_contain_text("2 件")
    expect(rows.locator("li").first).to_be_hidden()
    rows.locator("summary").click()
    expect(rows.locator("li").first).to_be_visible()
    phone.evaluate(
        "document.querySelector('kaiteki-layers').map.jumpTo({center: [141.067, 35.326], zoom: 14})"
    )
    expect(rows.locator("li a")).to_have_text(["畑中学校"])
    expect(rows.locator("li a")).to_be_visible()
    expect(phone.locator("#rows-aed")).to_have_count(0)
    expect(phone.locator(".maps-none")).to_contain_text("この範囲にはありません")


def test_what_the_address_asks_for_in_vain_stands_above_the_map(phone: Page) -> None:
    go(phone, f"/demo/maps?layers=nope,{SITES}")
    expect(phone.locator(".maps-faults")).to_contain_text("「nope」という地図はありません")
    phone.locator(".maps-faults").get_by_role("link", name="地図の一覧を見る").click()
    phone.wait_for_url(re.compile("/demo/maps/layers"))


def test_names_of_wards_keep_clear_of_what_layers_draw(phone: Page) -> None:
    go(phone, "/demo/maps?layers=&at=141.02,35.35&z=13")
    # where the name of the ward stands, a sign is put
    phone.evaluate(
        """() => {
          const { map } = document.querySelector('kaiteki-layers');
          const point = { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [141.02, 35.35] } };
          map.addSource('there', { type: 'geojson', data: point });
          map.addLayer({ id: 'there', type: 'circle', source: 'there', metadata: { layer: 'there' }, paint: { 'circle-radius': 10 } });
        }"""
    )
    name = phone.locator(".map-name", has_text="港区域")
    phone.wait_for_function(
        "() => document.querySelector('kaiteki-layers').map.queryRenderedFeatures({layers: ['there']}).length === 1"
    )
    phone.wait_for_function(f"() => ({HIDDEN})() === 0")
    expect(name).to_be_visible()


def test_tiles_that_are_being_prepared_are_told_of_and_asked_for_again(phone: Page) -> None:
    asked: list[str] = []
    again: list[Route] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if asked.count(route.request.url) == 1:
            route.fulfill(status=503, headers={"retry-after": "0"}, body="")
        elif told:
            route.continue_()
        else:
            again.append(route)

    told = False
    phone.route(TILES, answer)
    go(phone, "/demo/maps?layers=aed&at=141.05,35.35&z=16")
    expect(phone.locator("[data-state]")).to_contain_text("地図を準備しています")
    told = True
    for route in again:
        route.continue_()
    drawn(phone, "aed", ["市役所", "港の家"])
    expect(phone.locator("[data-state]")).to_be_hidden()


def test_after_some_times_the_map_says_that_it_failed_and_tries_again_when_asked(phone: Page) -> None:
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=503, headers={"retry-after": "0"}, body="")

    phone.route(TILES, refuse)
    go(phone, "/demo/maps?layers=aed&at=141.05,35.35&z=16")
    expect(phone.locator("[data-state]")).to_contain_text("地図の一部を出せませんでした")
    assert max(asked.count(one) for one in asked) == TRIES_MAX
    phone.unroute(TILES)
    phone.get_by_role("button", name="もう一度試す").click()
    drawn(phone, "aed", ["市役所", "港の家"])
    expect(phone.locator("[data-state]")).to_be_hidden()
