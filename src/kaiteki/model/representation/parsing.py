"""Reading documents: normalized, concise and simplified entities and attributes (ETSI GS CIM 009 V1.9.1 clauses 4.5.1 to 4.5.5).

Whatever is refused is refused with the path of the culprit as `field`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, cast, get_args

import msgspec
from msgspec import UNSET, UnsetType

from kaiteki.model.entity import VALUE_MEMBER, Json, Kind, is_array, is_object
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.language.scope import SCOPE
from kaiteki.model.place import is_geometry
from kaiteki.model.problem import Problem
from kaiteki.model.representation.patch import NULL, AttributePatch, EntityPatch, Form, Purpose
from kaiteki.model.representation.plain import read_plain
from kaiteki.model.representation.values import ACCEPT, check_id, check_uri, holds_null, is_name, is_null
from kaiteki.model.terms.context import Context
from kaiteki.model.terms.core import EXPIRES_AT, VALUE_TYPE

ATTRIBUTES_MAX: Final = 1_000
"""Attributes of an entity, and sub-attributes of an attribute."""
INSTANCES_MAX: Final = 1_000
"""Instances of one attribute."""

_KINDS: Final[dict[str, Kind]] = {kind: kind for kind in get_args(Kind)}
_KIND_OF_MEMBER: Final[dict[str, Kind]] = {
    "value": "Property",
    "object": "Relationship",
    "languageMap": "LanguageProperty",
    "vocab": "VocabProperty",
    "json": "JsonProperty",
    "valueList": "ListProperty",
    "objectList": "ListRelationship",
}
_VALUE_MEMBERS: Final = frozenset(_KIND_OF_MEMBER)
_NOT_SUB: Final = frozenset(
    {
        "type",
        "@type",
        "value",
        "object",
        "languageMap",
        "vocab",
        "json",
        "valueList",
        "objectList",
        "datasetId",
        "observedAt",
        "unitCode",
        "objectType",
        "expiresAt",
        "createdAt",
        "modifiedAt",
        "deletedAt",
        "instanceId",
        "entity",
        "entityList",
        "previousValue",
        "previousObject",
        "previousLanguageMap",
        "previousVocab",
        "previousJson",
        "previousValueList",
        "previousObjectList",
        "@context",
    }
)
"""Members of an attribute that are no sub-attributes; those that only answers have are passed over."""
_NOT_ATTRIBUTE: Final = frozenset(
    {"id", "@id", "type", "@type", "scope", "@context", "expiresAt", "createdAt", "modifiedAt", "deletedAt"}
)
_DATASET: Final = frozenset({"dataset"})


class _Reading(msgspec.Struct, frozen=True):
    """How a document is to be read."""

    context: Context
    purpose: Purpose
    form: Form


def parse_entity(
    document: Json, context: Context, purpose: Purpose = "whole", form: Form = "normalized"
) -> EntityPatch:
    """Read an entity (`whole`: id and type are needed) or an entity fragment. Raises BadRequestData."""
    if not isinstance(document, dict):
        raise Problem("BadRequestData", "an entity is a JSON object", "body")
    raw = cast(dict[str, Json], document)
    reading = _Reading(context, purpose, form)
    entity_id = _keyword(raw, "id")
    if entity_id is not None or purpose == "whole":
        entity_id = check_id(entity_id, "id")
    types = _types(_keyword(raw, "type"), context, "type")
    if purpose == "whole" and not types:
        raise Problem("BadRequestData", "an entity has a type", "type")
    attributes: dict[str, tuple[AttributePatch, ...]] = {}
    for name, value in raw.items():
        if name not in _NOT_ATTRIBUTE:
            attributes[_expanded(name, name, reading, attributes)] = _instances(value, name, reading)
    if len(attributes) > ATTRIBUTES_MAX:
        raise Problem("BadRequestData", f"an entity has up to {ATTRIBUTES_MAX} attributes")
    return EntityPatch(
        entity_id, types, _scopes(raw, purpose), attributes, _moment(raw, "expiresAt", "", purpose)
    )


def _keyword(raw: dict[str, Json], name: str) -> Json:
    """A member that has a name in NGSI-LD and one in JSON-LD, in one of them."""
    if name in raw and f"@{name}" in raw:
        raise Problem("BadRequestData", f"{name} and @{name} say the same; write one of them", f"@{name}")
    return raw.get(name, raw.get(f"@{name}"))


def parse_attribute(
    document: Json, name: str, context: Context, purpose: Purpose = "update"
) -> tuple[AttributePatch, ...]:
    """Read an attribute (fragment) by itself: one instance, or several in an array. Raises BadRequestData."""
    if not is_name(name):
        raise Problem("BadRequestData", f"{name!r} is no attribute name", "attrId")
    return _instances(document, name, _Reading(context, purpose, "normalized"))


def _expanded(name: str, field: str, reading: _Reading, seen: dict[str, tuple[AttributePatch, ...]]) -> str:
    if not is_name(name):
        raise Problem(
            "BadRequestData",
            f"{name!r} is no attribute name: a letter, then letters, numbers and underscores, or an IRI",
            field,
        )
    iri = reading.context.expand(name)
    if iri == EXPIRES_AT:
        raise Problem("BadRequestData", "when something expires is said as expiresAt", field)
    if iri.startswith("@"):
        raise Problem("BadRequestData", f"the @context makes {name} the keyword {iri}", field)
    if iri in seen:
        raise Problem("BadRequestData", f"the attribute {iri} stands there twice", field)
    return iri


def _types(value: Json, context: Context, field: str) -> tuple[str, ...]:
    if value is None:
        return ()
    names = cast(list[Json], value) if isinstance(value, list) else [value]
    if not names:
        raise Problem("BadRequestData", f"{field} is a type name or an array of them", field)
    found: dict[str, None] = {}
    for name in names:
        iri = context.expand(name) if isinstance(name, str) and is_name(name) else "@none"
        if iri.startswith("@") or name == NULL:
            raise Problem("BadRequestData", f"{name!r} is no type name", field)
        found[iri] = None
    return tuple(found)


def _scopes(raw: dict[str, Json], purpose: Purpose) -> tuple[str, ...] | UnsetType | None:
    """Scopes with a leading slash each; a single NGSI-LD Null removes them (clause 4.18)."""
    if "scope" not in raw:
        return UNSET
    value = raw["scope"]
    if is_object(value) and "value" in value:
        value = value["value"]
    if value == NULL and purpose != "whole":
        return None
    levels = value if is_array(value) else [value]
    found: dict[str, None] = {}
    for scope in levels:
        if not isinstance(scope, str) or scope == NULL or not SCOPE.fullmatch(scope):
            raise Problem("BadRequestData", f"{scope!r} is no scope like /Madrid/Gardens", "scope")
        found[scope if scope.startswith("/") else "/" + scope] = None
    return tuple(found)


def _instances(value: Json, field: str, reading: _Reading) -> tuple[AttributePatch, ...]:
    """The instances of an attribute, the default one first, then by datasetId (clause 4.5.5)."""
    if value.__class__ is dict and reading.form != "simplified":
        plain = read_plain(value)
        if plain is not None:
            return (plain,)
    items = _datasets(value, field, reading)
    if items is None:
        return (_instance(value, field, reading, None),)
    if len(items) > INSTANCES_MAX:
        raise Problem("BadRequestData", f"an attribute has up to {INSTANCES_MAX} instances", field)
    found = [
        _instance(item, f"{field}[{index}]", reading, dataset_id)
        for index, (dataset_id, item) in enumerate(items)
    ]
    found.sort(key=lambda one: one.dataset_id or "")
    for one, other in pairwise(found):
        if one.dataset_id == other.dataset_id:
            which = one.dataset_id or "no datasetId"
            raise Problem("BadRequestData", f"two instances have {which}", f"{field}.datasetId")
    return tuple(found)


def _datasets(value: Json, field: str, reading: _Reading) -> list[tuple[str | None, Json]] | None:
    """The instances that a member holds, with their datasetId when it stands outside; None for a single instance."""
    if isinstance(value, list):
        items = cast(list[Json], value)
        if reading.form == "simplified" or not items or not all(_is_attribute(item) for item in items):
            return None
        return [(None, item) for item in items]
    if isinstance(value, dict) and value.keys() == _DATASET:
        by_id = cast(dict[str, Json], value)["dataset"]
        if not isinstance(by_id, dict) or not by_id:
            raise Problem("BadRequestData", "dataset is an object of values by datasetId", f"{field}.dataset")
        return [
            (None if key == "@none" else check_uri(key, f"{field}.dataset"), item)
            for key, item in cast(dict[str, Json], by_id).items()
        ]
    return None


def _is_attribute(value: Json) -> bool:
    """Whether a JSON value is written as an attribute instance and not as a bare value."""
    if not is_object(value):
        return False
    kind = value.get("type")
    if isinstance(kind, str) and kind in _KINDS:
        return True
    return not _VALUE_MEMBERS.isdisjoint(value) or "datasetId" in value


def _instance(value: Json, field: str, reading: _Reading, dataset_id: str | None) -> AttributePatch:
    if reading.form == "simplified":
        return _simple(value, field, reading, dataset_id)
    if isinstance(value, dict):
        raw = cast(dict[str, Json], value)
        if _is_attribute(raw):
            return _reified(raw, field, reading, dataset_id)
        if not is_geometry(raw):
            kind = raw.get("type", raw.get("@type"))
            if kind is not None and "@value" not in raw:
                raise Problem("BadRequestData", f"type is one of {', '.join(_KINDS)}", f"{field}.type")
            if reading.purpose != "whole" and raw:
                return _fragment(raw, field, reading, dataset_id)
    return _simple(value, field, reading, dataset_id, kept=False)


def _fragment(raw: dict[str, Json], field: str, reading: _Reading, dataset_id: str | None) -> AttributePatch:
    """An object without a value: members of the attribute that stands, where none stands a bare value (clauses 5.6.4, 5.6.17)."""
    if raw.keys() & _NOT_SUB:
        return _reified(raw, field, reading, dataset_id)
    try:
        members = _reified(raw, field, reading, dataset_id)
    except Problem:  # they can only be a value
        return _simple(raw, field, reading, dataset_id, kept=False)
    if holds_null(raw):
        return members
    bare = _simple(raw, field, reading, dataset_id, kept=False)
    return msgspec.structs.replace(bare, members=members)


def _simple(
    value: Json, field: str, reading: _Reading, dataset_id: str | None, kept: bool = True
) -> AttributePatch:
    """A bare value (simplified form, and concise attributes without members of their own; clause 4.5.4)."""
    if value == NULL and reading.purpose != "whole":
        return AttributePatch(dataset_id=dataset_id, deleted=True)
    kind: Kind = "Property"
    if is_geometry(value):
        kind = "GeoProperty"
    elif is_object(value) and len(value) == 1:
        member, inner = next(iter(value.items()))
        if member in ("languageMap", "vocab", "json"):
            kind, value = _KIND_OF_MEMBER[member], inner
    accepted = _accepted(kind, value, field, reading)
    if is_null(kind, accepted):
        return AttributePatch(dataset_id=dataset_id, deleted=True)
    return AttributePatch(kind, accepted, dataset_id, simple=kept and kind == "Property")


def _reified(raw: dict[str, Json], field: str, reading: _Reading, outer: str | None) -> AttributePatch:
    """An attribute written out with its members (normalized form, or concise with members)."""
    kind = _kind(raw, field)
    dataset_id = outer
    if "datasetId" in raw and raw["datasetId"] != "@none":
        dataset_id = check_uri(raw["datasetId"], f"{field}.datasetId")
        if dataset_id == NULL:
            raise Problem("BadRequestData", "a datasetId cannot be removed", f"{field}.datasetId")
    value: Json | UnsetType = UNSET
    if kind is not None:
        member = VALUE_MEMBER[kind]
        if member in raw:
            value = _accepted(kind, raw[member], f"{field}.{member}", reading)
            if reading.purpose != "whole" and is_null(kind, raw[member]):
                return AttributePatch(kind, dataset_id=dataset_id, deleted=True)
        elif reading.purpose == "whole":
            raise Problem("BadRequestData", f"a {kind} has a {member}", f"{field}.{member}")
    sub: dict[str, tuple[AttributePatch, ...]] = {}
    for name, inner in raw.items():
        if name == "valueType":
            sub[VALUE_TYPE] = (_value_type(inner, f"{field}.valueType", reading),)
        elif name not in _NOT_SUB:
            sub[_expanded(name, f"{field}.{name}", reading, sub)] = _instances(
                inner, f"{field}.{name}", reading
            )
    return AttributePatch(
        kind,
        value,
        dataset_id,
        _moment(raw, "observedAt", field, reading.purpose),
        _unit(raw, field, reading.purpose),
        _object_type(raw, field, reading),
        _moment(raw, "expiresAt", field, reading.purpose),
        sub,
    )


def _kind(raw: dict[str, Json], field: str) -> Kind | None:
    """The kind that is written, or that the value member tells; None when neither stands there."""
    written = raw.get("type", raw.get("@type"))
    told = raw.keys() & _VALUE_MEMBERS
    if written is not None:
        kind = _KINDS.get(written) if isinstance(written, str) else None
        if kind is None:
            raise Problem("BadRequestData", f"type is one of {', '.join(_KINDS)}", f"{field}.type")
        for member in told:
            if member != VALUE_MEMBER[kind]:
                raise Problem(
                    "BadRequestData", f"a {kind} has {VALUE_MEMBER[kind]}, not {member}", f"{field}.{member}"
                )
        return kind
    told = [member for member in _KIND_OF_MEMBER if member in told]
    if len(told) > 1:
        raise Problem("BadRequestData", f"an attribute has one of {', '.join(told)}", f"{field}.{told[1]}")
    if not told:
        return None
    if told[0] == "value" and is_geometry(raw["value"]):
        return "GeoProperty"
    return _KIND_OF_MEMBER[told[0]]


def _accepted(kind: Kind, value: Json, field: str, reading: _Reading) -> Json:
    """A checked value; NGSI-LD Null stands only where the purpose lets it (clause 5.5.4)."""
    if holds_null(value):
        whole = is_null(kind, value)
        inside = kind in ("Property", "JsonProperty", "LanguageProperty")
        if reading.purpose == "whole" or not (whole or (inside and reading.purpose == "merge")):
            raise Problem("BadRequestData", f"{NULL} cannot stand here", field)
        if whole:
            return value
    return ACCEPT[kind](value, field, reading.context)


def _value_type(value: Json, field: str, reading: _Reading) -> AttributePatch:
    """The data type of a value, kept as a sub-attribute with a vocabulary term (clause 4.5.2)."""
    if value == NULL and reading.purpose != "whole":
        return AttributePatch("VocabProperty", deleted=True)
    return AttributePatch("VocabProperty", _accepted("VocabProperty", value, field, reading))


def _moment(raw: dict[str, Json], name: str, field: str, purpose: Purpose) -> Instant | UnsetType | None:
    """A DateTime member of an attribute or (with an empty field) of an entity."""
    if name not in raw:
        return UNSET
    value = raw[name]
    if isinstance(value, dict):
        value = cast(dict[str, Json], value).get("@value", value)
    if value == NULL and purpose != "whole":
        return None
    instant = parse_instant(value) if isinstance(value, str) else None
    if instant is None:
        culprit = f"{field}.{name}" if field else name
        raise Problem("BadRequestData", f"{name} is a DateTime like 2026-04-01T09:00:00Z", culprit)
    return instant


def _unit(raw: dict[str, Json], field: str, purpose: Purpose) -> str | UnsetType | None:
    if "unitCode" not in raw:
        return UNSET
    value = raw["unitCode"]
    if value == NULL and purpose != "whole":
        return None
    if not isinstance(value, str) or value == NULL:
        raise Problem("BadRequestData", "unitCode is a text", f"{field}.unitCode")
    return value


def _object_type(
    raw: dict[str, Json], field: str, reading: _Reading
) -> str | tuple[str, ...] | UnsetType | None:
    if "objectType" not in raw:
        return UNSET
    value = raw["objectType"]
    if value == NULL and reading.purpose != "whole":
        return None
    types = _types(value, reading.context, f"{field}.objectType")
    return types[0] if len(types) == 1 and not isinstance(value, list) else types
