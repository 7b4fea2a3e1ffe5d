"""What holds at a place: the areas of all layers that cover it, with how near their edges are, and what lies nearest by group.

All layers are asked at once: one query of the data plane over the types that they show, narrowed by the index of places, then
layer by layer which of the features found belong to it. So the cost is that of what lies there, not of how many layers there are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec

from kaiteki.kit.pages import City, Hit
from kaiteki.kit.views import expand_name, slots
from kaiteki.model.cql2.classes import is_of_class
from kaiteki.model.cql2.evaluating import holds
from kaiteki.model.cql2.literals import moment_of, written_moment
from kaiteki.model.cql2.terms import Term
from kaiteki.model.instant import format_instant
from kaiteki.model.place import distance_m, edge_of
from kaiteki.model.problem import Problem
from kaiteki.model.query import GeoFilter, Order, Path, Query
from kaiteki.model.words import Words
from kaiteki.services.maps.filters import compared_cell, queryables, term_of
from kaiteki.services.maps.model import GROUPS, Class, Group, Item, MapLayer
from kaiteki.services.maps.shown import (
    BELONGS,
    DETAILS,
    Collection,
    collection_of,
    layers_of,
    located_types,
    told_of,
)

LonLat = tuple[float, float]
EDGE_M: Final = 10.0
"""Nearer to an edge than this a map cannot say on which side a place lies: plans are drawn at 1:2,500, where 1 mm is 2.5 m."""
FOUND_MAX: Final = 400
"""Features around one place that are looked at."""
NEAR_M: Final = 500.0
NEAR_MAX: Final = 3
"""Things of a group that are told as near."""
NEAR_READ: Final = 8
"""Things of a group that are read to find those that belong to a layer."""
NUMBER: Final = re.compile(r"[\d０-９ .-]+")
TYPES_AT_ONCE: Final = 12
"""Types that share a query: each has cells of its own in the index, and a query reads a limited number of them."""


class Ready(msgspec.Struct, frozen=True):
    """A layer with its collection and its filter, ready to be compared with features."""

    layer: MapLayer
    collection: Collection
    term: Term | None
    number: int = 0
    """The place of the layer among all, which decides on its signs."""

    def belongs(self, hit: Hit) -> bool:
        """Whether a feature is one of the layer."""
        declared, data_set = self.collection.declared, self.collection.data_set
        if hit.type != declared.name or (data_set and value_of(hit.seen, BELONGS) != data_set.id):
            return False
        if self.term is None:
            return True
        try:
            return holds(self.term, lambda name: self._compared(hit.seen, name))
        except Problem:
            return False

    def class_of(self, hit: Hit) -> Class | None:
        """The class of a feature."""
        style = self.layer.style
        value = self.collection.value_of(hit.seen, style.by) if style.by else None
        told = value.ja if isinstance(value, Words) else value
        return next((one for one in style.classes if is_of_class(told, one.value)), None)

    def value_of(self, seen: Any, name: str) -> Any:
        """A property of a feature as pages tell it."""
        return (
            self.collection.value_of(seen, name) if name in self.collection.columns else value_of(seen, name)
        )

    def told_of(self, seen: Any, name: str) -> Any:
        """The same with codes in the words of their field."""
        return told_of(seen, name, self.value_of(seen, name))

    def _compared(self, seen: Any, name: str) -> Any:
        """What a filter compares: arrays as lists, days and moments as such, nothing as None."""
        column, declared = self.collection.columns.get(name), self.collection.declared
        if column is not None:
            return compared_cell(getattr(seen, DETAILS, None), column)
        slot = next((one for one in slots(declared.view) if one.short == name), None)
        if slot is not None and slot.field in declared.times:
            return written_moment(getattr(seen, slot.field))
        return compared(seen, name)


class Standing(msgspec.Struct, frozen=True):
    """A feature of a layer at a place. `edge_m`: how far its edge is, None where it is no area; `away_m` how far it is itself, 0 where
    it covers the place."""

    shown: Ready
    hit: Hit
    kind: Class | None
    away_m: float
    edge_m: float | None = None

    @property
    def covers(self) -> bool:
        """Whether it is an area in which the place lies."""
        return self.edge_m is not None and self.away_m == 0.0

    @property
    def at_edge(self) -> bool:
        """Whether the place is so near to the edge that a map cannot tell the side."""
        return self.edge_m is not None and self.edge_m < EDGE_M


async def shown_layers(city: City) -> list[Ready]:
    """The public layers whose data are there, in their order."""
    shown: list[Ready] = []
    known = located_types(city)
    for number, layer in enumerate(await layers_of(city)):
        collection = await collection_of(city, layer.collection, known)
        if collection is not None:
            try:
                shown.append(Ready(layer, collection, term_of(layer, queryables(collection)), number))
            except Problem:
                # a filter that is none (written past the commands) shows nothing rather than everything
                continue
    return shown


async def standing_at(city: City, shown: Sequence[Ready], at: LonLat) -> list[Standing]:
    """Every feature of every layer within EDGE_M of a place, layer by layer: those that cover it first."""
    point = {"type": "Point", "coordinates": list(at)}
    near = GeoFilter("near", point, expand_name("location"), max_distance_m=EDGE_M)
    found: list[Standing] = []
    hits = await _hits(city, shown, Query(geo=near, limit=FOUND_MAX))
    for one in shown:
        found += [standing_of(one, hit, point) for hit in hits if one.belongs(hit)]
    order = {one.layer.id: n for n, one in enumerate(shown)}
    return sorted(found, key=lambda one: (order[one.shown.layer.id], one.away_m, one.hit.id))


async def _hits(city: City, shown: Sequence[Ready], wanted: Query) -> list[Hit]:
    types = list(dict.fromkeys(one.collection.declared.name for one in shown))
    hits: list[Hit] = []
    for first in range(0, len(types), TYPES_AT_ONCE):
        hits += (await city.hits(wanted, types[first : first + TYPES_AT_ONCE])).items
    return hits


def standing_of(shown: Ready, hit: Hit, point: dict[str, Any]) -> Standing:
    """How a feature lies to a place."""
    place = cast("dict[str, Any]", getattr(hit.seen, shown.collection.place))
    edge = edge_of(place, point)
    if edge is None:
        return Standing(shown, hit, shown.class_of(hit), distance_m(place, point))
    inside, edge_m = edge
    return Standing(shown, hit, shown.class_of(hit), 0.0 if inside else edge_m, edge_m)


async def nearest_of(city: City, shown: Sequence[Ready], at: LonLat) -> dict[Group, list[Standing]]:
    """The nearest points and lines of each group within NEAR_M, the nearest first."""
    point = {"type": "Point", "coordinates": list(at)}
    location = expand_name("location")
    wanted = Query(
        geo=GeoFilter("near", point, location, max_distance_m=NEAR_M),
        order=(Order(Path((location,)), distance=True),),
        order_geometry=point,
        limit=NEAR_READ,
    )
    # the areas of a type are large, and reading them all to find that they are no points costs more than all else
    areas = {one.collection.declared.name for one in shown if one.layer.geometry == "area"}
    apart = [one for one in shown if one.collection.declared.name not in areas]
    near: dict[Group, list[Standing]] = {}
    for group in GROUPS:
        of_group = [one for one in apart if one.layer.group == group]
        hits = await _hits(city, of_group, wanted) if of_group else []
        found = [standing_of(one, hit, point) for one in of_group for hit in hits if one.belongs(hit)]
        once = {one.hit.id: one for one in reversed(found)}
        kept = sorted(once.values(), key=lambda one: (one.away_m, one.hit.id))[:NEAR_MAX]
        if kept:
            near[cast(Group, group)] = kept
    return near


def value_of(seen: Any, name: str) -> Any:
    """The value of a property of a feature by its name; of a record also a column that it keeps beside its items."""
    slot = next((one for one in slots(cast("type[msgspec.Struct]", type(seen))) if one.short == name), None)
    if slot is not None:
        value = getattr(seen, slot.field)
        return format_instant(value) if slot.is_moment and value is not None else value
    details: Any = getattr(seen, "details", None)
    return cast("dict[str, Any]", details).get(name) if isinstance(details, dict) else None


def compared(seen: Any, name: str) -> Any:
    """The same as a filter compares it: arrays as lists, nothing as None."""
    value = value_of(seen, name)
    if isinstance(value, tuple):
        return list(cast("tuple[Any, ...]", value))
    is_moment = any(
        one.is_moment and one.short == name for one in slots(cast("type[msgspec.Struct]", type(seen)))
    )
    return moment_of(value) if is_moment and value else None if value == "" else value


def told_items(shown: Ready, hit: Hit) -> list[tuple[Item, Any]]:
    """What a layer tells of a feature: its items that have a value, but the title."""
    rows = [
        (item, shown.told_of(hit.seen, item.property)) for item in shown.layer.items if item.role != "title"
    ]
    return [(item, value) for item, value in rows if value not in (None, "", (), [])]


def untold_items(shown: Ready, hit: Hit) -> list[Item]:
    """What a layer has a law for and no value of this feature: that no document states it has to be said."""
    told = {item.property for item, _ in told_items(shown, hit)}
    return [item for item in shown.layer.items if item.ground is not None and item.property not in told]


def title_of(shown: Ready, hit: Hit, kind: Class | None, language: str) -> str:
    """What people call a feature: its class, else the item that is its title, else what its type has for that."""
    named = next((item for item in shown.layer.items if item.role == "title"), None)
    said = str(shown.value_of(hit.seen, named.property) or "") if named is not None else ""
    if kind is not None:
        words = kind.words.say(language)
        return words if said in ("", kind.words.ja, kind.words.en) else f"{words}　{said}"
    plain = said or (hit.title if not hit.title.startswith("urn:") else "")
    layer = shown.layer.title.say(language)
    # a bare number says nothing without what it counts
    return layer if not plain else f"{layer}　{plain}" if NUMBER.fullmatch(plain) else plain
