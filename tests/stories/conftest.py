"""A real Chromium of this machine, and people of the sample town who use it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from turnstile import go_through

from made_once import folder_of_run, made_once
from node_under_test import NodeUnderTest, start_node, stop_node
from waiting import LONG_MS

expect.set_options(timeout=LONG_MS)
PASSWORD = "a long sample password"
STAFF = ("clerk", "second-clerk")
RESIDENTS = ("helper", "neighbour", "passer-by")
OpenPage = Callable[..., Page]
DATA = "data"


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


def _enrol(folder: Path) -> None:
    node = start_node(folder / DATA)
    try:
        for login in (*STAFF, *RESIDENTS):
            role = ("--role", "staff") if login in STAFF else ()
            added = node.command("user", "add", login, "--name", login, *role, given=PASSWORD + "\n")
            if added.returncode:
                raise RuntimeError(added.stderr)
    finally:
        stop_node(node)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeUnderTest]:
    """A node of this file's own whose town has two clerks and three residents with accounts.

    How many may sign in within a minute is counted for all browsers of this machine together.
    """
    made = made_once(folder_of_run(tmp_path_factory), "story-town", _enrol)
    node = start_node(shutil.copytree(made / DATA, tmp_path_factory.mktemp("story") / DATA))
    yield node
    stop_node(node)


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
            go_through(page, lambda: page.click("main button"))
            page.wait_for_url(lambda url: "sign-in" not in url)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
