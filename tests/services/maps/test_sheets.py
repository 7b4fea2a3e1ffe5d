"""Printed sheets: lengths on paper, what is on them and what is not, in SVG, PDF and PNG alike; the PDF is read by the library of others."""

from __future__ import annotations

import io
import math
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from map_town import map_town, put, take_over
from pdfminer.high_level import extract_pages, extract_text
from pdfminer.layout import LTCurve, LTPage
from PIL import Image

from kaiteki.kit.pages import Declined, Missing, PageAsk, Plain, Shown
from kaiteki.main.cities import load_city
from kaiteki.model.access import NOBODY
from kaiteki.model.plane import degrees_over, metres_at
from kaiteki.model.words import Words
from kaiteki.services.maps.model import Class, Item, MapLayer, Style
from kaiteki.services.maps.settings import Told
from kaiteki.services.maps.sheets import features
from kaiteki.services.maps.sheets.drawing import Drawing, Frame, Lettering, box, cut, width_of, wrapped
from kaiteki.services.maps.sheets.looks import CORNERS, mark
from kaiteki.services.maps.sheets.page import show_sheet, write_pdf, write_png
from kaiteki.services.maps.sheets.papers import PAPERS, SCALES, Sheet, nice
from kaiteki.services.maps.sheets.png import png_of
from kaiteki.services.maps.signs import SHAPES, signs_of
from town import CLERK, MORNING, Town

DEMO = load_city("demo")
LINE = "#aa1122"
AREA = "#118844"
POINT_MM = 25.4 / 72
TITLE = Told(
    name="roads",
    title=Words("試験の道路", "Test roads", "道（みち）"),
    group="roads",
    collection="Park",
    filter="name LIKE '道%'",
    geometry="line",
    style=Style(colour=LINE, width=2),
    source=Words("試験課", "Test office"),
    as_of="2026-04-01",
    items=(Item("name", Words("名前", "Name"), role="title"),),
)
AREAS = msgspec.structs.replace(
    TITLE,
    name="areas",
    title=Words("試験の区域", "Test areas", "ばしょ"),
    filter="name LIKE '区%'",
    geometry="area",
    style=Style(colour=AREA, by="name", only=True, classes=(Class("区域A", Words("区域A", "Area A"), AREA),)),
)


def degrees(east: float, north: float) -> list[float]:
    """A place so many metres from the middle of the area, in its plane system."""
    middle = metres_at(*DEMO.centre, DEMO.plane)
    west, south, right, top = degrees_over(
        middle[0] + east, middle[1] + north, middle[0] + east + 1e-6, middle[1] + north + 1e-6, DEMO.plane
    )
    return [(west + right) / 2, (south + top) / 2]


Thing = tuple[str, dict[str, Any]]


def thing(name: str, sort: str, coordinates: Any) -> Thing:
    return name, {"type": sort, "coordinates": coordinates}


async def town_with(*things: Thing) -> Town:
    town = map_town(TITLE, AREAS)
    await take_over(town)
    for number, (name, place) in enumerate(things):
        await put(town, "Park", str(number), place, name=name)
    return town


def ask(town: Town, language: str = "ja", **query: str) -> PageAsk:
    return PageAsk(
        "demo", {}, query, {}, {}, NOBODY, language, MORNING, 1, town.city(NOBODY), None, town=DEMO
    )


ROAD = thing("道路100", "LineString", [degrees(-50, 0), degrees(50, 0)])
NORTHWARD = thing("道路200", "LineString", [degrees(20, -100), degrees(20, 100)])
BLOCK = thing(
    "区域A",
    "Polygon",
    [
        [degrees(-40, 20), degrees(40, 20), degrees(40, 60), degrees(-40, 60), degrees(-40, 20)],
        [degrees(-10, 30), degrees(-10, 50), degrees(10, 50), degrees(10, 30), degrees(-10, 30)],
    ],
)


