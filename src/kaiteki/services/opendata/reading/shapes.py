"""Shapefile: geometry, table, coordinate system (.prj) and encoding (.cpg, else found); a missing part is reported."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, cast

import shapefile

from kaiteki.services.opendata.reading.source import Issue, Open, Row, Source, Table, Unreadable

_CODE_PAGES: Final = {"utf8": "utf-8", "shiftjis": "cp932", "sjis": "cp932", "932": "cp932", "cp932": "cp932"}


def read_shapes(source: Source) -> list[Table]:
    """The one layer of a Shapefile, of which `source` is the .shp (or the .dbf, when there is no .shp).

    Without .dbf the shapes come without attributes, without .shp the attributes without a place; both with a note.
    """
    shp = source.open if source.suffix == ".shp" else None
    dbf = source.sibling(".dbf")
    encoding = find_encoding(source, dbf)
    notes = _missing(shp, dbf)
    with _reader(shp, dbf, encoding) as reader:
        fields = [str(field[0]) for field in reader.fields if str(field[0]) != "DeletionFlag"] if dbf else []

    def rows() -> Iterator[Row]:
        with _reader(shp, dbf, encoding) as reader:
            yield from _rows(reader, fields, shp is not None)

    return [Table(tuple(fields), rows, crs=_read(source.sibling(".prj")), encoding=encoding, notes=notes)]


def _missing(shp: Open | None, dbf: Open | None) -> tuple[Issue, ...]:
    if shp is None:
        return (Issue("no_shp"),)
    return () if dbf else (Issue("no_dbf"),)


def _read(opened: Open | None) -> str:
    if opened is None:
        return ""
    with opened() as file:
        return file.read(10_000).decode("utf-8-sig", "replace").strip()


def find_encoding(source: Source, dbf: Open | None) -> str:
    """What the .cpg says; without one UTF-8 when the whole table decodes as such, else CP932."""
    page = _read(source.sibling(".cpg")).lower().replace("-", "").replace("_", "").replace(" ", "")
    for name, encoding in _CODE_PAGES.items():
        if page.endswith(name):
            return encoding
    if dbf is None:
        return "cp932"
    with dbf() as file:
        content = file.read(4 * 1024 * 1024)
    records = content[int.from_bytes(content[8:10], "little") :]
    try:
        records.decode("utf-8")
    except UnicodeDecodeError:
        return "cp932"
    return "utf-8"


def _reader(shp: Open | None, dbf: Open | None, encoding: str) -> Any:
    parts: dict[str, BinaryIO] = {}
    if shp is not None:
        parts["shp"] = shp()
    if dbf is not None:
        parts["dbf"] = dbf()
    cast(
        Any, shapefile
    ).VERBOSE = False  # what it would print about rings is found again and mended by shapely
    try:
        with warnings.catch_warnings():
            # what it doubts in the header shows in the records
            warnings.simplefilter("ignore")
            read = cast(Any, shapefile).Reader(**parts, encoding=encoding, encodingErrors="replace")
        return _Closing(read, parts)
    except (shapefile.ShapefileException, struct.error, OSError, ValueError, LookupError) as error:
        raise Unreadable(Issue("broken_shapefile", value=str(error), level="refused")) from error


class _Closing:
    """A reader that closes the files it was given."""

    def __init__(self, reader: Any, parts: dict[str, BinaryIO]) -> None:
        self.reader, self.parts = reader, parts

    def __enter__(self) -> Any:
        return self.reader

    def __exit__(self, *_: object) -> None:
        self.reader.close()
        for file in self.parts.values():
            file.close()


def _rows(reader: Any, fields: list[str], with_shapes: bool) -> Iterator[Row]:
    records = iter(reader.iterRecords()) if fields else None
    shapes = iter(reader.iterShapes()) if with_shapes else None
    number = 0
    while True:
        number += 1
        try:
            record = next(records) if records is not None else None
            shape = next(shapes) if shapes is not None else None
        except StopIteration:
            return
        except (shapefile.ShapefileException, struct.error, ValueError, LookupError) as error:
            # a code of a shape or of a field that there is not is a KeyError
            yield Row(number, {}, broken=Issue("broken_shapefile", number, value=str(error), level="refused"))
            return
        yield _row(number, dict(zip(fields, record or (), strict=False)), shape)


def _whole(value: Any) -> Any:
    """A text field that was cut in the middle of its last letter, without that half letter; a dbf field is short."""
    return value.rstrip().removesuffix("\ufffd") if isinstance(value, str) else value


def _row(number: int, cells: dict[str, Any], shape: Any) -> Row:
    cells = {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in cells.items()
    }
    cut = [
        name for name, value in cells.items() if isinstance(value, str) and value.rstrip().endswith("\ufffd")
    ]
    cells = {name: _whole(value) for name, value in cells.items()}
    notes = tuple(Issue("cut_text", number, name, str(cells[name])[-20:]) for name in cut)
    bad = next((name for name, value in cells.items() if isinstance(value, str) and "\ufffd" in value), None)
    geometry: Any = None
    if shape is not None and shape.shapeType != shapefile.NULL:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                geometry = shape.__geo_interface__
            except (shapefile.ShapefileException, ValueError, LookupError, TypeError) as error:
                fault = Issue("broken_shapefile", number, value=str(error), level="refused")
                return Row(number, cells, broken=fault)
    if bad is not None:
        return Row(number, cells, geometry, Issue("undecodable", number, bad, level="refused"))
    return Row(number, cells, geometry, notes=notes)
