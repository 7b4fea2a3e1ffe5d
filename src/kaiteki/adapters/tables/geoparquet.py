"""GeoParquet 1.1.0: a table in columns for analysis, places as WKB in OGC:CRS84, written by arro3 (the extra `kaiteki[lake]`).

arro3 is the Rust writer of Apache Arrow without the rest of it: 33 MB where pyarrow takes 150. Nothing of it is read before a
file is asked for.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Final

import msgspec

from kaiteki.adapters.tables.staging import ID, PLACE, Staged, through_a_file
from kaiteki.kit.tables import Sort, Table

LIBRARY: Final = "arro3"
ROWS_OF_A_GROUP: Final = 50_000
"""Rows of a row group: what is in memory while it is written."""
ROWS_READ: Final = 5_000
VERSION: Final = "1.1.0"
COMPRESSION: Final = "zstd(3)"


def is_here() -> bool:
    """Whether the extra is installed."""
    return (
        importlib.util.find_spec(LIBRARY) is not None
        and importlib.util.find_spec(f"{LIBRARY}.io") is not None
    )


def write_geoparquet(table: Table) -> AsyncGenerator[bytes, None]:
    """A table as GeoParquet; as plain Parquet where its records lie nowhere."""
    return through_a_file(table, "parquet", make_geoparquet)


def make_geoparquet(staged: Staged, path: Path) -> None:
    """Write the file. Blocks; raises OSError where the disk is full."""
    core: Any = importlib.import_module(f"{LIBRARY}.core")
    files: Any = importlib.import_module(f"{LIBRARY}.io")
    # in both places: readers that know Arrow's schema look there alone, the others know the metadata of the file
    places = {"geo": msgspec.json.encode(describe_places(staged)).decode()} if staged.table.located else {}
    schema = core.Schema(_fields(core, staged), metadata=places)
    rows = files.read_json(staged.lines, schema, batch_size=ROWS_READ)
    files.write_parquet(
        rows,
        path,
        compression=COMPRESSION,
        max_row_group_size=ROWS_OF_A_GROUP,
        key_value_metadata=places,
    )


def _fields(core: Any, staged: Staged) -> list[Any]:
    text, kinds = core.DataType.string(), core.DataType
    types: dict[Sort, Any] = {
        "text": text,
        "any": text,
        "integer": kinds.int64(),
        "number": kinds.float64(),
        "boolean": kinds.bool(),
        "date": kinds.date32(),
        "moment": kinds.timestamp("us", tz="UTC"),
        "list": kinds.list(core.Field("element", text)),
    }
    place = [core.Field(PLACE, kinds.binary())] if staged.table.located else []
    named = [core.Field(one.name, types[one.sort], metadata={"title": one.title}) for one in staged.columns]
    return [core.Field(ID, text, nullable=False), *named, *place]


def describe_places(staged: Staged) -> dict[str, Any]:
    """The file metadata `geo`. Without `crs` a reader takes OGC:CRS84: longitude and latitude, WGS 84."""
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": list(staged.shapes)}
    if staged.bounds is not None:
        column["bbox"] = list(staged.bounds)
    return {"version": VERSION, "primary_column": PLACE, "columns": {PLACE: column}}
