"""What lies outside of an area is told by its real outline where there is one, and the page says which check was made."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from delivered import asked, keep
from importing_hall import Hall, ask_of, source
from test_lineage import all_of

from kaiteki.kit.pages import Shown
from kaiteki.main.cities import load_city
from kaiteki.model.access import ANYONE, RESIDENT, STAFF, Person
from kaiteki.model.decision import Accepted
from kaiteki.services.opendata.intake.delivery import Delivery, TakeFile, pack, take_file
from kaiteki.services.opendata.intake.desk import show_file
from kaiteki.services.opendata.intake.outline import EDGE_DEGREES, outline_of
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.settings import Settings

DEMO = load_city("demo")
SOUTH_WEST = {
    "type": "Polygon",
    "coordinates": [[[141.0, 35.3], [141.05, 35.3], [141.05, 35.35], [141.0, 35.35], [141.0, 35.3]]],
}
EDGE = {
    "type": "LineString",
    "coordinates": [[141.0, 35.3], [141.05, 35.3], [141.05, 35.35], [141.0, 35.35], [141.0, 35.3]],
}
ROWS = (
    ("南西の公園", 35.32, 141.02),
    ("北東の公園", 35.38, 141.08),
    ("岸壁の公園", 35.35 + EDGE_DEGREES / 2, 141.02),
    ("東京の公園", 35.68, 139.76),
)
TABLE = "名称,緯度,経度\n" + "".join(f"{name},{y},{x}\n" for name, y, x in ROWS)
FEATURES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"公園名": name},
            "geometry": {"type": "Point", "coordinates": [x, y]},
        }
        for name, y, x in ROWS
    ],
}


def areas(geometry: dict[str, Any]) -> bytes:
    """A file of the area of the town."""
    feature = {"type": "Feature", "properties": {"区域名": "見本市"}, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False).encode()


async def told(
    hall: Hall, name: str, settings: Settings, language: str = "ja", **town: Any
) -> tuple[str, str, str]:
    """How many rows lie outside, which, and which check was made, as the page of a delivered file tells."""
    content = TABLE if name.endswith(".csv") else json.dumps(FEATURES)
    done = take_file({}, TakeFile(name, pack(content.encode())), asked())
    assert isinstance(done, Accepted)
    (one,) = done.writes
    assert isinstance(one, Delivery)
    await keep(hall, one)
    clerk = Person("acc-clerk", "", frozenset({ANYONE, RESIDENT, STAFF}), frozenset({"*"}), assurance=2)
    ask = ask_of(hall, {"id": one.id}, person=clerk)
    area = msgspec.structs.replace(DEMO, **town)
    page = await show_file(msgspec.structs.replace(ask, town=area, settings=settings, language=language))
    assert isinstance(page, Shown)
    rows = [(row[1]["text"], row[2]) for row in page.values["outlying"]]
    return (*(rows[0] if rows else ("0", "")), page.values["checked"])


@pytest.mark.parametrize("name", ["parks.csv", "parks.geojson"])
@pytest.mark.parametrize(
    ("language", "words"), [("ja", "「行政区域」の区域"), ("ja-easy", "「行政区域」で"), ("en", "“行政区域”")]
)
async def test_rows_are_held_against_the_areas_that_the_settings_name(
    name: str, language: str, words: str
) -> None:
    hall = Hall()
    await hall.bring(source("行政区域.geojson", areas(SOUTH_WEST)))
    (data_set,) = await all_of(hall, DataSet)
    settings = Settings(outline=data_set.id.rpartition(":")[2])
    count, lines, check = await told(hall, name, settings, language)
    assert (count, lines) == ("2", "3, 5" if name.endswith(".csv") else "2, 4") and words in check


async def test_without_areas_the_wards_count_and_without_wards_the_box() -> None:
    hall = Hall()
    assert await told(hall, "parks.csv", Settings()) == ("1", "5", outline_of(DEMO).say("ja"))
    assert outline_of(DEMO).kind == "wards"
    count, lines, check = await told(hall, "parks.csv", Settings(outline="none"), wards=())
    assert (count, lines) == ("1", "5") and "四角" in check
    only = msgspec.structs.replace(DEMO.wards[0], polygon=())
    assert outline_of(msgspec.structs.replace(DEMO, wards=(only, *DEMO.wards[1:]))).kind == "box"
    # one ward alone is less than its box
    first = msgspec.structs.replace(DEMO, wards=DEMO.wards[:1])
    assert outline_of(first).is_outside({"type": "Point", "coordinates": [141.08, 35.38]})


async def test_a_data_set_of_lines_is_no_area_and_the_page_says_what_was_taken() -> None:
    hall = Hall()
    await hall.bring(source("行政区域界.geojson", areas(EDGE)))
    (data_set,) = await all_of(hall, DataSet)
    settings = Settings(outline=data_set.id.rpartition(":")[2])
    count, _, check = await told(hall, "parks.csv", settings, wards=())
    assert count == "1" and "四角" in check
