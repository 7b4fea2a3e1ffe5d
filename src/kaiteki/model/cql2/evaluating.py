"""Whether a feature satisfies a CQL2 expression. What is not there makes neither true nor false (NULL), and so does a comparison with it."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias, cast

import msgspec
import shapely

from kaiteki.model.cql2.relating import relate
from kaiteki.model.cql2.terms import (
    OPERATORS,
    Call,
    Family,
    Geometry,
    Interval,
    Items,
    Moment,
    Named,
    Plain,
    Term,
)
from kaiteki.model.place import shape_of

PATTERN_LENGTH_MAX: Final = 500
"""Characters of a pattern of LIKE; a longer one is refused, and one that a feature tells matches nothing."""
Value: TypeAlias = Any
"""A text, number, boolean, Moment, Span, shapely geometry, a list of values, or None for what is not there."""
Lookup: TypeAlias = Callable[[str], Value]
"""The value of a feature's property."""


class Span(msgspec.Struct, frozen=True):
    """An interval whose ends are known; None: open."""

    start: Moment | None
    end: Moment | None


def holds(term: Term, of: Lookup) -> bool:
    """Whether a checked expression is true of a feature."""
    return evaluate(term, of) is True


def evaluate(term: Term, of: Lookup) -> Value:
    """The value of a checked term for a feature."""
    match term:
        case Named(name=name):
            return of(name)
        case Plain(value=value):
            return value
        case Moment():
            return term
        case Interval(start=start, end=end):
            return _span((start, end), of)
        case Geometry():
            return _drawn(term)
        case Items(parts=parts):
            return [evaluate(part, of) for part in parts]
        case Call(op=op, parts=parts):
            family = OPERATORS[op].family
            if family == "logic":
                return _LOGIC[op](parts, of)
            if family == "null":
                return _is_null(parts[0], of)
            values = [evaluate(part, of) for part in parts]
            return None if any(one is None for one in values) else _FAMILIES[family](op, values)


def _span(told: tuple[Moment | Named | None, Moment | Named | None], of: Lookup) -> Span | None:
    """The interval between two ends; None where a property that is one of them says no moment."""
    ends: list[Moment | None] = []
    for one in told:
        end = of(one.name) if isinstance(one, Named) else one
        if isinstance(one, Named) and not isinstance(end, Moment):
            return None
        ends.append(end)
    return Span(*ends)


def _is_null(part: Term, of: Lookup) -> bool:
    return evaluate(part, of) is None


def _not(parts: Sequence[Term], of: Lookup) -> bool | None:
    value = _truth(parts[0], of)
    return None if value is None else not value


def _and(parts: Sequence[Term], of: Lookup) -> bool | None:
    answer: bool | None = True
    for part in parts:
        value = _truth(part, of)
        if value is False:
            return False
        if value is None:
            answer = None
    return answer


def _or(parts: Sequence[Term], of: Lookup) -> bool | None:
    answer: bool | None = False
    for part in parts:
        value = _truth(part, of)
        if value is True:
            return True
        if value is None:
            answer = None
    return answer


def _truth(part: Term, of: Lookup) -> bool | None:
    value = evaluate(part, of)
    return value if isinstance(value, bool) else None


_LOGIC: Final[dict[str, Callable[[Sequence[Term], Lookup], bool | None]]] = {
    "and": _and,
    "or": _or,
    "not": _not,
}


def _compares(op: str, values: list[Value]) -> bool | None:
    one, other = values
    if isinstance(one, Moment) and isinstance(other, Moment):
        return _compares_moments(op, one, other)
    kinds = (_sort(one), _sort(other))
    if "" in kinds or kinds[0] != kinds[1]:
        return None
    match op:
        case "=":
            return bool(one == other)
        case "<>":
            return bool(one != other)
        case "<":
            return bool(one < other)
        case ">":
            return bool(one > other)
        case "<=":
            return bool(one <= other)
        case _:
            return bool(one >= other)


def _compares_moments(op: str, one: Moment, other: Moment) -> bool:
    """A day and a timestamp: the timestamp within the day is neither before nor after it."""
    match op:
        case "=":
            return one.first == other.first and one.last == other.last
        case "<>":
            return one.first != other.first or one.last != other.last
        case "<":
            return one.last < other.first
        case ">":
            return one.first > other.last
        case "<=":
            return one.first <= other.first and one.last <= other.last
        case _:
            return one.first >= other.first and one.last >= other.last


