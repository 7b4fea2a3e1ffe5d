"""What lies where: the types that have a place, their entities as items of a map with its list, and the page of one."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from kaiteki.kit.forms import chosen
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.pages import part_of_path
from kaiteki.kit.views import Slot, attribute, slots
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.position import read_position
from kaiteki.model.query import Order, Path, Query
from kaiteki.model.values import plain
from kaiteki.model.words import Words
from kaiteki.portal.answers import Stop, show
from kaiteki.portal.pictures import LonLat
from kaiteki.portal.saying import say_moment
from kaiteki.portal.visit import Visit

PLACES_PER_PAGE_MAX: Final = 100
FILLED_KEPT_S: Final = 60
FILLED_MAX: Final = 200
TEXTS_MAX: Final = 3
_CODE: Final = re.compile(r"[a-z0-9_.:-][A-Za-z0-9_.:-]*", re.ASCII)
"""A value that programs read and that has no words: it is left out of lists."""
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
"""A moment as it stands on the wire; people read it in local time."""
EARTH_RADIUS_M: Final = 6_371_008.8


class Layer(msgspec.Struct, frozen=True):
    """A type whose entities lie somewhere, with the field that says where."""

    service: Service
    declared: EntityType
    field: str


def layers(visit: Visit) -> list[Layer]:
    """The types with a place that this person may see."""
    found: list[Layer] = []
    for service, declared in visit.site.kept.values():
        field = place_field(declared.view)
        visible = field in declared.public or visit.person.holds(declared.roles)
        if field and visible:
            found.append(Layer(service, declared, field))
    return found


async def filled_layers(visit: Visit) -> list[Layer]:
    """The layers that hold anything; looked up once in FILLED_KEPT_S per area and kind of person."""
    known = layers(visit)
    key = (visit.area.name if visit.area else "", visit.person.roles)
    at, names = visit.site.filled.get(key, (Instant(0), frozenset[str]()))
    if visit.now - at > FILLED_KEPT_S * 1_000_000:
        found = [(await visit.city.find(layer.declared.view, Query(limit=1))).items for layer in known]
        names = frozenset(layer.declared.name for layer, some in zip(known, found, strict=True) if some)
        if len(visit.site.filled) >= FILLED_MAX:
            visit.site.filled.clear()
        visit.site.filled[key] = (visit.now, names)
    return [layer for layer in known if layer.declared.name in names]


def place_field(view: type[msgspec.Struct]) -> str:
    """The first field of a view that is kept as GeoProperty, empty when it has none."""
    return next((slot.field for slot in slots(view) if slot.kind == "GeoProperty"), "")


async def near_places(visit: Visit, centre: LonLat | None, limit: int, plays: str) -> dict[str, Any] | None:
    """The places next to a point of the first layer that plays a part: `places`, `total`, `layer`; None when there are none."""
    for layer in layers(visit):
        if plays in layer.declared.plays and centre:
            items, _, total = await find_places(visit, layer, Wish(centre, limit=limit))
            if items:
                return {
                    "places": items,
                    "total": total if total is not None else len(items),
                    "layer": layer,
                    "href": visit.href("map", layer=layer.declared.name),
                }
    return None


class Wish(msgspec.Struct, frozen=True):
    """Which places of a layer are wanted: with these words, nearest to the centre first, from an offset on."""

    centre: LonLat | None = None
    text: str = ""
    limit: int = PLACES_PER_PAGE_MAX
    offset: int = 0


async def find_places(
    visit: Visit, layer: Layer, wish: Wish
) -> tuple[list[dict[str, Any]], bool, int | None]:
    """Items of a layer, whether more follow, and how many there are; of what came at a moment the newest first."""
    order = _newest_first(layer.declared) if not wish.text else ()
    geometry = None
    if wish.centre:
        order = (Order(Path((attribute(layer.declared.view, layer.field),)), distance=True),)
        geometry = {"type": "Point", "coordinates": list(wish.centre)}
    wanted = Query(
        text=wish.text or None,
        order=order,
        order_geometry=geometry,
        limit=wish.limit,
        offset=wish.offset,
        total=True,
    )
    found = await visit.city.find(layer.declared.view, wanted)
    items = [item_of(visit, layer, one, wish.centre) for one in found.items]
    return items, found.more, found.total


def _newest_first(declared: EntityType) -> tuple[Order, ...]:
    """The order of what people tell: by the first public column of a type that is a moment; none for what just lies there."""
    moments = {slot.field for slot in slots(declared.view) if plain(slot.hint) is Instant}
    told = next((field for field in declared.columns if field in moments and field in declared.public), None)
    return () if told is None else (Order(Path((attribute(declared.view, told),)), descending=True),)


def item_of(visit: Visit, layer: Layer, seen: Any, centre: LonLat | None) -> dict[str, Any]:
    """An entity as an item of a map and of its list."""
    point = point_of(getattr(seen, layer.field, None))
    item: dict[str, Any] = {
        "title": title_of(visit, layer.declared, seen),
        "href": visit.href(address_of(layer.declared, seen.id)),
        "text": "　".join(_texts(visit, layer, seen)[:TEXTS_MAX]),
        "state": "good",
        "distance": None,
        "lon": None,
        "lat": None,
    }
    if point:
        item |= {"lon": point[0], "lat": point[1]}
        if centre:
            item["distance"] = metres_between(point, centre)
    return item


def _texts(visit: Visit, layer: Layer, seen: Any) -> list[str]:
    """What the columns of a type say to people: no title again, no moments, no codes."""
    shown = _shown_slots(layer.declared.view, (layer.declared.title, layer.field), layer.declared.columns)
    texts = [say_value(visit, chosen(slot.hint, getattr(seen, slot.field, None))) for slot in shown]
    return [text for text in texts if text and not all(map(_CODE.fullmatch, text.split("・")))]


@lru_cache(maxsize=256)
def _shown_slots(
    view: type[msgspec.Struct], but: tuple[str, ...], columns: tuple[str, ...]
) -> tuple[Slot, ...]:
    """The columns that a list shows, no points in time; looked for once, not for each of a hundred places of a map."""
    by_field = {slot.field: slot for slot in slots(view) if plain(slot.hint) is not Instant}
    return tuple(by_field[field] for field in columns if field in by_field and field not in but)


def address_of(declared: EntityType, entity_id: str) -> str:
    """The path of the page of one entity: the one its service drew, else the generic one."""
    part = part_of_path(entity_id)
    return declared.page.replace("{id}", part) if declared.page else f"things/{declared.name}/{part}"


def title_of(visit: Visit, declared: EntityType, seen: Any) -> str:
    """What people call it; its id when it has no name that may be seen."""
    return say_value(visit, getattr(seen, declared.title, None)) or seen.id


def say_value(visit: Visit, value: Any) -> str:
    """A value as text for people: words, lists, numbers; geometries and nothing are empty."""
    if value is None or value in ("", ()):
        return ""
    if isinstance(value, Words):
        return visit.say(value)
    if isinstance(value, bool):
        return visit.say("places.yes") if value else visit.say("places.no")
    if isinstance(value, list | tuple):
        return "・".join(filter(None, (say_value(visit, one) for one in value)))  # pyright: ignore
    if isinstance(value, Mapping | msgspec.Struct):
        return ""
    text = str(value)
    moment = parse_instant(text) if _MOMENT.fullmatch(text) else None
    return text if moment is None else say_moment(moment, visit.language)


def _said(visit: Visit, slot: Slot, value: Any) -> str:
    """A value of a field: an instant as a local moment, a code in its words, anything else as `say_value` does."""
    if plain(slot.hint) is Instant:
        return say_moment(value, visit.language) if value else ""
    return say_value(visit, chosen(slot.hint, value))


def point_of(geometry: Any) -> LonLat | None:
    """A point of a GeoJSON geometry: the point itself, or the middle of its corners."""
    if not isinstance(geometry, Mapping):
        return None
    corners = _corners(geometry.get("coordinates"))  # pyright: ignore
    if not corners:
        return None
    return (
        sum(corner[0] for corner in corners) / len(corners),
        sum(corner[1] for corner in corners) / len(corners),
    )


def metres_between(one: LonLat, other: LonLat) -> float:
    """The distance on a sphere of the mean radius, good to half a percent."""
    lon1, lat1, lon2, lat2 = map(math.radians, (*one, *other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def _corners(coordinates: Any) -> Sequence[LonLat]:
    """Every position of nested GeoJSON coordinates."""
    if not isinstance(coordinates, list | tuple) or not coordinates:
        return ()
    if isinstance(coordinates[0], int | float):
        return ((float(coordinates[0]), float(coordinates[1])),)  # pyright: ignore
    return [corner for part in coordinates for corner in _corners(part)]  # pyright: ignore


async def map_page(visit: Visit) -> Response:
    """`/{area}/map`: one layer at a time, on the map and as a list, found by name and by distance."""
    asked = visit.query.get("layer")
    filled = await filled_layers(visit)
    known = filled or layers(visit)[:1]
    chosen = next((one for one in layers(visit) if one.declared.name == asked), None)
    if chosen is None and known and not asked:
        chosen = known[0]
    if chosen is None and asked:
        raise Stop(404)
    read = read_position(visit.query.get("near", ""), latitude_first=True)
    here = read.at if read is not None else None
    page = (
        max(1, int(number)) if (number := visit.query.get("page", "1")).isdigit() and len(number) < 5 else 1
    )
    values: dict[str, Any] = {
        "title": visit.say("places.title"),
        "layers": known,
        "chosen": chosen,
        "text": visit.query.get("q", ""),
        "near": visit.query.get("near", ""),
        "near_wrong": bool(visit.query.get("near")) and here is None,
        "near_swapped": read is not None and read.swapped,
        "found": [],
        "total": None,
        "placed": 0,
        "first": 0,
        "before": None,
        "after": None,
        "picked": here,
    }
    if chosen:
        values |= await _page_of(visit, chosen, here, page)
    return show(visit, "map.html", values)


async def _page_of(visit: Visit, layer: Layer, here: LonLat | None, page: int) -> dict[str, Any]:
    """One page of a layer with the links to its neighbours."""
    text = visit.query.get("q", "")
    offset = (page - 1) * PLACES_PER_PAGE_MAX
    found, more, total = await find_places(visit, layer, Wish(here, text, PLACES_PER_PAGE_MAX, offset))

    def link(number: int) -> str:
        return visit.href(
            "map", layer=layer.declared.name, q=text, near=visit.query.get("near", ""), page=number
        )

    return {
        "found": found,
        "total": total,
        "placed": sum(one["lon"] is not None for one in found),
        "first": offset + 1,
        "before": link(page - 1) if page > 1 else None,
        "after": link(page + 1) if more else None,
    }


def _data_of(visit: Visit, declared: EntityType, entity_id: str) -> str:
    """Where a click opens an entity with a public place as GeoJSON: an item of OGC API Features; empty where its type is sealed."""
    if declared.sealed:
        return ""
    return visit.href(f"ogc/collections/{declared.name}/items/{quote(entity_id, safe=':')}", f="json")


async def thing(visit: Visit) -> Response:
    """`/{area}/things/{type}/{id}`, whatever characters the id has: everything that people may know of one entity."""
    kept = visit.site.kept.get(visit.request.path_params["type"])
    if kept is None:
        raise Stop(404)
    service, declared = kept
    seen = await visit.city.get(declared.view, visit.request.path_params["id"])
    if seen is None:
        raise Stop(404)
    field = place_field(declared.view)
    point = point_of(getattr(seen, field, None)) if field else None
    pairs = [
        (visit.say(declared.labels.get(slot.field, Words(slot.short, slot.short))), said)
        for slot in slots(declared.view)
        if slot.field != declared.title and (said := _said(visit, slot, getattr(seen, slot.field, None)))
    ]
    title = title_of(visit, declared, seen)
    values = {
        "title": title,
        "kind": declared.words,
        "declared": declared,
        "pairs": pairs,
        "point": point,
        "pins": [{"lon": point[0], "lat": point[1], "title": title, "state": "key"}] if point else [],
        "entity_id": seen.id,
        "layer_href": visit.href("map", layer=declared.name) if field else "",
        "data_href": _data_of(visit, declared, seen.id) if point and field in declared.public else "",
        "service": service,
    }
    return show(visit, "thing.html", values)
