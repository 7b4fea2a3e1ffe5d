"""What makes an area an app: manifest, icons, service worker."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image
from trial_site import open_site

from kaiteki.portal.assets import STATIC
from kaiteki.portal.marks import SIZES, draw_mark
from reader import Reader

WORKER_LINES_MAX = 200


@pytest.mark.parametrize(
    ("area", "language", "name", "tag"),
    [
        ("demo", "ja", "見本市", "ja"),
        ("demo", "en", "Mihon City", "en"),
        ("chiba", "ja-easy", "千葉市（ちばし）", "ja"),
    ],
)
async def test_each_area_is_an_app_with_its_name_and_colour(
    area: str, language: str, name: str, tag: str
) -> None:
    reader = Reader((await open_site()).app)
    answer = await reader.get(f"/{area}/manifest.webmanifest?lang={language}")
    told = json.loads(answer.body)
    assert answer.headers["content-type"] == "application/manifest+json"
    assert (told["name"], told["lang"], told["scope"], told["start_url"]) == (
        f"{name} Kaiteki",
        tag,
        f"/{area}/",
        f"/{area}/",
    )
    purposes = {(icon["sizes"], icon["purpose"]) for icon in told["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= purposes
    for icon in told["icons"]:
        with Image.open(io.BytesIO((await reader.get(icon["src"])).body)) as picture:
            assert (f"{picture.width}x{picture.height}", picture.format) == (icon["sizes"], "PNG")
    for shortcut in told["shortcuts"]:
        assert (await reader.get(shortcut["url"])).status == 200


def test_a_mark_that_may_be_cut_has_the_colour_up_to_its_corners() -> None:
    with Image.open(io.BytesIO(draw_mark("#7a3e9d", SIZES[-1], cut=True))) as cut:
        assert cut.convert("RGBA").getpixel((1, 1)) == (0x7A, 0x3E, 0x9D, 255)
    with Image.open(io.BytesIO(draw_mark("#7a3e9d", SIZES[-1]))) as whole:
        assert whole.convert("RGBA").getpixel((1, 1)) == (0, 0, 0, 0)


async def test_no_icon_of_another_size_is_drawn() -> None:
    reader = Reader((await open_site()).app)
    assert (await reader.get("/demo/icon-4000.png")).status == 404
    assert (await reader.get("/nowhere/sw.js")).status == 404


async def test_the_service_worker_is_told_pages_of_nobody_and_files_by_content() -> None:
    reader = Reader((await open_site()).app)
    worker = await reader.get("/demo/sw.js")
    assert (worker.headers["cache-control"], worker.headers["content-type"]) == (
        "no-cache",
        "text/javascript; charset=utf-8",
    )
    told = json.loads(worker.text.partition("\n")[0].removeprefix("const SHELL = ").removesuffix(";"))
    assert (told["area"], told["pages"]) == ("demo", ["/demo/offline"])
    for address in (*told["files"], *told["pages"]):
        answer = await reader.get(address)
        assert answer.status == 200 and b"account" not in answer.body
    assert len((STATIC / "sw.js").read_text(encoding="utf-8").splitlines()) <= WORKER_LINES_MAX
