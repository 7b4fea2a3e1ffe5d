"""Readers take awkward files as they come, and say what they cannot take."""

from __future__ import annotations

import datetime
import io
import json
import random
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
import shapefile
from hypothesis import given, settings
from hypothesis import strategies as st
from importing_hall import source

from kaiteki.services.opendata.importing import read_tables
from kaiteki.services.opendata.reading.source import Table, Unreadable, name_columns

JGD2011_PLANE_8 = (
    'PROJCS["JGD_2011_Japan_Zone_8",GEOGCS["GCS_JGD_2011",DATUM["D_JGD_2011",SPHEROID["GRS_1980",6378137.0,'
    '298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",0.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",138.5],'
    'PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",36.0],UNIT["Meter",1.0]]'
)


def only(name: str, content: bytes, **beside: bytes) -> Table:
    """The one table of a file."""
    (table,) = read_tables(
        source(name, content, {key.replace("_", "."): value for key, value in beside.items()})
    )
    return table


def cells(table: Table) -> list[dict[str, Any]]:
    """All cells of a table."""
    return [dict(row.cells) for row in table.rows()]


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("cp932", "cp932"), ("utf-16", "utf-16")],
)
def test_every_encoding_reads_the_same(encoding: str, named: str) -> None:
    table = only("a.csv", "名称,住所\r\n①髙橋図書館,本町～1丁目\r\n".encode(encoding, "replace"))
    assert table.encoding == named
    assert cells(table) == [{"名称": "①髙橋図書館", "住所": "本町～1丁目"}]


def test_the_header_is_found_below_titles_and_notes() -> None:
    text = "公共施設一覧,,\n令和6年4月1日現在,,\n\nNO,名称,住所\n1,図書館,本町\n\n2,公民館,港町\n"
    table = only("a.csv", text.encode())
    assert table.header == ("NO", "名称", "住所")
    assert [(row.line, row.cells["名称"]) for row in table.rows()] == [(5, "図書館"), (7, "公民館")]
    assert [note.code for note in table.notes] == ["header_found_below"]


def test_a_header_that_nobody_knows_is_the_first_full_row_without_numbers() -> None:
    assert only("a.csv", b"x1,y1,z1\n1,2,3\n").header == ("x1", "y1", "z1")


def test_delimiters_quotes_and_lines_within_cells() -> None:
    table = only("a.tsv", '名称\t備考\n図書館\t"一行目\n二行目"\n公民館\t終\n'.encode())
    assert [(row.line, row.cells["備考"]) for row in table.rows()] == [(2, "一行目\n二行目"), (4, "終")]


def test_rows_that_do_not_fit_are_marked_and_short_ones_filled() -> None:
    table = only("a.csv", "名称,住所\n図書館\n公民館,港町,余り\n公園,本町,\n".encode())
    rows = list(table.rows())
    assert [row.broken.code if row.broken else "" for row in rows] == ["", "too_many_cells", ""]
    assert rows[0].cells == {"名称": "図書館"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("名称,住所,備考\n図書館,本町,有\n公民館,港", 3),
        ("名称,住所,備考\n図書館,本町,有\n公民館,港町\n", 3),
        ("名称,住所,備考\n図書館\n公民館,港", 3),
        ('名称,住所,備考\n図書館,本町,"有\n公民館,港町,無\n公園,岬,無\n', 2),
        ('名称,住所,備考\n図書館,本町,有\n公民館,港町,"無', 3),
        ("名称,住所,備考\n図書館,本町", 2),
        ("名称,住所,備考\n図書館\n公民館,港町\n", 0),
        ("名称,住所,備考\n図書館,本町,有\n公民館,港町,無", 0),
        ('名称,住所,備考\n図書館,本町,有\n公民館,港町,"一\n二"\n\n ,,\n', 0),
        ('名称,住所,備考\n図書館,本町,有\n公民館,港町,"無"い\n', 0),
    ],
)
def test_a_text_that_ends_half_way_is_no_whole_one(text: str, line: int) -> None:
    rows = list(only("a.csv", text.encode()).rows())
    assert [(row.line, row.broken.code) for row in rows if row.broken] == (
        [(line, "cut_off")] if line else []
    )
    assert rows[-1].broken is not None or not line


