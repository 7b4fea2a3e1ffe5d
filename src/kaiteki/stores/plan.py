"""From a query to the ways of answering it: which index entries hold all its matches, and what they decide for good.

A `Way` is a superset of the matches of one condition. `exact` ways leave nothing of their condition to check; `ordered`
ways come in the order of ids, so that reading can stop when the page is full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.model.matching import admits, folded
from kaiteki.model.place import Bounds, bounds_of, is_box, reach
from kaiteki.model.problem import Problem
from kaiteki.model.query import (
    AllOf,
    AnyOf,
    Comparison,
    DateTimeValue,
    Exists,
    Filter,
    GeoFilter,
    Missing,
    OneOf,
    Path,
    Query,
    Range,
    Scalar,
    ScopeAll,
    ScopeIs,
    ScopeSelection,
    UriValue,
)
from kaiteki.stores.catalogue import Catalogue
from kaiteki.stores.entries import (
    CREATED,
    CUT,
    DUE,
    EQUAL,
    MODIFIED,
    MOMENT,
    MOMENT_EQUAL,
    OBSERVED,
    SCOPE,
    encode,
    is_cut,
)

ARMS_MAX: Final = 64
"""Index ranges that one way may read."""

Bound: TypeAlias = int | float | str | bytes | None
"""A value that a condition compares with."""
Arm: TypeAlias = tuple[str, str, tuple[Bound, ...]]
"""Table, condition and its values: one range of an index."""


class Way(msgspec.Struct, frozen=True):
    """Index ranges that together hold every match of one condition."""

    arms: tuple[Arm, ...]
    ordered: bool
    exact: bool
    what: Literal["value", "scope", "cell", "box", "text"] = "value"
    together: tuple[Arm, ...] = ()
    """The same entries in no order, by fewer ranges: cheaper where there are few."""
    sieve: tuple[str, tuple[Bound, ...]] | None = None
    """What holds of the `{row}` of each match, so that entities of another way are sifted before their documents are read."""
    crowd: tuple[Arm, ...] = ()
    """Ranges whose entries are counted in no time; they are at least those of the arms."""
    surely: tuple[Arm, ...] = ()
    """Those entries of the arms whose entities satisfy the condition whatever they look like; the others are to be checked."""


class Plan(msgspec.Struct, frozen=True):
    """The kinds that may match, the ways of the conditions, and whether anything is left that no way decides."""

    kinds: tuple[int, ...]
    ways: tuple[Way, ...]
    open: bool
    """Whether some condition has no exact way, so that every candidate is checked."""
    loose: bool = False
    """Whether some condition beside the ids has no way at all."""


class Tables(msgspec.Struct, frozen=True):
    """How a store finds places and words: the ways of a geo condition on some kinds, and that of a folded text."""

    ways_of_place: Callable[[Catalogue, Sequence[int], GeoFilter], list[Way | None]]
    way_of_text: Callable[[str], Way | None]


def make_plan(tables: Tables, catalogue: Catalogue, area: str, wanted: Query) -> Plan:
    """The plan of a query; it touches no entity."""
    conditions = list(conjuncts(wanted.q))
    kinds = [
        kind
        for kind in catalogue.kinds(area, wanted.types)
        if (wanted.fence is None or admits(wanted.fence, catalogue.area_and_types(kind)[1]))
        and all(_may_match(catalogue, kind, condition) for condition in conditions)
        and (wanted.geo is None or catalogue.some_have(kind, wanted.geo.geoproperty))
        and (not wanted.attrs or any(catalogue.some_have(kind, name) for name in wanted.attrs))
    ]
    ways: list[Way | None] = [
        _way_of(catalogue, kinds, condition)
        for condition in conditions
        if not _always(catalogue, kinds, condition)
    ]
    if wanted.due is not None:
        ways.append(_way_of_due(catalogue, kinds, wanted.due))
    if wanted.geo is not None:
        ways += tables.ways_of_place(catalogue, kinds, wanted.geo)
    if wanted.scope is not None:
        ways.append(_way_of_scope(catalogue, kinds, wanted.scope))
    if wanted.text is not None and (way := tables.way_of_text(folded(wanted.text))) is not None:
        ways.append(way)
    left = bool(wanted.id_pattern is not None or wanted.selectors or wanted.test is not None)
    left = left or (bool(wanted.attrs) and not _have_all(catalogue, kinds, wanted))
    usable = tuple(way for way in ways if way is not None)
    is_loose = left or len(usable) < len(ways)
    is_open = is_loose or bool(wanted.ids) or any(not way.exact for way in usable)
    return Plan(tuple(kinds), usable, is_open, is_loose)


def conjuncts(q: Filter | None) -> Iterator[Filter]:
    """The conditions of q of which all must hold."""
    if isinstance(q, AllOf):
        for part in q.parts:
            yield from conjuncts(part)
    elif q is not None:
        yield q


def _may_match(catalogue: Catalogue, kind: int, condition: Filter) -> bool:
    """Whether entities of a kind can satisfy a condition: they need the attribute."""
    if isinstance(condition, AnyOf):
        return any(_may_match(catalogue, kind, part) for part in condition.parts)
    if isinstance(condition, AllOf):
        return all(_may_match(catalogue, kind, part) for part in condition.parts)
    if isinstance(condition, Missing):
        return True
    name = condition.path.names[0]
    return name in OWN_MEMBERS or catalogue.some_have(kind, name)


OWN_MEMBERS: Final = frozenset({"createdAt", "modifiedAt", "expiresAt", "id", "type", "scope"})
"""Names of q that are members of the entity itself."""


def _always(catalogue: Catalogue, kinds: Sequence[int], condition: Filter) -> bool:
    """Whether every entity of the kinds satisfies a condition, known without looking."""
    if not isinstance(condition, Exists):
        return False
    path = condition.path
    plain = len(path.names) == 1 and not path.trail and path.linked is None
    return plain and all(catalogue.all_have(kind, path.names[0]) for kind in kinds)


def _have_all(catalogue: Catalogue, kinds: Sequence[int], wanted: Query) -> bool:
    return not wanted.dataset_ids and all(
        any(catalogue.all_have(kind, name) for name in wanted.attrs) for kind in kinds
    )


# Values ------------------------------------------------------------------------------------------------------------

Sort: TypeAlias = Literal["plain", "moment"]
Stretch: TypeAlias = tuple[Sort, str, tuple[Bound, ...]]
"""Which entries, a condition on `val`, its values."""


def _way_of(catalogue: Catalogue, kinds: Sequence[int], condition: Filter) -> Way | None:
    """The index entries of a condition on attributes; None when no index holds them."""
    if isinstance(condition, AnyOf):
        ways = [_way_of(catalogue, kinds, part) for part in condition.parts]
        arms = [arm for way in ways if way is not None for arm in way.arms]
        if None in ways or len(arms) > ARMS_MAX:
            return None
        known = [way for way in ways if way is not None]
        return Way(tuple(arms), all(w.ordered for w in known), all(w.exact for w in known))
    if not isinstance(condition, Comparison) or condition.operator in ("!=", "~=", "!~="):
        return None
    path = condition.path
    if path.linked is not None or path.trail:
        return None
    stretches = list(_stretches(condition.operator, condition.operand))
    names = _entry_names(path.names, equal=condition.operator == "==")
    if not stretches or names is None:
        return None
    cut = catalogue.name(path.names[0] + CUT) is not None
    arms = [
        ("value", f"kind=? AND name=? AND {text}", (kind, number, *values))
        for sort, text, values in (map(_loosen, stretches) if cut else stretches)
        for name in names[sort]
        if (number := catalogue.name(name)) is not None
        for kind in kinds
    ]
    ordered = all("val=?" in text for _, text, _ in stretches)
    return Way(tuple(arms), ordered, exact=not cut) if len(arms) <= ARMS_MAX else None


def bounds_of_order(q: Filter | None, name: str, sort: Sort) -> list[tuple[str, tuple[Bound, ...]]]:
    """What q says of the entries of one attribute by <, <=, > and >=: every match stands between these bounds."""
    return [
        (text, values)
        for condition in conjuncts(q)
        if isinstance(condition, Comparison)
        and condition.operator in ("<", "<=", ">", ">=")
        and condition.path == Path((name,))
        for found, text, values in _stretches(condition.operator, condition.operand)
        if found == sort
    ]


def _entry_names(names: tuple[str, ...], equal: bool) -> dict[Sort, tuple[str, ...]] | None:
    """Under which names the entries of a path stand, for plain values and for points in time."""
    match names:
        case ("createdAt",):
            return {"plain": (), "moment": (CREATED,)}
        case ("modifiedAt",):
            return {"plain": (), "moment": (MODIFIED,)}
        case (name,) if name not in OWN_MEMBERS:
            if equal:
                return {"plain": (name, name + EQUAL), "moment": (name + MOMENT, name + MOMENT_EQUAL)}
            return {"plain": (name,), "moment": (name + MOMENT,)}
        case (name, "observedAt") if name not in OWN_MEMBERS:
            return {"plain": (), "moment": (name + OBSERVED,)}
        case _:
            return None


def _stretches(operator: str, operand: Scalar | Range | OneOf) -> Iterator[Stretch]:
    """The stretches of the index that hold what an operator and an operand ask for; none when that is unknown."""
    if isinstance(operand, OneOf):
        parts = [list(_stretches(operator, value)) for value in operand.values]
        if all(parts):
            for part in parts:
                yield from part
        return
    if isinstance(operand, Range):
        low, high = _key(operand.low), _key(operand.high)
        if low is not None and high is not None and low[0] == high[0] and _same_class(low[1], high[1]):
            yield low[0], "val>=? AND val<=?", (low[1], high[1])
        return
    if operator == "==" and isinstance(operand, UriValue):
        for uri in {operand.uri, operand.expanded}:
            yield "plain", "val=?", (encode(uri),)
        return
    key = _key(operand)
    if key is None:
        return
    sort, value = key
    if operator == "==":
        yield sort, "val=?", (value,)
    elif not isinstance(value, bytes):
        yield sort, *_bounded(operator, value)


def _bounded(operator: str, value: int | float | str) -> tuple[str, tuple[Bound, ...]]:
    """Above or below a value, among values of its own data type: numbers < texts < blobs in the index."""
    if operator in (">", ">="):
        return f"val{operator}? AND val<?", (value, b"" if isinstance(value, str) else "")
    if isinstance(value, str):
        return f"val{operator}? AND val>=?", (value, "")
    return f"val{operator}?", (value,)


def _key(operand: Scalar) -> tuple[Sort, int | float | str | bytes] | None:
    """A scalar operand as it stands in the index; None when it cannot stand there."""
    if isinstance(operand, DateTimeValue):
        usable = operand.kind == "DateTime" and operand.instant is not None
        return ("moment", operand.instant) if usable and operand.instant is not None else None
    if isinstance(operand, UriValue):
        return "plain", operand.uri
    if operand is None or (isinstance(operand, str | int) and is_cut(operand)):
        return None
    encoded = encode(operand)
    return None if encoded is None else ("plain", encoded)


def _same_class(one: Bound, other: Bound) -> bool:
    return isinstance(one, str) == isinstance(other, str) and not isinstance(one, bytes)


def _loosen(stretch: Stretch) -> Stretch:
    """A stretch that also holds the cut forms of values inside it."""
    sort, text, values = stretch
    return sort, text.replace(">?", ">=?").replace("<?", "<=?"), values


def _way_of_due(catalogue: Catalogue, kinds: Sequence[int], due: Instant) -> Way | None:
    """The entities of which something expires by a moment."""
    number = catalogue.name(DUE)
    if len(kinds) > ARMS_MAX:
        return None
    arms = [("value", "kind=? AND name=? AND val<=?", (kind, number, due)) for kind in kinds if number]
    return Way(tuple(arms), ordered=False, exact=True)


# Scopes ---------------------------------------------------------------------------------------------------


def _way_of_scope(catalogue: Catalogue, kinds: Sequence[int], scope: ScopeSelection) -> Way | None:
    stretches = _scope_stretches(scope)
    number = catalogue.name(SCOPE)
    if stretches is None or len(stretches[0]) * len(kinds) > ARMS_MAX:
        return None
    arms = [
        ("value", f"kind=? AND name=? AND {text}", (kind, number, *values))
        for text, values in stretches[0]
        if number is not None
        for kind in kinds
    ]
    ordered = all(text == "val=?" for text, _ in stretches[0])
    return Way(tuple(arms), ordered, exact=stretches[1], what="scope")


ScopeStretches: TypeAlias = tuple[list[tuple[str, tuple[str, ...]]], bool]


def _scope_stretches(scope: ScopeSelection) -> ScopeStretches | None:
    """Conditions on the entries of scopes and whether they decide; None when nothing narrows them down."""
    if isinstance(scope, ScopeAll):
        for part in scope.parts:
            found = _scope_stretches(part)
            if found is not None:
                return found[0], len(scope.parts) == 1 and found[1]
        return None
    if isinstance(scope, ScopeIs):
        return _scope_stretch(scope.pattern.strip("/").split("/"))
    parts = [_scope_stretches(part) for part in scope.parts]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return [one for found, _ in known for one in found], all(exact for _, exact in known)


def _scope_stretch(levels: list[str]) -> ScopeStretches | None:
    fixed: list[str] = []
    for level in levels:
        if level in ("+", "#"):
            break
        fixed.append(level)
    if not any(fixed):
        return None
    prefix = "/" + "/".join(fixed)
    if len(fixed) == len(levels):
        return [("val=?", (prefix,))], True
    below = [("val>=? AND val<?", (prefix + "/", prefix + "0"))]
    if levels[len(fixed) :] == ["#"]:
        return [("val=?", (prefix,)), *below], True
    return below, False


# Places ------------------------------------------------------------------------------------------------------------


def is_of_box(geo: GeoFilter | None) -> bool:
    """Whether points match exactly where they lie within the bounds: they touch a box along the axes."""
    return geo is not None and geo.relation == "intersects" and is_box(geo.geometry)


def place_to_count(plan: Plan) -> Way | None:
    """The way of the place that a query asks for, where it and single values are all that it asks for; None where there is more."""
    places = [way for way in plan.ways if way.surely]
    if plan.loose or len(places) != 1:
        return None
    others = (way for way in plan.ways if way is not places[0])
    alone = all(one.exact and one.ordered and one.what in ("value", "scope") for one in others)
    return places[0] if alone else None


def looked_at(left: int | None) -> int | None:
    """How many entities may still be looked at after one more. Raises TooComplexQuery where none may."""
    if left == 0:
        raise Problem(
            "TooComplexQuery",
            "no index narrows this condition down far enough; ask beside it for a box, a value or a time",
            "filter",
        )
    return None if left is None else left - 1


def bounds_around(geo: GeoFilter) -> Bounds | None:
    """A box outside of which nothing can match; None when there is none."""
    if geo.relation == "near":
        return None if geo.max_distance_m is None else reach(geo.geometry, geo.max_distance_m)
    return None if geo.relation == "disjoint" else bounds_of(geo.geometry)
