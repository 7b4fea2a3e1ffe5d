"""Tables as GeoPackage and GeoParquet: GDAL and pyarrow read what went in, of every kind, also where a column turns out mixed."""

from __future__ import annotations

import asyncio
import datetime
import json
import math
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaiteki.adapters.tables.staging import named_apart
from kaiteki.adapters.tables.writers import writers_here
from kaiteki.kit.tables import Table, TableColumn, TableRow, Writer

pytestmark = pytest.mark.external

WRITERS = writers_here()
COLUMNS = (
    TableColumn("name", "名称"),
    TableColumn("capacity", "想定収容人数", "integer"),
    TableColumn("area", "面積", "number"),
    TableColumn("open", "開いている", "boolean"),
    TableColumn("since", "開始日", "date"),
    TableColumn("seen", "見た時刻", "moment"),
    TableColumn("hazards", "災害種別", "list"),
    TableColumn("備考", "備考", "any"),
    TableColumn("Name", "別名", "any"),
    TableColumn("geometry", "形", "any"),
)
POLYGON = {"type": "Polygon", "coordinates": [[[140.0, 35.0], [140.1, 35.0], [140.1, 35.1], [140.0, 35.0]]]}
ROWS = (
    TableRow(
        "urn:a",
        {"type": "Point", "coordinates": [138.3234567, 34.8678901]},
        [
            "一小",
            500,
            1.5,
            True,
            "2024-04-01",
            "2024-04-01T09:30:00Z",
            ["flood", "tsunami"],
            "改\n行",
            7,
            None,
        ],
    ),
    TableRow("urn:b", POLYGON, ["二小", 0, -2, False, "1999-12-31", None, [], 3, 8, {"a": [1]}]),
    TableRow("urn:c", None, [None] * len(COLUMNS)),
)


async def pages_of(rows: Sequence[TableRow], size: int = 2) -> AsyncGenerator[Sequence[TableRow], None]:
    for first in range(0, len(rows), size):
        yield rows[first : first + size]


def table_of(rows: Sequence[TableRow], columns: Sequence[TableColumn] = COLUMNS, srid: int = 4326) -> Table:
    return Table("shelters_1a", "避難所", tuple(columns), pages_of(rows), "見本市 CC BY 4.0", srid=srid)


async def written(writer: Writer, table: Table, path: Path) -> Path:
    parts = [part async for part in writer(table)]
    await asyncio.to_thread(path.write_bytes, b"".join(parts))
    return path


def read(path: Path) -> tuple[dict[str, Any], list[Any], list[dict[str, Any]]]:
    """The layer as GDAL reads it: what it says of itself, shapes, cells by column."""
    meta, _, shapes, columns = pyogrio.raw.read(path)
    rows = [dict(zip(meta["fields"], row, strict=True)) for row in zip(*columns, strict=True)]
    return meta, [None if one is None else shapely.from_wkb(one) for one in shapes], rows


async def test_gdal_reads_a_geopackage_as_it_went_in(tmp_path: Path) -> None:
    path = await written(WRITERS["gpkg"], table_of(ROWS), tmp_path / "a.gpkg")
    meta, shapes, rows = read(path)
    assert meta["crs"] == "EPSG:4326"
    assert list(meta["fields"]) == [
        *(
            "id",
            "name",
            "capacity",
            "area",
            "open",
            "since",
            "seen",
            "hazards",
            "備考",
            "Name_2",
            "geometry_2",
        ),
    ]
    kinds = dict(zip(meta["fields"], meta["dtypes"], strict=True))
    assert (kinds["open"], kinds["since"], kinds["area"]) == ("bool", "datetime64[D]", "float64")
    assert shapes == [shapely.from_geojson(json.dumps(one.place)) if one.place else None for one in ROWS]
    first, second, third = rows
    assert (first["name"], first["capacity"], first["area"], bool(first["open"])) == ("一小", 500, 1.5, True)
    assert str(first["since"]) == "2024-04-01"
    assert str(first["seen"]).startswith("2024-04-01T09:30:00")
    assert (first["hazards"], first["備考"], first["Name_2"]) == ("flood;tsunami", "改\n行", 7)
    assert (second["備考"], second["geometry_2"], second["area"]) == ("3", '{"a":[1]}', -2.0)
    assert (third["id"], third["name"]) == ("urn:c", None)
    assert math.isnan(third["capacity"])


async def test_a_geopackage_has_what_its_standard_asks_for(tmp_path: Path) -> None:
    path = await written(WRITERS["gpkg"], table_of(ROWS, srid=6668), tmp_path / "a.gpkg")
    assert read(path)[0]["crs"] == "EPSG:6668"
    file = sqlite3.connect(path)

    def rows(statement: str) -> list[Any]:
        return file.execute(statement).fetchall()

    assert rows("PRAGMA application_id") == [(0x47504B47,)]
    assert rows("PRAGMA user_version") == [(10301,)]
    assert rows("PRAGMA integrity_check") == [("ok",)]
    assert rows("PRAGMA foreign_key_check") == []
    assert {one for (one,) in rows("SELECT srs_id FROM gpkg_spatial_ref_sys")} >= {-1, 0, 4326}
    assert rows("SELECT table_name, data_type, identifier, min_x, max_y, srs_id FROM gpkg_contents") == [
        ("shelters_1a", "features", "避難所", 138.3234567, 35.1, 6668)
    ]
    assert rows("SELECT column_name, geometry_type_name, srs_id, z, m FROM gpkg_geometry_columns") == [
        ("geom", "GEOMETRY", 6668, 0, 0)
    ]
    assert ("gpkg_rtree_index",) in rows("SELECT extension_name FROM gpkg_extensions")
    assert ("name", "名称") in rows("SELECT column_name, title FROM gpkg_data_columns")
    # the index keeps bounds in 32 bits, rounded outwards
    found = rows("SELECT id FROM rtree_shelters_1a_geom WHERE minx <= 138.3234567 AND maxx >= 138.3234567")
    assert found == [(1,)]
    assert len(rows("SELECT name FROM sqlite_master WHERE type='trigger'")) == 7
    (head,) = rows("SELECT substr(geom, 1, 4) FROM shelters_1a WHERE fid=2")[0]
    assert head == b"GP\x00\x03"


