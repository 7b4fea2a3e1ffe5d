"""Finds a parcel of land by its lot (地番), beside what the map finds by name and address: the same words may mean both, so both are told.

```
words ─(model.lots.read_typed)─► readings ─► their keys, one lookup ─► found
                                     └─ none: its number in every 大字 whose name holds the words ─► found
                                                └─ none: lots of near numbers in the same 大字 ─► near
```

It reads as whoever asks may: a parcel that is hidden is in none of these lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import msgspec

from kaiteki.kit.pages import City, Met, PageAsk, part_of_path
from kaiteki.kit.views import Location, attribute
from kaiteki.model.addresses import prefecture_of
from kaiteki.model.area import Area
from kaiteki.model.lots import Lot, Reading, fold_town, key_of, near, read_lots, read_typed
from kaiteki.model.place import bounds_of, shape_of
from kaiteki.model.query import Comparison, OneOf, Path, Query, Range
from kaiteki.services.maps.model import MapLayer
from kaiteki.services.maps.viewport import SHOWN_MAX, LonLat, Shown, View, fitting, say_place

PARCEL_PART: Final = "cadastral_parcel"
"""The part that parcels of the registry's maps play."""
FOUND_MAX: Final = 20
NEAR_MAX: Final = 8
NEAR_READ: Final = 200
"""Lots that are read to find the nearest numbers."""
REACH: Final = 20
"""How far from its number the neighbours of a lot that is not there are looked for."""
ELSEWHERE_READ: Final = 1_000
"""Lots of one number, whichever their 大字, that are looked through."""
ZOOM_MAX: Final = 18.0
"""How close one looks at a parcel, where it is not larger."""
_LAST_CHARACTER: Final = "\U0010ffff"


class ParcelSeen(msgspec.Struct, frozen=True):
    """A parcel as far as the search knows it (its type is of `services/opendata`)."""

    entity_type: ClassVar[str] = "CadastralParcel"
    id: str
    location: Location | None = None
    parcel_name: str = ""
    lot_number: str = ""
    lot_order: tuple[str, ...] = ()
    oaza_name: str = ""
    chome_name: str = ""
    city_name: str = ""
    map_name: str = ""
    map_class: str = ""


class FoundLot(msgspec.Struct, frozen=True):
    """A parcel that was found: 所在及び地番, municipality and map, where (None: its map has no place on the earth), its page."""

    title: str
    where: str
    path: str
    at: LonLat | None = None
    zoom: float = ZOOM_MAX

    @property
    def place(self) -> str:
        """Where it is, as addresses say it; empty without a place."""
        return say_place(self.at) if self.at is not None else ""


class Lots(msgspec.Struct, frozen=True):
    """What was found. `more`: there are more than are told. `lot` is the lot as it was understood, `town` that in which it is not, with the
    `near` ones; `town` is empty where no map of such a town is there."""

    lot: str
    found: tuple[FoundLot, ...] = ()
    more: bool = False
    town: str = ""
    near: tuple[FoundLot, ...] = ()


async def find_lots(ask: PageAsk, text: str) -> Lots | None:
    """What a text may mean as a lot; None where it is none, or where the area has no parcels."""
    readings = read_typed(text, _before(ask.town))
    if not readings or not await _parcels(ask.city, Query(limit=1)):
        return None
    found = await _at(ask.city, readings) or await _elsewhere(ask.city, readings)
    rows = sorted(
        _of_ward(ask.town, text, found), key=lambda one: (_rank(readings, one), one.parcel_name, one.id)
    )
    if rows:
        told = tuple(_told(one) for one in rows[:FOUND_MAX])
        return Lots(readings[0].lot.words, told, len(rows) > FOUND_MAX)
    return await _beside(ask.city, readings)


def with_parcels(view: View, layers: Sequence[MapLayer], collection: str = ParcelSeen.entity_type) -> View:
    """The view with a layer of parcels on top, where there is one and room for it."""
    layer = next((one for one in layers if one.collection == collection), None)
    names = [one.layer.name for one in view.shown]
    if layer is None or layer.name in names or len(names) >= SHOWN_MAX:
        return view
    return msgspec.structs.replace(view, shown=(Shown(layer), *view.shown))


def _before(town: Area | None) -> tuple[str, ...]:
    """What may stand before a 大字: prefecture, city, ward."""
    if town is None:
        return ()
    return (prefecture_of(town.code), town.words.ja, *(ward.words.ja for ward in town.wards))


