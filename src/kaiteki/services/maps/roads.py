"""The ledgers as pages: the list of certified roads with its search, and the sheet of one road or pipe, to be printed."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from kaiteki.kit.pages import City, Met, Missing, PageAsk, PageReply, Shown, part_of_path
from kaiteki.kit.views import expand_name, ordered, where
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.place import bounds_of, shape_of
from kaiteki.model.query import GeoFilter, Query
from kaiteki.model.words import Words
from kaiteki.services.maps.browse import said_of
from kaiteki.services.maps.drawing import draw
from kaiteki.services.maps.ledger_model import LEDGERS, ROADS, SECTION_PART, Entry, Ledger, Section
from kaiteki.services.maps.model import REFERENCE, Layer, MapLayer, say_note
from kaiteki.services.maps.shown import DATA_SET, DataSetSeen, layers_of, source_of

ROADS_PER_PAGE: Final = 50
PAGES_MAX: Final = 400
TEXT_LENGTH_MAX: Final = 100
SECTIONS_MAX: Final = 200
AROUND_MAX: Final = 60
"""Roads that are drawn around the one of a sheet."""
NAME_LENGTH_MAX: Final = 100
SHEET: Final = Words("台帳の調書", "Ledger sheet", "台帳（だいちょう）")
ALL_ROADS: Final = ("maps/roads", Words("道路の一覧", "All roads", "道（みち）の 一覧（いちらん）"))
_JAPAN_US: Final = 9 * 3_600_000_000
_YES: Final = Words("有", "Yes", "あり")
_NO: Final = Words("無", "No", "なし")


async def show_roads(ask: PageAsk) -> PageReply:
    """The certified roads by their numbers, found by number or name."""
    text = unicodedata.normalize("NFKC", ask.query.get("q", "")).strip()[:TEXT_LENGTH_MAX]
    page = int(ask.query.get("page") or 1)
    types = types_of(ask.city, ROADS.part)
    offset = (page - 1) * ROADS_PER_PAGE
    by_number = ordered(Entry, "route_number")
    wanted = Query(limit=ROADS_PER_PAGE, offset=offset, order=(by_number,), total=True, total_max=10_000)
    exact = (
        Query(q=where(Entry, "route_number", "==", text), limit=ROADS_PER_PAGE, total=True) if text else None
    )
    found = await ask.city.hits(exact, types) if exact is not None and types else None
    if found is None or not found.items:
        found = await ask.city.hits(_worded(wanted, text), types) if types else None
    hits = found.items if found is not None else ()
    return Shown(
        {
            "text": text,
            "rows": [_road_row(ask, hit.seen) for hit in hits],
            "total": found.total if found is not None else 0,
            "first": offset + 1,
            "last": offset + len(hits),
            "before": _address(text, page - 1) if page > 1 else None,
            "after": _address(text, page + 1)
            if found is not None and found.more and page < PAGES_MAX
            else None,
        }
    )


def _worded(wanted: Query, text: str) -> Query:
    return (
        Query(text=text, limit=wanted.limit, offset=wanted.offset, order=wanted.order, total=True)
        if text
        else wanted
    )


def _address(text: str, page: int) -> str:
    return "roads?" + urlencode({name: value for name, value in (("q", text), ("page", str(page))) if value})


def types_of(city: City, part: str) -> tuple[str, ...]:
    """The short types that play a part."""
    return tuple(one.name for service in city.services for one in service.types if part in one.plays)


def _road_row(ask: PageAsk, seen: Any) -> list[Any]:
    number = str(getattr(seen, "routeNumber", ""))
    widths = [w for w in (getattr(seen, "widthMin", None), getattr(seen, "widthMax", None)) if w is not None]
    return [
        {"text": number or "—", "whole": True},
        {
            "text": str(getattr(seen, "name", "")) or number,
            "href": f"/{ask.area}/maps/roads/{part_of_path(seen.id)}",
        },
        str(getattr(seen, "grade", "")) or "—",
        {"text": said(getattr(seen, "length", None), "m"), "number": True},
        {"text": "〜".join(dict.fromkeys(f"{w:g}" for w in widths)) or "—", "number": True},
    ]


async def show_road(ask: PageAsk) -> PageReply:
    """The ledger sheet of a road or pipe, with its sections, drawn to scale."""
    found = await _entry(ask.city, ask.path.get("id", ""))
    if found is None:
        return Missing(SHEET, ask.path.get("id", "")[:NAME_LENGTH_MAX], ALL_ROADS)
    ledger, met = found
    entry: Entry = met.seen
    sections = await _sections(ask.city, entry) if ledger is ROADS else []
    marked = [(one.section_number, one.location) for one in sections if one.location]
    picture = draw(marked or [("", entry.location)], await _around(ask.city, met))
    layer = await _layer_of(ask.city, met.type)
    data_set = await ask.city.met(DATA_SET, DataSetSeen, entry.data_set) if entry.data_set else None
    say = ask.language
    return Shown(
        {
            "ledger": ledger,
            "heading": ledger.title.say(say),
            "title": entry.name or getattr(entry, ledger.number) or entry.id.rpartition(":")[2],
            "facts": [(row.words.say(say), said(getattr(entry, row.field), row.unit)) for row in ledger.rows],
            "sections": [_section_row(one, say) for one in sections],
            "picture": picture,
            "at": _middle(entry),
            "grounds": [said_of(one, say) for one in ledger.grounds],
            "legal_note": REFERENCE.say(say) if layer is None else say_note(layer, say),
            "maker": layer.maintainer.say(say) if layer is not None else "",
            "source": _source(layer, data_set.seen if data_set is not None else None, say),
            "day": format_instant(Instant(ask.now + _JAPAN_US))[:10],
            "is_road": ledger is ROADS,
        }
    )


async def _entry(city: City, entity_id: str) -> tuple[Ledger, Met] | None:
    for ledger in LEDGERS:
        met = await city.met(ledger.part, Entry, entity_id)
        if met is not None:
            return ledger, met
    return None


async def _sections(city: City, entry: Entry) -> list[Section]:
    if not entry.route_number:
        return []
    wanted = Query(q=where(Section, "route_number", "==", entry.route_number), limit=SECTIONS_MAX)
    found = [one.seen for one in await city.playing(SECTION_PART, Section, wanted)]
    return sorted(found, key=lambda one: (len(one.section_number), one.section_number, one.id))


async def _around(city: City, met: Met) -> Sequence[dict[str, Any]]:
    """What of the same ledger lies in the frame of an entry."""
    place = met.seen.location
    if place is None:
        return ()
    west, south, east, north = bounds_of(place)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    if west == east or south == north:
        edge = 0.0005
        west, south, east, north = west - edge, south - edge, east + edge, north + edge
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    frame = GeoFilter("intersects", {"type": "Polygon", "coordinates": [ring]}, expand_name("location"))
    found = await city.hits(Query(geo=frame, limit=AROUND_MAX), (met.type,))
    return [hit.seen.location for hit in found.items if hit.id != met.seen.id and hit.seen.location]


async def _layer_of(city: City, kind: str) -> MapLayer | None:
    """The first public layer that shows all of a type: it says who answers for it, and with which note."""
    return next((one for one in await layers_of(city) if one.collection == kind), None)


def _source(layer: MapLayer | None, data_set: Any | None, language: str) -> str:
    return source_of(layer or Layer(title=Words("", "")), data_set, language)


def _middle(entry: Entry) -> str:
    if entry.location is None:
        return ""
    middle = shape_of(entry.location).representative_point()
    return f"{middle.x:.7f},{middle.y:.7f}"


def _section_row(one: Section, language: str) -> list[Any]:
    sidewalk = "—" if one.sidewalk is None else (_YES if one.sidewalk else _NO).say(language)
    return [
        {"text": one.section_number, "whole": True},
        one.start_point or "—",
        one.end_point or "—",
        *(
            {"text": said(value, "m"), "number": True}
            for value in (one.length, one.width, one.carriageway_width)
        ),
        sidewalk,
        one.surface or "—",
        one.opened_on or "—",
    ]


def said(value: Any, unit: str = "") -> str:
    """A value of a ledger: numbers without idle noughts, with their unit; a dash for what is not known."""
    if value in (None, ""):
        return "—"
    if isinstance(value, int | float):
        plain = f"{value:,.2f}".rstrip("0").rstrip(".") if unit else f"{value:g}"
        return f"{plain} {unit}".strip()
    return str(value)
