"""One layer as a page: what is to be known of it, and its features as list and table, the twin of what the map draws (as everybody sees it)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from kaiteki.kit.pages import Hit, Listing, Missing, PageAsk, PageReply, Shown
from kaiteki.kit.views import expand_name
from kaiteki.model.place import shape_of
from kaiteki.model.query import GeoFilter, Query
from kaiteki.model.words import Words
from kaiteki.services.maps.asked import NO_POSITION, SWAPPED, say_position, told_position
from kaiteki.services.maps.browse import layer_row
from kaiteki.services.maps.filters import narrowed
from kaiteki.services.maps.here import page_of, text_of_value
from kaiteki.services.maps.model import ID, MapLayer
from kaiteki.services.maps.shown import Collection, collection_of, layers_of
from kaiteki.services.maps.standing import LonLat, Ready, title_of

ROWS_PER_PAGE: Final = 50
TEXT_LENGTH_MAX: Final = 100
AROUND_M: Final = 1_000.0
"""With a position only what lies within this is listed."""
AFTER_LENGTH_MAX: Final = 300
NAME_LENGTH_MAX: Final = 100
LAYER: Final = Words("地図の層", "Map layer", "地図（ちず）")
ALL_LAYERS: Final = ("maps/layers", Words("地図の一覧", "All maps", "地図（ちず）の 一覧（いちらん）"))
NO_PLACE: Final = "—"
HERE: Final = Words("この場所のこと", "About this place", "この 場所（ばしょ）")


class Wanted(msgspec.Struct, frozen=True):
    """What of a layer is listed: words in names, a position, and behind which id the page begins."""

    text: str = ""
    at: LonLat | None = None
    typed: str = ""
    swapped: bool = False
    after: str = ""

    @property
    def wrong(self) -> bool:
        """Whether what was typed is no position."""
        return bool(self.typed) and self.at is None

    def say_swapped(self, language: str) -> str:
        """That the position was read the other way round; empty where it was not."""
        return SWAPPED.fill(language, lat=self.at[1], lon=self.at[0]) if self.at and self.swapped else ""


async def show_layer(ask: PageAsk) -> PageReply:
    """A public layer with a page of its features."""
    layer = await ask.city.get(MapLayer, ID + ask.path.get("id", "").rpartition(":")[2])
    if not isinstance(layer, MapLayer):
        return Missing(LAYER, ask.path.get("id", "")[:NAME_LENGTH_MAX], ALL_LAYERS)
    ids = [one.id for one in await layers_of(ask.city)]
    number = ids.index(layer.id) if layer.id in ids else 0
    collection = await collection_of(ask.city, layer.collection)
    wanted = wanted_of(ask)
    found = await features_of(ask, layer, collection, wanted) if collection is not None else Listing(())
    heads = [item.words.say(ask.language) + (f"（{item.unit}）" if item.unit else "") for item in layer.items]
    rows = [feature_row(ask, layer, collection, hit) for hit in found.items] if collection is not None else []
    tell_apart(rows)
    last = found.items[-1].id if found.items else ""
    return Shown(
        {
            "one": await layer_row(ask, layer, number),
            "title": layer.title.say(ask.language),
            "wanted": wanted,
            "position": say_position(wanted.at) if wanted.at else wanted.typed,
            "swapped": wanted.say_swapped(ask.language),
            "wrong": NO_POSITION.say(ask.language) if wanted.wrong else "",
            "heads": heads[1:] if layer.items and layer.items[0].role == "title" else heads,
            "rows": rows,
            "first": f"/{ask.area}/maps/layers/{layer.name}" if wanted.after else None,
            "next": address_of(ask, last) if found.more and last else None,
        },
        400 if wanted.wrong else 200,
    )


def wanted_of(ask: PageAsk) -> Wanted:
    """What the address asks for."""
    typed, found = told_position(ask.query)
    return Wanted(
        ask.query.get("q", "").strip()[:TEXT_LENGTH_MAX],
        found.at if found is not None else None,
        typed,
        found is not None and found.swapped,
        ask.query.get("after", "")[:AFTER_LENGTH_MAX],
    )


def address_of(ask: PageAsk, last: str) -> str:
    """The address of the page behind an id, with the same wishes."""
    kept = {name: ask.query.get(name, "") for name in ("q", "position", "at")}
    return "?" + urlencode({**{name: value for name, value in kept.items() if value}, "after": last})


async def features_of(ask: PageAsk, layer: MapLayer, collection: Collection, wanted: Wanted) -> Listing:
    """A page of the features of a layer by their ids."""
    near = None
    if wanted.at is not None:
        point = {"type": "Point", "coordinates": list(wanted.at)}
        near = GeoFilter("near", point, expand_name("location"), max_distance_m=AROUND_M)
    asked = Query(text=wanted.text or None, geo=near, limit=ROWS_PER_PAGE, after_id=wanted.after or None)
    query = narrowed(layer, collection, asked)
    if query is None:
        return Listing(())
    return await ask.city.published.hits(query, (collection.declared.name,))


def feature_row(ask: PageAsk, layer: MapLayer, collection: Collection, hit: Hit) -> list[Any]:
    """A feature as a row: its title with the way to its page, its items, and the way to all about its place."""
    shown = Ready(layer, collection, None)
    place = getattr(hit.seen, collection.place)
    items = layer.items[1:] if layer.items and layer.items[0].role == "title" else layer.items
    cells: list[Any] = [
        {
            "text": title_of(shown, hit, shown.class_of(hit), ask.language),
            "href": page_of(ask.area, collection.declared, hit.id),
        }
    ]
    for item in items:
        value = shown.told_of(hit.seen, item.property)
        plain = msgspec.structs.replace(item, unit="")
        number = isinstance(value, int | float) and not isinstance(value, bool)
        said = "—" if value in (None, "", ()) else text_of_value(plain, value, ask.language)
        cells.append({"text": said, "number": number})
    cells.append(
        {"text": HERE.say(ask.language), "href": here_of(ask.area, place), "at": spot_of(place)}
        if place
        else NO_PLACE
    )
    return cells


def tell_apart(rows: Sequence[list[Any]]) -> None:
    """Adds its position to the way to the place of each row that shares its title with another one."""
    titles = Counter(str(row[0]["text"]) for row in rows)
    for row in rows:
        way: Any = row[-1]
        if way != NO_PLACE and titles[row[0]["text"]] > 1:
            way["text"] = f"{way['text']}（{way['at']}）"


def here_of(area: str, place: dict[str, Any]) -> str:
    """The page about the place of a feature: a point that surely lies on it."""
    at = shape_of(place).representative_point()
    return f"/{area}/maps/here?at={at.x:.7f},{at.y:.7f}"


def spot_of(place: dict[str, Any]) -> str:
    """A point that surely lies on it, as people write a position: latitude, longitude."""
    at = shape_of(place).representative_point()
    return f"{at.y:.5f}, {at.x:.5f}"
