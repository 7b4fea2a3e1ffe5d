"""What a path reads in an entity, and how one such value compares with the operand of a query (clause 4.9)."""

from __future__ import annotations

import operator as ops
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, TypeAlias, cast

from kaiteki.model.entity import Entity, Instance, Json
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.pattern import found_in
from kaiteki.model.query import Comparison, DateTimeValue, OneOf, Path, Range, Scalar, UriValue

Look: TypeAlias = Callable[[str], Entity | None]
"""Finds a linked entity by its id."""


class Target(NamedTuple):
    """A value at a path. `sort`: `value` JSON, or a DateTimeValue for points in time; `terms` URIs or IRIs, a string or
    list of them; `words` the texts of a language map, of which any may be meant."""

    sort: Literal["value", "terms", "words"]
    value: Json


LINKED_DEPTH_MAX = 8
"""Relationships that one path may follow."""


def targets_of(entity: Entity, path: Path, look: Look, depth: int = 0) -> Iterator[Target]:
    """The values at a path, one per attribute instance that has it."""
    if path.linked is not None:
        if depth < LINKED_DEPTH_MAX:
            yield from _linked(entity, path, path.linked, look, depth)
        return
    name = path.names[0]
    instances = entity.attributes.get(name)
    if instances is None:
        yield from _entity_member(entity, path)
        return
    for index in range(1, len(path.names)):
        name = path.names[index]
        inner = tuple(one for outer in instances for one in outer.sub.get(name, ()))
        if not inner and index == len(path.names) - 1:
            for one in instances:
                yield from _attribute_member(one, name)
            return
        instances = inner
    for one in instances:
        yield from _value(one, path.trail)


def _linked(entity: Entity, path: Path, onward: Path, look: Look, depth: int) -> Iterator[Target]:
    """Follow the relationship of a path, to entities of the hinted types only."""
    for one in entity.attributes.get(path.names[0], ()):
        if one.kind not in ("Relationship", "ListRelationship"):
            continue
        for uri in objects_of(one):
            other = look(uri)
            if other is not None and (
                not path.linked_types or not set(path.linked_types).isdisjoint(other.types)
            ):
                yield from targets_of(other, onward, look, depth + 1)


def objects_of(instance: Instance) -> list[str]:
    """The URIs a Relationship or ListRelationship points to."""
    value = instance.value
    return cast("list[str]", value) if isinstance(value, list) else [value]


def _entity_member(entity: Entity, path: Path) -> Iterator[Target]:
    name, *further = path.names
    if further or path.trail:
        return
    match name:
        case "createdAt":
            yield Target("value", _moment(entity.created_at))
        case "modifiedAt":
            yield Target("value", _moment(entity.modified_at))
        case "expiresAt" if entity.expires_at is not None:
            yield Target("value", _moment(entity.expires_at))
        case "id":
            yield Target("terms", entity.id)
        case "type":
            yield Target("terms", list(entity.types))
        case "scope" if entity.scopes:
            yield Target("value", list(entity.scopes))
        case _:
            return


def _attribute_member(one: Instance, name: str) -> Iterator[Target]:
    match name:
        case "observedAt" if one.observed_at is not None:
            yield Target("value", _moment(one.observed_at))
        case "createdAt":
            yield Target("value", _moment(one.created_at))
        case "modifiedAt":
            yield Target("value", _moment(one.modified_at))
        case "expiresAt" if one.expires_at is not None:
            yield Target("value", _moment(one.expires_at))
        case "unitCode" if one.unit_code is not None:
            yield Target("value", one.unit_code)
        case "datasetId" if one.dataset_id is not None:
            yield Target("terms", one.dataset_id)
        case "objectType" if one.object_type is not None:
            yield Target(
                "terms", list(one.object_type) if isinstance(one.object_type, tuple) else one.object_type
            )
        case "languageMap" if one.kind == "LanguageProperty":
            yield Target("words", list(cast(dict[str, Json], one.value).values()))
        case _:
            return


def _value(one: Instance, trail: tuple[str, ...]) -> Iterator[Target]:
    value = one.value
    match one.kind:
        case "Relationship" | "ListRelationship" | "VocabProperty":
            if not trail:
                yield Target("terms", value)
            return
        case "LanguageProperty":
            texts = cast(dict[str, Json], value)
            if not trail or trail == ("*",):
                yield Target("words", list(texts.values()))
                return
        case _:
            typed = _typed_instant(value)
            if typed is not None and not trail:
                yield Target("value", _moment(typed))
                return
    for member in trail:
        value = _member(value, member)
        if value is _MISSING:
            return
    yield Target("value", value)


