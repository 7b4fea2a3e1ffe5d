"""CQL2 as text (cql2-text): `用途地域 = '商業地域' AND S_INTERSECTS(geometry, BBOX(140.1, 35.6, 140.2, 35.7))` (OGC 21-065r2, Annex B)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from kaiteki.model.cql2.literals import (
    FIELD,
    date_of,
    envelope_of,
    geometry_of_text,
    interval_of,
    moment_of,
    timestamp_of,
)
from kaiteki.model.cql2.terms import (
    BY_LOWER_CASE,
    OPERATORS,
    Call,
    Interval,
    Items,
    Moment,
    Named,
    Plain,
    Term,
)
from kaiteki.model.language.scan import EXPRESSION_DEPTH_MAX, Scanner

_BLANK: Final = re.compile(r"\s+")
_NUMBER: Final = re.compile(r"(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_TEXT: Final = re.compile(r"'(?:[^']|'')*'", re.DOTALL)
_QUOTED: Final = re.compile(r'"(?:[^"]|"")+"', re.DOTALL)
_NAME: Final = re.compile(r"[^\W\d][\w:.\-・]*|:[\w:.\-・]+")
"""A name without quotes: letters of any script and `_` first, then also digits, `.`, `:` and `-` within."""
_COMPARISONS: Final = ("<>", "<=", ">=", "=", "<", ">")
_SHAPES: Final = re.compile(
    r"(POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|GEOMETRYCOLLECTION)(\s+Z)?\s*(?=\()",
    re.IGNORECASE,
)
_WORDS: Final = re.compile(r"(NOT|AND|OR|LIKE|BETWEEN|IN|IS|NULL|TRUE|FALSE|DIV)(?![\w:.\-])", re.IGNORECASE)
_LITERALS: Final = ("DATE", "TIMESTAMP", "INTERVAL", "BBOX")

Part: TypeAlias = Callable[[int], Term]


def parse_text(text: str) -> Term:
    """Read an expression. Raises BadRequestData with the position, TooComplexQuery beyond the limits of `language.scan`."""
    scanner = Scanner(text, FIELD)
    reader = _Reader(scanner)
    reader.blank()
    term = reader.either(0)
    scanner.end()
    return term


def quoted(name: str) -> str:
    """The name of a property as a filter writes it: in double quotes where it could not be read without them."""
    is_bare = _NAME.fullmatch(name) is not None and _WORDS.fullmatch(name) is None
    return name if is_bare else '"' + name.replace('"', '""') + '"'


class _Reader:
    """The rules of the grammar over one scanner; each leaves the position behind the blanks that follow."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner

    def blank(self) -> None:
        self.scanner.match(_BLANK)

    def take(self, text: str) -> bool:
        if self.scanner.take(text):
            self.blank()
            return True
        return False

    def need(self, text: str) -> None:
        self.scanner.need(text)
        self.blank()

    def word(self, word: str) -> bool:
        """Read a word of the language when it stands here."""
        found = _WORDS.match(self.scanner.text, self.scanner.position)
        if found is None or found.group(1).upper() != word:
            return False
        self.scanner.position = found.end()
        self.blank()
        return True

    # Conditions ----------------------------------------------------------------------------------------------------

    def either(self, depth: int) -> Term:
        return self._joined("OR", self.both, depth)

    def both(self, depth: int) -> Term:
        return self._joined("AND", self.negated, depth)

    def _joined(self, word: str, part: Part, depth: int) -> Term:
        parts = [part(depth)]
        while self.word(word):
            parts.append(part(depth))
        return parts[0] if len(parts) == 1 else Call(word.lower(), tuple(parts))

    def negated(self, depth: int) -> Term:
        self.scanner.count(depth)
        if self.word("NOT"):
            return Call("not", (self.negated(depth + 1),))
        return self.predicate(depth)

    def predicate(self, depth: int) -> Term:
        left = self.sum(depth)
        for sign in _COMPARISONS:
            if self.take(sign):
                return Call(sign, (left, self.sum(depth)))
        if self.word("IS"):
            isnt = self.word("NOT")
            if not self.word("NULL"):
                raise self.scanner.refuse("NULL")
            return _perhaps_not(isnt, Call("isNull", (left,)))
        isnt = self.word("NOT")
        found = self._further(left, depth)
        if found is None:
            if isnt:
                raise self.scanner.refuse("LIKE, BETWEEN or IN")
            return left
        return _perhaps_not(isnt, found)

    def _further(self, left: Term, depth: int) -> Term | None:
        if self.word("LIKE"):
            return Call("like", (left, self.sum(depth)))
        if self.word("BETWEEN"):
            low = self.sum(depth)
            if not self.word("AND"):
                raise self.scanner.refuse("AND")
            return Call("between", (left, low, self.sum(depth)))
        if self.word("IN"):
            return Call("in", (left, self.listed(depth)))
        return None

    def listed(self, depth: int) -> Items:
        """Terms in brackets; none at all is an empty array."""
        self.need("(")
        parts: list[Term] = []
        while not self.take(")"):
            if parts:
                self.need(",")
            self.scanner.count(depth)
            parts.append(self.sum(depth + 1))
        return Items(tuple(parts))

    # Values --------------------------------------------------------------------------------------------------------

    def sum(self, depth: int) -> Term:
        left = self.product(depth)
        while True:
            if self.take("+"):
                left = Call("+", (left, self.product(depth)))
            elif self.take("-"):
                left = Call("-", (left, self.product(depth)))
            else:
                return left
            self.scanner.count(depth)

    def product(self, depth: int) -> Term:
        left = self.power(depth)
        while True:
            sign = next((one for one in ("*", "/", "%") if self.take(one)), "")
            if not sign and self.word("DIV"):
                sign = "div"
            if not sign:
                return left
            self.scanner.count(depth)
            left = Call(sign, (left, self.power(depth)))

    def power(self, depth: int) -> Term:
        base = self.value(depth)
        return Call("^", (base, self.value(depth))) if self.take("^") else base

    def value(self, depth: int) -> Term:
        scanner = self.scanner
        scanner.count(depth)
        negative = self.take("-")
        if scanner.peek("("):
            term = self._bracket(depth + 1)
        elif (number := scanner.match(_NUMBER)) is not None:
            self.blank()
            return Plain(_number(("-" if negative else "") + number))
        else:
            term = self._named(depth)
        return Call("*", (Plain(-1), term)) if negative else term

    def _bracket(self, depth: int) -> Term:
        """What stands in brackets: a condition, a value, or an array."""
        self.need("(")
        if self.take(")"):
            return Items(())
        first = self.either(depth)
        if self.take(")"):
            return first
        parts = [first]
        while self.take(","):
            parts.append(self.sum(depth))
        self.need(")")
        return Items(tuple(parts))

    def _named(self, depth: int) -> Term:
        """A text, a geometry, a moment, a call, a property, TRUE or FALSE."""
        scanner = self.scanner
        told = scanner.match(_TEXT)
        if told is not None:
            self.blank()
            return Plain(told[1:-1].replace("''", "'"))
        quoted = scanner.match(_QUOTED)
        if quoted is not None:
            self.blank()
            return Named(quoted[1:-1].replace('""', '"'))
        if _SHAPES.match(scanner.text, scanner.position):
            return self._shape()
        for word, value in (("TRUE", True), ("FALSE", False)):
            if self.word(word):
                return Plain(value)
        if _WORDS.match(scanner.text, scanner.position):
            raise scanner.refuse("a value or the name of a property")
        name = scanner.match(_NAME)
        if name is None:
            raise scanner.refuse("a value or the name of a property")
        self.blank()
        return self._call(name, depth) if scanner.peek("(") else Named(name)

    def _call(self, name: str, depth: int) -> Term:
        if name.upper() in _LITERALS:
            return self._literal(name.upper())
        op = BY_LOWER_CASE.get(name.lower())
        if op is None or OPERATORS[op].family not in ("spatial", "temporal", "array", "folding"):
            raise self.scanner.refuse(f"an operator; there is no function {name[:60]}")
        self.need("(")
        parts = [self.sum(depth + 1)]
        while self.take(","):
            parts.append(self.sum(depth + 1))
        self.need(")")
        if OPERATORS[op].family == "array":
            # an array of one is written as a value in brackets
            parts = [one if isinstance(one, Named | Items) else Items((one,)) for one in parts]
        return Call(op, tuple(parts))

    def _literal(self, name: str) -> Term:
        self.need("(")
        if name == "BBOX":
            numbers = [self._signed()]
            while self.take(","):
                numbers.append(self._signed())
            self.need(")")
            return envelope_of(numbers)
        if name == "INTERVAL":
            start = self._end()
            self.need(",")
            interval: Interval = interval_of(start, self._end())
            self.need(")")
            return interval
        text = self._quoted()
        self.need(")")
        return date_of(text) if name == "DATE" else timestamp_of(text)

    def _end(self) -> Moment | Named | None:
        """One end of an interval."""
        if self.scanner.peek("'"):
            text = self._quoted()
            return None if text == ".." else moment_of(text)
        found = self._named(EXPRESSION_DEPTH_MAX)
        if isinstance(found, Named | Moment):
            return found
        raise self.scanner.refuse("a date, a timestamp, '..' or the name of a property")

    def _quoted(self) -> str:
        told = self.scanner.match(_TEXT)
        if told is None:
            raise self.scanner.refuse("a text in single quotes")
        self.blank()
        return told[1:-1]

    def _signed(self) -> float:
        sign = -1.0 if self.take("-") else 1.0
        number = self.scanner.match(_NUMBER)
        if number is None:
            raise self.scanner.refuse("a number")
        self.blank()
        return sign * float(number)

    def _shape(self) -> Term:
        """A geometry in Well-Known Text: as far as its brackets reach."""
        scanner, depth = self.scanner, 0
        start = scanner.position
        for position in range(scanner.text.index("(", start), len(scanner.text)):
            sign = scanner.text[position]
            depth += (sign == "(") - (sign == ")")
            if depth == 0:
                scanner.position = position + 1
                self.blank()
                return geometry_of_text(scanner.text[start : position + 1])
        scanner.position = len(scanner.text)
        raise scanner.refuse("')'")


def _perhaps_not(isnt: bool, term: Term) -> Term:
    return Call("not", (term,)) if isnt else term


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)
