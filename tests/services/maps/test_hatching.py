"""Patterns on paper: strokes lie within their area, areas differ without colour, and a legend has what its map has."""

from __future__ import annotations

import io
from itertools import combinations, pairwise
from typing import Any

import msgspec
import pytest
from PIL import Image, ImageChops, ImageStat

from kaiteki.model.words import Words
from kaiteki.services.maps.here import sign_for
from kaiteki.services.maps.model import Class, MapLayer, Style
from kaiteki.services.maps.sheets.drawing import Drawing
from kaiteki.services.maps.sheets.hatching import MARKS_MAX, hatched
from kaiteki.services.maps.sheets.looks import area
from kaiteki.services.maps.sheets.papers import Frame, Point
from kaiteki.services.maps.sheets.pdf import pdf_of
from kaiteki.services.maps.sheets.png import png_of
from kaiteki.services.maps.sheets.svg import svg_of
from kaiteki.services.maps.signs import PATTERNS, Sign, signs_of

GREY = "#888888"
CLASSES = tuple(Class(str(n), Words(str(n), str(n)), GREY) for n in range(len(PATTERNS)))
LAYER = MapLayer(
    id="urn:ngsi-ld:MapLayer:grey",
    title=Words("灰", "Grey"),
    geometry="area",
    style=Style(by="name", only=True, classes=CLASSES),
)
SIGNS = {one.pattern: one for one in signs_of(LAYER, 0)}
HATCHED = [one for one in PATTERNS if one]
NEAR = 0.8
"""What a stroke may lie outside by: half of a dot."""


def box(x: float, y: float, side: float) -> list[Point]:
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]


def sheet(sign: Sign) -> Drawing:
    """A square of 20 mm with a sign."""
    ring = box(2, 2, 20)
    return Drawing(24, 24, Frame(0, 0, 24, 24), [area(sign, [ring]), *hatched(sign, [ring])], ())


def seen(sign: Sign) -> Image.Image:
    """Its inner part in grey, as a printer without colours has it."""
    return Image.open(io.BytesIO(png_of(sheet(sign), 150))).convert("L").crop((20, 20, 120, 120))


def test_a_plain_sign_has_no_pattern_and_every_other_one_has() -> None:
    assert hatched(SIGNS[""], [box(0, 0, 20)]) == []
    assert all(len(hatched(SIGNS[name], [box(0, 0, 20)])) == 1 for name in HATCHED)


@pytest.mark.parametrize("pattern", HATCHED)
def test_strokes_lie_in_the_area_and_keep_out_of_its_hole(pattern: str) -> None:
    hole = box(6, 6, 8)
    (strokes,) = hatched(SIGNS[pattern], [box(0, 0, 20), hole])
    points = [point for part in strokes.parts for point in part]
    assert points
    for x, y in points:
        assert -1e-6 <= x <= 20 + 1e-6
        assert -1e-6 <= y <= 20 + 1e-6
        assert not (6 + 1e-6 < x < 14 - 1e-6 and 6 + 1e-6 < y < 14 - 1e-6)
    # they reach every part of it
    assert {(x > 10, y > 10) for x, y in points} == {(a, b) for a in (True, False) for b in (True, False)}


@pytest.mark.parametrize("pattern", HATCHED)
def test_areas_that_meet_share_one_grid(pattern: str) -> None:
    """A seam would show where a stroke goes on beside where it ended."""
    (whole,) = hatched(SIGNS[pattern], [[(3.0, 3.0), (43.0, 3.0), (43.0, 23.0), (3.0, 23.0), (3.0, 3.0)]])
    halves = [one for x in (3.0, 23.0) for one in hatched(SIGNS[pattern], [box(x, 3.0, 20.0)])]
    assert length(one for half in halves for one in half.parts) == pytest.approx(
        length(whole.parts), rel=1e-6
    )


def length(parts: Any) -> float:
    return sum(((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5 for part in parts for a, b in pairwise(part))


def test_all_patterns_of_one_colour_differ_in_black_and_white() -> None:
    pictures = {name: seen(one) for name, one in SIGNS.items()}
    for one, other in combinations(pictures, 2):
        apart = ImageStat.Stat(ImageChops.difference(pictures[one], pictures[other])).mean[0]
        assert apart > 4, (one, other, apart)
        darkest = min(pictures[name].getextrema()[0] for name in (one, other) if name)
        assert darkest < 150, (one, other)


def test_a_large_area_has_a_wider_pattern_and_not_more_strokes() -> None:
    for name in HATCHED:
        (strokes,) = hatched(SIGNS[name], [box(0, 0, 400)])
        assert len(strokes.parts) <= 3 * MARKS_MAX


def test_an_area_that_crosses_itself_is_hatched_all_the_same() -> None:
    bow: list[Point] = [(0, 0), (20, 20), (20, 0), (0, 20), (0, 0)]
    (strokes,) = hatched(SIGNS["level"], [bow])
    assert strokes.parts


def test_patterns_are_on_the_page_and_in_the_file() -> None:
    """SVG has a path with strokes alone; a PDF becomes larger by them."""
    plain, striped = sheet(SIGNS[""]), sheet(SIGNS["level"])
    assert svg_of(striped, "a").count("<path") == svg_of(plain, "a").count("<path") + 1
    assert len(pdf_of(striped, "a", "ja")) > len(pdf_of(plain, "a", "ja"))


def test_a_class_is_told_with_the_sign_that_the_map_draws_for_it() -> None:
    signs = signs_of(LAYER, 5)
    assert [sign_for(signs, one).pattern for one in CLASSES] == list(PATTERNS)
    plain = msgspec.structs.replace(LAYER, style=Style())
    (only,) = signs_of(plain, 5)
    assert sign_for((only,), None) is only
    assert only.pattern == list(PATTERNS)[5]
