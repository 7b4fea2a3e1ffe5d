"""A resident opens an account with a passkey in a real browser, comes back with it, and adds and removes another one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from node_under_test import NodeUnderTest
from waiting import LONG_MS

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
ASK = "form[data-passkey] button"


@pytest.fixture
def resident(chromium: Browser, town: NodeUnderTest) -> Iterator[tuple[Page, CDPSession]]:
    """A browser whose device can make passkeys, at the name of this machine: browsers allow none at a number."""
    context = chromium.new_context(base_url=town.url.replace("127.0.0.1", "localhost"), locale="ja-JP")
    page = context.new_page()
    page.set_default_timeout(LONG_MS)
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    yield page, device
    context.close()


def plug_in(device: CDPSession) -> str:
    """A virtual authenticator of Chromium."""
    return str(device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"])


def test_a_passkey_alone_opens_an_account_and_comes_back(resident: tuple[Page, CDPSession]) -> None:
    page, device = resident
    first = plug_in(device)
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text))
    page.goto("/demo/register")
    page.fill("#own_name", "葵")
    page.click(ASK)
    page.wait_for_url("**/demo/my")
    expect(page.locator("h1")).to_have_text("葵さんのページ")
    (kept,) = device.send("WebAuthn.getCredentials", {"authenticatorId": first})["credentials"]
    assert (kept["isResidentCredential"], kept["rpId"]) == (True, "localhost")
    page.click("form[action='/demo/sign-out'] button")
    page.goto("/demo/sign-in?next=my/keys")
    page.click(ASK)
    page.wait_for_url("**/demo/my/keys")
    device.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": first})
    plug_in(device)
    page.fill("#title", "古いスマートフォン")
    page.click(ASK)
    expect(page.locator(".flash:visible")).to_contain_text("足しました")
    expect(page.locator(".results li")).to_have_count(2)
    page.locator(".results li").filter(has_text="古いスマートフォン").locator("summary").click()
    page.locator("button:visible", has_text="消す").click()
    expect(page.locator(".results li")).to_have_count(1)
    assert refused == []


def test_who_turns_the_device_away_is_told_what_to_do(resident: tuple[Page, CDPSession]) -> None:
    page, device = resident
    device.send("WebAuthn.addVirtualAuthenticator", {"options": {**DEVICE, "isUserVerified": False}})
    page.goto("/demo/register")
    page.fill("#own_name", "葵")
    page.click(ASK)
    expect(page.locator("form[data-passkey] [role=status]")).to_contain_text("もう一度")
    assert page.url.endswith("/demo/register")
