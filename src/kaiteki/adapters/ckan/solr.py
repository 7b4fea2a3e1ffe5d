"""The language of `q` and `fq` in package_search: the part of Solr's query language that clients of CKAN write. Pure.

    query  := or;  or := and ("OR" and)*;  and := ("AND"? not)*;  not := ("-" | "+" | "NOT" | "!")* primary
    primary := "(" or ")" | field ":" value | value
    value  := word ("*" at its end) | "phrase" | "[" low " TO " high "]" | "{" … "}" | "(" or of values ")"

What stands beside that (boosts, fuzziness, functions, local parameters) is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec

from kaiteki.kit.catalogue.seeking import fold

LENGTH_MAX: Final = 2_000
TERMS_MAX: Final = 100
DEPTH_MAX: Final = 20
_TOKEN: Final = re.compile(
    r'\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<range>[\[{]\s*(?P<low>[^\s\]}]+)\s+TO\s+(?P<high>[^\s\]}]+)\s*[\]}])'
    r'|(?P<mark>[()+!]|-(?=\S)|&&|\|\|)|(?P<field>[A-Za-z_]+):(?=\S)|(?P<word>(?:[^\s()"\[\]{}:^~\\!]|\\.|(?<=\S)[!:])+))'
)
_ESCAPED: Final = re.compile(r"\\(.)")


class Bad(ValueError):
    """The text is no query of this language; the message says where."""


class Term(msgspec.Struct, frozen=True):
    """A value looked for in a field; empty for the words of a data set. A phrase is whole, a prefix ends anywhere."""

    field: str
    text: str
    how: str
    """word, phrase, prefix or any (`*`)."""


class Between(msgspec.Struct, frozen=True):
    """A range of a field; an end that is `*` is open. `low_in` and `high_in`: the ends are within."""

    field: str
    low: str
    high: str
    low_in: bool = True
    high_in: bool = True


class Joined(msgspec.Struct, frozen=True):
    """Parts that all hold (`and`), one of which holds (`or`), or one that does not (`not`). No parts: everything."""

    how: str
    parts: tuple[Node, ...]


Node: TypeAlias = Term | Between | Joined
EVERYTHING: Final = Joined("and", ())


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.terms, self.depth = text, 0, 0, 0
        self.token: re.Match[str] | None = None
        self.step()

    def step(self) -> re.Match[str] | None:
        """The token there was; the next one is read."""
        was = self.token
        if not self.text[self.at :].strip():
            self.token = None
            return was
        self.token = _TOKEN.match(self.text, self.at)
        if self.token is None:
            raise Bad(f"cannot be read from: {self.text[self.at : self.at + 20].strip()}")
        self.at = self.token.end()
        return was

    def is_word(self, *words: str) -> bool:
        return self.token is not None and (self.token["word"] in words or self.token["mark"] in words)

    def either(self, field: str) -> Node:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise Bad(f"has brackets deeper than {DEPTH_MAX}")
        parts = [self.all_of(field)]
        while self.is_word("OR", "||"):
            self.step()
            parts.append(self.all_of(field))
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def all_of(self, field: str) -> Node:
        parts: list[Node] = []
        while self.token is not None and not self.is_word("OR", "||", ")"):
            if self.is_word("AND", "&&"):
                self.step()
                continue
            parts.append(self.maybe_not(field))
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def maybe_not(self, field: str) -> Node:
        turned = False
        while self.is_word("-", "!", "+", "NOT"):
            turned ^= not self.is_word("+")
            self.step()
        found = self.primary(field)
        return Joined("not", (found,)) if turned else found

    def primary(self, field: str) -> Node:
        if self.is_word("("):
            self.step()
            found = self.either(field)
            if not self.is_word(")"):
                raise Bad("has a bracket that is not closed")
            self.step()
            return found
        token = self.step()
        if token is None:
            raise Bad("ends where a word is wanted")
        if token["field"] is not None:
            if field:
                raise Bad(f"names the field {token['field']} within another")
            return self.everything() if token["field"] == "*" else self.primary(token["field"])
        self.terms += 1
        if self.terms > TERMS_MAX:
            raise Bad(f"has more than {TERMS_MAX} terms")
        return _value(field, token)

    def everything(self) -> Node:
        self.step()
        return EVERYTHING


def _value(field: str, token: re.Match[str]) -> Node:
    if token["range"] is not None:
        opened, closed = token["range"][0], token["range"][-1]
        return Between(field, token["low"].strip('"'), token["high"].strip('"'), opened == "[", closed == "]")
    if token["quoted"] is not None:
        return Term(field, _ESCAPED.sub(r"\1", token["quoted"][1:-1]), "phrase")
    word = token["word"]
    if word is None:
        raise Bad(f"has {token[0].strip()} where a word is wanted")
    if word in ("*", "*:*"):
        return Term(field, "", "any") if field else EVERYTHING
    if "*" in word[:-1] or "?" in word:
        raise Bad("has a wildcard that is not a * at the end of a word")
    plain = _ESCAPED.sub(r"\1", word)
    return Term(field, plain[:-1], "prefix") if plain.endswith("*") else Term(field, plain, "word")


def parse(text: str) -> Node:
    """The meaning of a query. Raises Bad."""
    if len(text) > LENGTH_MAX:
        raise Bad(f"is longer than {LENGTH_MAX} characters")
    if text.strip() in ("", "*:*", "*"):
        return EVERYTHING
    reader = _Reader(text.replace("*:*", "*"))
    found = reader.either("")
    if reader.token is not None:
        raise Bad("has a bracket that was not opened")
    return found


def fields_of(node: Node) -> frozenset[str]:
    """The fields that a query names."""
    if isinstance(node, Joined):
        return frozenset[str]().union(*(fields_of(part) for part in node.parts))
    return frozenset((node.field,)) - {""}


Values: TypeAlias = Callable[[str], tuple[str, ...]]
"""The folded values of a field of what is looked at; those of `""` are all of its words, as one text."""


def holds(node: Node, values: Values) -> bool:
    """Whether something matches a query."""
    if isinstance(node, Term):
        return _matches(node, values(node.field))
    if isinstance(node, Between):
        return any(_is_between(node, one) for one in values(node.field))
    if node.how == "not":
        return not holds(node.parts[0], values)
    if node.how == "or":
        return any(holds(part, values) for part in node.parts)
    return all(holds(part, values) for part in node.parts)


def _matches(term: Term, values: tuple[str, ...]) -> bool:
    if term.how == "any":
        return bool(values)
    text = fold(term.text)
    if term.how == "prefix":
        return any(one.startswith(text) or f" {text}" in one or f"\n{text}" in one for one in values)
    if term.field in TEXTS:
        return any(text in one for one in values)
    return text in values


TEXTS: Final = frozenset({"", "title", "notes", "text", "author"})
"""The fields of which a word is a part; the others are compared whole."""


def _is_between(node: Between, value: str) -> bool:
    if node.low != "*" and (value < fold(node.low) or (value == fold(node.low) and not node.low_in)):
        return False
    return not (
        node.high != "*" and (value > fold(node.high) or (value == fold(node.high) and not node.high_in))
    )
