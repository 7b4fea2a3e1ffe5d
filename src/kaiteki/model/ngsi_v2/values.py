"""Values with their v2 type as instances of an attribute, and back.

Where kind and value do not tell the v2 type, it is kept as `valueType` (ETSI GS CIM 009 V1.9.1 clause 4.5.2). A place in the simple
format that would be written another way is kept beside as it was written.
"""

from __future__ import annotations

from typing import Final, NamedTuple, cast

from kaiteki.model.entity import Instance, Json, Kind, is_array, is_object
from kaiteki.model.instant import Instant
from kaiteki.model.language.scan import URI
from kaiteki.model.ngsi_v2.moments import DATE_TYPES, read_moment, write_moment
from kaiteki.model.ngsi_v2.names import from_id, from_iri, to_id, to_iri
from kaiteki.model.ngsi_v2.places import GEO_TYPES, read_place, write_place
from kaiteki.model.place import check_geometry, is_geometry
from kaiteki.model.problem import Problem
from kaiteki.model.terms.core import DEFAULT_VOCABULARY, VALUE_TYPE

SIMPLE_LOCATION: Final = DEFAULT_VOCABULARY + "simpleLocation"
"""The sub-attribute with a place as v2 wrote it."""
MARKS: Final = frozenset({VALUE_TYPE, SIMPLE_LOCATION})
"""Sub-attributes that say how v2 wrote a value; they are no metadata."""
NATURAL_TYPES: Final = frozenset({"Text", "Number", "Boolean", "StructuredValue", "None"})
"""Types that follow from the JSON value."""


class Lowered(NamedTuple):
    """A v2 value in the internal shape: kind, value, and the marks to keep with it."""

    kind: Kind
    value: Json
    marks: dict[str, Json]


def natural_type(value: Json) -> str:
    """The type of a value that comes without one."""
    if value is None:
        return "None"
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int | float):
        return "Number"
    return "Text" if isinstance(value, str) else "StructuredValue"


def lower(told: str | None, value: Json, field: str) -> Lowered:
    """A value of a type (None: the natural one). Raises BadRequestData for what is no value of its type."""
    kind = told or natural_type(value)
    if value is None:
        return Lowered("JsonProperty", None, _marks(kind, "None"))
    if kind in DATE_TYPES:
        moment = read_moment(value)
        if moment is None:
            raise Problem("BadRequestData", f"date format error in {field}: ISO 8601 is needed", field)
        return Lowered("Property", write_moment(moment), _marks(kind, "Text"))
    if kind in GEO_TYPES:
        return _lower_place(kind, value, field)
    special = _lower_kind(kind, value, field)
    return special or Lowered("Property", value, _marks(kind, _natural_of("Property", value)))


def _marks(kind: str, natural: str) -> dict[str, Json]:
    return {} if kind == natural else {VALUE_TYPE: to_iri(kind)}


def _lower_place(kind: str, value: Json, field: str) -> Lowered:
    geometry = read_place(kind, value, field)
    marks = _marks(kind, "geo:json")
    if kind != "geo:json" and write_place(kind, geometry) != value:
        marks[SIMPLE_LOCATION] = value
    return Lowered("GeoProperty", geometry, marks)


def _lower_kind(kind: str, value: Json, field: str) -> Lowered | None:
    """A value whose v2 type is a kind of NGSI-LD and that can be one; None for all others."""
    match kind:
        case "Relationship" if isinstance(value, str) and _links([value]):
            return Lowered("Relationship", to_id(value), {})
        case "Relationship" | "ListRelationship" if is_array(value) and _links(value):
            return Lowered(kind, [to_id(one) for one in value], {})
        case "LanguageProperty" if is_object(value) and _spoken(value):
            return Lowered("LanguageProperty", value, {})
        case "VocabProperty" if isinstance(value, str) and value:
            return Lowered("VocabProperty", to_iri(value), {})
        case "VocabProperty" if is_array(value) and value and all(isinstance(one, str) for one in value):
            return Lowered("VocabProperty", [to_iri(one) for one in value], {})
        case "JsonProperty":
            return Lowered("JsonProperty", value, {})
        case "ListProperty" if is_array(value):
            return Lowered("ListProperty", value, {})
        case "GeoProperty" if is_geometry(value):
            check_geometry(value, field)
            return Lowered("GeoProperty", value, _marks(kind, "geo:json"))
        case _:
            return None


def _links(values: list[Json]) -> bool:
    return bool(values) and all(
        isinstance(one, str) and one and len(one) <= 1024 and URI.fullmatch(to_id(one)) for one in values
    )


def _spoken(texts: dict[str, Json]) -> bool:
    return bool(texts) and all(
        tag.replace("-", "").isalnum() and isinstance(text, str) for tag, text in texts.items()
    )


def instance_with(lowered: Lowered, now: Instant) -> Instance:
    """A new instance of a lowered value with its marks."""
    sub = marked({}, lowered.marks, now)
    return Instance(lowered.kind, lowered.value, created_at=now, modified_at=now, sub=sub)


def marked(
    sub: dict[str, tuple[Instance, ...]], marks: dict[str, Json], now: Instant
) -> dict[str, tuple[Instance, ...]]:
    """Sub-attributes with these marks instead of those that stand there."""
    kept = {name: instances for name, instances in sub.items() if name not in MARKS}
    for name, value in marks.items():
        kind: Kind = "VocabProperty" if name == VALUE_TYPE else "Property"
        kept[name] = (Instance(kind, value, created_at=now, modified_at=now),)
    return kept


def lift(one: Instance) -> tuple[str, Json]:
    """The v2 type and value of an instance."""
    told = _mark(one, VALUE_TYPE)
    kind = from_iri(told) if isinstance(told, str) else None
    match one.kind:
        case "GeoProperty":
            return _lift_place(one, kind)
        case "Relationship" | "ListRelationship":
            ids: Json = one.value
            return one.kind, [from_id(uri) for uri in ids] if is_array(ids) else from_id(ids)
        case "VocabProperty":
            terms: Json = one.value
            return one.kind, [from_iri(term) for term in terms] if is_array(terms) else from_iri(terms)
        case _:
            natural = _natural_of(one.kind, one.value)
            if natural == "DateTime":
                moment = read_moment(one.value["@value"])
                return kind or "DateTime", one.value["@value"] if moment is None else write_moment(moment)
            return kind or natural, one.value


def _natural_of(kind: Kind, value: Json) -> str:
    if kind != "Property":
        return "None" if value is None else kind
    if is_object(value) and isinstance(value.get("@value"), str):
        typed = value.get("@type")
        return "DateTime" if isinstance(typed, str) and typed.endswith("DateTime") else "StructuredValue"
    return natural_type(value)


def _lift_place(one: Instance, kind: str | None) -> tuple[str, Json]:
    if kind in GEO_TYPES and kind != "geo:json":
        simple = write_place(kind, one.value)
        if simple is not None:
            text = _mark(one, SIMPLE_LOCATION)
            return kind, text if _says(kind, text, cast("dict[str, Json]", one.value)) else simple
    return ("GeoProperty" if kind == "GeoProperty" else "geo:json"), one.value


def _says(kind: str, text: Json, geometry: dict[str, Json]) -> bool:
    """Whether a place as it was written once still is the geometry that stands."""
    if text is None:
        return False
    try:
        return read_place(kind, text, "value") == geometry
    except Problem:
        return False


def _mark(one: Instance, name: str) -> Json:
    instances = one.sub.get(name)
    return instances[0].value if instances else None
