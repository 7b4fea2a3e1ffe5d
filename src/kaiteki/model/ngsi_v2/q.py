"""The simple query language of NGSI v2 (`q`, `mq`) and its order of results, read into the one query of the data plane."""

from __future__ import annotations

import re
from typing import Final, cast

import msgspec

from kaiteki.model.ngsi_v2.moments import read_moment
from kaiteki.model.ngsi_v2.names import to_id, to_iri
from kaiteki.model.pattern import read_pattern
from kaiteki.model.problem import Problem
from kaiteki.model.query import (
    AllOf,
    Comparison,
    DateTimeValue,
    Exists,
    Filter,
    Missing,
    OneOf,
    Order,
    Path,
    Range,
    Scalar,
    UriValue,
)

STATEMENTS_MAX: Final = 200
"""Statements of one expression, and values of one list."""
LENGTH_MAX: Final = 16_384
LINK_LENGTH_MAX: Final = 200
"""Texts up to this length may also be the id that a relationship leads to."""

_MEMBERS: Final = {
    "dateCreated": "createdAt",
    "dateModified": "modifiedAt",
    "dateExpires": "expiresAt",
    "id": "id",
    "type": "type",
}
_META: Final = {
    "TimeInstant": "observedAt",
    "unitCode": "unitCode",
    "dateCreated": "createdAt",
    "dateModified": "modifiedAt",
}
_STATEMENT: Final = re.compile(r"((?:'[^']*'|[^'=!<>~:])+)(==|!=|>=|<=|~=|>|<|:|=)(.*)", re.DOTALL)
_TOKEN: Final = re.compile(r"'([^']+)'|([^'.]+)")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def parse_q(text: str, field: str = "q") -> Filter:
    """Read an expression; `mq` as field reads metadata. Raises BadRequestData, TooComplexQuery."""
    if len(text) > LENGTH_MAX:
        raise Problem("TooComplexQuery", f"{field} has up to {LENGTH_MAX} characters", field)
    statements = [one.strip() for one in _split(text, ";")]
    if len(statements) > STATEMENTS_MAX:
        raise Problem("TooComplexQuery", f"{field} has up to {STATEMENTS_MAX} statements", field)
    if not all(statements):
        raise Problem("BadRequestData", f"empty statement in {field}", field)
    parts = tuple(_statement(one, field) for one in statements)
    return parts[0] if len(parts) == 1 else AllOf(parts)


def parse_order(text: str, location: str) -> tuple[Order, ...]:
    """Read orderBy; `location` is the (expanded) attribute that geo:distance measures to. Raises BadRequestData."""
    keys: list[Order] = []
    for part in text.split(",")[:STATEMENTS_MAX]:
        name, descending = part.strip().removeprefix("!"), part.strip().startswith("!")
        if not name:
            raise Problem("BadRequestData", "orderBy has an empty item", "orderBy")
        if name == "geo:distance":
            keys.append(Order(Path((location,)), descending, distance=True))
        else:
            keys.append(Order(Path((_MEMBERS.get(name) or to_iri(name),)), descending))
    return tuple(keys)


def _split(text: str, separator: str) -> list[str]:
    """The parts between separators that do not stand in single quotes."""
    parts, quoted = [""], False
    for char in text:
        quoted ^= char == "'"
        if char == separator and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _statement(text: str, field: str) -> Filter:
    if text.startswith("!") and not text.startswith("!="):
        return Missing(_path(text[1:], field))
    found = _STATEMENT.fullmatch(text)
    if found is None:
        return Exists(_path(text, field))
    path, operator, told = _path(found[1], field), found[2], found[3]
    if not told:
        raise Problem("BadRequestData", f"{field} has an operator without a value: {text}", field)
    match operator:
        case "~=":
            pattern = _unquoted(told)
            read_pattern(pattern, field)
            return Comparison(path, "~=", pattern)
        case "==" | "!=" | ":" | "=":
            return Comparison(path, "!=" if operator == "!=" else "==", _operand(told, field))
        case "<" | "<=" | ">" | ">=":
            return Comparison(path, operator, _scalar(told))
        case _:
            raise Problem("BadRequestData", f"{field} has no operator {operator}", field)


def _path(text: str, field: str) -> Path:
    tokens = [quoted or plain for quoted, plain in _TOKEN.findall(text)]
    if not tokens or len(tokens) > STATEMENTS_MAX or any(char in text for char in "()=<>!~"):
        raise Problem("BadRequestData", f"{text!r} is no path of {field}", field)
    if field == "mq":
        if len(tokens) < 2:
            raise Problem("BadRequestData", "mq asks for attribute.metadata", field)
        return Path((to_iri(tokens[0]), _META.get(tokens[1]) or to_iri(tokens[1])), tuple(tokens[2:]))
    member = _MEMBERS.get(tokens[0]) if len(tokens) == 1 else None
    return Path((member or to_iri(tokens[0]),), tuple(tokens[1:]))


def _operand(text: str, field: str) -> Scalar | Range | OneOf:
    items = _split(text, ",")
    if len(items) > STATEMENTS_MAX:
        raise Problem("TooComplexQuery", f"{field} has up to {STATEMENTS_MAX} values", field)
    values: list[Scalar | Range] = []
    for item in items:
        values += _alternatives(item, field)
    return values[0] if len(values) == 1 else OneOf(tuple(values))


def _alternatives(text: str, field: str) -> list[Scalar | Range]:
    """What one value of a list may mean: a range, a date or the same text, a text or the id of an entity."""
    if not text:
        raise Problem("BadRequestData", f"{field} has an empty value", field)
    if not text.startswith("'") and ".." in text:
        low, _, high = text.partition("..")
        if not low or not high:
            raise Problem("BadRequestData", f"{field} has a range without an end", field)
        return [Range(_scalar(low), _scalar(high))]
    value = _scalar(text)
    if isinstance(value, DateTimeValue):
        return [value, text]
    if isinstance(value, str) and value and len(value) <= LINK_LENGTH_MAX and not text.startswith("'"):
        return [UriValue(value, to_id(value))]
    return [value]


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text


def _scalar(text: str) -> Scalar:
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    if text in ("true", "false"):
        return text == "true"
    if text == "null":
        return None
    if _NUMBER.fullmatch(text):
        return _number(text)
    moment = read_moment(text)
    return text if moment is None else DateTimeValue(text, "DateTime", moment)


def _number(text: str) -> int | float | str:
    try:
        return cast("int | float", msgspec.json.decode(text.lstrip("+").encode()))
    except msgspec.DecodeError:
        return text