def _sort(value: Value) -> str:
    """What may be compared with what."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else ""


def _is_in(_op: str, values: list[Value]) -> bool | None:
    one, listed = values
    found = [_compares("=", [one, other]) if other is not None else None for other in listed]
    return True if True in found else None if None in found else False


def _is_between(_op: str, values: list[Value]) -> bool | None:
    low, high = _compares(">=", values[:2]), _compares("<=", [values[0], values[2]])
    return False if low is False or high is False else None if low is None or high is None else True


def _is_like(_op: str, values: list[Value]) -> bool | None:
    """What stands between two `%` is looked for from the left, each piece once: no pattern makes that go back and forth."""
    text, pattern = values
    if not isinstance(text, str) or not isinstance(pattern, str) or len(pattern) > PATTERN_LENGTH_MAX:
        return None
    (first, _), *others = _pieces(pattern)
    if not others:
        return first.fullmatch(text) is not None
    begun = first.match(text)
    if begun is None:
        return False
    at = begun.end()
    for piece, _ in others[:-1]:
        found = piece.search(text, at)
        if found is None:
            return False
        at = found.end()
    last, length = others[-1]
    return len(text) - length >= at and last.fullmatch(text, len(text) - length) is not None


@lru_cache(maxsize=256)
def _pieces(pattern: str) -> tuple[tuple[re.Pattern[str], int], ...]:
    r"""What stands between the `%` of a pattern, with its length: `_` is any one character, `\` takes the next one as it is."""
    pieces: list[list[str]] = [[]]
    for part in re.findall(r"\\.|.", pattern, re.DOTALL):
        if part == "%":
            pieces.append([])
        else:
            pieces[-1].append("." if part == "_" else re.escape(part[-1]))
    return tuple((re.compile("".join(piece), re.DOTALL), len(piece)) for piece in pieces)


def _folds(op: str, values: list[Value]) -> Value:
    (text,) = values
    if not isinstance(text, str):
        return None
    return text.casefold() if op == "casei" else _without_accents(text)


def _without_accents(text: str) -> str:
    """The text without the combining marks of European scripts; the voicing marks of kana make other letters and stay."""
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(one for one in parts if not "\u0300" <= one <= "\u036f"))


def _reckons(op: str, values: list[Value]) -> Value:
    one, other = values
    if _sort(one) != "number" or _sort(other) != "number":
        return None
    try:
        return _ARITHMETIC[op](one, other)
    except (ZeroDivisionError, OverflowError, ValueError):
        return None


def _power(one: float, other: float) -> float:
    return math.pow(one, other)


_ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one / other,
    "%": math.fmod,
    "div": lambda one, other: math.trunc(one / other),
    "^": _power,
}


def _contains(op: str, values: list[Value]) -> bool | None:
    """Arrays are compared as sets: neither order nor repetition counts."""
    if not all(isinstance(one, list) for one in values):
        return None
    one, other = (set(map(_member, cast(list[Any], each))) for each in values)
    match op:
        case "a_equals":
            return one == other
        case "a_contains":
            return one >= other
        case "a_containedBy":
            return one <= other
        case _:
            return not one.isdisjoint(other)


def _member(value: Value) -> Value:
    return (
        (_sort(value), value)
        if _sort(value)
        else msgspec.json.encode(value)
        if isinstance(value, list)
        else value
    )


def _relates(op: str, values: list[Value]) -> bool | None:
    one, other = values
    if not all(isinstance(each, shapely.Geometry) for each in values):
        return None
    try:
        return bool(getattr(shapely, op[2:])(one, other))
    except shapely.GEOSException:
        return None


def _happens(op: str, values: list[Value]) -> bool | None:
    spans = [Span(one, one) if isinstance(one, Moment) else one for one in values]
    if not all(isinstance(one, Span) for one in spans):
        return None
    one, other = spans
    return relate(op, (one.start, one.end), (other.start, other.end))


_FAMILIES: Final[dict[Family, Callable[[str, list[Value]], Value]]] = {
    "comparison": _compares,
    "like": _is_like,
    "between": _is_between,
    "in": _is_in,
    "spatial": _relates,
    "temporal": _happens,
    "array": _contains,
    "arithmetic": _reckons,
    "folding": _folds,
}


def _drawn(term: Geometry) -> Value:
    """The shape of a literal, drawn once."""
    return _shape(msgspec.json.encode(term.value))


@lru_cache(maxsize=64)
def _shape(encoded: bytes) -> Value:
    return shape_of(msgspec.json.decode(encoded))