def curves(content: bytes, colour: str) -> list[LTCurve]:
    """The outlines of a PDF that are drawn with a colour."""
    wanted = tuple(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    (page,) = extract_pages(io.BytesIO(content))
    assert isinstance(page, LTPage)
    found = [one for one in page if isinstance(one, LTCurve)]
    return [
        one for one in found if _near(one.stroking_color, wanted) or _near(one.non_stroking_color, wanted)
    ]


def _near(colour: Any, wanted: tuple[float, ...]) -> bool:
    return isinstance(colour, tuple) and len(colour) == 3 and math.dist(colour, wanted) < 0.01


@pytest.mark.parametrize(
    ("paper", "scale"),
    [*(("a4-portrait", scale) for scale in SCALES), *((paper, 2_500) for paper in sorted(PAPERS)[:-1])],
)
async def test_a_hundred_metres_are_so_many_millimetres_on_paper(paper: str, scale: int) -> None:
    town = await town_with(ROAD)
    reply = await write_pdf(ask(town, layers="roads", scale=str(scale), paper=paper))
    assert isinstance(reply, Plain)
    assert reply.media_type == "application/pdf"
    (page,) = extract_pages(io.BytesIO(reply.content))
    size = (page.width * POINT_MM, page.height * POINT_MM)
    assert size == pytest.approx((PAPERS[paper].width, PAPERS[paper].height), abs=0.1)
    # (the map is drawn before the legend, whose sign has the same colour)
    road = curves(reply.content, LINE)[0]
    frame = PAPERS[paper].width - 36
    expected = min(100 * 1000 / scale, frame + 2 * features.BEYOND_MM)
    assert road.width * POINT_MM == pytest.approx(expected, abs=0.1)


async def test_both_axes_and_the_bar_have_the_scale() -> None:
    town = await town_with(ROAD, NORTHWARD)
    reply = await write_pdf(ask(town, layers="roads", scale="2500"))
    assert isinstance(reply, Plain)
    drawn = curves(reply.content, LINE)
    wide = max(drawn, key=lambda one: one.width)
    high = max(drawn, key=lambda one: one.height)
    assert wide.width * POINT_MM == pytest.approx(40.0, abs=0.1)
    assert high.height * POINT_MM == pytest.approx(80.0, abs=0.1)
    assert (high.x0 - wide.x0) * POINT_MM == pytest.approx(28.0, abs=0.1)
    text = extract_text(io.BytesIO(reply.content))
    for said in (
        "縮尺 1:2,500",
        "参考図",
        "試験の道路",
        "道路100",
        "試験課",
        "2026-04-01",
        "50 m",
        "方眼北",
        "第9系",
    ):
        assert said in text, said


async def test_the_page_prints_the_same_lengths() -> None:
    town = await town_with(ROAD, BLOCK)
    reply = await show_sheet(ask(town, layers="roads,areas", scale="2500"))
    assert isinstance(reply, Shown)
    svg = str(reply.values["svg"])
    assert 'width="210mm" height="297mm" viewBox="0 0 210 297"' in svg
    (road,) = re.findall(rf'd="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)" fill="none" stroke="{LINE}"', svg)[-1:]
    assert abs(float(road[2]) - float(road[0])) in (pytest.approx(40.0, abs=0.1), pytest.approx(8.0))
    assert "style=" not in svg
    listed = {one.layer.name: [each.title for each in one.features] for one in reply.values["made"].on_sheet}
    assert listed == {"roads": ["道路100"], "areas": ["区域A"]}
    assert reply.values["count"] == 2


async def test_a_picture_shows_areas_with_their_holes() -> None:
    town = await town_with(BLOCK)
    reply = await write_png(ask(town, layers="areas", scale="1000", width="400", height="300"))
    assert isinstance(reply, Plain)
    picture = Image.open(io.BytesIO(reply.content)).convert("RGB")
    assert picture.size == (400, 300)

    def at(east: float, north: float) -> tuple[int, ...]:
        per_metre = 96 / 25.4
        found = picture.getpixel((round(200 + east * per_metre), round(150 - north * per_metre)))
        assert isinstance(found, tuple)
        return found

    assert at(0, 35) == (255, 255, 255)
    assert at(0, 15) == (255, 255, 255)
    red, green, blue = at(-30, 30)
    assert (red, blue) < (green, green)
    assert green < 255


async def test_no_fill_of_an_upper_layer_tints_the_lines_of_a_lower_one() -> None:
    within = thing("道路9", "LineString", [degrees(-35, 25), degrees(35, 25)])
    town = await town_with(BLOCK, within)
    seen: list[Any] = []
    for layers in ("areas,roads", "roads,areas"):
        reply = await write_png(ask(town, layers=layers, scale="1000", width="400", height="300"))
        assert isinstance(reply, Plain)
        picture = Image.open(io.BytesIO(reply.content)).convert("RGB")
        seen.append(picture.getpixel((round(200 - 20 * 96 / 25.4), round(150 - 25 * 96 / 25.4))))
    assert seen[0] == seen[1]
    red, green, blue = seen[0]
    assert red > max(green, blue), "the line is that of the legend"


async def test_sheets_as_pictures_have_the_size_of_their_paper() -> None:
    town = await town_with(ROAD)
    for paper, (width, height) in {"a4-portrait": (1240, 1754), "a3-landscape": (1753, 1239)}.items():
        reply = await write_png(ask(town, layers="roads", paper=paper))
        assert isinstance(reply, Plain)
        assert Image.open(io.BytesIO(reply.content)).size == (width, height)


async def test_what_is_not_public_is_on_no_sheet() -> None:
    town = await town_with(ROAD, BLOCK)
    await town.run("maps.withdraw", {"id": "urn:ngsi-ld:MapLayer:areas", "why": "点検"}, CLERK)
    reply = await write_pdf(ask(town, layers="areas"))
    assert isinstance(reply, Declined)
    assert [(one.field, "areas" in one.words.ja) for one in reply.faults] == [("layers", True)]
    shown = await show_sheet(ask(town, layers="roads"))
    assert isinstance(shown, Shown)
    assert [row["layer"].name for group in shown.values["groups"] for row in group["layers"]] == ["roads"]


async def test_too_many_features_are_said_to_be_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "FEATURES_MAX", 3)
    roads = [thing(f"道路{n}", "LineString", [degrees(-n, n), degrees(n, n)]) for n in range(1, 6)]
    town = await town_with(*roads)
    reply = await show_sheet(ask(town, layers="roads"))
    assert isinstance(reply, Shown)
    (one,) = reply.values["made"].on_sheet
    assert (len(one.features), one.more) == (3, True)
    assert "一部だけを描いています" in str(reply.values["svg"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"layers": "nothing"},
        {"layers": ",".join(["roads"] * 13)},
        {"at": "0,0"},
        {"at": "x"},
        {"scale": "1"},
        {"paper": "a5"},
        {"width": "10", "height": "10"},
        {"width": "9999", "height": "300"},
        {"width": "300"},
    ],
)
async def test_what_cannot_be_drawn_is_refused_in_words(wrong: dict[str, str]) -> None:
    town = await town_with()
    reply = await write_png(ask(town, **wrong))
    assert isinstance(reply, Declined)
    (fault,) = reply.faults
    # where one side of a picture is told alone, the other one is missing
    field = "height" if wrong == {"width": "300"} else next(iter(wrong))
    assert (reply.status, fault.field, fault.words.ja[-1]) == (400, field, "。")
    if "width" not in wrong:
        shown = await show_sheet(ask(town, **wrong))
        assert isinstance(shown, Shown)
        assert shown.status == 400
    pdf = await write_pdf(ask(town, width="300", height="300"))
    assert isinstance(pdf, Declined)
    assert pdf.status == 400


