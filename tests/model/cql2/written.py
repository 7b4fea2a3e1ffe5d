"""A CQL2 expression written as text, as `text.parse_text` reads it."""

from __future__ import annotations

import re
from typing import Any, Final, cast

import shapely

from kaiteki.model.cql2.terms import (
    OPERATORS,
    Call,
    Geometry,
    Interval,
    Items,
    Moment,
    Named,
    Plain,
    Term,
)

_PLAIN_NAME: Final = re.compile(r"[^\W\d]\w*")
_WORDS: Final = frozenset(["not", "and", "or", "like", "between", "in", "is", "null", "true", "false", "div"])


def write_text(term: Term) -> str:
    """The expression as text; every condition and every sum within another stands in brackets."""
    match term:
        case Named(name=name):
            return _name(name)
        case Plain(value=bool(value)):
            return "TRUE" if value else "FALSE"
        case Plain(value=str(value)):
            return _quoted(value)
        case Plain(value=value):
            return repr(value)
        case Moment():
            return f"{'DATE' if term.is_date else 'TIMESTAMP'}({_quoted(term.text)})"
        case Interval(start=start, end=end):
            return f"INTERVAL({_end(start)},{_end(end)})"
        case Geometry(value=value, bbox=bbox):
            if bbox is not None:
                return f"BBOX({','.join(map(repr, bbox))})"
            return str(
                cast(object, shapely.to_wkt(cast(Any, shapely).geometry.shape(value), rounding_precision=-1))
            )
        case Items(parts=parts):
            return f"({','.join(map(write_text, parts))})"
        case Call():
            return _call(term)


def _call(call: Call) -> str:
    parts = [_inner(part) for part in call.parts]
    family = OPERATORS[call.op].family
    if family == "logic" and call.op != "not":
        return f" {call.op.upper()} ".join(parts)
    if family in ("comparison", "arithmetic"):
        sign = call.op.upper() if call.op == "div" else call.op
        return f" {sign} ".join(parts)
    match call.op:
        case "not":
            return f"NOT {parts[0]}"
        case "isNull":
            return f"{parts[0]} IS NULL"
        case "like":
            return f"{parts[0]} LIKE {parts[1]}"
        case "between":
            return f"{parts[0]} BETWEEN {parts[1]} AND {parts[2]}"
        case "in":
            return f"{parts[0]} IN {parts[1]}"
        case _:
            return f"{call.op.upper()}({','.join(map(write_text, call.parts))})"


def _inner(term: Term) -> str:
    """A part of an expression: what has an operator of its own stands in brackets."""
    is_open = isinstance(term, Call) and OPERATORS[term.op].family not in (
        "spatial",
        "temporal",
        "array",
        "folding",
    )
    is_negative = isinstance(term, Plain) and not isinstance(term.value, str | bool) and term.value < 0
    return f"({write_text(term)})" if is_open or is_negative else write_text(term)


def _name(name: str) -> str:
    if _PLAIN_NAME.fullmatch(name) and name.lower() not in _WORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _end(end: Moment | Named | None) -> str:
    if end is None:
        return "'..'"
    return _quoted(end.text) if isinstance(end, Moment) else _name(end.name)
