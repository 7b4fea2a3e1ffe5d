"""The sheet of a road in a real browser: on paper one page in every language, on a phone nothing broken to letters or cut off."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from days_site import open_days_site
from window import CHROMIUM, ORIGIN, open_chromium, open_window

from kaiteki.kit.views import expand_name
from kaiteki.model.entity import Entity, Instance
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.world.network import network_of
from kaiteki.world.town import read_town
from reader import Reader
from waiting import LONG_MS

ROAD = "/demo/maps/roads/urn:ngsi-ld:CertifiedRoad:demo-1001"
DEMO = read_town(Path(__file__).parents[2] / "cities" / "demo")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


def laid(now: Any) -> list[Entity]:
    """The road with all that its ledger says, and its two sections."""
    found: list[Entity] = []
    for one in network_of(DEMO, 0.0):
        if one["type"] in ("CertifiedRoad", "RoadSection") and "demo-1001" in one["id"]:
            values = {
                expand_name(name): (
                    Instance(
                        "GeoProperty" if name == "location" else "Property",
                        told["value"],
                        created_at=now,
                        modified_at=now,
                    ),
                )
                for name, told in one.items()
                if name not in ("id", "type", "dataSet")
            }
            found.append(
                Entity(
                    one["id"],
                    (expand_name(one["type"]),),
                    attributes=values,
                    created_at=now,
                    modified_at=now,
                    version=1,
                )
            )
    return found


async def test_the_sheet_of_a_road_is_one_page_of_paper_and_whole_on_a_phone() -> None:
    site = await open_days_site()
    road = laid(site.clock.at)

    def decide(_loaded: Any) -> Decision[None]:
        return Decision([Change(None, one) for one in road], None)

    await site.store.entities.change("demo", (), decide, By(action="trial"))
    async with open_chromium() as browser:
        page = await open_window(browser, Reader(site.app), 390)
        page.set_default_timeout(LONG_MS)
        for language in ("ja", "ja-easy", "en"):
            await page.goto(f"{ORIGIN}{ROAD}?lang={language}")
            sections = page.locator(".ledger table tbody tr")
            assert await sections.count() == 2
            cells = sections.first.locator("td")
            assert (
                min([(await one.bounding_box() or {"width": 0})["width"] for one in await cells.all()]) > 200
            )
            box = page.locator(".ledger .scroll")
            assert await box.evaluate("(box) => box.scrollWidth <= box.clientWidth")
            for paper in (
                await page.pdf(prefer_css_page_size=True),
                await page.pdf(format="A4", margin=dict.fromkeys(("top", "right", "bottom", "left"), "10mm")),
            ):
                assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1, language
        await page.context.close()
