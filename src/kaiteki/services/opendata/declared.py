"""The data set of a type that declares itself open: its page, its CSV and GeoJSON, in its open attributes, as everybody sees them.

catalogue ─► entry ─► columns ─► pages of 500 entities, read as nobody ─► parts of the file, with the version of the type
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any, Final, cast

import msgspec

from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.catalogue.records import Column, Kind, columns_of, type_of
from kaiteki.kit.forms import chosen
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.pages import Missing, PageAsk, PageReply, Shown, Versioned
from kaiteki.kit.published import Version, digest
from kaiteki.kit.views import slots
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.opendata.downloads.features import wound
from kaiteki.services.opendata.downloads.sheet import BOM, lines
from kaiteki.services.opendata.telling import about

PAGE: Final = 500
SAMPLE: Final = 20
SAMPLE_COLUMNS: Final = 6
RECORDS_MAX: Final = 1_000_000
KINDS: Final[dict[Kind, Words]] = {
    "text": Words("文字列", "text", "もじ"),
    "number": Words("数値", "number", "かず"),
    "whole": Words("整数", "whole number", "かず"),
    "boolean": Words("有無", "yes or no", "はい・いいえ"),
    "moment": Words("日時", "date and time", "とき"),
    "array": Words("一覧", "list", "いくつか"),
    "geometry": Words("場所", "place", "ばしょ"),
    "any": Words("値", "value", "あたい"),
}


class Opened(msgspec.Struct, frozen=True):
    """The data set of a type: its entry, the type, its columns with the fields of the view that they are."""

    entry: Entry
    declared: EntityType
    columns: tuple[tuple[Column, str], ...]


async def open_type(ask: PageAsk) -> Opened | None:
    """The data set that an address means; None where it is that of no type."""
    one = (await ask.city.catalogue()).by_id.get(ask.path.get("id", ""))
    declared = type_of(one, ask.city.services) if one is not None and one.kind == "type" else None
    if one is None or declared is None:
        return None
    fields = {slot.short: slot.field for slot in slots(declared.view)}
    return Opened(one, declared, tuple((column, fields[column.name]) for column in columns_of(one, declared)))


async def show_type(ask: PageAsk) -> PageReply:
    """The page: what it is, how to get it, its first records, its items, how to use it."""
    opened = await open_type(ask)
    if opened is None:
        return Missing()
    shown = [pair for pair in opened.columns if pair[0].kind != "geometry"][:SAMPLE_COLUMNS]
    listing = await ask.city.published.find(opened.declared.view, Query(limit=SAMPLE))
    return Shown(
        {
            "title": opened.entry.title.say(ask.language),
            "about": about(opened.entry, ask, (await ask.city.catalogue()).settings),
            "files": [part for part in opened.entry.distributions if not part.form.interface],
            "heads": [column.words.say(ask.language) for column, _ in shown],
            "sample": [[_shown(one, pair, opened, ask) for pair in shown] for one in listing.items],
            "items": [
                [column.words.say(ask.language), column.name, KINDS[column.kind].say(ask.language)]
                for column, _ in opened.columns
            ],
        },
        template="declared.html",
    )


async def type_csv(ask: PageAsk) -> PageReply:
    """The records as CSV: the id, the open attributes under their Japanese words, longitude and latitude of points."""
    return await _file(ask, "csv", "text/csv; charset=utf-8; header=present", _csv)


async def type_geojson(ask: PageAsk) -> PageReply:
    """The records as a GeoJSON FeatureCollection (RFC 7946)."""
    return await _file(ask, "geojson", "application/geo+json", _geojson)


async def _file(ask: PageAsk, suffix: str, media_type: str, write: Any) -> PageReply:
    opened = await open_type(ask)
    if opened is None or (suffix == "geojson" and not opened.entry.located):
        return Missing()
    version: Version = await ask.city.published.version(opened.declared.view)
    if version.rows > RECORDS_MAX:
        return Missing()
    name = opened.entry.name
    return Versioned(
        write(ask, opened),
        media_type,
        tag=digest(version, [column.name for column, _ in opened.columns], suffix),
        filename=f"{opened.entry.title.ja}.{suffix}",
        plain_name=f"{name}.{suffix}",
        # when the last one went nobody knows, so no time of the whole is told
    )


async def _pages(ask: PageAsk, opened: Opened) -> AsyncIterator[Sequence[Any]]:
    after: str | None = None
    more = True
    while more:
        query = Query(limit=PAGE, after_id=after)
        listing = await ask.city.published.find(opened.declared.view, query)
        if not listing.items:
            return
        after, more = str(listing.items[-1].id), listing.more
        yield listing.items


async def _csv(ask: PageAsk, opened: Opened) -> AsyncGenerator[bytes, None]:
    plain = [pair for pair in opened.columns if pair[0].kind != "geometry"]
    place = next((field for column, field in opened.columns if column.kind == "geometry"), "")
    head = ["ID", *(column.words.ja for column, _ in plain), *(("経度", "緯度") if place else ())]
    yield BOM + lines([head]).encode()
    async for records in _pages(ask, opened):
        rows = [
            [one.id, *(_cell(one, *pair) for pair in plain), *(_point(one, place) if place else ())]
            for one in records
        ]
        yield lines(rows).encode()


async def _geojson(ask: PageAsk, opened: Opened) -> AsyncGenerator[bytes, None]:
    plain = [pair for pair in opened.columns if pair[0].kind != "geometry"]
    place = next(field for column, field in opened.columns if column.kind == "geometry")
    joint = b""
    yield b'{"type":"FeatureCollection","features":['
    async for records in _pages(ask, opened):
        features = [
            {
                "type": "Feature",
                "id": one.id,
                "geometry": wound(at) if (at := getattr(one, place)) is not None else None,
                "properties": {column.name: _told(one, column, field) for column, field in plain},
            }
            for one in records
        ]
        yield joint + b",\n".join(msgspec.json.encode(one) for one in features)
        joint = b",\n"
    yield b"]}"


def _told(one: Any, column: Column, field: str) -> Any:
    value = getattr(one, field)
    if value is None or value in ("", ()):
        return None
    if isinstance(value, Words):
        return value.ja
    return format_instant(value) if column.kind == "moment" else value


def _cell(one: Any, column: Column, field: str) -> str:
    value = _told(one, column, field)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "有" if value else "無"
    return ";".join(map(str, cast(tuple[Any, ...], value))) if isinstance(value, tuple) else str(value)


def _shown(one: Any, pair: tuple[Column, str], opened: Opened, ask: PageAsk) -> str:
    """A value as people read it: codes in words, times in Japan."""
    column, field = pair
    value = getattr(one, field)
    slot = next(slot for slot in slots(opened.declared.view) if slot.field == field)
    coded = ask.city.codes(opened.declared).get(field, {}).get(str(value))
    words: Any = coded or chosen(slot.hint, value)
    if isinstance(words, Words):
        return words.say(ask.language)
    if column.kind == "moment" and value:
        return format_instant(Instant(int(value) + 9 * 3_600_000_000))[:16].replace("T", " ")
    return _cell(one, column, field) or "—"


def _point(one: Any, field: str) -> tuple[str, str]:
    """Longitude and latitude of a point; nothing of other shapes, which GeoJSON holds."""
    place = getattr(one, field)
    if place is None or place.get("type") != "Point":
        return "", ""
    return repr(place["coordinates"][0]), repr(place["coordinates"][1])
