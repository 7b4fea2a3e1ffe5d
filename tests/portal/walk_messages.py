"""Where the walk goes in the pages of how messages arrive: an address is refused, added, tried, and taken out by the one click of a mail."""

from __future__ import annotations

from drives import Drive, Walker, press
from looks import Look, refused
from walked_town import RESIDENT

from kaiteki.kit.channels.stopping import stop_mark

PAGE = "/demo/my/messages"


async def choose(walker: Walker) -> None:
    """Choose how messages come, with all that the page shows of it."""
    page = walker.page
    await page.goto(PAGE)
    await page.fill("input[name=address]", "nobody")
    await press(page, "form:has(input[name=address][type=email]) button", refused=True)
    await walker.judge("refused")
    await page.fill("input[name=address]", f"{walker.language}@example.jp")
    await press(page, "form:has(input[name=address][type=email]) button")
    await walker.judge("asked")
    await page.fill("input[name=code]", "x")
    await press(page, "form:has(input[name=code]) button", refused=True)
    await walker.judge("wrong code")
    await press(page, "form:has(input[value=test]) button")
    await page.goto("/demo/my")
    await walker.judge("with a message")
    await page.locator("a[href*='/my/letters/']").first.click()
    await page.wait_for_url("**/my/letters/*")
    await walker.judge()
    await page.goto(PAGE)
    contact = await page.locator("form:has(input[value=confirm]) input[name=id]").first.get_attribute("value")
    secret = bytes.fromhex((walker.town.node.data / "secret.key").read_text())
    await page.goto(f"/demo/messages/stop/{stop_mark(secret, contact or '')}")
    await walker.judge()
    await press(page, "main form button")
    await walker.judge("stopped")


MESSAGES = Drive(choose, RESIDENT)
ROWS: dict[str, tuple[Look | Drive, ...]] = {
    "/{area}/my/messages": (Look(PAGE, RESIDENT), MESSAGES),
    "/{area}/my/letters/{id}": (refused("/demo/my/letters/none", 404, RESIDENT), MESSAGES),
    "/{area}/messages/stop/{mark}": (refused("/demo/messages/stop/none", 404), MESSAGES),
}
