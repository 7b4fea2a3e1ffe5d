"""From a CQL2 expression to a query of the data plane: what an index narrows, and the whole of it as a test of what is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, cast

import msgspec

from kaiteki.model.cql2.evaluating import holds
from kaiteki.model.cql2.literals import DAY_US
from kaiteki.model.cql2.terms import Call, Geometry, Interval, Items, Kind, Moment, Named, Plain, Term
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.query import (
    AllOf,
    AnyOf,
    Comparison,
    DateTimeValue,
    Exists,
    Filter,
    GeoFilter,
    OneOf,
    Path,
    Query,
    Range,
    Scalar,
)

Sign: TypeAlias = Literal["==", ">", ">=", "<", "<="]
_SIGNS: Final[dict[str, Sign]] = {"=": "==", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_TURNED: Final[dict[Sign, Sign]] = {"==": "==", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_TOUCHING: Final = frozenset(
    f"s_{name}" for name in ("intersects", "equals", "touches", "within", "overlaps", "crosses", "contains")
)
"""Relations of geometries that have a point in common."""
DAY_LENGTH: Final = 10
"""Characters of a day in ISO 8601."""
_LAST_CHARACTER: Final = "\U0010ffff"


class Queryable(msgspec.Struct, frozen=True):
    """A property that filters may name: its kind, the attribute that it is read from, how, and where an index knows it.

    `path` is None where no index does; `is_moment` says that the index knows DateTimes there, `is_written` that texts of days and moments
    (ISO 8601, in any zone) may stand there as well.
    """

    kind: Kind
    attribute: str
    read: Callable[[Entity], Any]
    path: Path | None = None
    is_moment: bool = False
    is_written: bool = False

    @property
    def is_timed(self) -> bool:
        """Whether an index knows when it is."""
        return self.path is not None and (self.is_moment or self.is_written)


Queryables: TypeAlias = Mapping[str, Queryable]


class Expression(msgspec.Struct, frozen=True):
    """A checked expression over queryables, as a test of entities (model.query.Test)."""

    term: Term
    queryables: Queryables

    @property
    def names(self) -> frozenset[str]:
        """The attributes that it looks at."""
        return frozenset(self.queryables[name].attribute for name in named_in(self.term))

    def holds(self, entity: Entity) -> bool:
        """Whether the expression is true of an entity."""
        return holds(self.term, lambda name: self.queryables[name].read(entity))


def named_in(term: Term) -> frozenset[str]:
    """The properties that an expression names."""
    match term:
        case Named(name=name):
            return frozenset({name})
        case Interval(start=start, end=end):
            return frozenset(one.name for one in (start, end) if isinstance(one, Named))
        case Call(parts=parts) | Items(parts=parts):
            return frozenset(name for part in parts for name in named_in(part))
        case _:
            return frozenset()


def filtered(wanted: Query, term: Term, queryables: Queryables) -> Query:
    """The query with a checked expression: a superset by index as far as there is one, the expression itself as its test."""
    parts = [*_conjuncts(term)]
    narrowing = [found for one in parts if (found := _filter(one, queryables)) is not None]
    geos = [found for one in parts if (found := _place(one, queryables)) is not None]
    q = [one for one in (wanted.q, *narrowing) if one is not None]
    return msgspec.structs.replace(
        wanted,
        q=None if not q else q[0] if len(q) == 1 else AllOf(tuple(q)),
        geo=wanted.geo or next(iter(geos), None),
        test=Expression(term, queryables),
    )


def _conjuncts(term: Term) -> Sequence[Term]:
    if isinstance(term, Call) and term.op == "and":
        return [one for part in term.parts for one in _conjuncts(part)]
    return [term]


def _filter(term: Term, queryables: Queryables) -> Filter | None:
    """A filter that every match of a condition satisfies; None where no index knows one."""
    match term:
        case Call(op="or", parts=parts):
            found = [_filter(part, queryables) for part in parts]
            return None if None in found else AnyOf(tuple(one for one in found if one is not None))
        case Call(op="and"):
            found = [one for part in _conjuncts(term) if (one := _filter(part, queryables)) is not None]
            return AllOf(tuple(found)) if found else None
        case Call(op="not", parts=(Call(op="isNull", parts=(Named(name=name),)),)):
            return _there(queryables[name])
        case Call(op="in", parts=(Named(name=name), Items(parts=listed))):
            values = [_value(queryables[name], one) for one in listed]
            path = queryables[name].path
            kept = tuple(one for one in values if one is not None)
            return Comparison(path, "==", OneOf(kept)) if path and len(kept) == len(values) else None
        case Call(op="between", parts=(Named(name=name), low, high)):
            return _between(queryables[name], low, high)
        case Call(op="like", parts=(Named(name=name), Plain(value=str(pattern)))):
            return _begins(queryables[name], pattern)
        case Call(op=op, parts=(one, other)) if op in _SIGNS:
            return _compared(_SIGNS[op], one, other, queryables)
        case Call(op=op, parts=(one, other)) if op in _SPANS:
            return _happens(op, one, other, queryables)
        case _:
            return None


def _there(queryable: Queryable) -> Filter | None:
    """That there is anything; of structured values an index does not know whether it is the right thing."""
    path = queryable.path
    return Exists(path) if path is not None else None


def _value(queryable: Queryable, term: Term) -> Scalar:
    """A literal as the index of a queryable holds it; None where it does not."""
    if isinstance(term, Plain) and not queryable.is_moment:
        return term.value
    if isinstance(term, Moment) and queryable.is_moment and not term.is_date:
        return _moment(term.first)
    return None


def _moment(at: Instant) -> DateTimeValue:
    return DateTimeValue(format_instant(at), "DateTime", at)


def _compared(sign: Sign, one: Term, other: Term, queryables: Queryables) -> Filter | None:
    if isinstance(other, Named):
        sign, one, other = _TURNED[sign], other, one
    if not isinstance(one, Named) or isinstance(other, Named):
        return None
    queryable = queryables[one.name]
    if queryable.path is None:
        return None
    if isinstance(other, Moment) and queryable.is_timed:
        if sign == "==" and queryable.is_moment:
            return Comparison(queryable.path, "==", Range(_moment(other.first), _moment(other.last)))
        if sign == "==":
            return AllOf((_since(queryable, other.first), _until(queryable, other.last)))
        return _until(queryable, other.last) if sign in ("<", "<=") else _since(queryable, other.first)
    value = _value(queryable, other)
    if value is None or (isinstance(value, bool) and sign != "=="):
        return None
    return Comparison(queryable.path, sign, value)


def _since(queryable: Queryable, at: Instant) -> Filter:
    """What is not before a moment; of texts, whose zone the index does not know, a day more."""
    path = cast(Path, queryable.path)
    typed = Comparison(path, ">=", _moment(at))
    day = format_instant(Instant(max(at - DAY_US, 0)))[:DAY_LENGTH]
    return AnyOf((typed, Comparison(path, ">=", day))) if queryable.is_written else typed


def _until(queryable: Queryable, at: Instant) -> Filter:
    """What is not after a moment."""
    path = cast(Path, queryable.path)
    typed = Comparison(path, "<=", _moment(at))
    day = format_instant(Instant(at + DAY_US))[:DAY_LENGTH] + _LAST_CHARACTER
    return AnyOf((typed, Comparison(path, "<=", day))) if queryable.is_written else typed


def _between(queryable: Queryable, low: Term, high: Term) -> Filter | None:
    if queryable.path is None or not isinstance(low, Plain) or not isinstance(high, Plain):
        return None
    return AllOf((Comparison(queryable.path, ">=", low.value), Comparison(queryable.path, "<=", high.value)))


def _begins(queryable: Queryable, pattern: str) -> Filter | None:
    """LIKE with a beginning that is known: the texts between it and all that begin with it."""
    start = next((n for n, sign in enumerate(pattern) if sign in "%_\\"), len(pattern))
    beginning = pattern[:start]
    if queryable.path is None or not beginning:
        return None
    return AllOf(
        (
            Comparison(queryable.path, ">=", beginning),
            Comparison(queryable.path, "<=", beginning + _LAST_CHARACTER),
        )
    )


_SPANS: Final = frozenset(
    f"t_{name}" for name in ("after", "before", "during", "equals", "intersects", "starts", "finishes")
)
"""Relations of a moment to a stretch that bound when it is."""


def _happens(op: str, one: Term, other: Term, queryables: Queryables) -> Filter | None:
    if not isinstance(one, Named) or not queryables[one.name].is_timed:
        return None
    known = queryables[one.name]
    ends = (
        (other, other)
        if isinstance(other, Moment)
        else (other.start, other.end)
        if isinstance(other, Interval)
        else None
    )
    if ends is None or any(isinstance(end, Named) for end in ends):
        return None
    start, end = cast(tuple[Moment | None, Moment | None], ends)
    parts: list[Filter] = []
    if op == "t_after":
        parts += [_since(known, end.first)] if end is not None else []
    elif op == "t_before":
        parts += [_until(known, start.last)] if start is not None else []
    else:
        parts += [_since(known, start.first)] if start is not None else []
        parts += [_until(known, end.last)] if end is not None else []
    return AllOf(tuple(parts)) if parts else None


def _place(term: Term, queryables: Queryables) -> GeoFilter | None:
    """The places that have a point in common with a literal geometry."""
    if not isinstance(term, Call) or term.op not in _TOUCHING:
        return None
    one, other = term.parts
    if isinstance(one, Geometry):
        one, other = other, one
    if not isinstance(one, Named) or not isinstance(other, Geometry):
        return None
    path = queryables[one.name].path
    return GeoFilter("intersects", other.value, path.names[0]) if path is not None else None
