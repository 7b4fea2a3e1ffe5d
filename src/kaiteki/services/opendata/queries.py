"""What the pages for everybody show: the finder of places, one place, the catalogue, one data set."""

from __future__ import annotations

from typing import Any, Final, cast
from urllib.parse import quote, urlencode

import msgspec

from kaiteki.kit.pages import PageAsk, PageReply, Shown, part_of_path
from kaiteki.kit.views import where
from kaiteki.model.instant import Instant, day_in_japan
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import none_called
from kaiteki.services.opendata.asked import read_wish
from kaiteki.services.opendata.declared import show_type
from kaiteki.services.opendata.downloads.gtfs import feed_of, told_of
from kaiteki.services.opendata.downloads.offers import rows_of_offers
from kaiteki.services.opendata.finder import (
    ASKED_HAZARDS,
    PAGES_MAX,
    PLACES_PER_PAGE,
    SHELTERS,
    Place,
    Wish,
    find,
    hazards_of,
    kind_of,
    place_kinds,
    point_of,
    site_key,
)
from kaiteki.services.opendata.hazards import HAZARDS
from kaiteki.services.opendata.model import DataSet, ImportRun, record_view
from kaiteki.services.opendata.standard.table import Item, StandardType, standard_types
from kaiteki.services.opendata.telling import about
from kaiteki.services.opendata.use.reading import use_of
from kaiteki.services.opendata.withdrawal.desk import show_withdrawn
from kaiteki.services.opendata.withdrawal.model import Withheld

SAMPLE_RECORDS: Final = 20
FRESH_DAYS: Final = 400
"""Days after which a data set that nobody read again is shown as old."""
DAY_US: Final = 86_400_000_000
PLACE: Final = Words("施設", "Facility", "施設（しせつ）")
ALL_PLACES: Final = ("places", Words("施設の一覧", "All facilities", "施設（しせつ）の 一覧（いちらん）"))


async def find_places(ask: PageAsk) -> PageReply:
    """The finder: a list, nearest first when a position is known, with the map beside it."""
    asked = await read_wish(ask)
    wish, words = asked.wish, asked.near_words
    found = await find(ask.city, wish)
    items = [place_item(place, ask) for place in found.items]
    first = (wish.page - 1) * PLACES_PER_PAGE + 1
    kinds = await _kinds_here(ask)
    return Shown(
        {
            "wish": wish,
            "asked": bool(ask.query) and bool(items) and not asked.faults,
            "near_words": words,
            "wrong": {name: told.say(ask.language) for name, told in asked.faults.items()},
            "place_kinds": [(code, f"{words.say(ask.language)} ({count:,})") for code, words, count in kinds],
            "kind_words": _kind_words(wish.kind, kinds).say(ask.language),
            "hazard_options": [(code, HAZARDS[code].say(ask.language)) for code in ASKED_HAZARDS],
            "near_point": _point_asked(ask, wish, words, "near" in asked.faults),
            "items": items,
            "pins": [place_item(place, ask) for place in found.pins],
            "records": found.total,
            "joined": found.joined,
            "by_id": found.by_id,
            "uncounted": found.uncounted,
            "first": first,
            "last": first + len(items) - 1,
            "before": _address(ask, wish.page - 1) if wish.page > 1 else None,
            "after": _address(ask, wish.page + 1) if found.more and wish.page < PAGES_MAX else None,
            "download": urlencode({k: v for k, v in ask.query.items() if k in ("kind", "q", "hazard")}),
        },
        # a place that has no such name is not found; everything else is a value that cannot be
        400 if asked.faults.keys() - {"near_address"} else 200,
    )


def _point_asked(ask: PageAsk, wish: Wish, words: str, wrong: bool) -> str:
    """What the field of the position says: as it was written when it is wrong, nothing when the place was named."""
    if wrong:
        return ask.query.get("near", "")
    return f"{wish.near[1]},{wish.near[0]}" if wish.near and not words else ""


def _kind_words(code: str, kinds: list[tuple[str, Words, int]]) -> Words:
    every = Words(ja="すべての施設", en="Every facility", easy="ぜんぶの 施設")
    return next((words for name, words, _ in kinds if name == code), every)


def _address(ask: PageAsk, page: int) -> str:
    kept = {name: value for name, value in ask.query.items() if name != "page" and value}
    return "places?" + urlencode({**kept, "page": str(page)})


