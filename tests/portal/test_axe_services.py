"""The pages of the services, with the entities of a small town in them, break no rule of WCAG 2.2 A or AA either.

A node of its own serves the sample town; its places come by import, its reports by commands, its sensors by NGSI-LD.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, Page
from test_axe import WIDTHS_PX, judge
from window import CHROMIUM, open_chromium

from kaiteki.model.words import LANGUAGES
from kaiteki.world.devices import entities_at
from kaiteki.world.pictures import draw_photo
from kaiteki.world.town import read_town
from node_under_test import NodeUnderTest, start_node, stop_node

ROOT = Path(__file__).parents[2]
PASSWORD = "a long sample password"
ROWS_REFUSED = 3
"""The exit code of an import that refused some rows: the pages tell of them."""
SENSORS_AT_S = 1_790_000_000.0
REPORTS = (
    ("graffiti", "壁に大きな落書きがあります。", 35.35, 141.02),
    ("park", "ベンチの板が折れています。", 35.375, 141.065),
    ("road", "歩道に穴があり、自転車が落ちそうです。", 35.33, 141.05),
    ("light", "街灯が消えていて、夜は暗いです。", 35.34, 141.06),
    ("park", "ブランコの鎖がさびています。", 35.36, 141.03),
)
TASK = {
    "what": "いっしょに落書きを消しましょう。",
    "starts_at": "2030-05-05T01:00:00Z",
    "ends_at": "2030-05-05T03:00:00Z",
    "insurance": "市のボランティア保険に入ります。",
}
THEME = {
    "code": "lamps",
    "title": "暗い道をさがそう",
    "text": "夜に暗いと感じた所を知らせてください。",
    "category": "light",
    "date_start": "2026-01-01T00:00:00Z",
    "date_end": "2035-01-01T00:00:00Z",
}
SITES = """共通ID,施設・場所名,住所,緯度,経度,洪水,津波,地震,指定避難所との住所同一,電話番号
E9900190000001201,港小学校,見本市港区1,35.35,141.02,,1,1,1,0470-00-0001
E9900190000002201,丘公園,見本市丘区2,35.375,141.065,1,1,1,,
E9900190000003201,畑中学校,見本市畑区3,35.325,141.068,1,,1,1,
"""
AED = "NO,名称,住所,緯度,経度,設置位置,小児対応設備の有無\n1,市役所,見本市1,35.35,141.05,1階,有\n2,,見本市2,35.35,141.05,,無\n"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeUnderTest]:
    """A node whose town has places, reports in several states, a task, a theme and sensors."""
    folder = tmp_path_factory.mktemp("lived-in")
    node = start_node(folder / "data", areas=("demo",))
    try:
        fill(node, folder)
        yield node
    finally:
        stop_node(node)


def fill(node: NodeUnderTest, folder: Path) -> None:
    """Bring the town in as people and machines do."""
    for name, text in (("emergency.csv", SITES), ("aed.csv", AED)):
        (folder / name).write_text(text, encoding="utf-8")
        told = ("--source", "見本市", "--licence", "CC BY 4.0")
        done = node.command("import", str(folder / name), "--city", "demo", *told)
        assert done.returncode in (0, ROWS_REFUSED), done.stdout + done.stderr
    added = node.command(
        "user", "add", "clerk", "--name", "見本 花子", "--role", "staff", given=PASSWORD + "\n"
    )
    assert added.returncode == 0, added.stderr
    made = node.command("user", "add", "office", "--name", "見本 窓口", "--machine", "--role", "staff")
    office = {"authorization": f"Bearer {made.stdout.split()[-1]}"}
    for category, text, latitude, longitude in REPORTS:
        form = {"category": category, "description": text, "latitude": latitude, "longitude": longitude}
        run(node, "submit", {**form, "address": "見本市 1丁目"})
    first, second = (one["id"] for one in listed(node)[:2])
    run(node, "assign", {"id": first}, office)
    run(node, "make_task", {"id": first, **TASK}, office)
    run(node, "assign", {"id": second, "why": "確認に伺います。"}, office)
    run(node, "open_theme", THEME, office)
    sensors = entities_at(1, read_town(ROOT / "cities" / "demo"), SENSORS_AT_S)
    kept = node.ask("POST", "/ngsi-ld/v1/entityOperations/upsert", sensors, office)
    assert kept.status in (201, 204), kept.body


def run(node: NodeUnderTest, name: str, form: Any, headers: dict[str, str] | None = None) -> None:
    """Run a command of まちレポ."""
    done = node.ask("POST", f"/demo/services/reports/{name}", form, headers)
    assert done.status == 200, done.body


def listed(node: NodeUnderTest, kind: str = "Report") -> list[dict[str, Any]]:
    """All entities of a type, with plain values."""
    return node.ask("GET", f"/ngsi-ld/v1/entities?type={kind}&options=keyValues&limit=100").json()


def public_pages(node: NodeUnderTest) -> list[str]:
    """What anybody opens: home, map and search with content, and every public page of the services."""
    reports, sites, data = (listed(node, kind) for kind in ("Report", "EvacuationSite", "DataSet"))
    sensor = listed(node, "WeatherObserved")[0]["id"]
    return [
        "/demo/",
        "/demo/map?layer=EvacuationSite",
        "/demo/map?layer=Report",
        "/demo/map?layer=WeatherObserved",
        f"/demo/search?q={quote('小学校')}",
        f"/demo/things/WeatherObserved/{sensor}",
        "/demo/field/town",
        "/demo/reports",
        *(f"/demo/reports/{one['number']}" for one in reports[:3]),
        "/demo/reports/tasks",
        "/demo/my/reports",
        "/demo/reports/themes",
        "/demo/reports/statistics",
        "/demo/places",
        f"/demo/places/{sites[0]['id']}",
        "/demo/data",
        f"/demo/data/{data[0]['id']}",
    ]


def staff_pages(node: NodeUnderTest) -> list[str]:
    """What a clerk opens."""
    reports, data = listed(node), listed(node, "DataSet")
    return [
        "/demo/reports/desk?queue=new",
        *(f"/demo/reports/desk?queue=open&open={one['number']}" for one in reports[:3]),
        *(f"/demo/data/{one['id']}/{page}" for one in data[:1] for page in ("quality", "mapping")),
        "/demo/desk",
        "/demo/desk/reports/Report",
        "/demo/my",
    ]


async def tell(page: Page, photo: Path, language: str) -> dict[str, Any]:
    """Report something as a resident does, and judge every step on the way."""
    wrong: dict[str, Any] = {}

    async def step(name: str, button: str) -> None:
        wrong.update(await judge(page, f"{name} {language}"))
        before = page.url
        await page.locator(button).last.click()
        await page.wait_for_url(lambda url: url != before)

    await page.goto("/demo/reports/new")
    await page.locator("input[name=category][value=graffiti]").check(force=True)
    await step("new", "main form.stack button[type=submit]")
    await page.fill("input[name=place_address]", "見本市港区 1丁目")
    await page.locator("details.place-numbers summary").click()
    # a place of its own for each language, so that nobody is asked whether it means a report that is there already
    await page.fill("input[name=place_lat]", f"{35.37 + LANGUAGES.index(language) / 100:.2f}")
    await page.fill("input[name=place_lon]", "141.02")
    await step("place", "main form.stack button[type=submit]")
    await page.set_input_files("input[name=photos]", photo)
    await page.fill("textarea[name=description]", "橋の下にも落書きがあります。")
    await step("photo", "main form.stack button[type=submit]")
    await step("check", "main form[data-sent] button")
    wrong.update(await judge(page, f"done {language}"))
    await page.goto("/demo/reports/" + page.url.rsplit("/", 1)[-1].partition("?")[0])
    wrong.update(await judge(page, f"own report {language}"))
    return wrong


@asynccontextmanager
async def window(
    browser: Browser, node: NodeUnderTest, login: str = "", **options: Any
) -> AsyncGenerator[Page]:
    """A page on the node, of a visitor or signed in."""
    size = {"width": WIDTHS_PX[-1], "height": 900}
    context = await browser.new_context(
        base_url=node.url, viewport=size, bypass_csp=True, reduced_motion="reduce", locale="ja-JP", **options
    )
    page = await context.new_page()
    if login:
        await page.goto("/demo/sign-in")
        await page.fill("input[name=login]", login)
        await page.fill("input[name=password]", PASSWORD)
        await page.click("main button")
        await page.wait_for_url(lambda url: "sign-in" not in url)
    yield page
    await context.close()


async def test_no_page_of_a_service_breaks_a_rule(lived_in: NodeUnderTest, tmp_path: Path) -> None:
    photo = tmp_path / "wall.jpg"
    photo.write_bytes(draw_photo("paint", 4))
    wrong: dict[str, Any] = {}
    async with open_chromium() as browser:

        async def walk(language: str) -> None:
            for login, paths in (("", public_pages(lived_in)), ("clerk", staff_pages(lived_in))):
                async with window(browser, lived_in, login) as page:
                    await page.goto(f"/demo/?lang={language}")
                    for path in paths:
                        answer = await page.goto(path)
                        assert answer is not None and answer.status == 200, path
                        wrong.update(await judge(page, f"{path} {language}"))
                    if not login:
                        wrong.update(await tell(page, photo, language))

        await asyncio.gather(*(walk(language) for language in LANGUAGES))
    assert wrong == {}


async def test_the_desk_is_worked_with_keys(lived_in: NodeUnderTest) -> None:
    """J opens the next row, K the one before, A goes to the button of the next best action; not while somebody writes."""
    async with open_chromium() as browser, window(browser, lived_in, "clerk") as page:
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
        await page.focus("input[name=q]")
        await page.keyboard.type("jka")
        assert await page.input_value("input[name=q]") == "jka"
        assert page.url.partition("#")[0].endswith(f"open={numbers[1]}")
