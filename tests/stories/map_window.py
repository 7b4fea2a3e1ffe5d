"""Windows on the map of the town: a browser that draws WebGL, what a layer has drawn, and the hands that press."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Locator, Page, expect

from node_under_test import NodeUnderTest
from waiting import LONG_MS

WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
RENDERED = """layer => {
  const { map } = document.querySelector('kaiteki-layers');
  const drawn = map.queryRenderedFeatures().filter(one => one.layer.metadata?.layer === layer);
  return [...new Set(drawn.map(one => one.properties.name))].sort();
}"""
"""The names of the features of a layer that are drawn."""
TILES = re.compile("/tiles/WebMercatorQuad/")
TRIES_MAX = 6
HIDDEN = """() => [...document.querySelectorAll('.map-name:not(.is-hidden)')].filter((name) => {
  const { map } = document.querySelector('kaiteki-layers'), figure = map.getCanvas().getBoundingClientRect();
  const { left, top, right, bottom } = name.getBoundingClientRect();
  const box = [[left - figure.left, top - figure.top], [right - figure.left, bottom - figure.top]];
  return map.queryRenderedFeatures(box).some((one) => one.layer.metadata?.layer && one.layer.type !== 'fill');
}).length"""
"""How many names of wards lie upon points or lines."""


def open_page(chromium: Browser, town: NodeUnderTest, **options: Any) -> Page:
    """A window on the node of somebody who is in the harbour and lets pages know it."""
    told: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, **options}
    context = chromium.new_context(
        base_url=town.url,
        locale="ja-JP",
        geolocation={"longitude": 141.0512, "latitude": 35.3534},
        permissions=["geolocation", "clipboard-read", "clipboard-write"],
        service_workers="block",
        reduced_motion="reduce",
        **told,
    )
    context.set_default_timeout(LONG_MS)
    return context.new_page()


def go(page: Page, path: str) -> None:
    """Open the map and wait until it moves."""
    page.goto(path)
    expect(page.locator("kaiteki-layers[data-live]")).to_be_attached()


def drawn(page: Page, layer: str, names: list[str]) -> None:
    """Wait until exactly these features of a layer are drawn."""
    page.wait_for_function(
        f"([layer, names]) => JSON.stringify(({RENDERED})(layer)) === JSON.stringify(names)",
        arg=[layer, names],
    )


def asked(page: Page) -> dict[str, str]:
    """The address as the page has it."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def press_corners(page: Page, told: Locator) -> list[list[float]]:
    """Press three places of the map, each after the one before is told of; where they lie."""
    page.evaluate("window.pressed.length = 0")
    figure = page.locator(".maps-figure canvas")
    for number, (x, y) in enumerate([(200, 200), (500, 200), (500, 450)], 1):
        figure.click(position={"x": x, "y": y})
        expect(told).to_contain_text(f"（点 {number}）")
    return page.evaluate("window.pressed")


def number_of(text: str) -> float:
    """The first number of a text."""
    found = re.search(r"[\d,]+(\.\d+)?", text)
    assert found is not None, text
    return float(found[0].replace(",", ""))
