"""Somebody walks through pages of a node, in every state that people meet: they break no rule of WCAG 2.2 A or AA and fit their window.

A node of its own serves the sample town; its places come by import, its reports by commands, its sensors by NGSI-LD.
Each `test_walk_<part>` goes one part of the pages (`walk.WALKS`); `test_walk` has the laws on all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from drives import NEXT, Drive, press
from judge import AXE, WIDTHS_PX, Judged, judge
from looks import NOBODY, Look
from playwright.async_api import Browser, Page
from starlette.routing import compile_path
from walk import WALKS, declared
from walked_town import CLERK, PASSWORD, RESIDENT, WalkedTown
from window import CHROMIUM, open_chromium

from kaiteki.model.words import LANGUAGES
from kaiteki.portal.guard import BROWSER_COOKIE
from node_under_test import NodeUnderTest
from waiting import LONG_MS

NO_PICTURES = "--blink-settings=imagesEnabled=false"
PAGES_AT_ONCE = 3
"""Pages that are open together; more would wait for the two cores."""
HTML = "text/html"
Rows = Mapping[str, Sequence[Look | Drive]]

browser_test = pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")


def page_at(path: str) -> str:
    """The declared address that a path is answered by."""
    bare = path.partition("?")[0]
    return next((one for one in declared() if compile_path(one)[0].match(bare)), "")


class OneWalker:
    """Somebody with a browser in one language; `wrong` and `judged` are shared by all walkers."""

    def __init__(self, walk: Walk, page: Page, language: str) -> None:
        self.walk, self.page, self.language, self.town = walk, page, language, walk.town

    async def judge(self, what: str = "") -> None:
        """Look for what is wrong with the page that is open, at both widths."""
        path = self.page.url.removeprefix(self.town.node.url)
        self.walk.judged.add((page_at(path), self.language))
        told = " ".join(filter(None, (path, what, self.language)))
        self.walk.wrong.update(await judge(self.page, told, self.walk.looked_at))

    @asynccontextmanager
    async def fresh(self) -> AsyncGenerator[OneWalker]:
        """The same language in a browser of its own, where nobody is signed in."""
        async with self.walk.walker(self.language, NOBODY) as other:
            yield other


class Walk:
    """One browser, the accounts that are signed in, and what was found."""

    def __init__(self, town: WalkedTown, browser: Browser) -> None:
        self.town, self.browser = town, browser
        self.kept: dict[str, Any] = {}
        self.wrong: dict[str, Any] = {}
        self.judged: set[tuple[str, str]] = set()
        self.looked_at = Judged()
        self.pages: set[str] = set()
        self.files: set[str] = set()

    async def sign_in(self, *logins: str) -> None:
        """Sign people in; who walks from now on has this session. Some pages ask for a sign-in of this moment."""
        for login in logins:
            async with window(self.browser, self.town.node) as page:
                await page.goto("/demo/sign-in")
                await page.fill("input[name=login]", login)
                await page.fill("input[name=password]", PASSWORD)
                await press(page, NEXT)
                assert "sign-in" not in page.url, await page.inner_text("main")
                self.kept[login] = await page.context.storage_state()

    @asynccontextmanager
    async def walker(self, language: str, login: str) -> AsyncGenerator[OneWalker]:
        """Somebody in a language, signed in or not, with a browser of their own: what one browser may send in a minute is limited."""
        state = self.kept.get(login)
        if state is not None:
            state = {**state, "cookies": [one for one in state["cookies"] if one["name"] != BROWSER_COOKIE]}
        async with window(self.browser, self.town.node, storage_state=state) as page:
            await page.goto(f"/demo/services?lang={language}")
            yield OneWalker(self, page, language)

    async def look(self, walker: OneWalker, pattern: str, look: Look) -> None:
        """Open an address and judge what it shows; what is no page is only counted."""
        path = look.path.format_map(self.town.known)
        if pattern not in self.pages | self.files:
            answer = await walker.page.context.request.get(path)
            is_page = answer.headers.get("content-type", "").startswith(HTML)
            (self.pages if is_page else self.files).add(pattern)
        if pattern in self.files:
            return
        shown = await walker.page.goto(path)
        if shown is None or shown.status != look.status:
            self.wrong[f"{path} {look.login}"] = f"status {shown and shown.status}"
        await walker.judge(look.login)

    async def go_all(self, rows: Rows, logins: Sequence[str]) -> None:
        """Everything that some people see, in every language; PAGES_AT_ONCE of them walk at a time."""
        places = asyncio.Semaphore(PAGES_AT_ONCE)

        async def go(language: str, login: str) -> None:
            async with places:
                await self.go(rows, language, login)

        met = {state.login for states in rows.values() for state in states}
        seen = [login for login in logins if login in met]
        await asyncio.gather(*(go(language, login) for login in seen for language in LANGUAGES))

    async def go(self, rows: Rows, language: str, login: str) -> None:
        """Everything that one kind of person sees in one language; a drive that several pages share is gone once."""
        gone: set[Look | Drive] = set()
        if login:
            await self.sign_in(login)
        async with self.walker(language, login) as walker:
            for pattern, states in rows.items():
                for state in states:
                    alone = state.language if isinstance(state, Look) else ""
                    if state.login != login or state in gone or alone not in ("", language):
                        continue
                    gone.add(state)
                    if isinstance(state, Drive):
                        async with self.walker(language, login) as driver:
                            await state.way(driver)
                    else:
                        await self.look(walker, pattern, state)


@asynccontextmanager
async def open_walk(town: WalkedTown) -> AsyncGenerator[Walk]:
    """A walk in a browser of its own."""
    async with open_chromium(NO_PICTURES) as browser:
        yield Walk(town, browser)


@asynccontextmanager
async def window(browser: Browser, node: NodeUnderTest, **options: Any) -> AsyncGenerator[Page]:
    """A page on the node."""
    size = {"width": WIDTHS_PX[0], "height": 900}
    context = await browser.new_context(
        base_url=node.url, viewport=size, bypass_csp=True, reduced_motion="reduce", locale="ja-JP", **options
    )
    context.set_default_timeout(LONG_MS)
    await context.add_init_script(path=AXE)
    yield await context.new_page()
    await context.close()


def meant(part: str, files: set[str]) -> set[tuple[str, str]]:
    """The pages of a part with the languages in which its row has them judged: all three, but where it is only ever refused."""
    return {
        (page, language)
        for page, states in WALKS[part].items()
        if page not in files
        for state in states
        for language in LANGUAGES
        if isinstance(state, Drive) or state.language in ("", language)
    }


async def walk_part(town: WalkedTown, part: str) -> None:
    """Everything that anybody sees of a part of the pages; each page is judged in every language that its row names."""
    async with open_walk(town) as walk:
        await walk.go_all(WALKS[part], (CLERK, NOBODY, RESIDENT))
    assert walk.wrong == {}
    unseen = meant(part, walk.files) - walk.judged
    assert unseen == set()