async def _kinds_here(ask: PageAsk) -> list[tuple[str, Words, int]]:
    """The kinds of place that the area has, with their numbers as everybody sees them now; shelters first."""
    published = ask.city.published
    counts = {kind.name: (await published.version(record_view(kind.name))).rows for kind in place_kinds()}
    here = [(kind.name, kind.words, counts[kind.name]) for kind in place_kinds() if counts.get(kind.name)]
    shelters = sum(counts.get(kind.name, 0) for kind in place_kinds() if "shelter" in kind.plays)
    words = Words(ja="避難所・避難場所", en="Shelters and evacuation sites", easy="避難所・逃げる 場所")
    return [(SHELTERS, words, shelters), *here]


def place_item(place: Place, ask: PageAsk) -> dict[str, Any]:
    """A place as an item of the list and of the map."""
    record = place.record
    point = point_of(record)
    return {
        "title": getattr(record, "name", "") or record.id.rpartition(":")[2],
        "kana": getattr(record, "nameKana", ""),
        "href": f"/{ask.area}/places/{part_of_path(record.id)}",
        "text": _text(record, place.hazards, ask.language),
        "tag": "・".join(kind.words.say(ask.language) for kind in place.kinds),
        "distance": place.distance,
        "lon": point[0] if point else None,
        "lat": point[1] if point else None,
        "state": "good" if any("shelter" in kind.plays for kind in place.kinds) else "key",
    }


_FOR: Final = Words(ja="使える災害", en="For", easy="使える 災害")


def _text(record: Any, hazards: tuple[str, ...], language: str) -> str:
    said = "・".join(HAZARDS[code].say(language) for code in hazards if code in HAZARDS)
    return "　".join(
        part for part in (_where(record), f"{_FOR.say(language)}: {said}" if said else "") if part
    )


def _where(record: Any) -> str:
    address = getattr(record, "fullAddress", "")
    building = getattr(record, "buildingNameEtc", "")
    return f"{address} {building}".strip()


class _Some(msgspec.Struct, frozen=True):
    """Some place, whatever its type."""

    id: str


async def _load(ask: PageAsk) -> Any | None:
    """The place of the path: its type stands in its own ids; those of other systems say nothing."""
    entity_id = ask.path.get("id", "")
    name = entity_id.removeprefix("urn:ngsi-ld:").partition(":")[0]
    found = await ask.city.get(record_view(name), entity_id) if name in standard_types() else None
    if found is not None:
        return found
    met = await ask.city.met("place", _Some, entity_id)
    return None if met is None else await ask.city.get(record_view(met.type), entity_id)


async def show_place(ask: PageAsk) -> PageReply:
    """One place: what it is for, where it is, when it is open, where the data come from."""
    record = await _load(ask)
    if record is None:
        return none_called(PLACE, ask.path.get("id", ""), ALL_PLACES)
    kind = kind_of(record)
    siblings = await _siblings(ask, record)
    hazards = {code for one in (record, *siblings) for code in hazards_of(one)}
    source = await ask.city.get(DataSet, record.data_set) if record.data_set else None
    point = point_of(record)
    title = getattr(record, "name", "") or kind.words.say(ask.language)
    pin = {"lon": point[0], "lat": point[1], "title": title, "state": "key"} if point else None
    asked = ASKED_HAZARDS if any("shelter" in one.plays for one in (kind, *map(kind_of, siblings))) else ()
    return Shown(
        {
            "title": title,
            "record": record,
            "kind": kind,
            "kinds": [kind.words, *(kind_of(one).words for one in siblings)],
            "fact_rows": [
                (words.say(ask.language), show(value, name, ask.language))
                for name, words, value in facts(record, kind)
            ],
            "details": sorted((str(name), str(value)) for name, value in record.details.items()),
            "pictures": _links(getattr(record, "pictureUrl", "")),
            "hazard_table": bool(asked) and bool(hazards),
            "hazard_rows": [
                [HAZARDS[code].say(ask.language), _usable(code in hazards, ask.language)] for code in asked
            ],
            "opened_for": [HAZARDS[code] for code in getattr(record, "openedFor", ()) if code in HAZARDS],
            "pin": pin,
            "hidden": await ask.city.get(Withheld, record.id) is not None,
            "point": point,
            "source": source,
            "data_href": f"/{ask.area}/ogc/collections/{kind.name}/items/{quote(record.id, safe=':')}?f=json"
            if point
            else "",
        }
    )


_YES: Final = Words(ja="○ 使えます", en="○ Yes", easy="○ 使えます")
_NO: Final = Words(ja="× 指定されていません", en="× Not designated", easy="× 使えません")


def _usable(yes: bool, language: str) -> dict[str, str]:
    return {"text": (_YES if yes else _NO).say(language), "tag": "good" if yes else "plain"}