def test_columns_have_names_that_are_not_empty_and_not_twice() -> None:
    assert name_columns(["名称", "", "名称", " 備 考 "]) == ("名称", "列2", "名称 (2)", "備 考")


def test_an_empty_file_is_refused_with_a_reason() -> None:
    for name in ("a.csv", "a.geojson"):
        with pytest.raises(Unreadable) as refused:
            read_tables(source(name, b""))
        assert refused.value.issue.code == "empty_file"


NO_TEXTS = {
    "noise": random.Random(1).randbytes(40_000),
    "noise behind a table": "名称,緯度\n".encode() + random.Random(2).randbytes(4_000),
    "UTF-16 without its mark": "名称,緯度\n図書館,35.1\n".encode("utf-16-le"),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(64),
}


@pytest.mark.parametrize("kind", NO_TEXTS)
def test_what_is_no_text_is_refused_with_its_line_and_makes_no_records(kind: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_tables(source("a.csv", NO_TEXTS[kind]))
    assert (refused.value.issue.code, refused.value.issue.level) == ("not_text", "refused")
    assert refused.value.issue.line >= 1


def test_a_slip_in_one_row_is_told_with_that_row() -> None:
    rows = ["名称,住所", *(f"図書館{number},緑区{number}丁目" for number in range(40))]
    text = "\n".join(rows).encode()
    table = only("a.csv", text.replace("17丁目".encode(), b"\xff", 1))
    broken = [row.broken for row in table.rows() if row.broken is not None]
    assert [(one.code, one.column) for one in broken] == [("undecodable", "住所")]
    assert len(list(table.rows())) == 40


ROWS = [f"図書館{number},緑区{number}丁目" for number in range(20)]


@pytest.mark.parametrize(("first", "then"), [("utf-8", "cp932"), ("cp932", "utf-8")])
@pytest.mark.parametrize("at", [1, 4, 16])
def test_a_file_whose_encoding_changes_is_refused_with_the_line(first: str, then: str, at: int) -> None:
    """Half of it would be published as other letters."""
    parts = ["\n".join(["名称,住所", *ROWS[:at], ""]).encode(first), "\n".join(ROWS[at:]).encode(then)]
    with pytest.raises(Unreadable) as refused:
        read_tables(source("a.csv", b"".join(parts)))
    assert (refused.value.issue.code, refused.value.issue.line) == ("mixed_encodings", at + 2)
    assert refused.value.issue.level == "refused"


def test_a_file_in_one_encoding_is_read_whatever_its_letters_are_by_chance() -> None:
    """Half-width kana in Shift_JIS are often valid UTF-8, line by line."""
    text = "名称,よみ\n" + "\n".join(f"ﾃｳﾃｳ{number},ﾃｳ" for number in range(20))
    table = only("a.csv", text.encode("cp932"))
    assert [row.cells["名称"] for row in table.rows()] == [f"ﾃｳﾃｳ{number}" for number in range(20)]


def test_a_file_of_no_known_format_is_refused() -> None:
    with pytest.raises(Unreadable) as refused:
        read_tables(source("a.pdf", b"%PDF"))
    assert refused.value.issue.code == "unknown_format"


def feature(name: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"名称": name, **more},
        "geometry": {"type": "Point", "coordinates": [140.1, 35.6]},
    }


@settings(max_examples=60)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=8), st.sampled_from([None, 1, 4]), st.booleans())
def test_geojson_is_cut_wherever_its_names_hold_brackets_and_quotes(
    names: list[str], indent: int | None, ascii_only: bool
) -> None:
    collection = {"type": "FeatureCollection", "features": [feature(name) for name in names]}
    content = json.dumps(collection, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    table = only("a.geojson", content)
    assert [row.cells["名称"] for row in table.rows()] == names


def test_geojson_says_lines_coordinate_system_and_what_is_broken() -> None:
    text = (
        '{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::6676"}},\n'
        '"features":[\n' + json.dumps(feature("一")) + ",\n" + '{"type":"Feature","properties":{"a":01}}\n]}'
    )
    table = only("a.geojson", text.encode())
    rows = list(table.rows())
    assert table.crs == "EPSG:6676"
    assert [(row.line, row.broken.code if row.broken else "") for row in rows] == [
        (3, ""),
        (4, "broken_json"),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        json.dumps(feature("図書館"), ensure_ascii=False).encode("cp932"),
        b'{"type":"Feature","properties":[1,2]}',
        b'{"type":"Feature","properties":"abc"}',
        b'{"type":"Feature","properties":{},"geometry":"Point"}',
        b'{"type":"Feature","properties":{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}}",
    ],
)
def test_a_feature_of_another_shape_or_encoding_is_one_broken_row(broken: bytes) -> None:
    whole = json.dumps(feature("公民館")).encode()
    rows = list(only("a.geojson", b'{"features":[' + broken + b"," + whole + b"]}").rows())
    assert [row.broken.code if row.broken else row.cells["名称"] for row in rows] == ["broken_json", "公民館"]


