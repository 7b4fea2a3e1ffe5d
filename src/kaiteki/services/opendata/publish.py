"""Downloads: CSV in the columns of the standard (UTF-8 with BOM) and GeoJSON, of what the finder found or of a data set;
read and sent a page at a time, so that a download of any size takes the memory of one page."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any, Final, cast

import msgspec

from kaiteki.kit.pages import City, Missing, PageAsk, PageReply, Streamed
from kaiteki.kit.views import every, where
from kaiteki.model.query import Query
from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.services.opendata.asked import read_wish
from kaiteki.services.opendata.finder import Wish, kind_of, kinds_of, point_of, type_of
from kaiteki.services.opendata.model import DataSet, record_view
from kaiteki.services.opendata.standard.table import Item, StandardType, standard_types

RECORDS_MAX: Final = 100_000
"""Records of one download; more come by the API."""
RECORDS_HELD_MAX: Final = 500
"""Records that a download has in memory at once: it is read, written and sent a page of so many at a time."""
DETAIL_COLUMNS_MAX: Final = 1000
"""Columns of a CSV beyond those of the standard; what more records name is left out."""
CSV_TYPE: Final = "text/csv; charset=utf-8"
GEOJSON_TYPE: Final = "application/geo+json"

Wanted = Sequence[tuple[StandardType, Query]]
"""What a download holds: type by type the records that match."""


class Columns(msgspec.Struct, frozen=True):
    """The columns of a CSV: those of the standard tables of its records, then the names of their further details."""

    items: tuple[str, ...]
    details: tuple[str, ...]


async def places_csv(ask: PageAsk) -> PageReply:
    """What the finder found as CSV, in the columns of all types found."""
    wish = (await read_wish(ask)).wish
    return await _csv(ask.city, _wished(wish), "places")


async def places_geojson(ask: PageAsk) -> PageReply:
    """What the finder found as GeoJSON."""
    wish = (await read_wish(ask)).wish
    return _geojson(ask.city, _wished(wish), "places")


async def data_csv(ask: PageAsk) -> PageReply:
    """A data set as CSV."""
    one = await _data_set(ask)
    return Missing() if one is None else await _csv(ask.city, _held_by(one), one.id.rpartition(":")[2])


async def data_geojson(ask: PageAsk) -> PageReply:
    """A data set as GeoJSON."""
    one = await _data_set(ask)
    return Missing() if one is None else _geojson(ask.city, _held_by(one), one.id.rpartition(":")[2])


async def _data_set(ask: PageAsk) -> Any | None:
    one = await ask.city.get(DataSet, ask.path.get("id", ""))
    return one if one is not None and one.record_type in standard_types() else None


async def _csv(city: City, wanted: Wanted, name: str) -> Streamed:
    # the head names every column, so all records are looked at once before the first line is sent
    columns = await columns_of(pages_of(city, wanted))
    return Streamed(write_csv(pages_of(city, wanted), columns), CSV_TYPE, f"{name}.csv")


def _geojson(city: City, wanted: Wanted, name: str) -> Streamed:
    return Streamed(write_geojson(pages_of(city, wanted)), GEOJSON_TYPE, f"{name}.geojson")


def _held_by(data_set: Any) -> Wanted:
    view = record_view(data_set.record_type)
    query = Query(q=where(view, "data_set", "==", data_set.id))
    return ((standard_types()[data_set.record_type], query),)


def _wished(wish: Wish) -> Wanted:
    wanted: list[tuple[StandardType, Query]] = []
    for kind in kinds_of(wish):
        if wish.hazard and not any(item.name == "hazards" for item in kind.items):
            continue
        hazard = where(record_view(kind.name), "hazards", "==", wish.hazard) if wish.hazard else None
        wanted.append((kind, Query(text=wish.text or None, q=every(hazard))))
    return wanted


async def pages_of(city: City, wanted: Wanted) -> AsyncIterator[Sequence[Any]]:
    """Every match, type by type and by id, in pages of RECORDS_HELD_MAX records; RECORDS_MAX of them together."""
    left = RECORDS_MAX
    for kind, query in wanted:
        after: str | None = None
        more = True
        while more and left > 0:
            page = msgspec.structs.replace(query, limit=min(RECORDS_HELD_MAX, left), after_id=after)
            listing = await city.find(record_view(kind.name), page)
            if not listing.items:
                break
            left -= len(listing.items)
            after, more = str(listing.items[-1].id), listing.more
            yield listing.items


async def columns_of(pages: AsyncIterator[Sequence[Any]]) -> Columns:
    """The columns that some records need, at most DETAIL_COLUMNS_MAX beyond the standard."""
    items: dict[str, None] = {}
    details: set[str] = set()
    async for records in pages:
        for record in records:
            items.update(dict.fromkeys(item.label for item in kind_of(record).items))
            if len(details) < DETAIL_COLUMNS_MAX:
                details.update(str(name) for name in record.details)
    return Columns(tuple(items), tuple(sorted(details - items.keys())[:DETAIL_COLUMNS_MAX]))


async def write_csv(pages: AsyncIterator[Sequence[Any]], columns: Columns) -> AsyncGenerator[bytes, None]:
    """CSV with a line for each record, UTF-8 with BOM, lines end with CR LF (RFC 4180); the head, then page by page."""
    yield b"\xef\xbb\xbf" + _lines([[*columns.items, *columns.details]])
    async for records in pages:
        yield _lines([_line(record, columns) for record in records])


def _line(record: Any, columns: Columns) -> list[str]:
    cells = cells_of(record, kind_of(record))
    details = [_plain(record.details.get(name)) for name in columns.details]
    return [*(cells.get(column, "") for column in columns.items), *details]


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    SheetWriter(text).writerows(rows)
    return text.getvalue().encode()


def cells_of(record: Any, kind: StandardType) -> dict[str, str]:
    """The cells of a record by the item names of the standard."""
    place = point_of(record)
    cells: dict[str, str] = {}
    for item in kind.items:
        if item.name == "longitude":
            cells[item.label] = repr(place[0]) if place else ""
        elif item.name == "latitude":
            cells[item.label] = repr(place[1]) if place else ""
        elif item.flag:
            cells[item.label] = "1" if item.flag in getattr(record, item.name) else ""
        else:
            cells[item.label] = _cell(item, getattr(record, item.name))
    return cells


def _cell(item: Item, value: Any) -> str:
    if isinstance(value, bool):
        words = item.allowed.split(";")
        return (words[0] if value else words[1]) if len(words) > 1 else "有" if value else "無"
    return _plain(value)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | tuple):
        return ";".join(str(part) for part in cast(list[Any], value))
    return str(value)


async def write_geojson(pages: AsyncIterator[Sequence[Any]]) -> AsyncGenerator[bytes, None]:
    """A FeatureCollection (RFC 7946), page by page; properties are the items of the standard by their English names."""
    joint = b""
    yield b'{"type":"FeatureCollection","features":['
    async for records in pages:
        yield joint + b",\n".join(msgspec.json.encode(_feature(record)) for record in records)
        joint = b",\n"
    yield b"]}"


def _feature(record: Any) -> dict[str, Any]:
    properties = {
        name: value
        for name, value in msgspec.structs.asdict(record).items()
        if name not in ("id", "location", "details", "data_set") and value not in (None, "", ())
    }
    return {
        "type": "Feature",
        "id": record.id,
        "geometry": record.location,
        "properties": {"type": type_of(record), **properties, **record.details},
    }
