"""CQL2 as JSON (cql2-json), read and written: `{"op": "=", "args": [{"property": "用途地域"}, "商業地域"]}` (OGC 21-065r2, Annex C)."""

from __future__ import annotations

import math
from typing import Final, cast

from kaiteki.model.cql2.literals import (
    date_of,
    envelope_of,
    geometry_of,
    interval_of,
    moment_of,
    refuse,
    timestamp_of,
)
from kaiteki.model.cql2.terms import (
    BY_LOWER_CASE,
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
from kaiteki.model.entity import Json
from kaiteki.model.language.scan import EXPRESSION_DEPTH_MAX, EXPRESSION_PARTS_MAX
from kaiteki.model.place import is_geometry
from kaiteki.model.problem import Problem

_TEXT_LENGTH_MAX: Final = 16_384
"""Characters of a literal text or a name."""


def read_document(value: Json) -> Term:
    """Read an expression. Raises BadRequestData, TooComplexQuery beyond the limits of `language.scan`."""
    return _Reader().term(value, 0)


class _Reader:
    """Reads one document; counts its parts."""

    def __init__(self) -> None:
        self.parts = 0

    def term(self, value: Json, depth: int) -> Term:
        self.parts += 1
        if self.parts > EXPRESSION_PARTS_MAX or depth > 2 * EXPRESSION_DEPTH_MAX:
            raise Problem(
                "TooComplexQuery",
                f"a filter has up to {EXPRESSION_PARTS_MAX} parts and {2 * EXPRESSION_DEPTH_MAX} levels",
                "filter",
            )
        if isinstance(value, list):
            return Items(tuple(self.term(part, depth + 1) for part in cast(list[Json], value)))
        if isinstance(value, dict):
            return self.item(cast(dict[str, Json], value), depth)
        if isinstance(value, str) and len(value) <= _TEXT_LENGTH_MAX:
            return Plain(value)
        if isinstance(value, bool) or (isinstance(value, int | float) and math.isfinite(value)):
            return Plain(value)
        raise refuse("a value is a text, a number, a boolean, an array or an object")

    def item(self, value: dict[str, Json], depth: int) -> Term:
        if "op" in value:
            return self.call(value, depth)
        if "property" in value:
            return Named(_text(value["property"], "property"))
        if "date" in value:
            return date_of(_text(value["date"], "date"))
        if "timestamp" in value:
            return timestamp_of(_text(value["timestamp"], "timestamp"))
        if "interval" in value:
            ends = value["interval"]
            if not isinstance(ends, list) or len(cast(list[Json], ends)) != 2:
                raise refuse("an interval is an array of two")
            start, end = cast(list[Json], ends)
            return interval_of(_end(start), _end(end))
        if "bbox" in value:
            return envelope_of(_numbers(value["bbox"]))
        if is_geometry(value):
            return geometry_of(value)
        raise refuse(
            f"an object has op, property, date, timestamp, interval, bbox or is a geometry; it has {', '.join(value)[:80]}"
        )

    def call(self, value: dict[str, Json], depth: int) -> Term:
        name, args = _text(value["op"], "op"), value.get("args")
        op = name if name in OPERATORS else BY_LOWER_CASE.get(name.lower())
        if op is None:
            raise refuse(f"there is no operator {name[:60]}")
        if not isinstance(args, list):
            raise refuse(f"args of {name[:60]} is an array")
        parts = tuple(self.term(one, depth + 1) for one in cast(list[Json], args))
        return Call(op, parts)


def write_document(term: Term) -> Json:
    """A term in this encoding."""
    match term:
        case Named(name=name):
            return {"property": name}
        case Plain(value=value):
            return value
        case Moment():
            return {"date" if term.is_date else "timestamp": term.text}
        case Interval(start=start, end=end):
            return {"interval": [_written_end(start), _written_end(end)]}
        case Geometry(value=value, bbox=bbox):
            return {"bbox": list(bbox)} if bbox is not None else value
        case Items(parts=parts):
            return [write_document(one) for one in parts]
        case Call(op=op, parts=parts):
            return {"op": op, "args": [write_document(one) for one in parts]}


def _written_end(end: Moment | Named | None) -> Json:
    if end is None:
        return ".."
    return end.text if isinstance(end, Moment) else {"property": end.name}


def _end(value: Json) -> Moment | Named | None:
    if isinstance(value, str):
        return None if value == ".." else moment_of(value)
    if isinstance(value, dict):
        told = cast(dict[str, Json], value)
        if "property" in told:
            return Named(_text(told["property"], "property"))
        if "date" in told:
            return date_of(_text(told["date"], "date"))
        if "timestamp" in told:
            return timestamp_of(_text(told["timestamp"], "timestamp"))
    raise refuse("an end of an interval is a date, a timestamp, '..' or a property")


def _text(value: Json, name: str) -> str:
    if not isinstance(value, str) or len(value) > _TEXT_LENGTH_MAX:
        raise refuse(f"{name} is a text")
    return value


def _numbers(value: Json) -> list[float]:
    found = cast(list[Json], value) if isinstance(value, list) else []
    if not found or any(isinstance(one, bool) or not isinstance(one, int | float) for one in found):
        raise refuse("bbox is an array of numbers")
    return [float(one) for one in found]