def test_a_geojson_file_that_ends_too_early_gives_what_is_whole_and_says_so() -> None:
    table = only("a.geojson", json.dumps({"features": [feature("一"), feature("二")]}).encode()[:-30])
    rows = list(table.rows())
    assert [row.broken.code if row.broken else row.cells["名称"] for row in rows] == ["一", "broken_json"]


def test_geojson_takes_constant_memory() -> None:
    one = json.dumps(feature("図書館", 説明="あ" * 200)).encode()
    content = b'{"features":[' + b",".join([one] * 20_000) + b"]}"
    table = only("a.geojson", content)
    tracemalloc.start()
    count = sum(1 for _ in table.rows())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (count, peak < 2_000_000, len(content) > 10_000_000) == (20_000, True, True)


def shapes(encoding: str, cpg: str = "") -> dict[str, bytes]:
    """The parts of a Shapefile with one square in plane-rectangular system 8."""
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    writer = shapefile.Writer(shp=shp, shx=shx, dbf=dbf, encoding=encoding, shapeType=shapefile.POLYGON)
    writer.field("SAFIELD000", "C", 40)
    writer.field("面積", "N", 12, 2)
    writer.poly([[[0, 0], [0, 1000], [1000, 1000], [1000, 0], [0, 0]]])
    writer.record("商業地域", 12.5)
    writer.close()
    parts = {"a.shp": shp.getvalue(), "a.shx": shx.getvalue(), "a.dbf": dbf.getvalue()}
    parts["a.prj"] = JGD2011_PLANE_8.encode()
    return parts | ({"a.cpg": cpg.encode()} if cpg else {})


@pytest.mark.parametrize(
    ("encoding", "cpg"), [("cp932", ""), ("cp932", "\ufeffShift_JIS\n"), ("utf-8", "UTF-8"), ("utf-8", "")]
)
def test_shapefiles_of_either_encoding(encoding: str, cpg: str) -> None:
    parts = shapes(encoding, cpg)
    parts["attributes.csv"] = (
        "original_name,display_name,label_flag\nSAFIELD000,用途地域,\n面積, ,\n".encode()
    )
    (table,) = read_tables(source("a.shp", parts["a.shp"], parts))
    (row,) = table.rows()
    assert dict(row.cells) == {"SAFIELD000": "商業地域", "面積": 12.5}
    assert table.names == {"SAFIELD000": "用途地域"}
    assert row.geometry is not None
    assert row.geometry["type"] == "Polygon"


def test_a_shapefile_without_one_of_its_parts_says_so() -> None:
    parts = shapes("cp932")
    (alone,) = read_tables(source("a.shp", parts["a.shp"]))
    assert [note.code for note in alone.notes] == ["no_dbf"]
    assert [(dict(row.cells), row.geometry is None) for row in alone.rows()] == [({}, False)]
    (table,) = read_tables(source("a.dbf", parts["a.dbf"]))
    assert [note.code for note in table.notes] == ["no_shp"]
    assert [row.geometry for row in table.rows()] == [None]
    with pytest.raises(Unreadable) as refused:
        read_tables(source("a.shp", b"no shapes", {"a.dbf": parts["a.dbf"]}))
    assert refused.value.issue.code == "broken_shapefile"


def test_a_text_that_ends_in_half_a_letter_is_told_with_line_and_column() -> None:
    parts = shapes("cp932", "Shift_JIS")
    whole = "商業地域".encode("cp932")
    parts["a.dbf"] = parts["a.dbf"].replace(whole.ljust(40), b"a" * 33 + whole[:7], 1)
    (table,) = read_tables(source("a.shp", parts["a.shp"], parts))
    (row,) = table.rows()
    assert row.cells["SAFIELD000"] == "a" * 33 + "商業地"
    assert [(issue.code, issue.line, issue.column, issue.level) for issue in row.notes] == [
        ("cut_text", 1, "SAFIELD000", "warning")
    ]
    assert row.broken is None