_THERE: Final = Words(ja="あり", en="Yes", easy="はい")
_NOT_THERE: Final = Words(ja="なし", en="No", easy="いいえ")


def show(value: Any, name: str, language: str) -> Any:
    """A value as a cell of a page: yes and no in words, web addresses as links, telephone numbers to call."""
    if isinstance(value, bool):
        return (_THERE if value else _NOT_THERE).say(language)
    if isinstance(value, tuple):
        value = " ".join(cast(tuple[str, ...], value))
    text = str(value)
    if text.startswith(("https://", "http://")) and " " not in text:
        return {"text": text, "href": text}
    if name == "contactPointPhoneNumber":
        return {"text": text, "href": "tel:" + text.replace("-", "")}
    return text


def _links(value: Any) -> list[str]:
    found = [value] if isinstance(value, str) else list(value)
    return [one for one in found if one.startswith("https://")]


async def _siblings(ask: PageAsk, record: Any) -> list[Any]:
    """The other records of the same shelter (it stands in both lists)."""
    common = getattr(record, "commonId", "")
    if len(common) <= 10:
        return []
    found: list[Any] = []
    for kind in place_kinds():
        if "shelter" not in kind.plays:
            continue
        view = record_view(kind.name)
        listing = await ask.city.find(view, Query(q=where(view, "name", "==", record.name), limit=20))
        found += [one for one in listing.items if one.id != record.id and site_key(one) == site_key(record)]
    return found


_SHOWN_APART: Final = {
    "name",
    "nameKana",
    "pictureUrl",
    "hazards",
    "openedFor",
    "latitude",
    "longitude",
    "commonId",
}


def facts(record: Any, kind: StandardType) -> list[tuple[str, Words, Any]]:
    """(item name, label, value) of what a record says, in the order of the standard table."""
    from_table: list[tuple[str, Words, Any]] = []
    for item in kind.items:
        value = getattr(record, item.name, None)
        if item.name in _SHOWN_APART or value in (None, "", ()):
            continue
        unit = f" {item.unit}" if item.unit and isinstance(value, int | float) else ""
        shown = value if isinstance(value, bool) else f"{value:,}{unit}" if unit else value
        from_table.append((item.name, item.words, shown))
    return from_table


def day_of(at: int | None) -> str:
    """The day of an instant in Japan, as ISO 8601."""
    return day_in_japan(Instant(at)) if at else "—"


def _is_old(one: Any, now: int) -> bool:
    return one.checked_at is not None and now - one.checked_at > FRESH_DAYS * DAY_US


async def show_data_set(ask: PageAsk) -> PageReply:
    """One data set: what it holds, how good it is, its first records, downloads and the address of its API."""
    one = await ask.city.get(DataSet, ask.path.get("id", ""))
    if one is None or one.record_type not in standard_types():
        return await show_withdrawn(ask) or await show_type(ask)
    kept = await ask.city.catalogue()
    entry = kept.by_id.get(one.id)
    kind = standard_types()[one.record_type]
    view = record_view(kind.name)
    listing = await ask.city.find(
        view, Query(q=where(view, "data_set", "==", one.id), limit=SAMPLE_RECORDS, total=True)
    )
    run = await ask.city.get(ImportRun, one.id.replace(":DataSet:", ":ImportRun:"))
    columns = [item for item in kind.items if item.name in kind.columns and not item.flag]
    return Shown(
        {
            "title": one.title,
            "data_set": one,
            "about": about(entry, ask, kept) if entry is not None else None,
            "use": await use_of(ask, one.id),
            "kind": kind,
            "is_place": "place" in kind.plays,
            "is_old": _is_old(one, ask.now),
            "sample": listing.items,
            "heads": [item.words.say(ask.language) for item in columns],
            "sample_rows": [
                [_sample_cell(one, item, kind, ask) for item in columns] for one in listing.items
            ],
            "item_rows": [
                [item.label, item.name, item.kind, item.unit or "—", item.example] for item in kind.items
            ],
            "total": listing.total,
            "items": kind.items,
            "offer_rows": rows_of_offers(ask, kept, entry, bool(one.fills)),
            "feed_told": told_of(await feed_of(ask.city.published, one), ask.language),
            "run": run,
            "hidden": await ask.city.get(Withheld, one.id) is not None,
        }
    )


def _sample_cell(one: Any, item: Item, kind: StandardType, ask: PageAsk) -> Any:
    value = getattr(one, item.name, None)
    if value in (None, ""):
        return "—"
    if item.name == kind.title and "place" in kind.plays:
        return {"text": str(value), "href": f"/{ask.area}/places/{part_of_path(one.id)}"}
    return show(value, item.name, ask.language)
