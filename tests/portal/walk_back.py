"""Where the walk goes at the desk of maps, and how a layer goes back to an earlier state."""

from __future__ import annotations

from drives import Drive, Walker, press
from looks import Look, clerk, refused
from walked_town import CLERK, RESIDENT

from kaiteki.model.words import LANGUAGES

NAMES = {"ja": "名称", "ja-easy": "名前", "en": "Name"}
LOOK = "button[value=look]"
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


async def correct(walker: Walker) -> None:
    """A record whose name is taken away is refused, another one is shown before it is kept; in one language it is kept and stands in the
    list, for there is but one record and the others work on it at the same time."""
    page = walker.page
    await page.goto(f"/demo/data/{walker.town.known['data']}/correct")
    await page.locator("main a[href*='record=']").first.click()
    await page.wait_for_url("**record=*")
    await walker.judge("cells")
    name = page.get_by_label(NAMES[walker.language]).first
    before = await name.input_value()
    await name.fill("")
    await page.fill("#reason", "窓口で分かった")
    await press(page, LOOK, refused=True)
    await walker.judge("refused")
    await page.get_by_label(NAMES[walker.language]).first.fill(f"{before}（新）")
    await press(page, LOOK)
    await walker.judge("before and after")
    if walker.language == LANGUAGES[0]:
        await press(page, "button[value=keep]")
        await walker.judge("corrected")
    await page.goto("/demo/opendata/corrections")
    await walker.judge("corrections")


CORRECT = Drive(correct, CLERK)
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
BACK_OF_DATA: dict[str, tuple[Look | Drive, ...]] = {
    "opendata/publishing": clerk("/demo/opendata/publishing"),
    "opendata/publishing/{id:path}": clerk(
        "/demo/opendata/publishing/{data}", "/demo/opendata/publishing/{toilet}"
    ),
    "opendata/corrections": (
        *clerk("/demo/opendata/corrections"),
        refused("/demo/opendata/corrections", 403, RESIDENT),
    ),
    "data/{id}/correct": (
        *clerk("/demo/data/{data}/correct", "/demo/data/{data}/correct?q=zzzz"),
        refused("/demo/data/{data}/correct", 403, RESIDENT),
        refused("/demo/data/{data}/correct?record=x", 404, CLERK),
        CORRECT,
    ),
}
