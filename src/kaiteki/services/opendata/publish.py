"""Downloads: CSV in the columns of the standard (UTF-8 with BOM) and GeoJSON, of what the finder found or of a data set."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Any, Final, cast

import msgspec

from kaiteki.kit.pages import City, Missing, PageAsk, PageReply, Plain
from kaiteki.kit.views import every, where
from kaiteki.model.query import PAGE_SIZE_MAX, Query
from kaiteki.services.opendata.finder import Wish, kind_of, kinds_of, point_of, type_of
from kaiteki.services.opendata.model import DataSet, record_view
from kaiteki.services.opendata.queries import read_wish
from kaiteki.services.opendata.standard.table import Item, StandardType, standard_types

RECORDS_MAX: Final = 100_000
"""Records of one download; more come by the API."""
CSV_TYPE: Final = "text/csv; charset=utf-8"
GEOJSON_TYPE: Final = "application/geo+json"


async def places_csv(ask: PageAsk) -> PageReply:
    """What the finder found as CSV, in the columns of all types found."""
    wish, _ = await read_wish(ask)
    return Plain(write_csv([one async for one in _wished(ask.city, wish)]), CSV_TYPE, "places.csv")


async def places_geojson(ask: PageAsk) -> PageReply:
    """What the finder found as GeoJSON."""
    wish, _ = await read_wish(ask)
    return Plain(
        write_geojson([one async for one in _wished(ask.city, wish)]), GEOJSON_TYPE, "places.geojson"
    )


async def data_csv(ask: PageAsk) -> PageReply:
    """A data set as CSV."""
    return await _data(ask, "csv")


async def data_geojson(ask: PageAsk) -> PageReply:
    """A data set as GeoJSON."""
    return await _data(ask, "geojson")


async def _data(ask: PageAsk, form: str) -> PageReply:
    one = await ask.city.get(DataSet, ask.path.get("id", ""))
    if one is None or one.record_type not in standard_types():
        return Missing()
    view = record_view(one.record_type)
    query = Query(q=where(view, "data_set", "==", one.id))
    records = [record async for record in _all(ask.city, view, query, RECORDS_MAX)]
    name = one.id.rpartition(":")[2]
    if form == "csv":
        return Plain(write_csv(records), CSV_TYPE, f"{name}.csv")
    return Plain(write_geojson(records), GEOJSON_TYPE, f"{name}.geojson")


async def _wished(city: City, wish: Wish) -> AsyncIterator[Any]:
    left = RECORDS_MAX
    for kind in kinds_of(wish):
        view = record_view(kind.name)
        if wish.hazard and not any(item.name == "hazards" for item in kind.items):
            continue
        hazard = where(view, "hazards", "==", wish.hazard) if wish.hazard else None
        query = Query(text=wish.text or None, q=every(hazard))
        async for record in _all(city, view, query, left):
            left -= 1
            yield record


async def _all(city: City, view: type[Any], query: Query, limit: int) -> AsyncIterator[Any]:
    """Every match by id, a page at a time."""
    after: str | None = None
    while limit > 0:
        wanted = msgspec.structs.replace(query, limit=min(PAGE_SIZE_MAX, limit), after_id=after)
        listing = await city.find(view, wanted)
        for record in listing.items:
            yield record
        limit -= len(listing.items)
        if not listing.more or not listing.items:
            return
        after = str(listing.items[-1].id)


def write_csv(records: list[Any]) -> bytes:
    """CSV in the columns of the standard tables of the records, UTF-8 with BOM, lines end with CR LF (RFC 4180)."""
    kinds: dict[str, StandardType] = {}
    for record in records:
        kinds.setdefault(type_of(record), kind_of(record))
    columns: dict[str, None] = {}
    for kind in kinds.values():
        columns.update(dict.fromkeys(item.label for item in kind.items))
    details = sorted({str(name) for record in records for name in record.details} - columns.keys())
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*columns, *details])
    for record in records:
        cells = cells_of(record, kinds[type_of(record)])
        more = [_plain(record.details.get(name)) for name in details]
        writer.writerow([*(cells.get(column, "") for column in columns), *more])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


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


def write_geojson(records: list[Any]) -> bytes:
    """A FeatureCollection (RFC 7946); properties are the items of the standard by their English names."""
    features = [_feature(record) for record in records]
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})


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
