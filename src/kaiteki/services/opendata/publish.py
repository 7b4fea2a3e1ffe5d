"""Downloads of what the finder found, of several types in one file: CSV in the columns of all of them, and GeoJSON.

They are read and sent a page at a time, so that a download of any size takes the memory of one page. (Data sets: `downloads`.)
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import City, PageAsk, PageReply, Streamed
from kaiteki.kit.views import every, where
from kaiteki.model.query import Query
from kaiteki.services.opendata.asked import read_wish
from kaiteki.services.opendata.downloads.columns import DETAIL_COLUMNS_MAX, items_of, plain
from kaiteki.services.opendata.downloads.features import GEOJSON_TYPE, write_geojson
from kaiteki.services.opendata.downloads.records import RECORDS_HELD_MAX
from kaiteki.services.opendata.downloads.sheet import BOM, CSV_TYPES, lines
from kaiteki.services.opendata.finder import Wish, kind_of, kinds_of
from kaiteki.services.opendata.model import record_view
from kaiteki.services.opendata.standard.table import StandardType

RECORDS_MAX: Final = 100_000
"""Records of one download of the finder; more come by the data sets."""

Wanted = Sequence[tuple[StandardType, Query]]
"""What a download holds: type by type the records that match."""


async def places_csv(ask: PageAsk) -> PageReply:
    """What the finder found as CSV, in the columns of all types found."""
    wanted = _wished((await read_wish(ask)).wish)
    # the head names every column, so all records are looked at once before the first line is sent
    headings = await headings_of(pages_of(ask.city, wanted))
    return Streamed(_csv(pages_of(ask.city, wanted), headings), CSV_TYPES["utf-8"], "places.csv")


async def places_geojson(ask: PageAsk) -> PageReply:
    """What the finder found as GeoJSON."""
    wanted = _wished((await read_wish(ask)).wish)
    return Streamed(write_geojson(pages_of(ask.city, wanted)), GEOJSON_TYPE, "places.geojson")


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


async def headings_of(pages: AsyncIterator[Sequence[Any]]) -> tuple[str, ...]:
    """The columns that some records need: those of their standard tables, and at most DETAIL_COLUMNS_MAX more."""
    items: dict[str, None] = {}
    details: set[str] = set()
    async for records in pages:
        for record in records:
            items.update(dict.fromkeys(item.label for item in kind_of(record).items))
            if len(details) < DETAIL_COLUMNS_MAX:
                details.update(str(name) for name in record.details)
    return (*items, *sorted(details - items.keys())[:DETAIL_COLUMNS_MAX])


async def _csv(pages: AsyncIterator[Sequence[Any]], headings: Sequence[str]) -> AsyncGenerator[bytes, None]:
    yield BOM + lines([headings]).encode()
    async for records in pages:
        yield lines([_line(record, headings) for record in records]).encode()


def _line(record: Any, headings: Sequence[str]) -> list[str]:
    cells = items_of(record)
    return [cells.get(one) or plain(record.details.get(one)) for one in headings]
