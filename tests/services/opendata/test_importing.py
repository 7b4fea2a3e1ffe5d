"""The laws of an import: every row is in or refused, twice is as good as once, the order of rows does not matter."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importing_hall import Hall, counts, disk_source, source

from kaiteki.kit import views
from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.main.imports.files import empty_folders, find_sources
from kaiteki.main.imports.runner import Options
from kaiteki.main.imports.targets import parse, render
from kaiteki.model.query import Query
from kaiteki.services.opendata import importing
from kaiteki.services.opendata.importing import Ground
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.model import DataSet, ImportMapping, ImportRun, record_view
from kaiteki.services.opendata.reading.source import Table
from kaiteki.services.opendata.records import Maker
from town import CLERK

HEADER = "NO,名称,住所,緯度,経度,小児対応設備の有無\n"
ROWS = [
    "1,市役所,本町1,35.60,140.10,有",
    "2,図書館,本町2,140.11,35.61,無",
    "2,体育館,本町3,35.62,140.12,○",
    "3,,本町4,35.63,140.13,有",
    "4,灯台,岬1,0,0,有",
    "5,公民館,港町1,駅の北,140.14,有",
    "6,学校,港町2,,,未定",
    "7,病院,港町3,35.65,140.15,有,余り",
    "1,市役所,本町1,35.60,140.10,有",
]


def table(rows: list[str]) -> bytes:
    return (HEADER + "\n".join(rows) + "\n").encode()


async def everything(hall: Hall) -> dict[str, Any]:
    """All AED entities of the hall but its reports, without times and versions."""
    found = await hall.store.entities.find(hall.area, Query(limit=1000))
    aed = record_view("AED")
    return {row.id: views.read(aed, row.entity()) for row in found.rows if ":AED:" in row.id}


async def test_every_row_is_in_or_refused_with_line_column_and_reason() -> None:
    hall = Hall()
    (done,) = await hall.bring(source("aed.csv", table(ROWS)))
    assert counts(done) == (9, 4, 0, 0, 5)
    refused = [(i.line, i.column, i.code) for _, i in hall.screen.issues if i.level == "refused"]
    assert refused == [
        (5, "名称", "name_missing"),
        (6, "経度", "not_in_japan"),
        (7, "緯度", "not_a_position"),
        (9, "", "too_many_cells"),
        (10, "", "duplicate_row"),
    ]
    warned = {(i.line, i.code) for _, i in hall.screen.issues if i.level == "warning" and i.line}
    assert warned == {
        (3, "swapped_position"),
        (3, "identifier_twice"),
        (4, "identifier_twice"),
        (8, "place_missing"),
        (8, "not_of_kind"),
    }
    records = (await everything(hall)).values()
    assert [one.details for one in records if one.name == "学校"] == [{"小児対応設備の有無": "未定"}]


async def test_a_second_import_changes_nothing_and_a_correction_changes_one() -> None:
    hall = Hall()
    first = source("aed.csv", table(ROWS[:3]))
    await hall.bring(first)
    (again,) = await hall.bring(first)
    assert counts(again) == (3, 0, 0, 3, 0)
    changed = [ROWS[0].replace("本町1", "本町9"), *ROWS[1:3]]
    (third,) = await hall.bring(source("aed.csv", table(changed)))
    assert counts(third) == (3, 0, 1, 2, 0)
    (data_set,) = await found_of(hall, DataSet)
    assert (data_set.records, data_set.changed_at == data_set.checked_at) == (3, True)


PLACES = [f"{n},施設{n},本町{n},35.{n:03d},140.1,有" for n in range(100, 120)]
PRUNE = Options(prune=True)


async def names(hall: Hall) -> list[str]:
    """The names of all AED."""
    return sorted(str(one.name) for one in (await everything(hall)).values())


async def test_what_is_no_longer_in_the_file_goes_when_it_is_said_and_leaves_its_trace() -> None:
    hall = Hall()
    await hall.bring(source("aed.csv", table(PLACES)), source("other.csv", table(PLACES[:1])))
    (kept,) = await hall.bring(source("aed.csv", table(PLACES[2:])))
    assert (kept.tally.removed if kept.tally else None, len(await everything(hall))) == (0, 21)
    (pruned,) = await hall.bring(source("aed.csv", table(PLACES[2:])), options=PRUNE)
    assert (counts(pruned), pruned.tally.removed if pruned.tally else None) == ((18, 0, 0, 18, 0), 2)
    assert await names(hall) == sorted([*(f"施設{n}" for n in range(102, 120)), "施設100"])
    gone = [one for one in await hall.store.events.read(0) if one.what == "deleted"]
    assert [one.action for one in gone] == ["opendata.prune"] * 2
    assert len(await hall.store.history.past(hall.area, gone[0].entity_id)) > 0
    run = next(one for one in await found_of(hall, ImportRun) if one.file_name == "aed.csv")
    assert (run.removed, run.unchanged) == (2, 18)
    (again,) = await hall.bring(source("aed.csv", table(PLACES[2:])), options=PRUNE)
    assert (again.tally.removed if again.tally else None, hall.screen.asked) == (0, [])


@pytest.mark.parametrize(
    ("rows", "agrees", "yes", "removed", "asked"),
    [
        (PLACES[4:], False, False, 4, []),
        (PLACES[5:], False, False, 0, [(5, 20)]),
        (PLACES[5:], True, False, 5, [(5, 20)]),
        (PLACES[5:], False, True, 5, []),
        ([*PLACES[4:], "9,,本町9,35.1,140.1,有"], True, True, 0, []),
        ([*PLACES[4:], "9,九,本町9"], True, True, 0, []),
        ([], True, True, 0, []),
    ],
    ids=["a fifth", "more", "more, agreed", "more, told", "a row refused", "cut off", "nothing in it"],
)
async def test_much_is_removed_only_when_somebody_agrees_and_nothing_out_of_doubt(
    rows: list[str], agrees: bool, yes: bool, removed: int, asked: list[tuple[int, int]]
) -> None:
    hall = Hall()
    hall.screen.agrees = agrees
    await hall.bring(source("aed.csv", table(PLACES)))
    (done,) = await hall.bring(source("aed.csv", table(rows)), options=Options(prune=True, yes=yes))
    assert done.tally is not None
    assert (done.tally.removed, hall.screen.asked) == (removed, asked)
    codes = {issue.code for _, issue in hall.screen.issues}
    assert ("not_pruned" in codes) == (not removed)
    assert ("fewer_rows" in codes) == (len(rows) < 16)
    assert done.tally.is_doubtful == bool(codes & {"not_pruned", "fewer_rows"})
    assert len(await everything(hall)) == 20 - removed


async def found_of(hall: Hall, view: type[Any]) -> list[Any]:
    """All views of a type."""
    found = await hall.store.entities.find(hall.area, Query(types=views.of_type(view), limit=100))
    return [views.read(view, row.entity()) for row in found.rows]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
async def test_the_order_of_rows_and_columns_does_not_matter(seed: int) -> None:
    rows = [*ROWS[:4], *ROWS[6:]]
    shuffled = random.Random(seed).sample(rows, len(rows))
    one, other = Hall(), Hall()
    await one.bring(source("aed.csv", table(rows)))
    await other.bring(source("aed.csv", table(shuffled)))
    assert await everything(one) == await everything(other)


async def test_rows_without_identifier_are_told_apart_by_what_they_say() -> None:
    text = (
        "発生日,事故類型区分,死者数,負傷者数,緯度,経度\n"
        + "2026-01-05,追突,0,1,35.6,140.1\n" * 2
        + "R8.1.6,追突,0,1,35.6,140.1\n"
    )
    hall = Hall()
    one = source("交通事故.csv", text.encode())
    (first,) = await hall.bring(one)
    (second,) = await hall.bring(one)
    assert (first.type, counts(first), counts(second)) == (
        "TrafficAccident",
        (3, 3, 0, 0, 0),
        (3, 0, 0, 3, 0),
    )
    dates = sorted(record.date for record in await found_of(hall, record_view("TrafficAccident")))
    assert dates == ["2026-01-05", "2026-01-05", "2026-01-06"]


async def test_a_shelter_is_known_by_its_common_id_in_whatever_file() -> None:
    hall = Hall()
    text = "共通ID,施設・場所名,緯度,経度,洪水,津波\nE9900190000001201,港小学校,35.35,141.02,1,\n"
    (first,) = await hall.bring(source("a.csv", text.encode()), options=Options("EvacuationSite"))
    (second,) = await hall.bring(source("b.csv", text.encode()), options=Options("EvacuationSite"))
    (site,) = await found_of(hall, record_view("EvacuationSite"))
    assert (site.id, site.hazards) == ("urn:ngsi-ld:EvacuationSite:E9900190000001201", ("flood",))
    assert (counts(first)[1], counts(second)[1]) == (1, 0)


async def test_what_a_person_corrects_is_kept_for_the_next_import() -> None:
    hall = Hall()
    one = source("施設.csv", "甲,乙\n図書館,本町1\n".encode())
    await hall.bring(one)
    (kept,) = await found_of(hall, ImportMapping)
    engine = Engine(hall.store.entities, hall.clock, (service,), {})
    city = Cities(engine, Darkroom(engine, hall.store.files, hall.store.received)).of(
        Asking(area=hall.area, person=CLERK)
    )
    form = {
        "id": kept.id,
        "record_type": "PublicFacility",
        "columns": ["甲", "乙"],
        "items": ["name", "fullAddress"],
    }
    await city.run("opendata.correct_mapping", form)
    (done,) = await hall.bring(one)
    (library,) = await found_of(hall, record_view("PublicFacility"))
    assert (done.type, library.name, library.fullAddress) == ("PublicFacility", "図書館", "本町1")
    (kept,) = await found_of(hall, ImportMapping)
    assert (kept.told, kept.record_type) == (True, "PublicFacility")


async def test_plane_coordinates_in_columns_go_by_the_system_of_the_area() -> None:
    hall = Hall()
    text = "名称,X座標,Y座標\n港小学校,-72000.0,108000.0\n"
    await hall.bring(source("施設.csv", text.encode()), options=Options(ground=Ground(plane="EPSG:6677")))
    found = await hall.store.entities.find(hall.area, Query(limit=10, attrs=(views.expand_name("location"),)))
    longitude, latitude = (
        found.rows[0].entity().attributes[views.expand_name("location")][0].value["coordinates"]
    )
    assert (round(longitude, 1), round(latitude, 1)) == (141.0, 35.3)


async def test_one_number_out_of_range_is_refused_and_not_taken_for_metres() -> None:
    hall = Hall()
    rows = "甲,35.6,999\n乙,999,140.1\n丙,95,140.1\n丁,35.6,140.1\n戊,-72000,108000\n"
    one = source("避難所.csv", ("名称,緯度,経度\n" + rows).encode())
    ground = Ground(plane="EPSG:6677")
    (done,) = await hall.bring(one, options=Options("Shelter", ground=ground))
    plane = source("b.csv", "名称,X座標,Y座標\n己,-72000,108\n".encode())
    (other,) = await hall.bring(plane, options=Options("Shelter", ground=ground))
    assert (counts(done), counts(other)) == ((5, 2, 0, 0, 3), (1, 1, 0, 0, 0))
    assert [(i.line, i.column, i.value, i.code) for _, i in hall.screen.issues if i.level == "refused"] == [
        (2, "経度", "999", "not_a_position"),
        (3, "緯度", "999", "not_a_position"),
        (4, "緯度", "95", "not_a_position"),
    ]


async def test_the_report_adds_up_and_is_kept() -> None:
    hall = Hall()
    await hall.bring(source("aed.csv", table(ROWS)))
    (run,) = await found_of(hall, ImportRun)
    assert run.read == run.created + run.changed + run.unchanged + run.refused == 9
    assert [issue.lines for issue in run.issues if issue.level == "refused"] == [
        (5,),
        (6,),
        (7,),
        (9,),
        (10,),
    ]


async def test_a_remote_node_gets_what_it_would_give_back() -> None:
    hall = Hall()
    await hall.bring(source("aed.csv", table(ROWS[:1])))
    (record,) = await found_of(hall, record_view("AED"))
    assert views.read(record_view("AED"), parse(render(record))) == record


def test_many_rows_take_little_memory() -> None:
    rows = [f"{n},施設{n},本町{n},35.{n:05d},140.1,有\n" for n in range(10_000, 13_000)]
    assert made_of(rows[:1]) == 1, "what is read once for all files is read"
    tracemalloc.start()
    made = made_of(rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (made, peak < 3_000_000) == (3_000, True)


def made_of(rows: Sequence[str]) -> int:
    """How many records are made of a table, without its being kept."""
    one = source("aed.csv", (HEADER + "".join(rows)).encode())
    (read,) = importing.read_tables(one)
    guessed = importing.guess_table(one, read, "", None)
    surveyed = importing.survey(read, guessed, lambda rows: None)
    maker = Maker(importing.plan_table(one, read, guessed, surveyed, Ground()))
    return sum(1 for row in read.rows() if maker.make(row).record is not None)


def test_files_are_found_with_their_neighbours(tmp_path: Path) -> None:
    for name in ("a/a.shp", "a/a.dbf", "a/attributes.csv", "b/b.dbf", "c/config.yml", "d/d.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert [one.name for one in find_sources([tmp_path])] == ["a.shp", "b.dbf", "d.csv"]
    assert [folder.name for folder in empty_folders([tmp_path])] == ["c"]


def test_files_that_one_name_is_given_to_are_told_apart_by_their_kind(tmp_path: Path) -> None:
    def titles(folder: str, *names: str) -> list[str]:
        (tmp_path / folder).mkdir()
        for name in ("config.yml", "attributes.csv", *names):
            (tmp_path / folder / name).write_text("name: 店")
        table = Table((), lambda: iter(()))
        return [importing.title_of(one, table) for one in find_sources([tmp_path / folder])]

    # the name alone where there is one file, with what belongs to it
    assert titles("a", "a.csv") == ["店"]
    assert titles("b", "b.shp", "b.dbf", "b.SHX", "b.xml") == ["店"]
    assert titles("c", "1.shp", "1.dbf", "2.csv") == ["店 (Shapefile)", "店 (CSV)"]
    assert titles("d", "1.csv", "2.csv", "3.geojson") == ["店 (1.csv)", "店 (2.csv)", "店 (GeoJSON)"]


@pytest.mark.parametrize(
    ("file", "type_name", "rows"),
    [
        ("shelters/121002-evacuation.json", "Shelter", 270),
        ("shelters/121002-emergency.json", "EvacuationSite", 363),
        ("shelters/122173-evacuation.json", "Shelter", 112),
        ("shelters/122173-emergency.json", "EvacuationSite", 146),
        ("yaizu/AED設置箇所一覧/222127_aed.csv", "AED", 82),
        ("yaizu/公衆トイレ一覧/222127_public_toilet.csv", "PublicToilet", 112),
        ("yaizu/要配慮者利用施設/yohairyosya.csv", "CareFacility", 277),
        ("yaizu/小学校区/小学校区.shp", "SchoolDistrict", 13),
        ("yaizu/焼津市自主運行バス路線図_停留所/バス停留所(しずてつ除外).shp", "BusStop", 164),
        ("did/chiba-2020.geojson", "StatisticalArea", 78),
    ],
)
async def test_real_files_come_in_whole(shared_data: Path, file: str, type_name: str, rows: int) -> None:
    hall = Hall()
    one = disk_source(shared_data / file)
    (first,) = await hall.bring(one)
    (second,) = await hall.bring(one)
    assert (first.type, counts(first), counts(second)) == (
        type_name,
        (rows, rows, 0, 0, 0),
        (rows, 0, 0, rows, 0),
    )


async def test_all_of_a_real_catalogue_is_in_or_reported(shared_data: Path) -> None:
    hall = Hall("yaizu")
    sources = [
        disk_source(Path(one.label)) for one in find_sources([shared_data / "yaizu", shared_data / "gtfs"])
    ]
    outcomes = await hall.bring(*sources)
    sums = [sum(column) for column in zip(*(counts(one) for one in outcomes), strict=True)]
    assert (len(outcomes), sums) == (151, [12_643, 12_642, 0, 0, 1])
    refused = [(Path(file).name, i.line, i.code) for file, i in hall.screen.issues if i.level == "refused"]
    assert refused == [("文化財マップ.geojson", 3599, "not_in_japan")]
    assert [folder.name for folder in empty_folders([shared_data / "yaizu"])] == ["路線網図"]
