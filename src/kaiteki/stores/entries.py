"""What an entity puts into the indexes: pure functions from attribute instances to index entries.

The entries mirror `model.reading`: a value that can be ordered stands under the attribute's name, one that can only be
equal (array elements, URIs, terms) under `name + EQUAL`, points in time under `name + MOMENT` and `name + MOMENT_EQUAL`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias, cast

from kaiteki.model.entity import Entity, Instance, Json
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.place import bounds_of

Value: TypeAlias = int | float | str | bytes
Entry: TypeAlias = tuple[str, Value]
"""Name (of an attribute, with a suffix) and value."""
Spot: TypeAlias = tuple[int, float, float]
"""Cell, longitude, latitude."""
Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north."""

EQUAL: Final = "\x1f="
MOMENT: Final = "\x1f@"
MOMENT_EQUAL: Final = "\x1f@="
OBSERVED: Final = "\x1fobservedAt"
CUT: Final = "\x1fcut"
"""Stands in the catalogue when a value of the attribute was cut, so that its entries only narrow down."""
CREATED: Final = "\x1fcreatedAt"
MODIFIED: Final = "\x1fmodifiedAt"
DUE: Final = "\x1fdue"
SCOPE: Final = "\x1fscope"

NUMBER_FORM: Final = "#"
"""Tally form of attributes that are exactly one plain number: those order by their entries."""
MOMENT_FORM: Final = "@"
"""Tally form of attributes that are exactly one typed DateTime: those order by their entries as well."""
BOX_FORM: Final = "box"
"""Tally form of places that are no points."""
TEXT_LENGTH_MAX: Final = 200
"""Characters of a text that are indexed."""
INTEGER_MAX: Final = 2**63 - 1
CELL_SIZES: Final = (0.01, 0.08, 0.64)
"""Degrees of the sides of the cells; a point stands in one of each size."""
CELLS_MAX: Final = 12
"""Cells that one query reads."""


def encode(value: Json) -> Value | None:
    """A scalar as index value: numbers below texts below booleans; None for what is no scalar. Large ones are cut."""
    if isinstance(value, bool):
        return b"\x01" if value else b"\x00"
    if isinstance(value, str):
        return value[:TEXT_LENGTH_MAX]
    if isinstance(value, int):
        return value if -INTEGER_MAX <= value <= INTEGER_MAX else math.copysign(sys.float_info.max, value)
    if isinstance(value, float):
        return value
    return None


def is_cut(value: Json) -> bool:
    """Whether the index value of a scalar stands for others too."""
    if isinstance(value, str):
        return len(value) > TEXT_LENGTH_MAX
    return isinstance(value, int) and not -INTEGER_MAX <= value <= INTEGER_MAX


class Trace(NamedTuple):
    """Everything that one attribute of one entity puts into the indexes: its forms (for the tally), entries, places."""

    forms: frozenset[str]
    entries: frozenset[Entry]
    spots: frozenset[Spot]
    boxes: tuple[Box, ...]


NO_TRACE: Final = Trace(frozenset(), frozenset(), frozenset(), ())
"""That of an attribute which is not there."""


def trace_of(name: str, instances: tuple[Instance, ...]) -> Trace:
    """What an attribute puts into the indexes."""
    if not instances:
        return NO_TRACE
    if len(instances) == 1:
        one = instances[0]
        if one.kind == "Property":
            if one.observed_at is None:
                value: Json = one.value
                sort = value.__class__
                # most values of a city are plain numbers and short texts: their one entry is made at once
                if sort is float or (sort is int and -INTEGER_MAX <= value <= INTEGER_MAX):
                    return Trace(_PLAIN, frozenset(((name, value),)), _NO_SPOTS, ())
                if sort is str and len(value) <= TEXT_LENGTH_MAX and not value[:1].isdigit():
                    return Trace(_PROPERTY, frozenset(((name, value),)), _NO_SPOTS, ())
            return Trace(forms_of(instances), entries_of(name, instances), _NO_SPOTS, ())
    return Trace(
        forms_of(instances), entries_of(name, instances), spots_of(instances), tuple(boxes_of(instances))
    )


_SCALARS: Final = frozenset({int, float, str, bool})


def lone_value(instances: tuple[Instance, ...]) -> int | float | str | None:
    """The value of an attribute that is one plain number or short text, whose only entry it is under the name; None for others."""
    if len(instances) != 1:
        return None
    one = instances[0]
    if one.kind != "Property" or one.observed_at is not None:
        return None
    value: Json = one.value
    sort = value.__class__
    if sort is float or (sort is int and -INTEGER_MAX <= value <= INTEGER_MAX):
        return value
    if sort is str and len(value) <= TEXT_LENGTH_MAX and not value[:1].isdigit():
        return value
    return None


def same_entries(one: tuple[Instance, ...], other: tuple[Instance, ...]) -> bool:
    """Whether two states of an attribute surely have the same trace; seen without making it."""
    if len(one) != 1 or len(other) != 1:
        return False
    old, new = one[0], other[0]
    value: Json = old.value
    return (
        old.kind == new.kind
        and old.observed_at == new.observed_at
        and value.__class__ is new.value.__class__
        and (value.__class__ in _SCALARS or old.kind == "GeoProperty")
        and value == new.value
    )


