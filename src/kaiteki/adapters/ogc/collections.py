"""Which collections there are: every type with a public place, out of the manifests. A collection has properties that filters may name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from kaiteki.kit.catalogue.records import is_of
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.views import Slot, slots
from kaiteki.model.cql2.literals import written_moment
from kaiteki.model.cql2.planning import Expression, Queryable, filtered
from kaiteki.model.cql2.terms import Call, Kind, Term
from kaiteki.model.entity import Entity, Instance, Json
from kaiteki.model.instant import Instant
from kaiteki.model.matching import matches_filter
from kaiteki.model.place import Bounds, shape_of
from kaiteki.model.query import Filter, Path, Query
from kaiteki.model.words import Words
from kaiteki.model.written import Sort, read_as

GEOMETRY: Final = "geometry"
"""The name by which filters know the place of a feature."""
IMPORTANCE: Final = 50.0
"""How important a collection is of which no layer says it, as what a layer has that says nothing (0 to 100)."""
LOOKED_MAX: Final = 200_000
"""Features that are looked at one by one for a page of what no index decides: some seconds."""
_SCHEMAS: Final[dict[Kind, dict[str, Json]]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "moment": {"type": "string", "format": "date-time"},
    "array": {"type": "array", "items": {"type": "string"}},
    "any": {},
    "geometry": {"format": "geometry-any", "x-ogc-role": "primary-geometry"},
}
_WHOLE: Final[dict[str, Json]] = {"type": "integer"}
_DAY: Final[dict[str, Json]] = {"type": "string", "format": "date"}


class Property(msgspec.Struct, frozen=True):
    """A property of the features of a collection: the attribute it is kept as, what it is, what people call it.

    `column` is the member of a structured attribute that it is, empty where it is the whole attribute.
    """

    name: str
    attribute: str
    kind: Kind
    words: Words | None
    whole: bool = False
    """Whether a number is a whole one."""
    column: str = ""
    is_day: bool = False
    """Whether a moment is a whole day."""
    written: bool = False
    """Whether a moment is kept as the text that somebody wrote."""
    sort: Sort = ""
    """What the cells of a column are, by which they are read."""

    @property
    def schema(self) -> dict[str, Json]:
        """What it is, as JSON Schema."""
        told = _WHOLE if self.whole else _DAY if self.is_day else _SCHEMAS[self.kind]
        return told if self.words is None else {**told, "title": self.words.ja}

    @property
    def nullable(self) -> dict[str, Json]:
        """What stands in a feature, as JSON Schema: null where it is not there; in a column text where a cell is no value of its kind."""
        told, kind = self.schema, self.schema.get("type")
        if self.sort in ("integer", "decimal"):
            return {**told, "type": [kind, "string", "null"]}
        if self.sort == "date":
            return {name: one for name, one in told.items() if name != "format"} | {"type": [kind, "null"]}
        return told if kind is None else {**told, "type": [kind, "null"]}

    def value_of(self, entity: Entity) -> Json:
        """What a feature tells of it: texts, numbers, booleans, DateTimes as text; None where it is not there."""
        instance = entity.first(self.attribute)
        if instance is None:
            return None
        value = _told(instance)
        if not self.column:
            return value
        cell = cast(dict[str, Json], value).get(self.column) if isinstance(value, dict) else None
        read = read_as(cell, self.sort)
        return cell if read is None else read

    def compared_of(self, entity: Entity) -> Any:
        """What a filter compares: moments as such, arrays always as lists."""
        value: Any = self.value_of(entity)
        if self.sort:
            value = read_as(value, self.sort)
        if self.kind == "moment":
            return written_moment(value)
        if self.kind == "array" and value is not None and not isinstance(value, list):
            return [value]
        return cast(Any, value)


class Imprint(msgspec.Struct, frozen=True):
    """What a layer of the map says of itself: its id, the collection that it shows, source, day (ISO 8601), legal note, who keeps it."""

    layer: str
    shows: str
    source: Words
    as_of: str
    legal_note: Words
    maintainer: Words


class Collection(msgspec.Struct, frozen=True):
    """The features of one type, or those of them that belong to one data set, or that a layer of the map shows.

    `place` is the (expanded) attribute of the geometry; `moment` the property that says when a feature is, empty where none does, and `until`
    the one that says until when, where there is one;
    `within` what all its entities satisfy, `only` a condition of a layer beside it; `licence` and `source` are as the data set or the
    layer says; `importance` (0 to 100) orders the collections of a tile; `box` is around its features where that is known (west, south, east, north).
    """

    id: str
    words: Words
    about: Words
    type: EntityType
    place: str
    properties: tuple[Property, ...]
    moment: str = ""
    until: str = ""
    within: Filter | None = None
    licence: str = ""
    source: str = ""
    importance: float = IMPORTANCE
    only: Expression | None = None
    box: Bounds | None = None
    imprint: Imprint | None = None
    drawn_by: str = ""
    """The property that chooses the sign of a feature of a layer; each tile tells it."""

    @property
    def every(self) -> Query:
        """The query for all its features: by index as far as there is one, and the condition of a layer as its test."""
        return self.narrowed(Query(q=self.within))

    def narrowed(self, wanted: Query, conditions: Sequence[Term] = ()) -> Query:
        """A query for those of its features of which conditions over its queryables hold, which were checked."""
        terms = tuple(conditions) if self.only is None else (self.only.term, *conditions)
        if not terms:
            return wanted
        known = self.queryables if self.only is None else {**self.only.queryables, **self.queryables}
        term = terms[0] if len(terms) == 1 else Call("and", terms)
        return msgspec.structs.replace(filtered(wanted, term, known), looked_max=LOOKED_MAX)

    def shows_as(self, other: Collection) -> bool:
        """Whether another one of its id has the same features."""
        mine, its = (None if one is None else one.term for one in (self.only, other.only))
        return self.type.name == other.type.name and self.within == other.within and mine == its

    @property
    def names(self) -> tuple[str, ...]:
        """Those of its properties, in their order."""
        return tuple(one.name for one in self.properties)

    @property
    def queryables(self) -> Mapping[str, Queryable]:
        """What filters may name."""
        return _queryables(self)

    def holds(self, entity: Entity) -> bool:
        """Whether an entity of its type is one of its features."""
        belongs = self.within is None or matches_filter(entity, self.within)
        return belongs and (self.only is None or self.only.holds(entity))

    def told_of(self, entity: Entity) -> list[Property]:
        """Those of its properties of whose attributes an entity has a value, in their order: of many types that is a few of dozens."""
        there = entity.attributes
        return [one for one in self.properties if one.attribute in there]

    def property(self, name: str) -> Property | None:
        """A property by its name."""
        return next((one for one in self.properties if one.name == name), None)


def collections_of(services: Sequence[Service]) -> dict[str, Collection]:
    """The collections by their ids, in the order of the services."""
    found = [
        made
        for service in services
        for declared in service.types
        if (made := _collection(service, declared)) is not None
    ]
    return {one.id: one for one in found}


def _collection(service: Service, declared: EntityType) -> Collection | None:
    """The collection of a type; None where nobody may know where its entities are."""
    public = [slot for slot in slots(declared.view) if slot.field in declared.public and not slot.how.member]
    place = next((slot for slot in public if slot.kind == "GeoProperty"), None)
    if place is None or declared.sealed:
        return None
    properties = tuple(
        _property(declared, slot)
        for slot in public
        if slot.kind != "GeoProperty" and slot.field not in declared.workings
    )
    known = {slot.field: slot.short for slot in public}
    when = [known[field] for field in declared.happens if field in known] or [
        one.name for one in properties if one.kind == "moment" and not one.written
    ][:1]
    moment, until = [*when, "", ""][:2]
    return Collection(
        declared.name, declared.words, service.words, declared, place.iri, properties, moment, until
    )


def _property(declared: EntityType, slot: Slot) -> Property:
    time = declared.times.get(slot.field)
    kind = _kind_of(slot) if time is None else "moment"
    return Property(
        slot.short,
        slot.iri,
        kind,
        declared.labels.get(slot.field),
        kind == "number" and is_of(slot.hint, int),
        is_day=time == "day",
        written=time is not None,
    )


def _kind_of(slot: Slot) -> Kind:
    if slot.kind == "Relationship":
        return "text" if is_of(slot.hint, str) else "any"
    if slot.kind != "Property":
        return "any"
    if slot.is_moment or is_of(slot.hint, Instant):
        return "moment"
    for hint, kind in _KINDS:
        if is_of(slot.hint, hint):
            return kind
    return "any"


_KINDS: Final[tuple[tuple[Any, Kind], ...]] = (
    (bool, "boolean"),
    (int, "number"),
    (float, "number"),
    (str, "text"),
    (tuple, "array"),
)


def _queryables(collection: Collection) -> dict[str, Queryable]:
    found = {
        one.name: Queryable(
            one.kind,
            one.attribute,
            one.compared_of,
            Path((one.attribute,)) if one.kind != "any" and not one.column else None,
            one.kind == "moment" and not one.written,
            one.written,
        )
        for one in collection.properties
    }
    found[GEOMETRY] = Queryable(
        "geometry", collection.place, _drawn(collection.place), Path((collection.place,))
    )
    return found


def _drawn(attribute: str) -> Callable[[Entity], Any]:
    """Reads the shape of a feature."""

    def read(entity: Entity) -> Any:
        value = place_of(entity, attribute)
        return None if value is None else shape_of(value)

    return read


def place_of(entity: Entity, attribute: str) -> dict[str, Json] | None:
    """The GeoJSON geometry of a feature."""
    instance = entity.first(attribute)
    if instance is None or instance.kind != "GeoProperty":
        return None
    return cast(dict[str, Json], instance.value)


def _told(instance: Instance) -> Json:
    value: Json = instance.value
    if isinstance(value, dict):
        told = cast(dict[str, Json], value)
        if "@value" in told:
            return told["@value"]
    return cast(Json, value)