async def test_gdal_edits_a_geopackage_and_its_index_follows(tmp_path: Path) -> None:
    path = await written(WRITERS["gpkg"], table_of(ROWS[:2]), tmp_path / "a.gpkg")
    meta, _, shapes, columns = pyogrio.raw.read(path)
    meta.pop("encoding", None)
    pyogrio.raw.write(
        path,
        geometry=shapes,
        field_data=columns,
        fields=meta["fields"],
        crs=meta["crs"],
        geometry_type="Unknown",
        layer="shelters_1a",
        driver="GPKG",
        append=True,
    )
    file = sqlite3.connect(path)
    assert file.execute("SELECT count(*) FROM rtree_shelters_1a_geom").fetchone() == (4,)


async def test_pyarrow_reads_a_geoparquet_as_it_went_in(tmp_path: Path) -> None:
    path = await written(WRITERS["parquet"], table_of(ROWS), tmp_path / "a.parquet")
    read = pyarrow.parquet.read_table(path)
    geo = json.loads(read.schema.metadata[b"geo"])
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    assert geo["columns"]["geometry"] == {
        "encoding": "WKB",
        "geometry_types": ["Point", "Polygon"],
        "bbox": [138.3234567, 34.8678901, 140.1, 35.1],
    }
    first, second, third = read.to_pylist()
    assert shapely.from_wkb(first["geometry"]) == shapely.Point(138.3234567, 34.8678901)
    assert {
        name: first[name] for name in ("id", "capacity", "area", "open", "hazards", "備考", "Name_2")
    } == {
        "id": "urn:a",
        "capacity": 500,
        "area": 1.5,
        "open": True,
        "hazards": ["flood", "tsunami"],
        "備考": "改\n行",
        "Name_2": 7,
    }
    assert first["since"] == datetime.date(2024, 4, 1)
    assert first["seen"] == datetime.datetime(2024, 4, 1, 9, 30, tzinfo=datetime.UTC)
    assert (second["備考"], second["geometry_2"]) == ("3", '{"a":[1]}')
    assert [value for name, value in third.items() if name != "id" and value is not None] == []


async def test_tables_without_rows_or_places_are_files_too(tmp_path: Path) -> None:
    for form, writer in WRITERS.items():
        empty = await written(writer, table_of(()), tmp_path / f"empty.{form}")
        nowhere = Table("t", "表", COLUMNS[:2], pages_of([TableRow("urn:a", None, ["x", 1])]), located=False)
        plain = await written(writer, nowhere, tmp_path / f"plain.{form}")
        if form == "gpkg":
            assert read(empty)[2] == []
            assert pyogrio.raw.read(plain)[2] is None
        elif form == "xlsx":
            assert [one.value for one in openpyxl.load_workbook(empty).active[1]] == [
                column.title for column in COLUMNS
            ]
            assert list(openpyxl.load_workbook(plain).active.values) == [("名称", "想定収容人数"), ("x", "1")]
        else:
            assert pyarrow.parquet.read_table(empty).num_rows == 0
            assert pyarrow.parquet.read_table(plain).to_pylist() == [
                {"id": "urn:a", "name": "x", "capacity": 1}
            ]
            assert b"geo" not in (pyarrow.parquet.read_table(plain).schema.metadata or {})


CELL = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
    | st.sampled_from(["2024-02-29", "2023-02-29", "2024-01-01T00:00:00Z"])
    | st.lists(st.text("ab", max_size=2), max_size=2)
)


@given(st.data(), st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_cells_is_written(
    tmp_path: Path, data: st.DataObject, cells: list[list[Any]]
) -> None:
    """No cell of any kind keeps a table from being written, and both files have the same rows."""
    sorts = [
        data.draw(st.sampled_from(["any", "text", "integer", "number", "boolean", "date"])) for _ in range(3)
    ]
    columns = [TableColumn(f"c{at}", "列", sort) for at, sort in enumerate(sorts)]
    rows = [TableRow(f"urn:{at}", None, row) for at, row in enumerate(cells)]
    package = asyncio.run(written(WRITERS["gpkg"], table_of(rows, columns), tmp_path / "a.gpkg"))
    parquet = asyncio.run(written(WRITERS["parquet"], table_of(rows, columns), tmp_path / "a.parquet"))
    told = pyarrow.parquet.read_table(parquet).to_pylist()
    kept = read(package)[2]
    assert [one["id"] for one in told] == [one["id"] for one in kept] == [one.id for one in rows]
    for row, one in zip(rows, told, strict=True):
        for column, cell in zip(columns, row.cells, strict=True):
            assert (one[column.name] is None) == (cell is None)


def test_names_of_columns_differ_also_where_nobody_knows_case() -> None:
    told = named_apart([TableColumn(one, one) for one in ("a", "A", "a_2", "id", "FID", "geometry")])
    assert [one.name for one in told] == ["a", "A_2", "a_2_2", "id_2", "FID_2", "geometry_2"]


def names_in(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


async def test_nothing_is_left_of_a_file_that_nobody_reads_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for writer in WRITERS.values():
        parts = writer(table_of(ROWS))
        assert await anext(parts)
        assert names_in(tmp_path)
        await parts.aclose()
        assert names_in(tmp_path) == []
