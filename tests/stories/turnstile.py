"""Sending a form where only so many may come in a minute: a quick machine sends more of them, and who is held up comes again."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

HELD_UP, HELD_UP_MS, TRIED_MAX = 429, 5_000, 30


def go_through(page: Page, press: Callable[[], None]) -> None:
    """Send the form that `press` sends, and wait for the page that follows; the same again where it was one too many."""
    with page.expect_navigation() as told:
        press()
    shown = told.value
    for _ in range(TRIED_MAX):
        if shown is None or shown.status != HELD_UP:
            return
        page.wait_for_timeout(HELD_UP_MS)
        shown = page.reload()
    raise AssertionError(f"{page.url} still holds up after {TRIED_MAX} times")
