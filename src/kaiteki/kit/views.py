"""A service's frozen Struct as a view of an entity: read out of it, written back without touching what it does not know.

A field is kept as the attribute of its name in camelCase, in the default vocabulary of NGSI-LD or as the core context
says. The kind follows from the type (Words: LanguageProperty; Structs and dicts: JsonProperty; Instant: a DateTime
Property; else Property) or from an `As` in its annotation. `id` is the id of the entity.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from types import UnionType
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
)

import msgspec

from kaiteki.model.decision import Asked
from kaiteki.model.entity import Entity, Instance, Json, Kind
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.query import (
    AllOf,
    Comparison,
    DateTimeValue,
    Filter,
    OneOf,
    Order,
    Path,
    Scalar,
    TypeIs,
    TypeSelection,
    UriValue,
)
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.values import Turn, blank, hints_of, lifting, lowering, plain
from kaiteki.model.words import Words

V = TypeVar("V", bound=msgspec.Struct)
Member = Literal["", "createdAt", "modifiedAt", "version", "scope"]

_MEMBERS: Final = {
    "createdAt": "created_at",
    "modifiedAt": "modified_at",
    "version": "version",
    "scope": "scopes",
}
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class As(msgspec.Struct, frozen=True):
    """How a field is kept, as metadata of its annotation. What is empty follows from the field.

    `observed` names a sibling field (an Instant) that is kept as observedAt of this attribute; `member` binds the field
    to a member of the entity itself (createdAt, modifiedAt and version are only read).
    """

    kind: Kind | None = None
    name: str = ""
    unit_code: str | None = None
    observed: str = ""
    member: Member = ""


RELATIONSHIP: Final = As(kind="Relationship")
GEOMETRY: Final = As(kind="GeoProperty")
LOCATION: Final = As(kind="GeoProperty", name="location")
CREATED_AT: Final = As(member="createdAt")
MODIFIED_AT: Final = As(member="modifiedAt")
VERSION: Final = As(member="version")
SCOPE: Final = As(member="scope")

Link = Annotated[str, RELATIONSHIP]
"""The id of another entity."""
Links = Annotated[tuple[str, ...], RELATIONSHIP]
"""The ids of other entities."""
Geometry = Annotated[dict[str, Any], GEOMETRY]
"""A GeoJSON geometry, kept under the name of its field."""
Location = Annotated[dict[str, Any], LOCATION]
"""A GeoJSON geometry, kept as `location`."""


class Slot(NamedTuple):
    """One field of a view, compiled: where it is kept and what it is when it is absent."""

    field: str
    short: str
    iri: str
    kind: Kind
    hint: Any
    how: As
    key: str
    """The name of the field in JSON."""
    blank: Json
    """What a field without default is read as when it is absent, as JSON; UNSET where the view has a default."""
    lift: Turn | None
    lower: Turn | None
    box: type[msgspec.Struct]
    is_moment: bool
    """Whether the value is a DateTime."""
    observed_key: str = ""
    virtual: bool = False


def expand_name(short: str) -> str:
    """The IRI of a short name, as a client without an own @context gets it."""
    return core_context().expand(short)


@lru_cache(maxsize=1024)
def slots(view: type[msgspec.Struct]) -> tuple[Slot, ...]:
    """The fields of a view but `id`, compiled once per class."""
    hints = hints_of(view)
    found = [_slot(field, hints[field.name]) for field in msgspec.structs.fields(view) if field.name != "id"]
    keys = {slot.field: slot.key for slot in found}
    observers = {slot.how.observed for slot in found}
    return tuple(
        slot._replace(virtual=slot.field in observers, observed_key=keys.get(slot.how.observed, ""))
        for slot in found
    )


def type_name(view: type[msgspec.Struct]) -> str:
    """The short NGSI-LD type of a view: its class variable `entity_type`, else the name of the class."""
    return str(getattr(view, "entity_type", view.__name__))


def attribute(view: type[msgspec.Struct], field: str) -> str:
    """The expanded name under which a field is kept; the short attribute name is understood as well."""
    return _slot_of(view, field).iri


def read(view: type[V], entity: Entity, readable: frozenset[str] | None = None) -> V:
    """The entity as a view. An attribute that is missing, of another shape or not `readable` reads as absent.

    An absent field has its default, or the empty value of its type.
    """
    values: dict[str, Any] = {"id": entity.id}
    for slot in slots(view):
        if slot.how.member:
            values[slot.key] = getattr(entity, _MEMBERS[slot.how.member])
            continue
        instances = None if slot.virtual else entity.attributes.get(slot.iri)
        if instances and instances[0].dataset_id is None and (readable is None or slot.iri in readable):
            kept = instances[0].value
            values[slot.key] = kept if slot.lift is None else slot.lift(kept)
            if slot.observed_key and instances[0].observed_at is not None:
                values[slot.observed_key] = instances[0].observed_at
        elif slot.blank is not msgspec.UNSET:
            values.setdefault(slot.key, slot.blank)
    try:
        return msgspec.convert(values, view)
    except msgspec.ValidationError:
        return msgspec.convert(_fitting(view, values), view)


def write(
    value: msgspec.Struct, entity: Entity | None, now: Instant, type_short: str | None = None
) -> Entity:
    """The entity after the view was written onto it; a new one when there is none (type: `type_short` or the view's).

    Only attributes whose value differs from what the view reads now are changed; empty values (None, "", (), {}) remove
    the attribute. When nothing differs the answer is the very same entity.
    """
    view = type(value)
    entity_id = str(cast("Any", value).id)
    before = entity or Entity(entity_id, (expand_name(type_short or type_name(view)),), created_at=now)
    known = read(view, entity) if entity is not None else None
    attributes = dict(before.attributes)
    for slot in slots(view):
        if slot.virtual or slot.how.member:
            continue
        if known is not None and not _differs(slot, value, known):
            continue
        _put(attributes, slot, value, now)
    scopes = _scopes(view, value, before.scopes)
    if entity is not None and attributes == before.attributes and scopes == before.scopes:
        return entity
    return msgspec.structs.replace(
        before, attributes=attributes, scopes=scopes, modified_at=now, version=before.version + 1
    )


def fresh_id(type_short: str, asked: Asked, n: int = 0) -> str:
    """A new id `urn:ngsi-ld:<Type>:<26 characters>`: sortable by time (ms), the rest from the seed; `n` tells apart several of one decision."""
    digest = hashlib.sha256(f"{asked.area} {type_short} {asked.now} {asked.seed} {n}".encode()).digest()
    number = (asked.now // 1000) << 80 | int.from_bytes(digest[:10], "big")
    text = "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
    return f"urn:ngsi-ld:{type_short}:{text}"


def point(longitude: float, latitude: float) -> dict[str, Json]:
    """A GeoJSON point (WGS84)."""
    return {"type": "Point", "coordinates": [longitude, latitude]}


# What is asked of views -------------------------------------------------------------------------------------------


def of_type(view: type[msgspec.Struct]) -> TypeSelection:
    """The selection of a view's own type."""
    return TypeIs(expand_name(type_name(view)))


def path(view: type[msgspec.Struct], field: str, *trail: str) -> Path:
    """Where a field is found in a query; `trail` goes into a structured value."""
    slot = _slot_of(view, field)
    return Path((slot.how.member or slot.iri,), trail)


def where(
    view: type[msgspec.Struct],
    field: str,
    operator: Literal["==", "!=", ">", ">=", "<", "<=", "~=", "!~="],
    value: Any,
) -> Comparison:
    """A comparison of a field; a tuple of values means one of them."""
    slot = _slot_of(view, field)
    operand = (
        OneOf(tuple(_operand(slot, one) for one in cast("tuple[Any, ...]", value)))
        if isinstance(value, tuple)
        else _operand(slot, value)
    )
    return Comparison(path(view, field), operator, operand)


def every(*filters: Filter | None) -> Filter | None:
    """All of the filters that are given."""
    given = tuple(one for one in filters if one is not None)
    return given[0] if len(given) == 1 else AllOf(given) if given else None


def ordered(view: type[msgspec.Struct], field: str, descending: bool = False) -> Order:
    """The order by a field."""
    return Order(path(view, field), descending)


# How it is done ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _sort(hint: Any) -> tuple[As, Kind, Turn | None, Turn | None, type[msgspec.Struct]]:
    """What all fields of one annotation have in common (how, kind, lift, lower, box): a node has a thousand of a few dozen sorts."""
    how, box = _marker(hint) or As(), msgspec.defstruct("Box", [("value", hint)])
    return how, how.kind or _kind(hint), lifting(hint), lowering(hint), box


def _slot(field: msgspec.structs.FieldInfo, hint: Any) -> Slot:
    how, kind, lift, lower, box = _sort(hint)
    head, *rest = field.name.split("_")
    short = how.name or head + "".join(part.capitalize() for part in rest)
    return Slot(
        field=field.name,
        short=short,
        iri=expand_name(short),
        kind=kind,
        hint=hint,
        how=how,
        key=field.encode_name,
        blank=msgspec.to_builtins(blank(hint)) if field.required else msgspec.UNSET,
        lift=lift,
        lower=lower,
        box=box,
        is_moment=kind == "Property" and plain(hint) is Instant,
    )


def _slot_of(view: type[msgspec.Struct], field: str) -> Slot:
    for slot in slots(view):
        if field in (slot.field, slot.short, slot.iri):
            return slot
    raise KeyError(f"{view.__name__} has no field {field}")


def _marker(hint: Any) -> As | None:
    if get_origin(hint) is Annotated:
        base, *metadata = get_args(hint)
        found = next((one for one in metadata if isinstance(one, As)), None)
        return found or _marker(base)
    if get_origin(hint) in (Union, UnionType):
        return next((found for part in get_args(hint) if (found := _marker(part))), None)
    return None


def _kind(hint: Any) -> Kind:
    bare = plain(hint)
    if bare is Words:
        return "LanguageProperty"
    inner = plain(get_args(bare)[0]) if get_origin(bare) in (tuple, list) else bare
    if (
        get_origin(inner) is dict
        or inner is dict
        or (isinstance(inner, type) and issubclass(inner, msgspec.Struct))
    ):
        return "JsonProperty"
    return "Property"


def _fitting(view: type[msgspec.Struct], values: dict[str, Any]) -> dict[str, Any]:
    """Those of the values that have the shape of their field, the blank where a field needs one."""
    fitting = {"id": values["id"]}
    for slot in slots(view):
        if slot.key in values and _fits(slot.box, values[slot.key]):
            fitting[slot.key] = values[slot.key]
        elif slot.blank is not msgspec.UNSET:
            fitting[slot.key] = slot.blank
    return fitting


def _fits(box: type[msgspec.Struct], value: Any) -> bool:
    try:
        msgspec.convert({"value": value}, box)
    except msgspec.ValidationError:
        return False
    return True


def _differs(slot: Slot, value: msgspec.Struct, known: msgspec.Struct) -> bool:
    names = (slot.field, slot.how.observed) if slot.how.observed else (slot.field,)
    return any(_are_unlike(getattr(value, name), getattr(known, name)) for name in names)


def _are_unlike(one: Any, other: Any) -> bool:
    """Whether two values would be kept in different ways; most are the same text or the same nothing."""
    if one is other or (isinstance(one, str) and one == other):
        return False
    return _bytes(one) != _bytes(other)


def _bytes(value: Any) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def _put(
    attributes: dict[str, tuple[Instance, ...]], slot: Slot, value: msgspec.Struct, now: Instant
) -> None:
    instances = attributes.get(slot.iri)
    given = getattr(value, slot.field)
    is_empty = _is_empty(given)
    if is_empty and not instances:
        return
    old = next((one for one in instances or () if one.dataset_id is None), None)
    others = tuple(one for one in instances or () if one.dataset_id is not None)
    if is_empty:
        del attributes[slot.iri]
        if others:
            attributes[slot.iri] = others
        return
    observed = getattr(value, slot.how.observed) if slot.how.observed else (old.observed_at if old else None)
    new = Instance(
        slot.kind,
        _lowered(slot, given),
        observed_at=observed or None,
        unit_code=slot.how.unit_code or (old.unit_code if old else None),
        object_type=old.object_type if old else None,
        created_at=old.created_at if old else now,
        modified_at=now,
        sub=old.sub if old else {},
    )
    attributes[slot.iri] = (new, *others)


def _is_empty(given: Any) -> bool:
    """Whether a value says nothing: None, an empty text, list or object, words in no language. 0 and no say something."""
    if isinstance(given, Words):
        return not given.ja and not given.en
    return not given and not isinstance(given, int | float)


def _lowered(slot: Slot, given: Any) -> Json:
    kept: Any = given if slot.lower is None else slot.lower(given)
    if slot.is_moment:
        return {"@type": "DateTime", "@value": kept}
    single = slot.kind == "Relationship" and not isinstance(kept, str) and len(kept) == 1
    return kept[0] if single else kept


def _scopes(view: type[msgspec.Struct], value: msgspec.Struct, before: tuple[str, ...]) -> tuple[str, ...]:
    for slot in slots(view):
        if slot.how.member == "scope":
            return tuple(getattr(value, slot.field))
    return before


def _operand(slot: Slot, value: Any) -> Scalar:
    if plain(slot.hint) is Instant or slot.how.member in ("createdAt", "modifiedAt"):
        return DateTimeValue(format_instant(value), "DateTime", value)
    if slot.kind == "Relationship":
        return UriValue(value, value)
    return cast("Scalar", value)
