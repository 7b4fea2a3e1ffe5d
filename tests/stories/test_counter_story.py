"""窓口 from end to end in a real browser: a number on the phone without a script, a call at the desk, the display, and the phone again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
DESK = "/demo/counter/desk?office=hall&window=2"


def press(desk: Page, do: str) -> None:
    """Press a button of the desk and wait for the page that follows."""
    with desk.expect_navigation():
        desk.locator(f"main button[name=do][value={do}]").first.click()


def test_a_number_is_taken_called_seen_and_served(visit: OpenPage) -> None:
    resident = visit("/demo/counter", script=False, width=390)
    resident.get_by_role("link", name="見本市役所").click()
    resident.get_by_role("button", name="整理券をとる：住民票・印鑑・戸籍の証明書").click()
    number = resident.url.rsplit("/", 1)[-1]
    mine = resident.locator(".number-mine")
    expect(mine).to_contain_text("つぎにお呼びします")

    display = visit("/demo/counter/hall/display")
    expect(display.locator("main")).to_contain_text("いま呼び出している番号はありません")

    desk = visit(DESK, login="clerk")
    with desk.expect_navigation():
        desk.get_by_role("button", name="この用件で開ける").click()
    press(desk, "call")
    expect(desk.locator(".number-mine")).to_contain_text(number)

    # (the display hears of it by itself)
    call = display.locator(".calls li").first
    expect(call).to_contain_text(number)
    expect(call.locator("[data-say][lang=en]")).to_have_attribute(
        "data-say", f"Number {' '.join(number)}, please come to window 2."
    )
    resident.reload()
    expect(mine).to_contain_text("2番の窓口へお越しください")

    press(desk, "miss")
    resident.reload()
    expect(mine).to_contain_text("いらっしゃいませんでした")
    press(desk, "undo")
    press(desk, "begin")
    resident.reload()
    expect(mine).to_contain_text("対応中です")
    press(desk, "finish")
    expect(display.locator("main")).to_contain_text("いま呼び出している番号はありません")
    resident.goto("/demo/my/numbers")
    expect(resident.locator("main")).to_contain_text("終わりました")


def test_a_kiosk_goes_on_when_staff_have_signed_out(visit: OpenPage) -> None:
    kiosk = visit("/demo/counter/port/kiosk", login="clerk")
    kiosk.get_by_role("button", name="この端末を発券機にする").click()
    expect(kiosk.get_by_role("button", name="発券機をやめる")).to_be_visible()
    kiosk.context.clear_cookies(name="kaiteki_session")
    kiosk.goto("/demo/counter/port/kiosk")
    expect(kiosk.get_by_role("button", name="発券機をやめる")).to_have_count(0)
    kiosk.get_by_role("button", name="転入・転居・転出").click()
    expect(kiosk.locator(".number-mine")).to_contain_text("A001")
    stranger = visit("/demo/counter/port/kiosk")
    expect(stranger.locator("main")).to_contain_text("この端末は発券機ではありません")
