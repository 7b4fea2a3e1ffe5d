"""Clerks write in a long form in browsers without scripts: the session ends under one of them, and two of them write in the same form."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from turnstile import go_through

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
LAYER = "/demo/maps/desk/zones"
NOTE = "参考図です。\n証明には使えません。"


def keep(page: Page) -> None:
    go_through(page, lambda: page.get_by_role("button", name="保存する").click())


def test_what_a_clerk_wrote_outlives_the_end_of_the_session(visit: OpenPage, password: str) -> None:
    page = visit(LAYER, login="clerk", script=False, width=390)
    page.fill("#legal_note", NOTE)
    page.fill("#licence", "CC BY 4.0")
    other = page.context.new_page()
    other.goto("/demo/my")
    go_through(other, other.locator("form[action$='sign-out'] button").first.click)
    keep(page)
    expect(page.get_by_role("status")).to_contain_text("書いたものは1時間残してあります")
    page.fill("input[name=login]", "clerk")
    page.fill("input[name=password]", password)
    go_through(page, lambda: page.click("main button"))
    expect(page.locator("#legal_note")).to_have_value(NOTE)
    expect(page.locator("#licence")).to_have_value("CC BY 4.0")
    keep(page)
    page.goto(LAYER)
    expect(page.locator("#legal_note")).to_have_value(NOTE)


def test_of_two_clerks_in_one_form_the_second_chooses_by_a_click(visit: OpenPage) -> None:
    first, second = (
        visit(LAYER, login=login, script=False, width=390) for login in ("clerk", "second-clerk")
    )
    first.fill("#source", "出典い")
    first.fill("#maintainer", "都市計画課い")
    second.fill("#source", "出典ろ")
    second.fill("#as_of", "2026-04-01")
    keep(first)
    keep(second)
    source = second.get_by_role("group", name="出典")
    expect(source).to_contain_text("clerk")
    expect(source).to_contain_text("出典い")
    source.get_by_label("自分が書いた内容").check()
    go_through(second, lambda: second.get_by_role("button", name="選んだ内容で保存する").click())
    first.goto(LAYER)
    for field, value in (("source", "出典ろ"), ("maintainer", "都市計画課い"), ("as_of", "2026-04-01")):
        expect(first.locator(f"#{field}")).to_have_value(value)
