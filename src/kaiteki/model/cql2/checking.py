"""Whether a CQL2 expression fits the queryables of a collection: every property is one, every operator gets what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kaiteki.model.cql2.evaluating import PATTERN_LENGTH_MAX
from kaiteki.model.cql2.literals import refuse
from kaiteki.model.cql2.terms import (
    OPERATORS,
    Call,
    Family,
    Geometry,
    Interval,
    Items,
    Kind,
    Moment,
    Named,
    Plain,
    Term,
    is_boolean,
)

NAMES_TOLD_MAX: Final = 20
"""Queryables that a refusal names."""
_WANTED: Final[dict[Family, Kind]] = {
    "like": "text",
    "folding": "text",
    "spatial": "geometry",
    "temporal": "moment",
    "array": "array",
    "arithmetic": "number",
    "between": "number",
}
"""What all arguments of a family are; those of the others fit one another."""
_ARTICLES: Final[dict[Kind, str]] = {
    "text": "a text",
    "number": "a number",
    "boolean": "a condition",
    "moment": "a date, timestamp or interval",
    "geometry": "a geometry",
    "array": "an array",
    "any": "a value",
}


def check(term: Term, queryables: Mapping[str, Kind]) -> None:
    """Refuse an expression that is no condition, names what is no queryable, or compares what cannot be compared (BadRequestData)."""
    if not is_boolean(term):
        raise refuse("a filter is a condition that holds or does not")
    _fits(kind_of(term, queryables), "boolean", "the filter")


def kind_of(term: Term, queryables: Mapping[str, Kind]) -> Kind:
    """What a term stands for, after everything in it was checked."""
    match term:
        case Named(name=name):
            return _kind_of_name(name, queryables)
        case Plain(value=bool()):
            return "boolean"
        case Plain(value=str()):
            return "text"
        case Plain():
            return "number"
        case Moment():
            return "moment"
        case Interval(start=start, end=end):
            for one in (start, end):
                if isinstance(one, Named):
                    _fits(_kind_of_name(one.name, queryables), "moment", "an end of an interval")
            return "moment"
        case Geometry():
            return "geometry"
        case Items(parts=parts):
            for part in parts:
                kind_of(part, queryables)
            return "array"
        case Call():
            return _kind_of_call(term, queryables)


def _kind_of_name(name: str, queryables: Mapping[str, Kind]) -> Kind:
    kind = queryables.get(name)
    if kind is None:
        told = ", ".join(sorted(queryables)[:NAMES_TOLD_MAX])
        raise refuse(f"{name[:60]} is no queryable; there are {told}")
    return kind


def _kind_of_call(call: Call, queryables: Mapping[str, Kind]) -> Kind:
    row = OPERATORS[call.op]
    if len(call.parts) < row.least or (row.most and len(call.parts) > row.most):
        count = str(row.least) if row.least == row.most else f"at least {row.least}"
        raise refuse(f"{call.op} takes {count} arguments")
    if row.family == "logic":
        for part in call.parts:
            if not is_boolean(part):
                raise refuse(f"{call.op} joins conditions")
            _fits(kind_of(part, queryables), "boolean", f"what {call.op} joins")
        return "boolean"
    if row.family == "in":
        listed = call.parts[1]
        if not isinstance(listed, Items) or not listed.parts:
            raise refuse("IN takes a list of values that is not empty")
        _alike(call.op, (call.parts[0], *listed.parts), queryables)
        return row.makes
    wanted = _WANTED.get(row.family)
    if wanted is None:
        _alike(call.op, call.parts, queryables)
        return row.makes
    for part in call.parts:
        _fits(kind_of(part, queryables), wanted, f"what {call.op} takes")
        if call.op == "like" and isinstance(part, Plain) and len(str(part.value)) > PATTERN_LENGTH_MAX:
            raise refuse(f"a pattern of LIKE has at most {PATTERN_LENGTH_MAX} characters")
    return row.makes


def _alike(op: str, parts: tuple[Term, ...], queryables: Mapping[str, Kind]) -> None:
    """What is compared is of one kind, and can be compared so."""
    kinds: list[Kind] = [kind_of(part, queryables) for part in parts]
    if op == "isNull":
        return
    known: set[Kind] = set(kinds)
    known -= {"any"}
    if len(known) > 1:
        told = " with ".join(_ARTICLES[one] for one in sorted(known))
        raise refuse(f"{op} cannot compare {told}")
    if known & {"geometry", "array"}:
        raise refuse(f"{op} compares no {' or '.join(sorted(known))}; use an S_ or A_ operator")


def _fits(kind: Kind, wanted: Kind, what: str) -> None:
    if kind not in (wanted, "any"):
        raise refuse(f"{what} is {_ARTICLES[wanted]}, not {_ARTICLES[kind]}")
