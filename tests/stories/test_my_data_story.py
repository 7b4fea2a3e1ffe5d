"""A resident and what the town keeps of them: an account, consent, who read what, withdrawing, being erased; nothing is found afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from node_under_test import NodeUnderTest
from waiting import LONG_MS

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
ASK = "form[data-passkey] button"
DECIDE = "/demo/my/consents/reports.forward?next=my/data"
OWN_PASSWORD = "correct horse battery"


@pytest.fixture
def resident(chromium: Browser, town: NodeUnderTest) -> Iterator[tuple[Page, CDPSession]]:
    """A phone whose device can make passkeys, at the name of this machine: browsers allow none at a number."""
    context = chromium.new_context(
        base_url=town.url.replace("127.0.0.1", "localhost"),
        locale="ja-JP",
        viewport={"width": 390, "height": 800},
    )
    page = context.new_page()
    page.set_default_timeout(LONG_MS)
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    yield page, device
    context.close()


def plug_in(device: CDPSession, verified: bool = True) -> str:
    """A virtual authenticator of Chromium."""
    options = {**DEVICE, "isUserVerified": verified}
    return str(device.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"])


def tell(page: Page, latitude: float, email: str) -> str:
    """Report graffiti with an address for questions; the number of the report."""
    page.goto("/demo/reports/new")
    page.locator("input[name=category][value=graffiti]").check(force=True)
    page.locator("main form button").last.click()
    page.fill("input[name=place_address]", "見本市港区域 1丁目")
    page.locator("details.place-numbers summary").click()
    page.fill("input[name=place_lat]", str(latitude))
    page.fill("input[name=place_lon]", "141.03")
    page.locator("main form button").last.click()
    page.fill("textarea[name=description]", "壁に大きな落書きがあります。")
    page.locator("main form.stack button").last.click()
    page.locator("summary", has_text="連絡先").click()
    page.fill("input[name=contact_email]", email)
    page.locator("main form[data-sent] button").click()
    page.wait_for_url("**/reports/done/*")
    return page.url.rsplit("/", 1)[-1].partition("?")[0]


def agree(page: Page) -> None:
    """Agree that the e-mail address goes along, and nothing else."""
    page.goto(DECIDE)
    expect(page.locator("input[name=items]:checked")).to_have_count(0)
    page.get_by_label("メールアドレス").check(force=True)
    page.locator("button[value=give]").click()
    page.wait_for_url("**/my/data*")
    expect(page.locator("section", has=page.locator("#consents"))).to_contain_text("同意しています")


def withdraw(page: Page) -> None:
    """Take it back on the page of one's own data."""
    page.goto("/demo/my/data")
    page.get_by_role("button", name="の同意を取りやめる").first.click()
    mine = page.locator("section", has=page.locator("#consents"))
    expect(mine).to_contain_text("取りやめました")
    expect(mine.get_by_role("button", name="すべての同意を取りやめる")).to_have_count(0)


def erase(page: Page) -> None:
    """Be erased: the word is typed, wrongly first."""
    page.goto("/demo/my/erase")
    expect(page.locator("main")).to_contain_text("報告した人の連絡先")
    page.fill("input[name=typed]", "消さない")
    page.locator("main form button").click()
    expect(page.locator("#errors")).to_be_visible()
    page.fill("input[name=typed]", "消します")
    page.locator("main form button").click()
    expect(page.locator(".flash:not(#waiting)")).to_contain_text("あなたの情報を消しました")


def another_key(page: Page, device: CDPSession, first: str) -> None:
    """Move to the key of a new device: it is added, that of the device that is gone is removed."""
    device.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": first})
    plug_in(device)
    page.goto("/demo/my/keys")
    page.fill("#title", "新しいスマートフォン")
    page.click(ASK)
    keys = page.locator(".results li")
    expect(keys).to_have_count(2)
    keys.filter(has_not_text="新しいスマートフォン").locator("summary").click()
    page.locator("button:visible", has_text="消す").click()
    expect(keys).to_have_count(1)


def look(desk: Page) -> None:
    """A clerk says for what they look, and sees the contact then, not before."""
    expect(desk.locator("h1")).to_have_text("報告した人の連絡先")
    expect(desk.locator("main")).not_to_contain_text("aoi@example.jp")
    desk.select_option("#for-what", "reports.contact")
    desk.click("form.for-what button")
    expect(desk.locator("main")).to_contain_text("aoi@example.jp")


def test_an_account_by_passkey_consent_who_read_withdrawn_erased(
    resident: tuple[Page, CDPSession], visit: OpenPage
) -> None:
    page, device = resident
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text))
    refusing = plug_in(device, verified=False)
    page.goto("/demo/register")
    page.fill("#own_name", "葵")
    page.click(ASK)
    expect(page.locator("form[data-passkey] [role=status]")).to_contain_text("もう一度")
    device.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": refusing})
    phone = plug_in(device)
    page.click(ASK)
    page.wait_for_url("**/demo/my")
    expect(page.locator("h1")).to_have_text("葵さんのページ")
    (kept,) = device.send("WebAuthn.getCredentials", {"authenticatorId": phone})["credentials"]
    assert (kept["isResidentCredential"], kept["rpId"]) == (True, "localhost")

    number = tell(page, 35.37, "aoi@example.jp")
    agree(page)
    desk = visit(f"/demo/reports/desk?queue=new&open={number}", login="clerk")
    look(desk)
    page.goto("/demo/my/data")
    read = page.locator("section", has=page.locator("#read"))
    expect(read.locator("li").first).to_contain_text("市の職員")
    expect(read.locator("li").first).to_contain_text("報告した人に確かめるため")
    withdraw(page)

    # the browser offers the passkey where it offers passwords, so nothing is pressed; a fresh sign-in is what erasing asks for
    page.goto("/demo/my")
    page.click("form[action='/demo/sign-out'] button")
    page.goto("/demo/sign-in?next=my/erase")
    page.wait_for_url("**/my/erase")
    another_key(page, device, phone)
    erase(page)
    page.goto("/demo/sign-in")
    expect(page.locator("#errors")).to_be_visible()
    # after a refusal nothing is offered by itself: the button asks once more
    with page.expect_navigation():
        page.click(ASK)
    expect(page.locator("#errors")).to_be_visible()
    page.goto("/demo/my/data")
    expect(page.locator("main")).to_contain_text("持っている情報はありません")
    desk.goto(f"/demo/reports/desk?queue=new&open={number}")
    expect(desk.locator("main")).not_to_contain_text("aoi@example.jp")
    assert [one for one in said if "422" not in one] == []


def test_the_same_without_javascript_and_with_a_password(visit: OpenPage) -> None:
    page = visit("/demo/register", script=False, width=390)
    for name, value in {"name": "緑", "login": "midori", "password": OWN_PASSWORD}.items():
        page.locator(f"details input[name={name}]").fill(value)
    page.locator("details button").click()
    page.wait_for_url("**/demo/my")
    tell(page, 35.38, "midori@example.jp")
    agree(page)
    withdraw(page)
    erase(page)
    page.goto("/demo/sign-in")
    page.fill("input[name=login]", "midori")
    page.fill("input[name=password]", OWN_PASSWORD)
    page.locator("main form", has=page.locator("input[name=login]")).locator("button").click()
    expect(page.locator("#errors")).to_be_visible()
    page.goto("/demo/my/data")
    expect(page.locator("main")).to_contain_text("持っている情報はありません")