def entries_of(name: str, instances: Iterable[Instance]) -> frozenset[Entry]:
    """The entries of one attribute."""
    found: set[Entry] = set()
    for instance in instances:
        if instance.observed_at is not None:
            found.add((name + OBSERVED, instance.observed_at))
        for value, ordered in _scalars(instance):
            _add(found, name, value, ordered)
    return frozenset(found)


def _add(found: set[Entry], name: str, value: Json, ordered: bool) -> None:
    if isinstance(value, dict):
        moment = typed_instant(cast(dict[str, Json], value))
        if moment is not None:
            found.add((name + (MOMENT if ordered else MOMENT_EQUAL), moment))
        return
    encoded = encode(value)
    if encoded is None:
        return
    found.add((name if ordered else name + EQUAL, encoded))
    if is_cut(value):
        found.add((name + CUT, 0))
    elif isinstance(value, str) and value[:1].isdigit():
        moment = parse_instant(value)
        if moment is not None:
            found.add((name + (MOMENT if ordered else MOMENT_EQUAL), moment))


def _scalars(instance: Instance) -> Iterator[tuple[Json, bool]]:
    """Every value of an instance that q may name, and whether it can be ordered."""
    value = instance.value
    if instance.kind in ("Relationship", "ListRelationship", "VocabProperty"):
        for term in cast(list[Json], value) if isinstance(value, list) else [value]:
            yield term, False
    elif instance.kind == "LanguageProperty":
        for words in cast(dict[str, Json], value).values():
            if isinstance(words, list):
                for word in cast(list[Json], words):
                    yield word, False
            else:
                yield words, True
    elif isinstance(value, list):
        for item in cast(list[Json], value):
            yield item, False
    else:
        yield value, True


def typed_instant(value: dict[str, Json]) -> Instant | None:
    """The instant of a typed DateTime (`{"@type": "DateTime", "@value": …}`)."""
    text = value.get("@value")
    if str(value.get("@type", "")).endswith("DateTime") and isinstance(text, str):
        return parse_instant(text)
    return None


def own_entries(entity: Entity) -> set[Entry]:
    """The entries of the entity itself: its times and scopes."""
    found: set[Entry] = {(CREATED, entity.created_at), (MODIFIED, entity.modified_at)}
    if entity.due is not None:
        found.add((DUE, entity.due))
    for scope in entity.scopes:
        found.add((SCOPE, "/" + scope.strip("/")))
    return found


def forms_of(instances: tuple[Instance, ...]) -> frozenset[str]:
    """The kinds of the instances of an attribute, with NUMBER_FORM, MOMENT_FORM and BOX_FORM where they are true."""
    if len(instances) == 1 and instances[0].kind == "Property":
        value = instances[0].value
        if isinstance(value, dict) and typed_instant(cast(dict[str, Json], value)) is not None:
            return _TIMED
        plain = isinstance(value, int | float) and not isinstance(value, bool) and not is_cut(value)
        return _PLAIN if plain else _PROPERTY
    forms: set[str] = {instance.kind for instance in instances}
    if "GeoProperty" in forms and boxes_of(instances):
        forms.add(BOX_FORM)
    return frozenset(forms)


_PROPERTY: Final = frozenset({"Property"})
_PLAIN: Final = frozenset({"Property", NUMBER_FORM})
_NO_SPOTS: Final[frozenset[Spot]] = frozenset()
_TIMED: Final = frozenset({"Property", MOMENT_FORM})


# Places ------------------------------------------------------------------------------------------------------------


def spots_of(instances: Iterable[Instance]) -> frozenset[Spot]:
    """The cells of the points of a GeoProperty."""
    found: set[Spot] = set()
    for instance in instances:
        if instance.kind == "GeoProperty" and instance.value["type"] == "Point":
            lon, lat = instance.value["coordinates"][:2]
            for level, size in enumerate(CELL_SIZES):
                found.add((cell_of(level, math.floor(lon / size), math.floor(lat / size)), lon, lat))
    return frozenset(found)


def boxes_of(instances: Iterable[Instance]) -> list[Box]:
    """West, south, east, north of the geometries of a GeoProperty that are no points."""
    return [
        bounds_of(instance.value)
        for instance in instances
        if instance.kind == "GeoProperty" and instance.value["type"] != "Point"
    ]


def cell_of(level: int, column: int, line: int) -> int:
    """The number of a cell: level, column and line in one integer."""
    return (level << 40) | ((column + 0x40000) << 20) | (line + 0x40000)


def cells_over(west: float, south: float, east: float, north: float) -> list[int] | None:
    """The cells of the finest size that cover a box with at most CELLS_MAX of them; None when it is too large."""
    for level, size in enumerate(CELL_SIZES):
        left, right = math.floor(west / size), math.floor(east / size)
        low, high = math.floor(south / size), math.floor(north / size)
        if (right - left + 1) * (high - low + 1) <= CELLS_MAX:
            first, lines = cell_of(level, left, low), range(high - low + 1)
            return [first + (x << 20) + y for x in range(right - left + 1) for y in lines]
    return None