async def test_nothing_is_drawn_where_nothing_is_known_of_the_area() -> None:
    town = await town_with()
    nowhere = msgspec.structs.replace(ask(town), town=None)
    assert isinstance(await show_sheet(nowhere), Missing)
    assert isinstance(await write_pdf(nowhere), Missing)


@given(st.sampled_from(SCALES), st.sampled_from(sorted(PAPERS)), st.integers(1, 19))
def test_a_sheet_holds_what_its_frame_shows(scale: int, paper: str, system: int) -> None:
    sheet = Sheet((), DEMO.centre, scale, PAPERS[paper], system)
    west, south, east, north = sheet.metres
    assert (east - west) * 1000 / scale == pytest.approx(sheet.frame.width)
    assert (north - south) * 1000 / scale == pytest.approx(sheet.frame.height)
    left, low, right, high = sheet.degrees
    assert left < DEMO.centre[0] < right
    assert low < DEMO.centre[1] < high


@given(st.text("あアa Wi。１1", max_size=60), st.floats(10, 100), st.integers(1, 4))
def test_lines_are_no_wider_than_their_room(text: str, width: float, most: int) -> None:
    lines = wrapped(text, 3.0, width, most)
    assert len(lines) <= most
    assert all(width_of(line, 3.0) <= width or len(line) <= 2 for line in lines)
    assert width_of(cut(text, 3.0, width), 3.0) <= width


