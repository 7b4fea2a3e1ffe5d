"""Maps of the registry come in as they are: every parcel where it lies, in any encoding and packing, and what is wrong told by name and line."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pyproj
import pytest
from cadastral_maps import Land, map_xml, packed, square
from hypothesis import given, settings
from hypothesis import strategies as st
from importing_hall import Hall, counts, source

from kaiteki.kit import views
from kaiteki.kit.views import expand_name
from kaiteki.model.query import Query, TypeIs
from kaiteki.services.opendata.cadastre import elements
from kaiteki.services.opendata.cadastre.parcels import is_map_archive
from kaiteki.services.opendata.importing import read_tables
from kaiteki.services.opendata.model import record_view
from kaiteki.services.opendata.reading.source import Row, Source, Unreadable

NEAR_DEGREES = 1e-7
HONCHO = [Land("16-3", square(-125_000.0, 2_000.0)), Land("16-4", square(-125_000.0, 2_020.0))]
ORIGINS = {8: (36.0, 138.5), 9: (36.0, 139 + 50 / 60)}
"""Latitude and longitude of the origins of the plane-rectangular systems (平成14年国土交通省告示第9号)."""


def rows_of(one: Source) -> list[Row]:
    (table,) = read_tables(one)
    return list(table.rows())


async def parcels(hall: Hall) -> list[Any]:
    """The parcels that are kept, by their ids."""
    view = record_view("CadastralParcel")
    found = await hall.store.entities.find(
        hall.area, Query(types=TypeIs(expand_name("CadastralParcel")), limit=1000)
    )
    return [views.read(view, row.entity()) for row in found.rows]


def gauss_krueger(plane: int, north: float, east: float) -> tuple[float, float]:
    """Longitude and latitude (degrees) of metres on a plane, by the series of Kawase (国土地理院時報 121, 2011), without PROJ."""
    a, f, m0 = 6_378_137.0, 1 / 298.257222101, 0.9999
    n = f / (2 - f)
    phi0, lambda0 = map(math.radians, ORIGINS[plane])
    arcs = (1 + n**2 / 4 + n**4 / 64, -3 / 2 * (n - n**3 / 8 - n**5 / 64), 15 / 16 * (n**2 - n**4 / 4))
    more = (-35 / 48 * (n**3 - 5 / 16 * n**5), 315 / 512 * n**4, -693 / 1280 * n**5)
    series = (*arcs, *more)
    radius = m0 * a / (1 + n) * series[0]
    start = (
        m0
        * a
        / (1 + n)
        * (series[0] * phi0 + sum(s * math.sin(2 * j * phi0) for j, s in enumerate(series) if j))
    )
    xi, eta = (north + start) / radius, east / radius
    beta = (
        n / 2 - 2 / 3 * n**2 + 37 / 96 * n**3 - n**4 / 360 - 81 / 512 * n**5,
        n**2 / 48 + n**3 / 15 - 437 / 1440 * n**4 + 46 / 105 * n**5,
        17 / 480 * n**3 - 37 / 840 * n**4 - 209 / 4480 * n**5,
        4397 / 161280 * n**4 - 11 / 504 * n**5,
        4583 / 161280 * n**5,
    )
    xi1 = xi - sum(b * math.sin(2 * j * xi) * math.cosh(2 * j * eta) for j, b in enumerate(beta, 1))
    eta1 = eta - sum(b * math.cos(2 * j * xi) * math.sinh(2 * j * eta) for j, b in enumerate(beta, 1))
    chi = math.asin(math.sin(xi1) / math.cosh(eta1))
    phi = chi
    root = math.sqrt(f * (2 - f))
    for _ in range(10):
        isometric = math.atanh(math.sin(chi)) + root * math.atanh(root * math.sin(phi))
        phi = math.asin(math.tanh(isometric))
    return math.degrees(lambda0 + math.atan(math.sinh(eta1) / math.cos(xi1))), math.degrees(phi)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([8, 9]), st.floats(-120_000, 120_000), st.floats(-60_000, 60_000), st.floats(2, 90))
def test_a_parcel_lies_where_its_metres_say(plane: int, x: float, y: float, side: float) -> None:
    x, y = round(x, 3), round(y, 3)
    corners = square(x, y, round(side, 3))
    (row,) = rows_of(source("m.xml", map_xml([Land("16-3", corners)], f"公共座標{plane}系")))
    assert row.geometry is not None
    (ring,) = row.geometry["coordinates"]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
    there = pyproj.Transformer.from_crs(6668 + plane, 6668, always_xy=True)
    wanted = [*corners[0], corners[0][0]]
    for (lon, lat), (north, east) in zip(_from_corner(ring, wanted, plane), wanted, strict=True):
        for other in (there.transform(east, north), gauss_krueger(plane, north, east)):
            assert max(abs(lon - other[0]), abs(lat - other[1])) < NEAR_DEGREES


def _from_corner(ring: Any, wanted: Any, plane: int) -> list[tuple[float, float]]:
    """A ring begun at the first wanted corner and run as wanted: whichever way its curves ran."""
    open_ring = [tuple(one) for one in ring[:-1]]
    first = gauss_krueger(plane, *wanted[0])
    at = min(range(len(open_ring)), key=lambda n: math.dist(open_ring[n], first))
    turned = open_ring[at:] + open_ring[:at]
    second = gauss_krueger(plane, *wanted[1])
    if math.dist(turned[1], second) > math.dist(turned[-1], second):
        turned = [turned[0], *turned[:0:-1]]
    return [*turned, turned[0]]


@pytest.mark.parametrize("encoding", ["UTF-8", "Shift_JIS", "UTF-16"])
async def test_a_map_comes_in_whole_in_whichever_encoding(encoding: str) -> None:
    hall = Hall()
    (done,) = await hall.bring(source("map.xml", map_xml(HONCHO, encoding=encoding)))
    assert (counts(done), done.type) == ((2, 2, 0, 0, 0), "CadastralParcel")
    first, second = await parcels(hall)
    told = (
        first.parcelName,
        first.lotNumber,
        first.lotOrder,
        first.oazaCode,
        first.accuracyClass,
        first.coordinateKind,
    )
    assert told == ("本町二丁目16番3", "16-3", ("本町2丁目 00016-00003",), "028", "甲二", "測量成果")
    sheet = (
        first.mapName,
        first.mapNumber,
        first.scaleDenominator,
        first.mapClass,
        first.mapMadeOn,
        first.publicCoordinates,
    )
    assert sheet == ("本町1", "682", 500, "地図に準ずる図面", "1998-03-31", True)
    assert second.parcelName == "本町二丁目16番4"
    assert first.location["type"] == "Polygon"


async def test_zips_of_zips_give_the_same_parcels_as_their_maps_and_twice_is_as_good_as_once() -> None:
    one, other = (
        map_xml(HONCHO),
        map_xml([Land("1", square(-125_100.0, 2_000.0), "小川", "", "下島")], name="小川1"),
    )
    archive = packed(
        {"22212-1.zip": packed({"22212-1.xml": one}), "22212-2.zip": packed({"22212-2.xml": other})}
    )
    hall = Hall()
    (done,) = await hall.bring(source("22212.zip", archive))
    assert counts(done) == (3, 3, 0, 0, 0)
    assert sorted(one.parcelName for one in await parcels(hall)) == [
        "小川下島1番",
        "本町二丁目16番3",
        "本町二丁目16番4",
    ]
    (again,) = await hall.bring(source("22212.zip", archive))
    assert counts(again) == (3, 0, 0, 3, 0)


async def test_a_map_in_arbitrary_coordinates_is_counted_told_and_has_no_place() -> None:
    hall = Hall()
    (done,) = await hall.bring(source("map.xml", map_xml(HONCHO, "任意座標系")))
    assert counts(done) == (2, 2, 0, 0, 0)
    assert [(one.location, one.publicCoordinates) for one in await parcels(hall)] == [(None, False)] * 2
    assert done.tally is not None
    assert [(one.code, one.count) for one in done.tally.issues() if one.column == "座標系"] == [
        ("arbitrary_coordinates", 2)
    ]


async def test_what_is_no_parcel_is_left_out_and_counted() -> None:
    lands = [
        *HONCHO,
        Land("地区外1", square(0, 0)),
        Land("別図001", square(0, 50)),
        Land("道-1", square(0, 90)),
    ]
    hall = Hall()
    (done,) = await hall.bring(source("map.xml", map_xml(lands)))
    assert counts(done) == (3, 3, 0, 0, 0)
    assert done.tally is not None
    assert [(one.code, one.value) for one in done.tally.issues() if one.code == "no_parcel"] == [
        ("no_parcel", "2")
    ]
    assert [one.lotOrder for one in await parcels(hall) if one.lotNumber == "道-1"] == [()]


async def test_a_parcel_has_its_holes_and_the_lots_of_an_unsettled_boundary() -> None:
    ring, hole = square(0.0, 0.0, 60.0)[0], square(20.0, 20.0, 10.0)[0]
    hall = Hall()
    await hall.bring(source("map.xml", map_xml([Land("16-3+17", [ring, hole], unsettled=("16-3", "17"))])))
    (one,) = await parcels(hall)
    assert (one.lotOrder, len(one.location["coordinates"])) == (
        ("本町2丁目 00016-00003", "本町2丁目 00017"),
        2,
    )


async def test_the_geojson_of_the_converter_gives_the_same_parcels() -> None:
    by_xml, by_json = Hall(), Hall()
    await by_xml.bring(source("map.xml", map_xml(HONCHO)))
    features = [
        {"type": "Feature", "geometry": row.geometry, "properties": _properties(row)}
        for row in rows_of(source("map.xml", map_xml(HONCHO)))
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::6668"}}
    body = {"type": "FeatureCollection", "features": features, "crs": crs}
    (done,) = await by_json.bring(source("map.geojson", msgspec.json.encode(body)))
    assert (counts(done), done.type) == ((2, 2, 0, 0, 0), "CadastralParcel")
    for one, other in zip(await parcels(by_xml), await parcels(by_json), strict=True):
        assert (one.parcelName, one.lotOrder, one.location, one.identifier) == (
            other.parcelName,
            other.lotOrder,
            other.location,
            other.identifier,
        )


async def test_geojson_in_arbitrary_coordinates_has_no_place_though_its_metres_look_like_degrees() -> None:
    ring = [[139.0, 35.0], [139.1, 35.0], [139.1, 35.1], [139.0, 35.0]]
    told = {
        "地番": "5",
        "大字名": "小川",
        "座標系": "任意座標系",
        "座標値種別": "図上測量",
        "筆ID": "H1",
        "精度区分": None,
    }
    feature = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": told}
    hall = Hall()
    await hall.bring(
        source(
            "map.geojson",
            msgspec.json.encode({"type": "FeatureCollection", "features": [feature], "crs": None}),
        )
    )
    assert [(one.location, one.parcelName) for one in await parcels(hall)] == [(None, "小川5番")]


def _properties(row: Row) -> dict[str, Any]:
    """What mojxml2geojson writes of a parcel: no sheets beyond number and scale, null for what is not told."""
    left_out = {
        "識別番号",
        "所在及び地番",
        "地番の並び",
        "公共座標系",
        "地図種類",
        "地図分類",
        "地図作成年月日",
        "備付地図年月日",
    }
    return {name: cell or None for name, cell in row.cells.items() if name not in left_out}


WHOLE = map_xml(HONCHO)
LINES = WHOLE.decode().splitlines()


def line_of(part: str) -> int:
    return next(number for number, line in enumerate(LINES, 1) if part in line)


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"<a><b></b></a>", "no_map_xml", 1),
        (WHOLE.replace(b"MINJI/tizuxml", b"MINJI/other"), "no_map_xml", 2),
        (
            WHOLE.replace(b"<\xe7\xad\x86 id", b"<\xe7\xad\x86 id=x id", 1),
            "broken_xml",
            line_of('<筆 id="H000000001"'),
        ),
        (WHOLE[: len(WHOLE) // 2], "broken_xml", WHOLE[: len(WHOLE) // 2].count(b"\n") + 1),
        (WHOLE.replace(b"<zmn:X>-125000.000", b"<zmn:X>north", 1), "broken_xml", line_of("GM_Point ")),
        (WHOLE.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "c">]>', 1), "no_map_xml", 1),
        (
            map_xml(HONCHO, encoding="Shift_JIS").replace("本町".encode("cp932"), b"\x81\xff\xff", 1),
            "undecodable",
            None,
        ),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_line(content: bytes, code: str, line: int | None) -> None:
    with pytest.raises(Unreadable) as refused:
        read_tables(source("wrong.xml", content))
    issue = refused.value.issue
    assert (issue.code, issue.value.partition(":")[0]) == (code, "wrong.xml")
    assert line is None or issue.line == line


def test_a_parcel_whose_shape_is_not_there_is_refused_alone() -> None:
    content = WHOLE.replace(b'idref="F000000001"', b'idref="F9"')
    first, second = rows_of(source("map.xml", content))
    assert first.broken is not None and second.broken is None
    assert (first.broken.code, first.broken.line) == ("broken_geometry", line_of('<筆 id="H000000001"'))
    assert "map.xml: H000000001: no surface F9" in first.broken.value


def test_one_broken_map_of_an_archive_is_refused_and_the_others_come_in() -> None:
    archive = packed(
        {"a.xml": WHOLE, "b.xml": WHOLE[:500], "c.zip": packed({"c.xml": WHOLE}), "d.zip": b"no zip"}
    )
    rows = rows_of(source("town.zip", archive))
    broken = [(row.broken.code, row.broken.value.partition(":")[0]) for row in rows if row.broken is not None]
    assert broken == [("broken_xml", "b.xml"), ("broken_zip", "d.zip")]
    assert sum(row.broken is None for row in rows) == 4


@pytest.mark.parametrize(
    ("files", "is_one"),
    [
        ({"a.xml": WHOLE}, True),
        ({"list.csv": b"", "a.zip": packed({"a.xml": WHOLE}), "b.zip": b""}, True),
        ({"readme.txt": b"", "a.xml": map_xml(HONCHO, encoding="UTF-16")}, True),
        ({"zones.shp": b"", "zones.dbf": b"", "zones.shp.xml": b"<metadata/>"}, False),
        ({"stops.txt": b"stop_id\n", "feed.xml": b"<a/>"}, False),
        ({"readme.txt": b"", "a.zip": packed({"a.csv": b""})}, False),
        ({"a.zip": b"no zip"}, False),
        ({}, False),
    ],
)
def test_an_archive_of_maps_is_known_by_what_is_in_it(files: dict[str, bytes], is_one: bool) -> None:
    assert is_map_archive(source("a.zip", packed(files))) is is_one


def test_an_unknown_system_is_refused_and_never_taken_for_degrees() -> None:
    for system in ("公共座標20系", "公共座標0系", "世界測地系", ""):
        assert {
            row.broken and row.broken.code for row in rows_of(source("m.xml", map_xml(HONCHO, system)))
        } == {"unknown_crs"}


@pytest.mark.parametrize("limit", ["XML_BYTES_MAX", "ELEMENTS_MAX"])
def test_a_map_beyond_its_limits_is_refused(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elements, limit, 10)
    with pytest.raises(Unreadable) as refused:
        read_tables(source("large.xml", WHOLE))
    assert refused.value.issue.code == "map_too_large"