def _of_ward(town: Area | None, text: str, found: Sequence[ParcelSeen]) -> Sequence[ParcelSeen]:
    """The parcels of the ward that the text names; all where it names none, or where none of them is in it."""
    wards = [ward.words.ja for ward in town.wards if ward.words.ja in text] if town is not None else []
    return [one for one in found if any(ward in one.city_name for ward in wards)] or found


async def _parcels(city: City, wanted: Query) -> list[ParcelSeen]:
    met: Sequence[Met] = await city.playing(PARCEL_PART, ParcelSeen, wanted)
    return [one.seen for one in met]


def _path(field: str) -> Path:
    return Path((attribute(ParcelSeen, field),))


async def _at(city: City, readings: Sequence[Reading]) -> list[ParcelSeen]:
    """The parcels of these towns and lots; those of every town where none was said."""
    keys = tuple(dict.fromkeys(one.key for one in readings if one.town))
    bare = tuple(dict.fromkeys(one.lot.code for one in readings if not one.town))
    path, values = (_path("lot_order"), keys) if keys else (_path("lot_number"), bare)
    return await _parcels(city, Query(q=Comparison(path, "==", OneOf(values)), limit=FOUND_MAX + 1))


async def _elsewhere(city: City, readings: Sequence[Reading]) -> list[ParcelSeen]:
    """The parcels of these lots whose place has the words in its name (小字, or a part of 大字), so that what was left out does not matter."""
    told = [one for one in readings if one.town]
    if not told:
        return []
    codes = tuple(dict.fromkeys(one.lot.code for one in told))
    wanted = Query(q=Comparison(_path("lot_number"), "==", OneOf(codes)), limit=ELSEWHERE_READ)
    return [
        seen
        for seen in await _parcels(city, wanted)
        if any(one.lot.code == seen.lot_number and one.town in fold_town(seen.parcel_name) for one in told)
    ]


async def _beside(city: City, readings: Sequence[Reading]) -> Lots:
    """The town in which a lot is not, and its lots of the nearest numbers."""
    for one in readings:
        if not one.town:
            continue
        first = one.lot.numbers[0]
        low, high = (Lot((max(number, 0),), one.lot.sign) for number in (first - REACH, first + REACH))
        seen = await _between(city, key_of(one.town, low), key_of(one.town, high), NEAR_READ)
        town = seen or await _between(city, f"{one.town} ", f"{one.town} ", 1)
        if town:
            name = town[0].oaza_name + town[0].chome_name
            return Lots(one.lot.words, town=name, near=_nearest(one.lot, seen))
    return Lots(readings[0].lot.words)


async def _between(city: City, low: str, high: str, limit: int) -> list[ParcelSeen]:
    span = OneOf((Range(low, high + _LAST_CHARACTER),))
    return await _parcels(city, Query(q=Comparison(_path("lot_order"), "==", span), limit=limit))


def _nearest(wanted: Lot, seen: Sequence[ParcelSeen]) -> tuple[FoundLot, ...]:
    by_lot: dict[Lot, ParcelSeen] = {}
    for one in seen:
        for lot in read_lots(one.lot_number):
            by_lot.setdefault(lot, one)
    chosen = dict.fromkeys(by_lot[lot].id for lot in near(wanted, list(by_lot))[:NEAR_MAX])
    by_id = {one.id: one for one in by_lot.values()}
    return tuple(_told(by_id[one]) for one in chosen)


def _rank(readings: Sequence[Reading], seen: ParcelSeen) -> int:
    """Which of the readings a parcel answers; those that are no reading come last."""
    keys = [one.key for one in readings]
    return min((keys.index(key) for key in seen.lot_order if key in keys), default=len(keys))


def _told(seen: ParcelSeen) -> FoundLot:
    where = "　".join(one for one in (seen.city_name, seen.map_class) if one)
    path = f"things/{ParcelSeen.entity_type}/{part_of_path(seen.id)}"
    if seen.location is None:
        return FoundLot(seen.parcel_name, where, path)
    place: Any = seen.location
    middle = shape_of(place).representative_point()
    zoom = min(fitting(bounds_of(place))[1], ZOOM_MAX)
    return FoundLot(seen.parcel_name, where, path, (round(middle.x, 7), round(middle.y, 7)), zoom)