@given(st.text(max_size=20))
@settings(max_examples=50)
def test_whatever_stands_in_a_cell_can_be_drawn(text: str) -> None:
    """Breaks and tabs of a spreadsheet, signs that nothing draws, half a pair of a sign."""
    frame = Frame(0, 0, 10, 5)
    line = Lettering((1, 4), text)
    assert line.text.isprintable() and math.isfinite(width_of(text, 3.0))
    picture = png_of(Drawing(10, 5, frame, [line], [box(frame)]), 72)
    assert Image.open(io.BytesIO(picture)).size == (28, 14)
    assert "\n" not in wrapped(text, 3.0, 50, 1)


@given(st.floats(0.01, 1e6))
def test_nice_numbers(least: float) -> None:
    found = nice(least)
    assert least * (1 - 1e-6) <= found <= least * 2.51
    assert f"{found:e}"[:3] in ("1.0", "2.0", "5.0")


def test_every_shape_of_a_sign_has_corners_on_paper() -> None:
    assert set(CORNERS) == set(SHAPES)
    for sign in signs_of(
        MapLayer(id="urn:ngsi-ld:MapLayer:a", title=Words("点", "Points"), geometry="point"), 2
    ):
        (ring,) = mark(sign, (10.0, 20.0)).parts
        assert min(x for x, _ in ring) < 10 < max(x for x, _ in ring)
        assert min(y for _, y in ring) < 20 < max(y for _, y in ring)


async def test_a_sheet_draws_a_layer_at_the_scales_that_its_zooms_allow_and_says_so_at_others() -> None:
    close = msgspec.structs.replace(TITLE, style=Style(colour=LINE, width=2, zooms=(16, 24)))
    town = map_town(close)
    await take_over(town)
    await put(town, "Park", "0", ROAD[1], name=ROAD[0])
    drawn = {}
    for scale in SCALES:
        shown = await show_sheet(ask(town, layers="roads", scale=str(scale)))
        assert isinstance(shown, Shown)
        (on_sheet,) = shown.values["made"].on_sheet
        drawn[scale] = (len(on_sheet.features), len(on_sheet.signs_there))
        said = list(shown.values["unfit"].values())
        told = "「試験の道路」はこの縮尺では描きません。描く縮尺は 1:500・1:1,000・1:2,500 です。"
        assert said == ([told] if scale > 2_500 else [])
    assert drawn == {one: (1, 1) if one <= 2_500 else (0, 0) for one in SCALES}
    paper = await write_pdf(ask(town, layers="roads", scale="5000"))
    assert isinstance(paper, Plain)
    assert "この縮尺では描きません" in extract_text(io.BytesIO(paper.content)).replace("\n", "")
