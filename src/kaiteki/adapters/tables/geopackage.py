"""GeoPackage (OGC 12-128r18, version 1.3.1): a table of features or attributes in an SQLite file, as QGIS and GDAL read it.

Requirements that shape it: 1 to 3 (SQLite, `GPKG`, version in user_version), 10 to 12 (reference systems), 13 to 15 (contents),
19 and 20 (geometry as blob with a header), 21 to 33 (feature tables), annex F.3 (R*Tree, with its triggers), F.9 (schema: headings).
"""

from __future__ import annotations

import struct
from collections.abc import AsyncGenerator, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, cast

import apsw
import numpy as np
import shapely

from kaiteki.adapters.tables.staging import ID, PLACE, Staged, text_of, through_a_file
from kaiteki.kit.tables import Sort, Table
from kaiteki.model.entity import Json
from kaiteki.model.instant import format_instant

APPLICATION_ID: Final = 0x47504B47
USER_VERSION: Final = 10301
BATCH_ROWS: Final = 1000
GEOMETRY: Final = "geom"
KINDS: Final[dict[Sort, str]] = {
    "text": "TEXT",
    "list": "TEXT",
    "any": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "moment": "DATETIME",
}
"""Table 1 of the standard."""
SYSTEMS: Final = (
    (
        "WGS 84",
        4326,
        "EPSG",
        4326,
        'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],'
        'PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]',
        "longitude and latitude in decimal degrees on the WGS 84 spheroid",
    ),
    (
        "JGD2011",
        6668,
        "EPSG",
        6668,
        'GEOGCS["JGD2011",DATUM["Japanese_Geodetic_Datum_2011",SPHEROID["GRS 1980",6378137,298.257222101,AUTHORITY["EPSG","7019"]],'
        'AUTHORITY["EPSG","1128"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],'
        'AUTHORITY["EPSG","6668"]]',
        "longitude and latitude in decimal degrees on the GRS 80 spheroid, JGD2011",
    ),
    ("Undefined Cartesian", -1, "NONE", -1, "undefined", "undefined Cartesian coordinate reference system"),
    ("Undefined Geographic", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
)
TABLES: Final = """
CREATE TABLE gpkg_spatial_ref_sys(srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents(table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY(srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns(table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY(table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE(table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY(table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY(srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions(table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE(table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns(table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
  mime_type TEXT, constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY(table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE(table_name, name));
CREATE TABLE gpkg_data_column_constraints(constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT,
  min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE(constraint_name, constraint_type, value));
"""
TRIGGERS: Final = """
CREATE TRIGGER "rtree_{t}_{c}_insert" AFTER INSERT ON "{t}" WHEN (NEW."{c}" NOT NULL AND NOT ST_IsEmpty(NEW."{c}")) BEGIN
  INSERT OR REPLACE INTO "rtree_{t}_{c}" VALUES (NEW.fid, ST_MinX(NEW."{c}"), ST_MaxX(NEW."{c}"), ST_MinY(NEW."{c}"), ST_MaxY(NEW."{c}")); END;
CREATE TRIGGER "rtree_{t}_{c}_update2" AFTER UPDATE OF "{c}" ON "{t}" WHEN OLD.fid = NEW.fid AND (NEW."{c}" ISNULL OR ST_IsEmpty(NEW."{c}")) BEGIN
  DELETE FROM "rtree_{t}_{c}" WHERE id = OLD.fid; END;
CREATE TRIGGER "rtree_{t}_{c}_update4" AFTER UPDATE ON "{t}" WHEN OLD.fid != NEW.fid AND (NEW."{c}" ISNULL OR ST_IsEmpty(NEW."{c}")) BEGIN
  DELETE FROM "rtree_{t}_{c}" WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER "rtree_{t}_{c}_update5" AFTER UPDATE ON "{t}" WHEN OLD.fid != NEW.fid AND (NEW."{c}" NOTNULL AND NOT ST_IsEmpty(NEW."{c}")) BEGIN
  DELETE FROM "rtree_{t}_{c}" WHERE id = OLD.fid;
  INSERT OR REPLACE INTO "rtree_{t}_{c}" VALUES (NEW.fid, ST_MinX(NEW."{c}"), ST_MaxX(NEW."{c}"), ST_MinY(NEW."{c}"), ST_MaxY(NEW."{c}")); END;
CREATE TRIGGER "rtree_{t}_{c}_update6" AFTER UPDATE OF "{c}" ON "{t}" WHEN OLD.fid = NEW.fid AND (NEW."{c}" NOTNULL AND NOT ST_IsEmpty(NEW."{c}")) AND (OLD."{c}" NOTNULL AND NOT ST_IsEmpty(OLD."{c}")) BEGIN
  UPDATE "rtree_{t}_{c}" SET minx = ST_MinX(NEW."{c}"), maxx = ST_MaxX(NEW."{c}"), miny = ST_MinY(NEW."{c}"), maxy = ST_MaxY(NEW."{c}") WHERE id = NEW.fid; END;
CREATE TRIGGER "rtree_{t}_{c}_update7" AFTER UPDATE OF "{c}" ON "{t}" WHEN OLD.fid = NEW.fid AND (NEW."{c}" NOTNULL AND NOT ST_IsEmpty(NEW."{c}")) AND (OLD."{c}" ISNULL OR ST_IsEmpty(OLD."{c}")) BEGIN
  INSERT INTO "rtree_{t}_{c}" VALUES (NEW.fid, ST_MinX(NEW."{c}"), ST_MaxX(NEW."{c}"), ST_MinY(NEW."{c}"), ST_MaxY(NEW."{c}")); END;
CREATE TRIGGER "rtree_{t}_{c}_delete" AFTER DELETE ON "{t}" WHEN OLD."{c}" NOT NULL BEGIN
  DELETE FROM "rtree_{t}_{c}" WHERE id = OLD.fid; END;
"""
"""F.3, 3.1.3, as version 1.4 mends them (update6 and update7 in the place of update1 and update3)."""
EXTENSIONS: Final = (
    (
        "gpkg_data_columns",
        None,
        "gpkg_schema",
        "http://www.geopackage.org/spec/#extension_schema",
        "read-write",
    ),
    (
        "gpkg_data_column_constraints",
        None,
        "gpkg_schema",
        "http://www.geopackage.org/spec/#extension_schema",
        "read-write",
    ),
)


def write_geopackage(table: Table) -> AsyncGenerator[bytes, None]:
    """A table as a GeoPackage with one layer, called as the data set."""
    return through_a_file(table, "gpkg", make_geopackage)


def make_geopackage(staged: Staged, path: Path) -> None:
    """Write the file. Blocks; raises apsw.Error where the disk is full."""
    connection: Any = apsw.Connection(str(path))
    try:
        for pragma in (
            "journal_mode=OFF",
            "synchronous=OFF",
            f"application_id={APPLICATION_ID}",
            f"user_version={USER_VERSION}",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        with connection:
            connection.execute(TABLES)
            connection.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES(?,?,?,?,?,?)", SYSTEMS)
            connection.executemany("INSERT INTO gpkg_extensions VALUES(?,?,?,?,?)", EXTENSIONS)
            _describe(connection, staged)
            _fill(connection, staged)
    finally:
        connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _describe(connection: Any, staged: Staged) -> None:
    """The layer, its columns and their headings."""
    table, is_drawn = staged.table, staged.table.located
    columns = [f"{_quoted(one.name)} {KINDS[one.sort]}" for one in staged.columns]
    place = [f"{GEOMETRY} {_geometry_type(staged.shapes)}"] if is_drawn else []
    head = ["fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", *place, f"{ID} TEXT NOT NULL"]
    connection.execute(f"CREATE TABLE {_quoted(table.name)}({', '.join([*head, *columns])})")
    bounds = staged.bounds if is_drawn and staged.bounds else (None, None, None, None)
    connection.execute(
        "INSERT INTO gpkg_contents VALUES(?,?,?,?,?,?,?,?,?,?)",
        (
            table.name,
            "features" if is_drawn else "attributes",
            table.title or table.name,
            table.about,
            format_instant(table.changed_at)[:19] + ".000Z",
            *bounds,
            table.srid if is_drawn else None,
        ),
    )
    # two columns may have one heading, and the name of a column stands there once
    connection.executemany(
        "INSERT INTO gpkg_data_columns(table_name, column_name, title) VALUES(?,?,?)",
        [(table.name, one.name, one.title) for one in staged.columns],
    )
    if is_drawn:
        z = int(any(one.endswith(" Z") for one in staged.shapes))
        connection.execute(
            "INSERT INTO gpkg_geometry_columns VALUES(?,?,?,?,?,0)",
            (table.name, GEOMETRY, _geometry_type(staged.shapes), table.srid, 2 * z),
        )


def _geometry_type(shapes: Sequence[str]) -> str:
    """The type of a column of geometries: that of all of them, else any."""
    plain = {one.removesuffix(" Z").upper() for one in shapes}
    return plain.pop() if len(plain) == 1 else "GEOMETRY"


def _fill(connection: Any, staged: Staged) -> None:
    """The rows, then the index over their bounds."""
    name, is_drawn = staged.table.name, staged.table.located
    tree = f"rtree_{name}_{GEOMETRY}"
    if is_drawn:
        connection.execute(f"CREATE VIRTUAL TABLE {_quoted(tree)} USING rtree(id, minx, maxx, miny, maxy)")
    width = len(staged.columns) + 2 + is_drawn
    insert = f"INSERT INTO {_quoted(name)} VALUES({','.join('?' * width)})"
    rows, fid = staged.read(), 1
    while batch := list(islice(rows, BATCH_ROWS)):
        placed = cast(Sequence[Any], _placed(batch, staged.table.srid) if is_drawn else [()] * len(batch))
        connection.executemany(
            insert,
            (
                (fid + at, *(place[:1] if is_drawn else ()), row[ID], *_cells(row, staged))
                for at, (row, place) in enumerate(zip(batch, placed, strict=True))
            ),
        )
        if is_drawn:
            connection.executemany(
                f"INSERT INTO {_quoted(tree)} VALUES(?,?,?,?,?)",
                ((fid + at, *place[1]) for at, place in enumerate(placed) if place[0] is not None),
            )
        fid += len(batch)
    if is_drawn:
        connection.execute(TRIGGERS.format(t=name, c=GEOMETRY))
        connection.execute(
            "INSERT INTO gpkg_extensions VALUES(?,?,?,?,?)",
            (
                name,
                GEOMETRY,
                "gpkg_rtree_index",
                "http://www.geopackage.org/spec/#extension_rtree",
                "write-only",
            ),
        )


def _cells(row: dict[str, Json], staged: Staged) -> Iterator[Any]:
    for column in staged.columns:
        cell = row.get(column.name)
        if column.sort == "number" and cell is not None:
            cell = float(cell)
        elif column.sort == "boolean" and cell is not None:
            cell = int(cell)
        yield text_of(cell) if isinstance(cell, list | dict) else cell


def _placed(batch: Sequence[dict[str, Json]], srid: int) -> list[tuple[Any, ...]]:
    """For each row its geometry as a blob (2.1.3), None for none, and its bounds as the index has them."""
    written = [None if (text := row.get(PLACE)) is None else bytes.fromhex(text) for row in batch]
    drawn: Any = shapely.from_wkb(written)
    bounds = np.asarray(cast(Any, shapely).bounds(drawn), dtype=float)
    told: list[tuple[Any, ...]] = []
    for wkb, shape, (west, south, east, north) in zip(written, drawn, bounds.tolist(), strict=True):
        if wkb is None:
            told.append((None, ()))
            continue
        box = (west, east, south, north)
        if shape.geom_type == "Point":
            head = struct.pack("<2sBBi", b"GP", 0, 0b00001, srid)
        else:
            head = struct.pack("<2sBBi4d", b"GP", 0, 0b00011, srid, *box)
        told.append((head + wkb, box))
    return told
