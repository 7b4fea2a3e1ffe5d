"""The query language, ETSI GS CIM 009 V1.9.1 clause 4.9: `(speed>50|rpm>3000);brandName=="Mercedes"`.

Beyond the grammar: brackets nest to any level (the standard's own example 6 does), regular expressions may be quoted,
and names may carry a prefix of the @context.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Collection
from typing import Final, Literal, TypeAlias, cast

import msgspec

from kaiteki.model.instant import parse_instant
from kaiteki.model.language.paths import read_path
from kaiteki.model.language.scan import Expand, Scanner
from kaiteki.model.pattern import read_pattern
from kaiteki.model.query import (
    AllOf,
    AnyOf,
    Comparison,
    DateTimeValue,
    Exists,
    Filter,
    OneOf,
    Path,
    Range,
    Scalar,
    UriValue,
)

Operator: TypeAlias = Literal["==", "!=", ">", ">=", "<", "<=", "~=", "!~="]

_OPERATORS: Final[tuple[Operator, ...]] = ("!~=", "~=", "==", "!=", ">=", "<=", ">", "<")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?(?![\w:\-])", re.ASCII)
# a comma starts the next value of a list here, so a fraction of a second needs its point
_DATE_TIME: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})?", re.ASCII
)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?![\dT])", re.ASCII)
_TIME: Final = re.compile(r"\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_WORD: Final = re.compile(r"(true|false)(?!\w)")
_BARE_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s\"<>\\^`{}|;(),]+")
_TERM: Final = re.compile(r"[^\W\d_][\w:\-]*")


def parse_q(text: str, expand: Expand, expand_values: Collection[str] = (), field: str = "q") -> Filter:
    """Read a q expression. `expand_values` are the (short) names whose values are terms to expand (clause 4.9).

    Raises BadRequestData with the position, TooComplexQuery beyond the limits of `scan`.
    """
    scanner = Scanner(text, field)
    reader = _Reader(scanner, expand, frozenset(expand(name) for name in expand_values))
    tree = reader.any(0)
    scanner.end()
    return tree


class _Reader:
    """The rules of the grammar over one scanner."""

    def __init__(self, scanner: Scanner, expand: Expand, vocabulary: frozenset[str]) -> None:
        self.scanner = scanner
        self.expand = expand
        self.vocabulary = vocabulary

    def any(self, depth: int) -> Filter:
        parts = [self.all(depth)]
        while self.scanner.take("|"):
            parts.append(self.all(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def all(self, depth: int) -> Filter:
        parts = [self.term(depth)]
        while self.scanner.take(";"):
            parts.append(self.term(depth))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def term(self, depth: int) -> Filter:
        self.scanner.count(depth)
        if self.scanner.take("("):
            inner = self.any(depth + 1)
            self.scanner.need(")")
            return inner
        path = read_path(self.scanner, self.expand)
        for operator in _OPERATORS:
            if self.scanner.take(operator):
                return Comparison(path, operator, self.operand(path, operator))
        return Exists(path)

    def operand(self, path: Path, operator: Operator) -> Scalar | Range | OneOf:
        if operator in ("~=", "!~="):
            return self.pattern()
        terms = _last(path) in self.vocabulary
        first = self.item(terms, operator in ("==", "!="))
        if operator not in ("==", "!="):
            return first
        values = [first]
        while self.scanner.take(","):
            self.scanner.count()
            values.append(self.item(terms, True))
        return first if len(values) == 1 else OneOf(tuple(values))

    def item(self, terms: bool, ranges: bool) -> Scalar | Range:
        """One value, or a range where the operator allows it."""
        low = self.scalar(terms)
        if not (ranges and self.scanner.take("..")):
            return low
        high = self.scalar(terms)
        if _sort_of(low) != _sort_of(high) or _sort_of(low) in ("bool", "uri"):
            raise self.scanner.refuse("a range of two numbers, texts, dates or times")
        return Range(low, high)

    def scalar(self, terms: bool) -> Scalar:
        scanner = self.scanner
        if scanner.peek('"'):
            text = self.quoted()
            return UriValue(text, self.expand(text)) if terms else text
        word = scanner.match(_WORD)
        if word is not None:
            return word == "true"
        moment = self.moment()
        if moment is not None:
            return moment
        digits = scanner.match(_NUMBER)
        if digits is not None:
            return self.number(digits)
        uri = scanner.match(_BARE_URI)
        if uri is None and terms:
            uri = scanner.match(_TERM)
        if uri is None:
            raise scanner.refuse('a number, true, false, a date or time, a URI, or text in "quotes"')
        return UriValue(uri, self.expand(uri))

    def number(self, digits: str) -> int | float:
        try:
            number = cast("int | float", msgspec.json.decode(digits))
        except msgspec.DecodeError:
            number = math.inf
        if abs(number) > sys.float_info.max:
            self.scanner.position -= len(digits)
            raise self.scanner.refuse("a number up to 1.8e308")
        return number

    def moment(self) -> DateTimeValue | None:
        scanner = self.scanner
        text = scanner.match(_DATE_TIME)
        if text is not None:
            instant = parse_instant(text if text[-1] == "Z" or text[-6] in "+-" else text + "Z")
            if instant is None:
                raise scanner.refuse(f"a valid DateTime instead of {text}")
            return DateTimeValue(text, "DateTime", instant)
        text = scanner.match(_DATE)
        if text is not None:
            return DateTimeValue(text, "Date")
        text = scanner.match(_TIME)
        return None if text is None else DateTimeValue(text, "Time")

    def quoted(self) -> str:
        raw = self.scanner.match(_QUOTED)
        if raw is None:
            raise self.scanner.refuse("a closing quote")
        try:
            return msgspec.json.decode(raw, type=str)
        except msgspec.DecodeError:
            self.scanner.position -= len(raw)
            raise self.scanner.refuse("a JSON string") from None

    def pattern(self) -> str:
        """A regular expression: quoted, or bare up to the end of the term with its own brackets balanced."""
        scanner = self.scanner
        start = scanner.position
        raw = scanner.match(_QUOTED)
        if raw is not None:
            text = raw[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        else:
            text = _bare_pattern(scanner)
        if not text:
            raise scanner.refuse("a regular expression")
        end = scanner.position
        scanner.position = start
        read_pattern(text, scanner.field)
        scanner.position = end
        return text


def _bare_pattern(scanner: Scanner) -> str:
    start, depth, escaped, in_class = scanner.position, 0, False, False
    for position in range(start, len(scanner.text)):
        char = scanner.text[position]
        if escaped or char == "\\":
            escaped = not escaped
            continue
        if in_class or char == "[":
            in_class = char != "]"
            continue
        depth += (char == "(") - (char == ")")
        if depth < 0 or (depth == 0 and char in ";|"):
            break
    else:
        position = len(scanner.text)
    scanner.position = position
    return scanner.text[start:position]


def _last(path: Path) -> str:
    return _last(path.linked) if path.linked is not None else path.names[-1]


def _sort_of(value: Scalar) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, DateTimeValue):
        return value.kind
    return "uri" if isinstance(value, UriValue) else "text"
