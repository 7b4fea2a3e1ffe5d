"""Every data set of a real town as GeoPackage, GeoJSON and GeoParquet: what others read of them is what is kept, to the last value."""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow.parquet
import pyogrio
import pytest
import shapely
from importing_hall import Hall, ask_of, disk_source

from kaiteki.adapters.tables.writers import writers_here
from kaiteki.kit.pages import PageAsk, PageReply, Versioned
from kaiteki.kit.tables import Written
from kaiteki.kit.views import where
from kaiteki.model.query import Query
from kaiteki.services.opendata.downloads import files
from kaiteki.services.opendata.model import DataSet, record_view

pytestmark = [pytest.mark.external, pytest.mark.shared]

WRITERS = writers_here()
NEAR_DEGREES = 1e-7
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.0+)?")


async def saved(reply: PageReply, path: Path) -> Path:
    """A download, written down."""
    assert isinstance(reply, Versioned), reply
    parts = WRITERS[reply.parts.form](reply.parts.table) if isinstance(reply.parts, Written) else reply.parts
    with path.open("wb") as file:
        async for part in parts:
            file.write(part)
    return path


def plain(value: Any) -> str:
    """A value as it is compared: numbers whatever their kind, lists with `;` between, objects as JSON."""
    if isinstance(value, np.ndarray | tuple):
        value = list(value)
    if value is None or (isinstance(value, float) and math.isnan(value)) or str(value) == "NaT":
        return ""
    if isinstance(value, list):
        return ";".join(map(str, value))
    if isinstance(value, bool | np.bool_):
        return "1" if value else "0"
    if isinstance(value, int | float | np.number):
        return format(float(value), ".12g")
    if isinstance(value, datetime.time):
        return f"{value:%H:%M}"
    # GDAL takes texts in GeoJSON that look like times for times
    found = MOMENT.fullmatch(str(value))
    return f"{found[1]}T{found[2]}" if found else str(value)


def kept_of(record: Any) -> tuple[Any, dict[str, str]]:
    """A record as it is kept: shape, and values by name."""
    fields = {
        name: plain(value)
        for name, value in msgspec.structs.asdict(record).items()
        if name not in ("id", "data_set", "location", "details")
    }
    shape = shapely.from_geojson(json.dumps(record.location)) if record.location else None
    return shape, {
        **{str(name): plain(value) for name, value in record.details.items()},
        **{k: v for k, v in fields.items() if v},
    }


def by_gdal(path: Path) -> list[tuple[str, Any, dict[str, str]]]:
    meta, _, shapes, columns = pyogrio.raw.read(path)
    drawn = (
        [None] * len(columns[0])
        if shapes is None
        else [None if one is None else shapely.from_wkb(one) for one in shapes]
    )
    names = list(meta["fields"])
    return [
        (row[names.index("id")], shape, dict(zip(names, map(plain, row), strict=True)))
        for shape, row in zip(drawn, zip(*columns, strict=True), strict=True)
    ]


def by_pyarrow(path: Path) -> list[tuple[str, Any, dict[str, str]]]:
    return [
        (
            row["id"],
            shapely.from_wkb(row["geometry"]) if row.get("geometry") else None,
            {name: plain(value) for name, value in row.items() if name != "geometry"},
        )
        for row in pyarrow.parquet.read_table(path).to_pylist()
    ]


def is_same(kept: Sequence[Any], told: Sequence[tuple[str, Any, dict[str, str]]], where_from: str) -> int:
    """Compare what is kept with what somebody reads of it; the number of values that were compared."""
    assert [one.id for one in kept] == [name for name, _, _ in told], where_from
    seen = 0
    for record, (_, shape, row) in zip(kept, told, strict=True):
        drawn, wanted = kept_of(record)
        assert (drawn is None) == (shape is None), where_from
        assert drawn is None or drawn.equals_exact(shape, NEAR_DEGREES, normalize=True), (
            where_from,
            record.id,
        )
        for name, value in wanted.items():
            # where a column of the file has the name of an item, or of another one but for case, it has a number behind it
            found = {
                other: cell
                for other, cell in row.items()
                if other == name or other.rpartition("_")[0] == name
            }
            assert value in found.values() or not value, (where_from, record.id, name, value, found)
            seen += 1
    return seen


async def ask_for(hall: Hall, one: Any) -> PageAsk:
    return msgspec.structs.replace(ask_of(hall, {"id": one.id}), forms=frozenset(WRITERS))


async def test_every_data_set_of_a_town_is_read_as_it_is_kept(shared_data: Path, tmp_path: Path) -> None:
    sets = values = 0
    every = [one for one in sorted((shared_data / "yaizu").rglob("*")) if one.name != "attributes.csv"]
    drawn = [one for one in every if one.suffix.lower() in (".shp", ".geojson")]
    # tables come out by the same way: some of them are enough
    for path in (*drawn, *[one for one in every if one.suffix.lower() == ".csv"][::4]):
        hall = Hall()
        await hall.bring(disk_source(path))
        for one in (await ask_of(hall).city.find(DataSet, Query(limit=10))).items:
            view = record_view(one.record_type)
            kept = (
                await ask_of(hall).city.find(view, Query(q=where(view, "data_set", "==", one.id), limit=1000))
            ).items
            if not kept or one.records > 1000:
                continue
            asking = await ask_for(hall, one)
            package = await saved(await files.records_gpkg(asking), tmp_path / "a.gpkg")
            parquet = await saved(await files.records_parquet(asking), tmp_path / "a.parquet")
            values += is_same(kept, by_gdal(package), f"{path.name} gpkg")
            values += is_same(kept, by_pyarrow(parquet), f"{path.name} parquet")
            if one.located:
                features = await saved(await files.records_geojson(asking), tmp_path / "a.geojson")
                values += is_same(kept, by_gdal(features), f"{path.name} geojson")
            sets += 1
    assert sets >= 90
    assert values > 50_000