def test_every_sheet_of_a_workbook_with_its_header() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "施設"
    for line in (
        ["公共施設一覧"],
        [],
        ["NO", "名称", "緯度", "経度"],
        [1, "図書館", 35.6, 140.1],
        [2.0, "公民館", None, None],
    ):
        sheet.append(line)
    other = book.create_sheet("行事")
    other.append(["名称", "開始日"])
    other.append(["まつり", datetime.datetime(2026, 11, 3)])
    book.create_sheet("空")
    kept = io.BytesIO()
    book.save(kept)
    first, second = read_tables(source("a.xlsx", kept.getvalue()))
    assert (first.part, first.header) == ("施設", ("NO", "名称", "緯度", "経度"))
    assert [row.line for row in first.rows()] == [4, 5]
    assert cells(first)[1] == {"NO": "2", "名称": "公民館", "緯度": "", "経度": ""}
    assert cells(second) == [{"名称": "まつり", "開始日": "2026-11-03"}]


def feed(**members: str) -> bytes:
    """A zip with members `stops_txt` and so on."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as zipped:
        for name, text in members.items():
            zipped.writestr(name.replace("_txt", ".txt"), text)
    return kept.getvalue()


def test_gtfs_gives_stops_with_translations_and_routes_with_shapes() -> None:
    content = feed(
        agency_txt="agency_id,agency_name\n1,見本バス\n",
        stops_txt="stop_id,stop_name,stop_lat,stop_lon\nA,駅前,35.6,140.1\n",
        routes_txt="route_id,agency_id,route_short_name,route_type\nR,1,1番,3\n",
        trips_txt="route_id,trip_id,shape_id\nR,T,S\nR,U,S\n",
        shapes_txt="shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\nS,35.61,140.11,2\nS,35.6,140.1,1\n",
        translations_txt="trans_id,lang,translation\n駅前,ja-Hrkt,えきまえ\n駅前,en,Station\n",
    )
    stops, routes = read_tables(source("feed.zip", content))
    assert [(s.cells["stop_id"], s.cells["nameKana"], s.cells["nameEn"]) for s in stops.rows()] == [
        ("A", "えきまえ", "Station")
    ]
    (route,) = routes.rows()
    assert route.cells["agency_name"] == "見本バス"
    assert route.geometry == {"type": "MultiLineString", "coordinates": [[[140.1, 35.6], [140.11, 35.61]]]}
    with pytest.raises(Unreadable) as refused:
        read_tables(source("feed.zip", feed(other_txt="a")))
    assert refused.value.issue.code == "no_stops"


def test_a_damaged_workbook_says_so_and_keeps_the_rows_before_the_damage() -> None:
    book = openpyxl.Workbook()
    for row in (("名称", "緯度"), *((f"公園{n}", 35.6) for n in range(40))):
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)

    def with_sheet(change: Callable[[bytes], bytes]) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(kept) as was, zipfile.ZipFile(out, "w") as becomes:
            for name in was.namelist():
                content = was.read(name)
                becomes.writestr(name, change(content) if name.endswith("sheet1.xml") else content)
        return out.getvalue()

    with pytest.raises(Unreadable) as refused:
        read_tables(source("a.xlsx", with_sheet(lambda content: b"<" + content)))
    assert refused.value.issue.code == "broken_workbook"
    (table,) = read_tables(source("a.xlsx", with_sheet(lambda content: content[:-400])))
    rows = list(table.rows())
    assert rows[0].cells["名称"] == "公園0"
    assert [row.broken.code for row in rows if row.broken] == ["broken_workbook"] and rows[-1].broken


def test_a_shapefile_with_a_shape_that_there_is_not_says_so() -> None:
    parts = shapes("cp932")
    damaged = bytearray(parts["a.shp"])
    damaged[108] = 99
    (table,) = read_tables(source("a.shp", bytes(damaged), {**parts, "a.shp": bytes(damaged)}))
    assert [row.broken.code for row in table.rows() if row.broken] == ["broken_shapefile"]
