"""Where the walk goes at the desk of maps, and how a layer goes back to an earlier state."""

from __future__ import annotations

from drives import Drive, Walker, press
from looks import Look, clerk, refused
from walked_town import CLERK, RESIDENT

from kaiteki.model.words import LANGUAGES

GO = "form.stack > .row button[type=submit]"


LAYERS = ("zones", "certified-roads", "aed")
"""The layer that somebody of each language works on; they do so at the same time."""


async def go_back(walker: Walker) -> None:
    """A layer is changed, and the state before that is looked at; nothing ticked is refused, then it is done."""
    page, layer = walker.page, f"/demo/maps/desk/{LAYERS[LANGUAGES.index(walker.language)]}"
    await page.goto(layer)
    await page.fill("#licence", "CC BY 4.0")
    await press(page, "button[value=keep]")
    await page.goto(layer)
    await page.locator("ol.line a").first.click()
    await page.wait_for_url("**/back?at=*")
    await walker.judge("now and then")
    await page.locator("input[name=fields]").first.uncheck()
    await press(page, GO, refused=True)
    await walker.judge("refused")
    await page.locator("input[name=fields]").first.check()
    await press(page, GO)
    await walker.judge("done")


GO_BACK = Drive(go_back, CLERK)
BACK_OF_MAPS: dict[str, tuple[Look | Drive, ...]] = {
    "maps/desk": (*clerk("/demo/maps/desk"), refused("/demo/maps/desk", 403, RESIDENT)),
    "maps/desk/{name}": (
        *clerk("/demo/maps/desk/new", "/demo/maps/desk/zones"),
        refused("/demo/maps/desk/none", 404, CLERK),
    ),
    "maps/desk/{name}/back": (
        Look("/demo/maps/desk/zones/back?at=2020-01-01T00:00:00Z", CLERK, 404),
        refused("/demo/maps/desk/none/back", 404, CLERK),
        refused("/demo/maps/desk/zones/back", 403, RESIDENT),
        GO_BACK,
    ),
}
