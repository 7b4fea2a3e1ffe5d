"""The syntax of regular expressions, read into a tree (`kaiteki.model.pattern` matches it)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, TypeAlias

from kaiteki.model.problem import Problem

REPEAT_MAX: Final = 200
"""The largest number inside of `{least,most}`."""
DEPTH_MAX: Final = 16
"""Levels of brackets."""


class CharSet(NamedTuple):
    """One character out of ranges and kinds (`d`, `w`, `s`, upper case for all others), or out of all others."""

    ranges: tuple[tuple[str, str], ...] = ()
    kinds: str = ""
    other: bool = False

    def holds(self, char: str) -> bool:
        """Whether a character is in the set."""
        found = any(low <= char <= high for low, high in self.ranges)
        return (found or any(_is_kind(char, kind) for kind in self.kinds)) != self.other


class Begin(NamedTuple):
    """`^`: the begin of the text."""


class End(NamedTuple):
    """`$`: the end of the text."""


class Chain(NamedTuple):
    """Parts one after the other; none: nothing."""

    parts: tuple[Node, ...]


class Branch(NamedTuple):
    """One part or another."""

    parts: tuple[Node, ...]


class Repeat(NamedTuple):
    """A part again and again; `most` None: without end."""

    part: Node
    least: int
    most: int | None


Node: TypeAlias = CharSet | Begin | End | Chain | Branch | Repeat

ANY: Final = CharSet((), "", True)
_COUNTED: Final = re.compile(r"\{(\d{1,4})(,?)(\d{0,4})\}", re.ASCII)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_POSIX: Final = {
    "alpha": CharSet((), "a"),
    "digit": CharSet((), "d"),
    "alnum": CharSet((), "ad"),
    "space": CharSet((), "s"),
    "upper": CharSet((), "u"),
    "lower": CharSet((), "l"),
    "punct": CharSet((("!", "/"), (":", "@"), ("[", "`"), ("{", "~"))),
    "xdigit": CharSet((("0", "9"), ("A", "F"), ("a", "f"))),
    "blank": CharSet(((" ", " "), ("\t", "\t"))),
}


def _is_kind(char: str, kind: str) -> bool:
    match kind:
        case "d" | "D":
            return char.isdecimal() == (kind == "d")
        case "w" | "W":
            return (char.isalnum() or char == "_") == (kind == "w")
        case "s" | "S":
            return char.isspace() == (kind == "s")
        case "a":
            return char.isalpha()
        case "u":
            return char.isupper()
        case _:
            return char.islower()


def read_expression(text: str, field: str) -> Node:
    """Read an expression. Raises BadRequestData with the position, TooComplexQuery for what has no bounded cost."""
    reader = _Reader(text, field)
    node = reader.branch(0)
    if reader.position < len(text):
        raise reader.refuse("an unopened ')'")
    return node


class _Reader:
    def __init__(self, text: str, field: str) -> None:
        self.text = text
        self.field = field
        self.position = 0

    def refuse(self, what: str) -> Problem:
        return Problem(
            "BadRequestData",
            f"the pattern {self.text!r} has {what} at position {self.position + 1}",
            self.field,
        )

    def peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def take(self) -> str:
        char = self.peek()
        if not char:
            raise self.refuse("an end too early")
        self.position += 1
        return char

    def branch(self, depth: int) -> Node:
        if depth > DEPTH_MAX:
            raise Problem(
                "TooComplexQuery", f"a pattern has up to {DEPTH_MAX} levels of brackets", self.field
            )
        parts = [self.chain(depth)]
        while self.peek() == "|":
            self.position += 1
            parts.append(self.chain(depth))
        return parts[0] if len(parts) == 1 else Branch(tuple(parts))

    def chain(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.peek() and self.peek() not in "|)":
            parts.append(self.repeated(self.atom(depth)))
        return parts[0] if len(parts) == 1 else Chain(tuple(parts))

    def repeated(self, part: Node) -> Node:
        while True:
            char = self.peek()
            counted = _COUNTED.match(self.text, self.position) if char == "{" else None
            if counted is not None:
                least, comma, high = counted.groups()
                most = int(high) if high else (None if comma else int(least))
                if max(int(least), most or 0) > REPEAT_MAX or (most is not None and most < int(least)):
                    raise self.refuse(f"a repeat outside of 0 to {REPEAT_MAX}")
                part = Repeat(part, int(least), most)
                self.position = counted.end()
            elif char and char in "*+?":
                part = Repeat(part, int(char == "+"), 1 if char == "?" else None)
                self.position += 1
            else:
                return part
            if self.peek() == "?":
                self.position += 1

    def atom(self, depth: int) -> Node:
        char = self.take()
        match char:
            case "(":
                return self.group(depth)
            case "[":
                return self.members()
            case ".":
                return ANY
            case "^":
                return Begin()
            case "$":
                return End()
            case "\\":
                return self.escaped()
            case "*" | "+" | "?":
                self.position -= 1
                raise self.refuse("nothing to repeat")
            case _:
                return CharSet(((char, char),))

    def group(self, depth: int) -> Node:
        if self.peek() == "?":
            self.position += 1
            if self.take() != ":":
                raise Problem(
                    "TooComplexQuery", "a pattern has no look-around and no named groups", self.field
                )
        node = self.branch(depth + 1)
        if self.peek() != ")":
            raise self.refuse("no ')'")
        self.position += 1
        return node

    def escaped(self) -> CharSet:
        char = self.take()
        if char in "dDwWsS":
            return CharSet((), char)
        if char.isdecimal() or char in "bBAZzGkpP":
            raise Problem("TooComplexQuery", f"a pattern has no \\{char}", self.field)
        literal = _ESCAPED.get(char, char)
        return CharSet(((literal, literal),))

    def members(self) -> CharSet:
        other = self.peek() == "^"
        self.position += other
        ranges: list[tuple[str, str]] = []
        kinds = ""
        first = True
        while first or self.peek() != "]":
            first = False
            one = self.member()
            kinds += one.kinds
            single = len(one.ranges) == 1 and one.ranges[0][0] == one.ranges[0][1]
            if (
                single
                and self.peek() == "-"
                and self.text[self.position + 1 : self.position + 2] not in ("]", "")
            ):
                self.position += 1
                end = self.member()
                if len(end.ranges) != 1 or end.ranges[0][1] < one.ranges[0][0]:
                    raise self.refuse("a range that runs backwards")
                ranges.append((one.ranges[0][0], end.ranges[0][1]))
            else:
                ranges.extend(one.ranges)
        self.position += 1
        return CharSet(tuple(ranges), kinds, other)

    def member(self) -> CharSet:
        char = self.take()
        if char == "\\":
            return self.escaped()
        if char == "[" and self.peek() == ":":
            name, closed, _ = self.text[self.position + 1 :].partition(":]")
            if not closed or name not in _POSIX:
                raise self.refuse("an unknown class of characters")
            self.position += len(name) + 3
            return _POSIX[name]
        return CharSet(((char, char),))
