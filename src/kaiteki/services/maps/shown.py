"""A layer and what it shows: the type of its collection, the data set where it is one, its filter, how many features there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, cast

import msgspec

from kaiteki.kit.catalogue.records import DETAILS, free_names, sorts_of_details
from kaiteki.kit.forms import chosen
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.pages import City
from kaiteki.kit.views import Slot, ordered, slots
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.model.written import Sort, read_as
from kaiteki.services.maps.model import Layer, MapLayer
from kaiteki.services.maps.settings import LAYERS_MAX

DATA_SET: Final = "data_set"
"""The part that tables of records play."""
SEVERAL: Final = Words("、", ", ", "、")
"""What stands between the values of a list."""
BELONGS: Final = "dataSet"
"""The attribute by which a record names its data set."""

Located: TypeAlias = Mapping[str, tuple[EntityType, str]]
"""Types with a public place by their short names, each with the field of that place."""


class DataSetSeen(msgspec.Struct, frozen=True):
    """A data set as far as layers know it."""

    id: str
    title: str = ""
    record_type: str = ""
    records: int = 0
    located: int | None = None
    items: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    """The columns that its records keep beside the items of their type."""
    detail_sorts: tuple[str, ...] = ()
    """What the cells of each of them are (`model.written`)."""
    source: str = ""
    licence: str = ""


class Column(msgspec.Struct, frozen=True):
    """A further column of a data set: its name in the table, what its cells are."""

    name: str
    sort: Sort


class Collection(msgspec.Struct, frozen=True):
    """What a layer shows: entities of a type, or those of them that belong to a data set."""

    declared: EntityType
    place: str
    """The field of its view that says where an entity is."""
    data_set: DataSetSeen | None = None
    columns: Mapping[str, Column] = {}
    """The further columns of a data set by the names that they have in `/{area}/ogc`."""

    def value_of(self, seen: Any, name: str) -> Any:
        """A property of a feature: a field of its view, or a cell of a further column, read as what the column is where it fits."""
        slot = next(
            (one for one in slots(cast("type[msgspec.Struct]", type(seen))) if one.short == name), None
        )
        if slot is not None:
            return getattr(seen, slot.field)
        details: Any = getattr(seen, DETAILS, None)
        if not isinstance(details, Mapping):
            return None
        cells = cast("Mapping[str, Any]", details)
        column = self.columns.get(name)
        if column is None:
            return cells.get(name)
        read = read_as(cells.get(column.name), column.sort)
        return cells.get(column.name) if read is None else read

    def told_of(self, seen: Any, name: str) -> Any:
        """The same as people read it: a code, or each of several, in the words that its field has for it (`Words`)."""
        return told_of(seen, name, self.value_of(seen, name))


def told_of(seen: Any, name: str, value: Any) -> Any:
    """A value of a property of a view as people read it, where the field names the words of its codes; else the value."""
    slot = next((one for one in slots(cast("type[msgspec.Struct]", type(seen))) if one.short == name), None)
    return value if slot is None else chosen(slot.hint, value)


def source_of(layer: Layer, data_set: DataSetSeen | None, language: str) -> str:
    """Whose data a layer shows: what the layer says, else what the data set says; empty where neither does."""
    return layer.source.say(language) or (data_set.source if data_set is not None else "")


def licence_of(layer: Layer, data_set: DataSetSeen | None) -> str:
    """Under what its data may be used, by the same rule."""
    return layer.licence or (data_set.licence if data_set is not None else "")


async def layers_of(city: City) -> list[MapLayer]:
    """The public layers of the area, in their order."""
    wanted = Query(order=(ordered(MapLayer, "order"),), limit=LAYERS_MAX)
    return sorted((await city.find(MapLayer, wanted)).items, key=lambda one: (one.order, one.id))


async def collection_of(city: City, collection: str, known: Located | None = None) -> Collection | None:
    """The collection of `/{area}/ogc` with an id; None where there is none (yet). Who asks for many of them gives the `known` types."""
    located = located_types(city) if known is None else known
    if collection in located:
        return Collection(*located[collection])
    met = await city.met(DATA_SET, DataSetSeen, f"urn:ngsi-ld:DataSet:{collection}") if collection else None
    if met is None or met.seen.record_type not in located or met.seen.located == 0:
        return None
    declared, place = located[met.seen.record_type]
    return Collection(declared, place, met.seen, _columns(declared, met.seen))


def _columns(declared: EntityType, data_set: DataSetSeen) -> dict[str, Column]:
    """The further columns of a data set; none where not everybody may read them."""
    if DETAILS not in declared.public:
        return {}
    filled = {
        slot.short
        for slot in slots(declared.view)
        if slot.field in declared.public
        and slot.short not in (BELONGS, DETAILS)
        and (not data_set.items or slot.short in data_set.items)
    }
    sorts = sorts_of_details(data_set.details, data_set.detail_sorts)
    named = free_names(data_set.details, filled | {"geometry", "id"})
    return {free: Column(name, sorts.get(name, "")) for free, name in named.items()}


def located_types(city: City) -> dict[str, tuple[EntityType, str]]:
    """The types with a public place, by their short names, with the field of that place."""
    found: dict[str, tuple[EntityType, str]] = {}
    for service in city.services:
        for declared in service.types:
            place = None if declared.sealed else place_of(declared)
            if place is not None:
                found[declared.name] = (declared, place.field)
    return found


def place_of(declared: EntityType) -> Slot | None:
    """The public field of a type that says where its entities are."""
    open_slots = (slot for slot in slots(declared.view) if slot.field in declared.public)
    return next((slot for slot in open_slots if slot.kind == "GeoProperty"), None)
