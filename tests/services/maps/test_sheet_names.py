"""Names on a sheet keep off marks, lines and each other, and say what the legend says in the language of the sheet."""

from __future__ import annotations

import io
from typing import Any

import msgspec
import shapely
from hypothesis import given
from hypothesis import strategies as st
from map_town import ZONES, map_town, put, square, take_over
from pdfminer.high_level import extract_text

from kaiteki.kit.pages import PageAsk, Plain
from kaiteki.main.cities import load_city
from kaiteki.model.access import NOBODY
from kaiteki.services.maps.sheets.drawing import width_of
from kaiteki.services.maps.sheets.naming import NAME_MM, Names
from kaiteki.services.maps.sheets.page import write_pdf
from kaiteki.services.maps.sheets.papers import Frame
from town import MORNING, Town

FRAME = Frame(0, 0, 100, 100)
HALF_MM = 1.2
places = st.floats(5, 95)


def box_of(name: Any) -> Any:
    """What the letters of a name cover."""
    half, (x, y) = width_of(name.text, NAME_MM) / 2, name.at
    return shapely.box(x - half, y - NAME_MM * 0.8, x + half, y)


@given(st.lists(st.tuples(places, places), min_size=1, max_size=30, unique=True))
def test_no_name_lies_on_a_mark_or_another_name(points: list[tuple[float, float]]) -> None:
    names = Names(FRAME, [Frame(x - HALF_MM, y - HALF_MM, 2 * HALF_MM, 2 * HALF_MM) for x, y in points])
    names.put([(f"名前{number}", shapely.Point(*at)) for number, at in enumerate(points)])
    boxes = [box_of(one) for one in names.placed]
    marks = [shapely.box(x - HALF_MM, y - HALF_MM, x + HALF_MM, y + HALF_MM) for x, y in points]
    assert not any(one.intersects(mark) for one in boxes for mark in marks)
    assert not any(one.intersects(other) for at, one in enumerate(boxes) for other in boxes[:at])
    if len(points) == 1 and 20 < points[0][0] < 80:
        assert len(names.placed) == 1


def test_the_name_of_a_line_stands_beside_it_whichever_way_it_runs() -> None:
    for line in ([(10, 50), (90, 50)], [(50, 10), (50, 90)]):
        names = Names(FRAME, [])
        names.put([("管100", shapely.LineString(line))])
        (name,) = names.placed
        assert not box_of(name).intersects(shapely.LineString(line))


def test_points_of_one_name_are_each_named_unless_they_lie_together() -> None:
    names = Names(FRAME, [])
    names.put(
        [("会館", shapely.Point(50, 50)), ("会館", shapely.Point(51, 50)), ("会館", shapely.Point(70, 50))]
    )
    assert [round(one.at[0]) for one in names.placed] == [50, 70]


def test_the_name_of_an_area_gives_way_to_a_mark_in_its_middle() -> None:
    names = Names(FRAME, [Frame(48, 48, 4, 4)])
    names.put([("商業地域", shapely.box(20, 20, 80, 80))])
    (name,) = names.placed
    assert not box_of(name).intersects(shapely.box(48, 48, 52, 52))


async def text_of(town: Town, language: str) -> str:
    asked = {"layers": "zones", "at": "141.005,35.305", "scale": "10000"}
    reply = await write_pdf(
        PageAsk(
            "demo", {}, asked, {}, {}, NOBODY, language, MORNING, 1, town.city(), None, town=load_city("demo")
        )
    )
    assert isinstance(reply, Plain)
    return extract_text(io.BytesIO(reply.content))


async def test_what_is_called_by_its_class_has_the_words_of_the_legend_which_names_the_layer() -> None:
    zones = msgspec.structs.replace(ZONES, items=ZONES.items[:1])
    town = map_town(zones)
    await take_over(town)
    await put(town, "PlanningZone", "a", square(141.0, 35.3, 0.01), name="商業地域")
    english, japanese = await text_of(town, "en"), await text_of(town, "ja")
    # (on the map, where a rim lies below the letters, and in the legend)
    assert (english.count("Commercial"), "商業地域" in english) == (3, False)
    assert japanese.count("商業地域") == 3
    # (above the map and in the legend)
    assert (english.count("Zones"), japanese.count("用途地域")) == (2, 2)
