"""The pages of the OGC API in a real browser: no rule of WCAG 2.2 AA that axe-core sees is broken, on a phone and on a desk."""

from __future__ import annotations

from typing import Any

import pytest
from judge import WIDTHS_PX, Judged, judge
from ogc_client import Client
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from test_layer_collections import HIGH, ID, keep
from window import CHROMIUM, ORIGIN, open_chromium, open_window

from kaiteki.main.cities import load_city
from kaiteki.model.words import LANGUAGES
from kaiteki.portal.assets import STATIC
from kaiteki.portal.look import look_of
from kaiteki.services.maps.manifest import service as maps
from reader import Reader

HALL = "/collections/Hall"
PATHS = (
    "/?",
    "/conformance?",
    "/api.html?",
    "/collections?",
    f"{HALL}?",
    f"{HALL}/items?limit=5&",
    f"{HALL}/items?filter=floors%20%3E%2099&",
    f"{HALL}/items/urn:ngsi-ld:Hall:004?",
    f"/collections/{ID}?",
    f"{HALL}/cells?mesh=3&bbox=140.9,35.2,141.3,35.6&",
)
REFUSED = {
    f"{HALL}/items?bbox=1,2&": 400,
    "/collections/None?": 404,
    f"{HALL}/items/urn:ngsi-ld:Hall:no?": 404,
}
"""Questions that cannot be answered, with their status."""
TYPES = {"css": "text/css", "svg": "image/svg+xml"}
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


async def dressed() -> Starlette:
    """The API with the style sheets that its pages name."""
    client = Client(maps)
    await client.fill()
    await keep(client, HIGH)

    async def look(_request: Request) -> Response:
        return Response(look_of(load_city("demo")), media_type="text/css")

    async def static(request: Request) -> Response:
        return Response(
            (STATIC / request.path_params["name"]).read_bytes(),
            media_type=TYPES[request.path_params["name"][-3:]],
        )

    sheets = (Route("/demo/look.css", look), Route("/static/{name}", static))
    return Starlette(routes=[*client.app.routes, *sheets])


async def test_no_page_breaks_a_rule() -> None:
    app, judged, wrong = await dressed(), Judged(), dict[str, Any]()
    async with open_chromium() as browser:
        page = await open_window(browser, Reader(app), WIDTHS_PX[0])
        for language in LANGUAGES:
            for path in (*PATHS, *REFUSED):
                shown = await page.goto(f"{ORIGIN}/demo/ogc{path}f=html&lang={language}")
                assert shown is not None
                assert shown.status == REFUSED.get(path, 200), path
                drawn = "getComputedStyle(document.documentElement)"
                for name in ("--area", "--s4"):
                    assert await page.evaluate(f"{drawn}.getPropertyValue('{name}')"), "no style sheet"
                wrong |= await judge(page, f"{path} {language}", judged)
    assert wrong == {}


async def test_what_is_true_or_false_is_said_in_words() -> None:
    client = Client()
    await client.fill()
    for language, words in {"ja": ("はい", "いいえ"), "en": ("Yes", "No")}.items():
        for number, word in ((4, words[0]), (3, words[1])):
            path = f"{HALL}/items/urn:ngsi-ld:Hall:{number:03}"
            page = (await client.get(path, f="html", lang=language)).body.decode()
            assert f">{word}</td>" in page
            assert ">true<" not in page
