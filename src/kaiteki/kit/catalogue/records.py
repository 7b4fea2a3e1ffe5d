"""The records of a data set as programs read them: its open columns, and each entity as the values in them.

entry ─► its type ─► columns (attributes of the type, then the further columns of a table) ─► value of an entity in a column
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from types import UnionType
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, cast, get_args, get_origin

import msgspec

from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.forms import label_at
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.views import Slot, slots
from kaiteki.model.entity import Entity, Json
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.model.written import SORTS, Sort

Kind: TypeAlias = Literal["text", "number", "whole", "boolean", "moment", "array", "geometry", "any"]
DETAILS: Final = "details"
"""The field in which a record keeps the columns that no item of its type takes."""


class Column(msgspec.Struct, frozen=True):
    """A column of a data set. `name` is unique in it, `attribute` (expanded) is where it is kept, `member` its part in a structured one."""

    name: str
    words: Words
    kind: Kind
    attribute: str
    member: str = ""

    def value_of(self, entity: Entity, readable: frozenset[str] | None = None) -> Json:
        """What an entity says of it: texts, numbers, booleans, DateTimes as text, GeoJSON; None where nothing is (to be) read."""
        instance = entity.first(self.attribute) if readable is None or self.attribute in readable else None
        if instance is None:
            return None
        value: Any = instance.value
        if isinstance(value, dict) and self.kind != "geometry":
            told = cast(dict[str, Json], value)
            if self.member:
                return told.get(self.member)
            return told.get("@value", told)
        return None if self.member else instance.value


def type_of(entry: Entry, services: Iterable[Service]) -> EntityType | None:
    """The type of the records of an entry; None for statistics."""
    kept = (declared for service in services for declared in service.types)
    return next((one for one in kept if one.name == entry.record_type), None)


def columns_of(entry: Entry, declared: EntityType) -> tuple[Column, ...]:
    """The open columns of a data set, in the order of its type; a further column whose name is taken has `_` added to it."""
    kept = {slot.field: slot for slot in slots(declared.view) if not slot.how.member}
    opened = [kept[field] for field in entry.fields if field in kept and field != DETAILS]
    found = [Column(slot.short, _words_of(slot, declared), kind_of(slot), slot.iri) for slot in opened]
    taken = {one.name for one in found} | {"id"}
    details = kept.get(DETAILS)
    if details is not None:
        for free, name in free_names(entry.details, taken).items():
            found.append(Column(free, Words(name, name), "any", details.iri, member=name))
    return tuple(found)


def free_names(details: Iterable[str], taken: Container[str]) -> dict[str, str]:
    """The further columns of a table by the names that they are known by: their own, with `_` added where that is taken."""
    return {f"{name}_" if name in taken else name: name for name in details}


KINDS_OF_SORTS: Final[dict[Sort, Literal["text", "number", "moment", "any"]]] = {
    "integer": "number",
    "decimal": "number",
    "date": "moment",
    "text": "text",
    "": "any",
}
"""What a further column is to a filter, by what its cells are."""


def sorts_of_details(details: Sequence[str], sorts: Sequence[str]) -> dict[str, Sort]:
    """What the cells of the further columns are, as far as an import said it."""
    told = zip(details, sorts, strict=False)
    return {name: sort for name, sort in told if sort in SORTS}


def _words_of(slot: Slot, declared: EntityType) -> Words:
    """What people call a field: by the manifest, else by its annotation, else its name."""
    annotated = label_at(slot.hint)
    return declared.labels.get(slot.field) or (
        annotated.words if annotated else Words(slot.short, slot.short)
    )


def record_of(entity: Entity, columns: Sequence[Column], readable: frozenset[str] | None) -> dict[str, Json]:
    """An entity as a row: its id, and a value (or None) for each column."""
    return {"id": entity.id} | {one.name: one.value_of(entity, readable) for one in columns}


_KINDS: Final[tuple[tuple[Any, Kind], ...]] = (
    (bool, "boolean"),
    (int, "whole"),
    (float, "number"),
    (str, "text"),
    (tuple, "array"),
)


def kind_of(slot: Slot) -> Kind:
    """What the values of a field are."""
    if slot.kind == "GeoProperty":
        return "geometry"
    if slot.kind == "Relationship":
        return "text" if is_of(slot.hint, str) else "array"
    if slot.kind != "Property":
        return "any"
    if slot.is_moment or is_of(slot.hint, Instant):
        return "moment"
    found: Sequence[Kind] = [kind for hint, kind in _KINDS if is_of(slot.hint, hint)]
    return found[0] if found else "any"


def is_of(hint: Any, wanted: Any) -> bool:
    """Whether an annotation is of a type, whatever else is said of it (None may be one of its types)."""
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) in (Union, UnionType):
        parts = [part for part in get_args(hint) if part is not type(None)]
        return len(parts) == 1 and is_of(parts[0], wanted)
    return hint is wanted or get_origin(hint) is wanted
