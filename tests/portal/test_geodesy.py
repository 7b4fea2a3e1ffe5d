"""What the map measures in the browser is what PROJ measures on the same ellipsoid."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pyproj
import pytest
from window import CHROMIUM, open_chromium

import kaiteki.portal

SOURCE = Path(kaiteki.portal.__file__).with_name("static") / "geodesy.js"
RUN = """async ([source, lines, rings]) => {
  const measures = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  return [lines.map(measures.lengthOf), rings.map(measures.areaOf)];
}"""
EARTH: Any = pyproj.Geod(ellps="GRS80")
Ring = list[tuple[float, float]]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


def ring_around(chance: random.Random, radius: float) -> Ring:
    """A ring of seven places around a place in Japan, within a radius in degrees."""
    lon, lat = chance.uniform(129, 145), chance.uniform(25, 45)
    turns = [2 * math.pi * at / 7 for at in range(7)]
    return [
        (lon + radius * chance.uniform(0.4, 1) * math.cos(turn), lat + radius * math.sin(turn))
        for turn in turns
    ]


async def test_lengths_and_areas_are_those_of_proj() -> None:
    chance = random.Random(9)
    lines: list[Ring] = [[(141.0, 35.3), (141.0, 35.3)], [(141.0, 35.3), (141.0, 35.4), (141.1, 35.4)]]
    lines += [ring_around(chance, radius) for radius in (0.0001, 0.01, 1.0, 5.0)]
    rings = [ring_around(chance, radius) for radius in (0.0002, 0.01, 0.1) for _ in range(10)]
    async with open_chromium() as browser:
        page = await browser.new_page()
        lengths, areas = await page.evaluate(RUN, [SOURCE.read_text(encoding="utf-8"), lines, rings])
    assert lengths == pytest.approx([EARTH.line_length(*zip(*one, strict=True)) for one in lines], abs=1e-4)
    # great circles of the sphere of the same surface are no geodesics: a part in a million over 20 km
    wanted = [abs(EARTH.polygon_area_perimeter(*zip(*one, strict=True))[0]) for one in rings]
    assert areas == pytest.approx(wanted, rel=1e-6)
