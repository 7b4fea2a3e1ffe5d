"""A real Chromium of this machine, and people of the sample town who use it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from node_under_test import NodeUnderTest
from waiting import LONG_MS

expect.set_options(timeout=LONG_MS)
PASSWORD = "a long sample password"
STAFF = ("clerk", "second-clerk")
RESIDENTS = ("helper", "neighbour", "passer-by")
OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window. It lives for one module: its event loop would forbid one to the next."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is absent (Debian package chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def town(node: NodeUnderTest) -> NodeUnderTest:
    """A running node whose town has two clerks and three residents with accounts."""
    for login in (*STAFF, *RESIDENTS):
        role = ("--role", "staff") if login in STAFF else ()
        added = node.command("user", "add", login, "--name", login, *role, given=PASSWORD + "\n")
        assert added.returncode == 0, added.stderr
    return node


@pytest.fixture
def password() -> str:
    """The password of everybody in the town."""
    return PASSWORD


@pytest.fixture
def visit(chromium: Browser, town: NodeUnderTest) -> Iterator[OpenPage]:
    """Opens a page as somebody: `visit("/demo", login="clerk", script=False)`; each call is a browser of its own."""
    contexts: list[BrowserContext] = []

    def opened(path: str, login: str = "", script: bool = True, width: int = 1280) -> Page:
        context = chromium.new_context(
            base_url=town.url,
            java_script_enabled=script,
            locale="ja-JP",
            viewport={"width": width, "height": 800},
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LONG_MS)
        if login:
            page.goto("/demo/sign-in")
            page.fill("input[name=login]", login)
            page.fill("input[name=password]", PASSWORD)
            page.click("main button")
            page.wait_for_url(lambda url: "sign-in" not in url)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
