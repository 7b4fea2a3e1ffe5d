"""The parcels of maps of the registry as rows of a table, whether they come as 地図XML or as the GeoJSON that mojxml2geojson makes of it.

```
地図XML, zips of zips of it ─(elements, drawing)─┐
GeoJSON of the Digital Agency's converter ───────┴─(complete)─► rows of CadastralParcel: the texts of the file, and
                                                                所在及び地番, 地番の並び, 公共座標系, 識別番号
```

Shapes that are no parcel (地区外, 別図) are left out and counted. Parcels of a map in 任意座標系 come in without a place, each with a warning.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, Final, cast

import msgspec

from kaiteki.model.entity import Json
from kaiteki.model.lots import Lot, fold_town, key_of, read_lots
from kaiteki.services.opendata.cadastre.drawing import draw, is_arbitrary, plane_of
from kaiteki.services.opendata.cadastre.elements import (
    HEAD_BYTES,
    Elements,
    Parcel,
    begins_like_map,
    read_elements,
)
from kaiteki.services.opendata.reading.archive import BROKEN_ARCHIVE, check_archive
from kaiteki.services.opendata.reading.source import Issue, Row, Source, Table, Unreadable, shorten
from kaiteki.services.opendata.values import plain

ARCHIVE_BYTES_MAX: Final = 40_000_000_000
"""What the archive of a municipality may unpack to, as its directory says; each file is read for itself."""
INNER_BYTES_MAX: Final = 512 * 1024 * 1024
"""Bytes of an archive within the archive (one for each map)."""
LOOKED_AT_MAX: Final = 3
"""Files of a zip that are looked into to know whether it holds maps."""
NO_PARCEL: Final = ("地区外", "別図")
OWN: Final = ("識別番号", "所在及び地番", "地番の並び", "公共座標系")
"""What is worked out of the texts of a parcel."""
OF_MAP: Final = ("地図名", "市区町村コード", "市区町村名", "座標系", "測地系判別")
OF_SHEET: Final = ("地図番号", "縮尺分母", "地図種類", "地図分類", "地図作成年月日", "備付地図年月日")
OF_PARCEL: Final = (
    *("大字コード", "丁目コード", "小字コード", "予備コード", "大字名", "丁目名", "小字名", "予備名"),
    *("地番", "精度区分", "座標値種別"),
)
HEADER: Final = (*OWN, "筆ID", *OF_PARCEL, "筆界未定構成筆", *OF_MAP, *OF_SHEET)
_TOLD_BY: Final = frozenset({"地番", "大字名", "座標系", "座標値種別"})
"""Properties by which a GeoJSON of the registry is known."""


class _Count:
    """How many shapes were left out while the rows were read the last time."""

    def __init__(self) -> None:
        self.left_out = 0

    def tell(self) -> tuple[Issue, ...]:
        """What is said of them."""
        return (Issue("no_parcel", value=f"{self.left_out:,}"),) if self.left_out else ()


def read_map_xml(source: Source) -> list[Table]:
    """The parcels of one 地図XML. Raises Unreadable, with the line."""
    with source.open() as file:
        read_elements(file, source.name)
    return [_table(lambda: iter([(source.name, source.open)]))]


def is_map_archive(source: Source) -> bool:
    """Whether a zip holds 地図XML, or zips of it as the Ministry packs them; False for what is no zip. XML of other forms lies in many zips
    beside a Shapefile, so the first files are looked into."""
    try:
        with source.open() as file, zipfile.ZipFile(file) as archive:
            if any(_begins_like_map(archive, one) for one in _first(archive, ".xml")):
                return True
            for one in _first(archive, ".zip"):
                with zipfile.ZipFile(io.BytesIO(archive.read(one))) as inner:
                    if any(_begins_like_map(inner, name) for name in _first(inner, ".xml")):
                        return True
            return False
    except BROKEN_ARCHIVE:
        return False


def _first(archive: zipfile.ZipFile, suffix: str) -> list[zipfile.ZipInfo]:
    members = (one for one in archive.infolist() if _is_member(one.filename))
    fitting = (one for one in members if one.filename.lower().endswith(suffix))
    return [one for one in fitting if one.file_size <= INNER_BYTES_MAX][:LOOKED_AT_MAX]


def _begins_like_map(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> bool:
    with archive.open(one) as member:
        return begins_like_map(member.read(HEAD_BYTES))


def read_map_archive(source: Source) -> list[Table]:
    """The parcels of all maps in a zip, or in the zips in it. Raises Unreadable where the archive is broken or too large."""
    try:
        with source.open() as file:
            check_archive(file, ARCHIVE_BYTES_MAX)
    except BROKEN_ARCHIVE as error:
        raise Unreadable(Issue("broken_zip", value=str(error), level="refused")) from error
    return [_table(lambda: _members(source.open, source.name))]


def complete(table: Table) -> Table:
    """A table of GeoJSON features; that of a map of the registry with what is worked out of its parcels."""
    if not set(table.header) >= _TOLD_BY:
        return table
    count = _Count()

    def rows() -> Iterator[Row]:
        count.left_out = 0
        for row in table.rows():
            made = row if row.broken is not None else _completed(row)
            count.left_out += made is None
            if made is not None:
                yield made

    header = (*OWN, *(name for name in table.header if name not in OWN))
    return msgspec.structs.replace(table, header=header, rows=rows, found=count.tell)


def _table(members: Callable[[], Iterator[tuple[str, Callable[[], BinaryIO] | Issue]]]) -> Table:
    count = _Count()

    def rows() -> Iterator[Row]:
        count.left_out = 0
        for name, opened in members():
            if isinstance(opened, Issue):
                yield Row(opened.line, {}, broken=opened)
                continue
            try:
                with opened() as file:
                    found = read_elements(file, name)
            except Unreadable as error:
                yield Row(error.issue.line, {}, broken=error.issue)
                continue
            except BROKEN_ARCHIVE as error:
                fault = Issue("broken_zip", value=shorten(f"{name}: {error}"), level="refused")
                yield Row(0, {}, broken=fault)
                continue
            for parcel in found.parcels:
                made = _completed(_row(found, parcel, name))
                count.left_out += made is None
                if made is not None:
                    yield made

    return Table(HEADER, rows, found=count.tell, unit="feature")


def _is_member(name: str) -> bool:
    return name.lower().endswith((".xml", ".zip")) and not name.rpartition("/")[2].startswith(".")


def _members(
    opened: Callable[[], BinaryIO], name: str, depth: int = 0
) -> Iterator[tuple[str, Callable[[], BinaryIO] | Issue]]:
    """The maps of a zip by name, those of the zips in it too; an issue in the place of what is damaged."""
    try:
        with opened() as file, zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                if not _is_member(member.filename):
                    continue
                if member.filename.lower().endswith(".xml"):
                    yield member.filename, _opener(archive, member)
                elif depth == 0 and member.file_size <= INNER_BYTES_MAX:
                    content = archive.read(member)
                    yield from _members(_held(content), member.filename, 1)
                else:
                    yield name, Issue("map_too_large", value=member.filename, level="refused")
    except BROKEN_ARCHIVE as error:
        yield name, Issue("broken_zip", value=shorten(f"{name}: {error}"), level="refused")


def _opener(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: cast(BinaryIO, archive.open(member))


def _held(content: bytes) -> Callable[[], BinaryIO]:
    return lambda: io.BytesIO(content)


def _row(found: Elements, parcel: Parcel, name: str) -> Row:
    """A parcel as its file tells it, with its shape in degrees where its map has a place."""
    sheet: Mapping[str, str] = found.sheets.get(parcel.id, {})
    cells: dict[str, Json] = {"筆ID": parcel.id, "筆界未定構成筆": "・".join(parcel.unsettled)}
    cells |= {one: parcel.texts.get(one, "") for one in OF_PARCEL}
    cells |= {one: found.head.get(one, "") for one in OF_MAP}
    cells |= {one: sheet.get(one, "") for one in OF_SHEET}
    system = found.head.get("座標系", "")
    plane = plane_of(system)
    if plane is None:
        unknown = Issue("unknown_crs", parcel.line, "座標系", shorten(f"{name}: {system}"), "refused")
        return Row(parcel.line, cells, broken=None if is_arbitrary(system) else unknown)
    shape = draw(found, parcel.surface, plane)
    if isinstance(shape, str):
        lacking = Issue(
            "broken_geometry", parcel.line, "形状", shorten(f"{name}: {parcel.id}: {shape}"), "refused"
        )
        return Row(parcel.line, cells, broken=lacking)
    return Row(parcel.line, cells, shape)


def _completed(row: Row) -> Row | None:
    """A row with what is worked out of its texts; None for what is no parcel."""
    told = {name: plain(cell) for name, cell in row.cells.items() if not isinstance(cell, dict | list)}
    number = told.get("地番", "")
    if any(one in number for one in NO_PARCEL):
        return None
    if row.broken is not None:
        return row
    names = tuple(told.get(one, "") for one in ("大字名", "丁目名", "小字名"))
    lots = read_lots(number) or read_lots("+".join(told.get("筆界未定構成筆", "").split("・")))
    town = fold_town(names[0], names[1])
    arbitrary = is_arbitrary(told.get("座標系", ""))
    cells: dict[str, Json] = {
        **row.cells,
        "識別番号": _identity(told, lots),
        "所在及び地番": "".join(names) + ("・".join(one.words for one in lots) or number),
        "地番の並び": "\n".join(key_of(town, one) for one in lots),
        "公共座標系": not arbitrary,
        "地番": "+".join(one.code for one in lots) or number,
    }
    if not arbitrary:
        return msgspec.structs.replace(row, cells=cells)
    note = Issue("arbitrary_coordinates", row.line, "座標系", shorten(told.get("地図名", "")))
    return msgspec.structs.replace(row, cells=cells, geometry=None, notes=(*row.notes, note))


def _identity(told: Mapping[str, str], lots: tuple[Lot, ...]) -> str:
    """What tells a parcel from all others of its municipality: 大字 to 予備 by their codes, and the lot. What has no lot (道, 水) is told by its map."""
    city = told.get("市区町村コード", "") or told.get("市区町村C", "")
    if not lots:
        return f"{city}.{told.get('地図名', '')}.{told.get('筆ID', '') or told.get('ID', '')}"
    codes = "".join(told.get(one, "") for one in ("大字コード", "丁目コード", "小字コード", "予備コード"))
    return f"{city}.{codes or told.get('大字名', '')}.{'~'.join(one.code for one in lots)}"
