"""Which features of its collection a layer shows: its CQL2 filter and the classes of its style, as one query of the data plane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast, get_origin

import msgspec

from kaiteki.kit.catalogue.records import KINDS_OF_SORTS
from kaiteki.kit.views import Slot, slots
from kaiteki.model.cql2.checking import check
from kaiteki.model.cql2.classes import class_text
from kaiteki.model.cql2.literals import written_moment
from kaiteki.model.cql2.planning import Queryable, filtered
from kaiteki.model.cql2.terms import Call, Kind, Term
from kaiteki.model.cql2.text import parse_text
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem
from kaiteki.model.query import AllOf, Comparison, Path, Query
from kaiteki.model.values import plain
from kaiteki.model.written import read_as
from kaiteki.services.maps.model import Layer, Style
from kaiteki.services.maps.shown import BELONGS, DETAILS, Collection, Column

_KINDS: Final[dict[Any, Kind]] = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "text",
    Instant: "moment",
    tuple: "array",
}


def narrowed(layer: Layer, collection: Collection, wanted: Query) -> Query | None:
    """The query for the features of a layer among the entities of its type; None where its filter cannot be read there."""
    if collection.data_set is not None:
        belongs = next(slot for slot in slots(collection.declared.view) if slot.short == BELONGS)
        of_set = Comparison(Path((belongs.iri,)), "==", collection.data_set.id)
        wanted = msgspec.structs.replace(wanted, q=of_set if wanted.q is None else AllOf((wanted.q, of_set)))
    try:
        known = queryables(collection)
        term = term_of(layer, known)
        if term is None:
            return wanted
        check(term, {name: one.kind for name, one in known.items()})
        return filtered(wanted, term, known)
    except Problem:
        return None


def term_of(layer: Layer, known: Mapping[str, Queryable]) -> Term | None:
    """The filter of a layer with that of its classes, where it shows these alone. Raises Problem for a filter that is none."""
    terms: list[Term] = [parse_text(layer.filter)] if layer.filter else []
    style = layer.style
    if style.only and style.by and style.classes:
        terms.append(parse_text(_classes_of(style, known)))
    return None if not terms else terms[0] if len(terms) == 1 else Call("and", tuple(terms))


def shows_part(layer: Layer) -> bool:
    """Whether a layer shows some features of its collection only."""
    style = layer.style
    return bool(layer.filter) or bool(style.only and style.by and style.classes)


def text_of(layer: Layer, known: Mapping[str, Queryable]) -> str:
    """The same as CQL2 text, for the addresses of others; empty where every feature is shown."""
    style = layer.style
    parts = [f"({layer.filter})"] if layer.filter else []
    if style.only and style.by and style.classes:
        parts.append(_classes_of(style, known))
    return " AND ".join(parts)


def _classes_of(style: Style, known: Mapping[str, Queryable]) -> str:
    by = known.get(style.by)
    return class_text(style.by, [one.value for one in style.classes], by.kind if by is not None else "any")


def queryables(collection: Collection) -> dict[str, Queryable]:
    """What the filter of a layer may name: the public properties of the type and the further columns, as `/{area}/ogc` has them."""
    found: dict[str, Queryable] = {}
    declared = collection.declared
    for slot in slots(declared.view):
        if (
            slot.field in declared.public
            and slot.kind in ("Property", "Relationship")
            and not slot.how.member
        ):
            written = slot.field in declared.times
            kind = "moment" if written else _kind_of(slot)
            path = None if kind == "any" else Path((slot.iri,))
            typed = kind == "moment" and not written
            found[slot.short] = Queryable(kind, slot.iri, _reader(slot.iri, kind), path, typed, written)
    iri = next((slot.iri for slot in slots(declared.view) if slot.field == DETAILS), "")
    return found | {name: _of_column(iri, column) for name, column in collection.columns.items()}


def _of_column(iri: str, column: Column) -> Queryable:
    """A further column: no index knows it, so whatever is asked of it is looked up record by record."""
    kind = KINDS_OF_SORTS[column.sort]

    def read(entity: Entity) -> Any:
        instance = entity.first(iri)
        cells: Any = None if instance is None else instance.value
        return compared_cell(cells, column)

    return Queryable(kind, iri, read, None, is_written=kind == "moment")


def compared_cell(cells: Any, column: Column) -> Any:
    """What a filter compares of a further column; None where the cell is not what the column is."""
    if not isinstance(cells, Mapping):
        return None
    value = read_as(cast("Mapping[str, Any]", cells).get(column.name), column.sort)
    return written_moment(value) if column.sort == "date" else value


def _kind_of(slot: Slot) -> Kind:
    bare = plain(slot.hint)
    return _KINDS.get(get_origin(bare) or bare, "any")


def _reader(attribute: str, kind: Kind) -> Callable[[Entity], Any]:
    def read(entity: Entity) -> Any:
        instance = entity.first(attribute)
        value: Any = None if instance is None else instance.value
        if isinstance(value, dict):
            value = cast("dict[str, Any]", value).get("@value")
        if kind == "array" and value is not None and not isinstance(value, list):
            return [value]
        return written_moment(value) if kind == "moment" else cast("Any", value)

    return read
