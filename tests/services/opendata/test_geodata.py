"""GeoJSON, zipped shapefiles and feeds of public transport come in by the desk and by rhythm as `kaiteki import` brings them in."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from delivered import after, asked, keep, one_of, send_on
from importing_hall import Hall, ask_of, counts, source
from places_files import PARKS, geojson, shapes, zipped
from test_transit_feeds import FEED, page, sets, whole
from test_transit_feeds import zipped as feed

from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.query import Query
from kaiteki.services.opendata.importing import read_tables
from kaiteki.services.opendata.intake.bringing import BringIn, bring_in
from kaiteki.services.opendata.intake.delivery import (
    AcceptRepairs,
    Delivery,
    TakeFile,
    accept_repairs,
    pack,
    take_file,
)
from kaiteki.services.opendata.lineage.model import SourceFile
from kaiteki.services.opendata.model import DataSet, record_view
from kaiteki.services.opendata.reading.source import Unreadable

FORMS = {
    "parks.geojson": geojson(),
    "parks.json": geojson(),
    "parks.zip": zipped(shapes("公園/parks_2026")),
}


def taken(name: str, content: bytes) -> Delivery:
    """A file that was taken in."""
    done = take_file({}, TakeFile(name, pack(content)), asked())
    assert isinstance(done, Accepted), done
    (one,) = done.writes
    assert isinstance(one, Delivery)
    return one


async def brought(hall: Hall, name: str, content: bytes) -> Delivery:
    """A file after staff sent it on its way and the node looked at it."""
    sent = after(bring_in, taken(name, content), BringIn("x", "見本市", "CC BY 4.0"))
    assert sent.state == "asked"
    intake = await keep(hall, sent)
    assert (await intake.run_due(), await intake.run_due()) == (1, 0)
    told = await one_of(hall, Delivery, sent.id)
    assert isinstance(told, Delivery)
    return told


async def parks_in(hall: Hall) -> dict[str, Any]:
    """The parks of a hall, by name."""
    found = await ask_of(hall).city.find(record_view("Park"), Query(limit=20))
    return {one.name: one.location["coordinates"] for one in found.items}


@pytest.mark.parametrize("name", FORMS)
async def test_places_come_in_by_the_desk_as_by_command(name: str) -> None:
    by_desk, by_command = Hall(), Hall()
    told = await brought(by_desk, name, FORMS[name])
    assert (told.state, told.fault) == ("in", "")
    (outcome,) = await by_command.bring(source(name, FORMS[name], folder=""))
    assert outcome.fault is None and counts(outcome)[:2] == (3, 3)
    assert await parks_in(by_desk) == await parks_in(by_command)
    assert {name: tuple(at) for name, at in (await parks_in(by_desk)).items()} == {
        one: (longitude, latitude) for one, longitude, latitude in PARKS
    }
    data_set = await one_of(by_desk, DataSet, told.data_set)
    assert (data_set.records, data_set.source, data_set.licence) == (3, "見本市", "CC BY 4.0")
    file = await one_of(by_desk, SourceFile, data_set.source_file)
    unit = "number" if name.endswith(".zip") else "feature"
    assert (file.way, file.unit, file.files[0].digest) == ("delivery", unit, told.digest)


async def test_each_layer_of_a_zip_is_a_data_set_with_a_name_of_its_own() -> None:
    content = zipped({**shapes("a/parks", PARKS[:1]), **shapes("b/parks", PARKS[1:]), "__MACOSX/x.shp": b"?"})
    tables = read_tables(source("layers.zip", content))
    assert [table.part for table in tables] == ["a/parks", "b/parks"]
    assert [[row.cells["公園名"] for row in table.rows()] for table in tables] == [
        ["港公園"],
        ["丘公園", "川公園"],
    ]
    hall = Hall()
    told = await brought(hall, "layers.zip", content)
    assert told.state == "in" and len(await parks_in(hall)) == 3
    found = (await ask_of(hall).city.find(DataSet, Query(limit=9))).items
    assert sorted(one.records for one in found) == [1, 2]


async def test_a_feed_comes_in_by_the_desk_whole_and_goes_out_byte_for_byte() -> None:
    hall, content = Hall(), feed()
    told = await brought(hall, "bus.zip", content)
    assert told.state == "in"
    kept = await sets(hall)
    assert set(kept) == {"BusStop", "BusRoute"}
    for kind in kept:
        assert await whole(await page(hall, kind)) == content
    stops = (await ask_of(hall).city.find(record_view("BusStop"), Query(limit=10))).items
    assert sorted(one.name for one in stops) == ["港", "駅前", "駅前"]


async def test_nothing_of_a_feed_with_a_fault_comes_in() -> None:
    hall = Hall()
    wrong = FEED["stop_times.txt"].replace("25:05:00,25:05:00,S2_1", "25:05:00,25:05:00,S9")
    told = await brought(hall, "bus.zip", feed(stop_times=wrong))
    assert (told.state, told.data_set) == ("failed", "")
    assert told.fault == "参照先がほかのファイルにありません。（stop_times.txt stop_id: 3）"
    assert await sets(hall) == {}


@pytest.mark.parametrize("name", FORMS)
async def test_people_in_places_are_held_back_until_somebody_says_why(name: str) -> None:
    rows = [(f"見本 {one}", 141.02, 35.35) for one in ("太郎", "花子")]
    content = (
        geojson(rows, 申請者氏名="見本 太郎")
        if "json" in name
        else zipped(shapes("x", rows, field="申請者氏名"))
    )
    hall = Hall()
    held = await brought(hall, name, content)
    assert (held.state, [doubt.column for doubt in held.doubts]) == ("held", ["申請者氏名"])
    assert (
        "太郎" not in str(held.doubts) and (await ask_of(hall).city.find(DataSet, Query(limit=1))).items == ()
    )
    intake = await keep(hall, send_on(held))
    await intake.run_due()
    told = await one_of(hall, Delivery, held.id)
    assert (told.state, (await one_of(hall, DataSet, told.data_set)).records) == ("in", 2)


async def test_what_is_no_such_file_is_not_taken_in() -> None:
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("readme.txt", "x")
    for name, content, words in (
        ("a.zip", b"PK no zip", "ZIPファイルとして読めません。"),
        ("a.zip", empty.getvalue(), "ZIPの中に"),
        ("a.geojson", b"", "ファイルに表がありません。"),
        ("a.geojson", b'{"type":"FeatureCollection","features":[{"a":', "JSONとして読めません。"),
    ):
        done = take_file({}, TakeFile(name, pack(content)), asked())
        assert isinstance(done, Refused) and done.faults[0].words.ja.startswith(words), name
    one = taken("a.geojson", geojson())
    assert isinstance(accept_repairs({one.id: one}, AcceptRepairs(one.id), asked()), Refused)
    with pytest.raises(Unreadable):
        read_tables(source("a.zip", zipped({f"{n}.shp": b"" for n in range(101)})))
