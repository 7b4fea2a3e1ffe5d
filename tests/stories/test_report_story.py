"""まちレポ from end to end in a real browser: reported with a photo, given to an office, mended by residents, seen as done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from turnstile import go_through

from kaiteki.world.pictures import draw_photo

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
PLACE = "見本市港区域 1丁目"
TABS_MAX = 160
CATEGORIES_MAX = 30


@pytest.fixture
def photos(tmp_path: Path) -> tuple[Path, Path]:
    """A photo of the wall before and after."""
    before, after = tmp_path / "before.jpg", tmp_path / "after.jpg"
    before.write_bytes(draw_photo("paint", 4))
    after.write_bytes(draw_photo("paint", 4, mended=True))
    return before, after


def tell(page: Page, photo: Path, latitude: float) -> str:
    """Report graffiti in four steps; the answer is the number of the report."""
    page.locator("input[name=category][value=graffiti]").check(force=True)
    page.locator("main form button").last.click()
    page.fill("input[name=place_address]", PLACE)
    page.locator("details.place-numbers summary").click()
    page.fill("input[name=place_lat]", str(latitude))
    page.fill("input[name=place_lon]", "141.02")
    page.locator("main form button").last.click()
    page.set_input_files("input[name=photos]", photo)
    page.fill("textarea[name=description]", "壁に大きな落書きがあります。")
    page.locator("main form.stack button").last.click()
    page.locator("main form[data-sent] button").click()
    page.wait_for_url("**/reports/done/*")
    return page.url.rsplit("/", 1)[-1].partition("?")[0]


def act(page: Page, number: str, what: str) -> None:
    """Take a step at the desk, whose form must be filled already."""
    form = page.locator("form", has=page.locator(f"button[name=do][value={what}]"))
    folded = page.locator("details.act:not([open])", has=page.locator(f"button[name=do][value={what}]"))
    if folded.count():
        folded.locator("summary").first.click()
    if what == "make_task":
        form.locator("textarea[name=what]").fill("いっしょに落書きを消しましょう。")
        form.locator("input[name=day]").fill("2030-05-05")
    form.locator(f"button[value={what}]").click()
    expect(page.locator("#detail")).to_contain_text(number)


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_wall_is_reported_and_mended_by_residents(
    visit: OpenPage, photos: tuple[Path, Path], script: bool
) -> None:
    latitude = 35.35 if script else 35.36
    resident = visit("/demo/reports/new", script=script, width=390)
    number = tell(resident, photos[0], latitude)
    resident.goto(f"/demo/reports/{number}")
    expect(resident.locator("main")).to_contain_text("受付")
    expect(resident.locator("main img").first).to_be_visible()

    desk = visit(f"/demo/reports/desk?queue=new&open={number}", login="clerk", script=script)
    act(desk, number, "assign")
    desk.goto(f"/demo/reports/desk?queue=open&open={number}")
    act(desk, number, "make_task")

    helper = visit(f"/demo/reports/{number}", login="helper", script=script)
    expect(helper.locator("main")).to_contain_text("市民協働タスク")
    helper.get_by_role("button", name="参加する").click()
    helper.set_input_files("input[name=photos] >> nth=0", photos[1])
    helper.get_by_role("button", name="完了を報告する").click()
    expect(helper.locator("main")).to_contain_text("完了報告")

    for login in ("neighbour", "passer-by"):
        other = visit(f"/demo/reports/{number}", login=login, script=script)
        other.get_by_role("button", name="直っている", exact=True).click()

    resident.goto(f"/demo/reports/{number}")
    expect(resident.locator("h1 ~ *, main header, main").first).to_contain_text("済")
    answer = resident.request.get(f"/ngsi-ld/v1/entities/urn:ngsi-ld:Report:{number}?options=keyValues")
    assert answer.json()["status"] == "closed"


def reach(page: Page, selector: str) -> None:
    """Press Tab until the focus is on something; fails where the keyboard does not get there."""
    for _ in range(TABS_MAX):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {selector} on {page.url}")


def test_a_report_is_made_by_keyboard_alone(visit: OpenPage) -> None:
    page = visit("/demo/reports/new")
    reach(page, "input[name=category]")
    for _ in range(CATEGORIES_MAX):
        if page.evaluate("document.activeElement.value") == "graffiti" and page.evaluate(
            "document.activeElement.checked"
        ):
            break
        page.keyboard.press("ArrowDown")
    for _step in ("category", "place", "photo"):
        if page.url.endswith("/place"):
            reach(page, "input[name=place_address]")
            page.keyboard.type(PLACE)
        if page.url.endswith("/photo"):
            reach(page, "textarea[name=description]")
            page.keyboard.type("キーボードだけで知らせています。")
        before = page.url
        reach(page, "main form.stack button[type=submit]")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url, before=before: url != before)
    reach(page, "main form[data-sent] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/done/*")
    expect(page.locator("main")).to_contain_text("R-")


def press(page: Page, selector: str) -> None:
    """Go to a button by keyboard and press it; the page that follows is awaited."""
    reach(page, selector)
    go_through(page, lambda: page.keyboard.press("Enter"))


def unfold(page: Page, what: str) -> str:
    """Open the folded form of a step by keyboard; the answer selects things inside it."""
    inside = f"#act-{what}"
    if not page.locator(f"{inside}[open]").count():
        reach(page, f"{inside} > summary")
        page.keyboard.press("Enter")
    return inside


def test_a_report_is_mended_at_the_desk_by_keyboard_alone(
    visit: OpenPage, photos: tuple[Path, Path], password: str
) -> None:
    number = tell(visit("/demo/reports/new", width=390), photos[0], 35.355)
    page = visit("/demo/sign-in?next=reports/desk")
    # Listened for from the beginning: begun at the press, the listening can come after the chooser, which then nobody answers.
    page.on("filechooser", lambda chooser: chooser.set_files(photos[1]))
    reach(page, "input[name=login]")
    page.keyboard.type("clerk")
    reach(page, "input[name=password]")
    page.keyboard.type(password)
    press(page, "main button")
    page.wait_for_url("**/reports/desk*")
    press(page, f'[data-desk-rows] a[href*="open={number}"]')
    expect(page.locator("#detail")).to_contain_text(number)
    press(page, f"{unfold(page, 'assign')} button[value=assign]")
    expect(page.locator("#detail")).to_contain_text("行政対応")
    inside = unfold(page, "plan")
    reach(page, f"{inside} input[name=planned]")
    page.keyboard.type("05052030")
    if page.locator(f"{inside} input[name=planned]").input_value() != "2030-05-05":
        page.keyboard.type("20300505")  # the order of the parts is that of the browser's own language
    press(page, f"{inside} button[value=plan]")
    expect(page.locator("#detail")).to_contain_text("予定日が決まりました")
    inside = unfold(page, "complete")
    reach(page, f"{inside} input[type=file]")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "wanted => document.querySelector(wanted).files.length === 1", arg=f"{inside} input[type=file]"
    )
    press(page, f"{inside} button[value=complete]")
    expect(page.locator("#detail")).to_contain_text("完了報告")
    other = visit(f"/demo/reports/desk?queue=confirm&open={number}", login="second-clerk")
    press(other, f"{unfold(other, 'confirm')} button[value=confirm]")
    expect(other.locator("#detail")).to_contain_text("完了を確認しました")
