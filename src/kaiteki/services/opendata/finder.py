"""Finds places of several types at once: by name, by distance, by hazard; a shelter of both lists is one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from kaiteki.kit.pages import City, Listing
from kaiteki.kit.views import attribute, slots, where
from kaiteki.model.place import distance_m
from kaiteki.model.position import read_position as read_pair
from kaiteki.model.query import Order, Path, Query
from kaiteki.services.opendata.hazards import HAZARDS
from kaiteki.services.opendata.model import Record, record_view
from kaiteki.services.opendata.standard.table import StandardType, standard_types

PLACES_PER_PAGE: Final = 20
PAGES_MAX: Final = 50
PINS_MAX: Final = 500
"""Places of a result that its map shows; the list has all of them, page by page."""
NAMED_MAX: Final = 1000
"""Records of a type that match, up to which all are read and come by name; more come by id, so that a page costs what a page costs."""
COUNT_MAX: Final = 10_000
"""Records of a type are counted so far."""
TEXT_LENGTH_MAX: Final = 100
SHELTERS: Final = "shelter"
"""The kind that stands for shelters and evacuation sites together."""

ASKED_HAZARDS: Final = tuple(list(HAZARDS)[:8])
_OPENED_FOR: Final = {
    "earthquake": "earthquakeTsunami",
    "tsunami": "earthquakeTsunami",
    "flood": "stormFlood",
    "inlandFlood": "stormFlood",
    "stormSurge": "stormFlood",
    "landslide": "landslide",
}
"""The wider flags of a shelter that answer for a hazard."""

LonLat = tuple[float, float]


class Wish(msgspec.Struct, frozen=True):
    """What somebody looks for. `kind` is a type name, SHELTERS or empty (every place); `near` is longitude, latitude."""

    kind: str = SHELTERS
    text: str = ""
    hazard: str = ""
    near: LonLat | None = None
    page: int = 1


class Place(msgspec.Struct, frozen=True):
    """One place of the list: its first record, and all types and hazards that its records have."""

    record: Any
    kinds: tuple[StandardType, ...]
    hazards: tuple[str, ...] = ()
    distance: float | None = None


class Places(msgspec.Struct, frozen=True):
    """One page of places, whether more follow, and how many records match (before shelters are joined).

    `pins` are the places of the result for its map: its first PINS_MAX ones, and those of the page. `by_id`: there are too
    many to come by name. `uncounted`: of some type there are more than were counted.
    """

    items: tuple[Place, ...]
    more: bool
    total: int
    pins: tuple[Place, ...] = ()
    by_id: bool = False
    uncounted: bool = False
    joined: int | None = None


def place_kinds() -> tuple[StandardType, ...]:
    """The types that are places."""
    return tuple(kind for kind in standard_types().values() if "place" in kind.plays)


def kinds_of(wish: Wish) -> tuple[StandardType, ...]:
    """The types a wish asks for."""
    if wish.kind == SHELTERS:
        return tuple(kind for kind in place_kinds() if "shelter" in kind.plays)
    named = tuple(kind for kind in place_kinds() if kind.name == wish.kind)
    return named or place_kinds()


def point_of(record: Record) -> LonLat | None:
    """A point for the map: the point itself, or the middle of the box around it."""
    if not record.location:
        return None
    corners = _corners(record.location.get("coordinates"))
    if not corners:
        return None
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _corners(coordinates: Any) -> Sequence[LonLat]:
    if not isinstance(coordinates, list | tuple) or not coordinates:
        return ()
    parts = cast(Sequence[Any], coordinates)
    if isinstance(parts[0], int | float):
        return ((float(parts[0]), float(parts[1])),)
    return [corner for part in parts for corner in _corners(part)]


def hazards_of(record: Any) -> tuple[str, ...]:
    """What a record says it is for: the hazards of evacuation sites, the openings of shelters."""
    return (*getattr(record, "hazards", ()), *getattr(record, "openedFor", ()))


async def find(city: City, wish: Wish) -> Places:
    """One page of what is wished for: the nearest first, else by name, or by id where there are too many."""
    page = min(max(wish.page, 1), PAGES_MAX)
    wanted = page * PLACES_PER_PAGE
    found: list[Any] = []
    total, more, uncounted = 0, False, False
    for kind in kinds_of(wish):
        for query in _queries(kind, wish, wanted):
            listing = await _listed(city, kind, query, by_name=wish.near is None)
            found.extend(listing.items)
            total += listing.total or 0
            more = more or listing.more
            uncounted = uncounted or (listing.total or 0) >= COUNT_MAX
    joined = join(found, wish.near)
    by_id = more and wish.near is None
    if by_id:
        joined.sort(key=lambda place: place.record.id)
    shown = tuple(joined[wanted - PLACES_PER_PAGE : wanted])
    pins = tuple(joined[:PINS_MAX]) if wanted <= PINS_MAX else shown
    count = None if more else len(joined)
    return Places(shown, len(joined) > wanted or more, total, pins, by_id, uncounted, count)


async def _listed(city: City, kind: StandardType, query: Query, by_name: bool) -> Listing:
    """What a query finds of a type; all of it where it is to be put in order by name and is not too much for that."""
    listing = await city.find(record_view(kind.name), query)
    if by_name and listing.more and (listing.total or 0) <= NAMED_MAX:
        return await city.find(record_view(kind.name), msgspec.structs.replace(query, limit=NAMED_MAX))
    return listing


def _queries(kind: StandardType, wish: Wish, wanted: int) -> list[Query]:
    view = record_view(kind.name)
    fields = {slot.field for slot in slots(view)}
    order: tuple[Order, ...] = ()
    geometry = None
    if wish.near:
        order = (Order(Path((attribute(view, "location"),)), distance=True),)
        geometry = {"type": "Point", "coordinates": list(wish.near)}
    base = Query(
        text=wish.text[:TEXT_LENGTH_MAX] or None,
        order=order,
        order_geometry=geometry,
        limit=min(max(wanted * 2, PINS_MAX), 1000),
        total=True,
        total_max=COUNT_MAX,
    )
    if not wish.hazard:
        return [base]
    filters = [("hazards", wish.hazard), ("openedFor", _OPENED_FOR.get(wish.hazard, ""))]
    return [
        msgspec.structs.replace(base, q=where(view, field, "==", value))
        for field, value in filters
        if field in fields and value
    ]


def site_key(record: Any) -> str:
    """What the records of one place have in common: the common id of GSI without its last three digits, which say the
    kind of shelter; without one the name and the position to ten metres."""
    common = getattr(record, "commonId", "")
    if len(common) > 10:
        return common[:-3]
    point = point_of(record)
    if point is None:
        return record.id
    return f"{getattr(record, 'name', '')}|{point[0]:.4f}|{point[1]:.4f}"


def join(records: Sequence[Any], near: LonLat | None) -> list[Place]:
    """The records as places, those of one place joined, in order."""
    groups: dict[str, dict[str, Any]] = {}
    for record in records:
        groups.setdefault(site_key(record), {})[record.id] = record
    places = [_place(list(group.values()), near) for group in groups.values()]
    if near:
        return sorted(
            places, key=lambda place: (place.distance is None, place.distance or 0.0, place.record.id)
        )
    return sorted(places, key=lambda place: (_title(place.record), place.record.id))


def _title(record: Any) -> str:
    return str(getattr(record, "nameKana", "") or getattr(record, "name", "") or record.id)


def _place(records: list[Any], near: LonLat | None) -> Place:
    kinds: dict[str, StandardType] = {}
    hazards: dict[str, None] = {}
    for record in records:
        kind = kind_of(record)
        kinds[kind.name] = kind
        hazards.update(dict.fromkeys(hazards_of(record)))
    first = max(records, key=lambda record: (len(hazards_of(record)), record.id))
    distance = distance_m(first.location, _point(near)) if near and first.location else None
    return Place(first, tuple(kinds.values()), tuple(hazards), distance)


def _point(near: LonLat) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(near)}


def type_of(record: Record) -> str:
    """The name of the type of a record."""
    return type(record).entity_type


def kind_of(record: Any) -> StandardType:
    """The standard type of a record."""
    return standard_types()[type_of(record)]


async def find_centre(city: City, text: str) -> LonLat | None:
    """The position of the place whose name fits some words best, so that people can say "near the station"."""
    for kind in place_kinds():
        listing = await city.find(record_view(kind.name), Query(text=text[:TEXT_LENGTH_MAX], limit=1))
        for record in listing.items:
            if point := point_of(record):
                return point
    return None


def read_position(query: Mapping[str, str]) -> LonLat | None:
    """`near_lat` and `near_lon` of a form, or `near=35.6,140.1`."""
    parts = [query.get("near_lat", "").strip(), query.get("near_lon", "").strip()]
    text = ",".join(parts) if all(parts) else query.get("near", "")
    found = read_pair(text, latitude_first=True)
    return found.at if found is not None else None