_MISSING = object()


def _member(value: Json, member: str) -> Json:
    if isinstance(value, dict):
        return cast(dict[str, Json], value).get(member, _MISSING)
    if isinstance(value, list) and member.isdecimal():
        items = cast(list[Json], value)
        return items[int(member)] if int(member) < len(items) else _MISSING
    return _MISSING


def _moment(instant: Instant) -> DateTimeValue:
    return DateTimeValue("", "DateTime", instant)


def _typed_instant(value: Json) -> Instant | None:
    """The instant of a JSON-LD typed value `{"@type": "DateTime", "@value": "…"}` (clause 4.6.3)."""
    if not isinstance(value, dict):
        return None
    typed = cast(dict[str, Json], value)
    if not str(typed.get("@type", "")).endswith("DateTime") or not isinstance(typed.get("@value"), str):
        return None
    return parse_instant(typed["@value"])


# Comparing -------------------------------------------------------------------------------------------------------


_ORDERED: dict[str, Callable[[Json, Json], bool]] = {
    ">": ops.gt,
    ">=": ops.ge,
    "<": ops.lt,
    "<=": ops.le,
}


def compares(target: Target, comparison: Comparison) -> bool:
    """Whether one target value satisfies operator and operand. Values of different data types are unequal, never ordered."""
    operand = comparison.operand
    match comparison.operator:
        case "==":
            return _equal(target, operand)
        case "!=":
            return not _equal(target, operand)
        case "~=" | "!~=":
            texts = _texts(target)
            if texts is None:
                return False
            found = any(found_in(cast(str, operand), text) for text in texts)
            return found == (comparison.operator == "~=")
        case _:
            if target.sort == "terms" or isinstance(operand, Range | OneOf):
                return False
            values = cast(list[Json], target.value) if target.sort == "words" else [target.value]
            order = _ORDERED[comparison.operator]
            return any(_in_order(value, operand, order) for value in values)


def _in_order(value: Json, operand: Scalar, order: Callable[[Json, Json], bool]) -> bool:
    pair = _same_sort(value, operand)
    return pair is not None and order(*pair)


def _texts(target: Target) -> list[str] | None:
    if target.sort == "words":
        return list(_flat(target.value))
    return [target.value] if target.sort == "value" and isinstance(target.value, str) else None


def _flat(values: list[Json]) -> Iterator[str]:
    for value in values:
        if isinstance(value, list):
            yield from cast("list[str]", value)
        else:
            yield value


def _equal(target: Target, operand: Scalar | Range | OneOf) -> bool:
    """Equal to the whole value, or to one element of it when it is an array."""
    if isinstance(operand, OneOf):
        return any(_equal(target, one) for one in operand.values)
    value = target.value
    if target.sort == "words":
        values: list[Json] = list(_flat(value))
    else:
        values = cast(list[Json], value) if isinstance(value, list) else [value]
    if isinstance(operand, Range):
        return any(
            _in_order(value, operand.low, ops.ge) and _in_order(value, operand.high, ops.le)
            for value in values
        )
    return any(_is(value, operand) for value in values)


def _is(value: Json, operand: Scalar) -> bool:
    if isinstance(operand, UriValue):
        return isinstance(value, str) and value in (operand.uri, operand.expanded)
    if isinstance(operand, bool) or operand is None:
        return value is operand
    pair = _same_sort(value, operand)
    return pair is not None and pair[0] == pair[1]


def _same_sort(value: Json, operand: Scalar) -> tuple[Json, Json] | None:
    """Both as values that Python orders as the standard does; None when their data types differ."""
    if isinstance(operand, DateTimeValue):
        return _moments(value, operand)
    if isinstance(operand, str):
        return (value, operand) if isinstance(value, str) else None
    if isinstance(operand, UriValue):
        return (value, operand.uri) if isinstance(value, str) else None
    if isinstance(operand, bool) or isinstance(value, bool) or operand is None:
        return None
    return (value, operand) if isinstance(value, int | float) else None


def _moments(value: Json, operand: DateTimeValue) -> tuple[Json, Json] | None:
    if operand.kind != "DateTime":
        text = cast(dict[str, Json], value).get("@value") if isinstance(value, dict) else value
        same = isinstance(text, str) and len(text) >= 8 and (text[4:5] == "-") == (operand.kind == "Date")
        return (text, operand.text) if same else None
    if isinstance(value, DateTimeValue):
        return value.instant, operand.instant
    parsed = parse_instant(value) if isinstance(value, str) else _typed_instant(value)
    return None if parsed is None else (parsed, operand.instant)
