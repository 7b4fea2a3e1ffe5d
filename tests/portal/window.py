"""A real Chromium that looks at the trial site: its requests are answered in process, so there is no server and no network."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Request, Route, async_playwright

from reader import HOST, Reader

CHROMIUM = Path("/usr/bin/chromium")
ORIGIN = f"http://{HOST}"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
WEBGL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@asynccontextmanager
async def open_chromium(*more: str) -> AsyncGenerator[Browser]:
    """One browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *more])
        yield browser
        await browser.close()


async def open_window(browser: Browser, reader: Reader, width: int, **options: Any) -> Page:
    """A page of that width whose requests `reader` answers, with the reader's cookies."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, reduced_motion="reduce", **options
    )
    await _answer(context, reader)
    return await context.new_page()


async def _answer(context: BrowserContext, reader: Reader) -> None:
    async def fulfil(route: Route, request: Request) -> None:
        path = request.url.removeprefix(ORIGIN)
        if request.method == "POST":
            media_type = request.headers.get("content-type", "")
            answer = await reader.send(path, request.post_data_buffer or b"", media_type)
        else:
            answer = await reader.get(path)
        if answer.status in (303, 307):
            # an answer given in process cannot redirect the browser, so a page of one line does
            page = f'<meta http-equiv="refresh" content="0;url={answer.headers["location"]}">'
            await route.fulfill(status=200, content_type="text/html", body=page)
            return
        headers = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
        await route.fulfill(status=answer.status, headers=headers, body=answer.body)

    await context.route(f"{ORIGIN}/**", fulfil)
