"""Reading a query expression from left to right; every refusal names the position."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from kaiteki.model.problem import Problem

Expand: TypeAlias = Callable[[str], str]
"""Turns a term of the request's @context into its IRI."""

EXPRESSION_LENGTH_MAX: Final = 16_384
"""Characters of one query expression."""
EXPRESSION_DEPTH_MAX: Final = 16
"""Levels of brackets of one query expression."""
EXPRESSION_PARTS_MAX: Final = 200
"""Conditions, names or values of one query expression."""

NAME: Final = re.compile(r"[^\W\d_]\w*")
"""A name as clause 4.6.2 allows it: a letter, then letters, numbers and underscores."""
PREFIXED_NAME: Final = re.compile(r"[^\W\d_]\w*(:[^\W\d_]\w*)?")
URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x1f\x7f\s\"<>\\^`{}]+")
"""A URI or IRI, as far as clause 4.6.4 needs it: a scheme and something without blanks, controls, quotes and brackets."""


class Scanner:
    """A position in an expression. It lives for one parse; `field` names the parameter in refusals."""

    def __init__(self, text: str, field: str) -> None:
        self.text = text
        self.field = field
        self.position = 0
        self.parts = 0
        if len(text) > EXPRESSION_LENGTH_MAX:
            raise Problem(
                "TooComplexQuery", f"{field} has more than {EXPRESSION_LENGTH_MAX} characters", field
            )

    def refuse(self, expected: str) -> Problem:
        """The refusal of what stands at the position."""
        seen = self.text[self.position : self.position + 12]
        found = f"found {seen!r}" if seen else "found the end"
        return Problem(
            "BadRequestData",
            f"{self.field}, position {self.position + 1}: expected {expected}, {found}",
            self.field,
        )

    def count(self, depth: int = 0) -> None:
        """Count one part of the expression; raises TooComplexQuery beyond the limits of parts and depth."""
        self.parts += 1
        if self.parts > EXPRESSION_PARTS_MAX:
            raise Problem(
                "TooComplexQuery", f"{self.field} has more than {EXPRESSION_PARTS_MAX} parts", self.field
            )
        if depth > EXPRESSION_DEPTH_MAX:
            raise Problem(
                "TooComplexQuery",
                f"{self.field} has more than {EXPRESSION_DEPTH_MAX} levels of brackets",
                self.field,
            )

    @property
    def done(self) -> bool:
        """Whether everything was read."""
        return self.position >= len(self.text)

    def peek(self, text: str) -> bool:
        """Whether `text` stands at the position."""
        return self.text.startswith(text, self.position)

    def take(self, text: str) -> bool:
        """Read `text` when it stands here."""
        if self.text.startswith(text, self.position):
            self.position += len(text)
            return True
        return False

    def need(self, text: str) -> None:
        """Read `text` or refuse."""
        if not self.take(text):
            raise self.refuse(f"'{text}'")

    def match(self, pattern: re.Pattern[str]) -> str | None:
        """Read what the pattern matches here."""
        found = pattern.match(self.text, self.position)
        if found is None or found.end() == self.position:
            return None
        self.position = found.end()
        return found.group()

    def name(self, what: str = "a name", pattern: re.Pattern[str] = PREFIXED_NAME) -> str:
        """Read a name or refuse."""
        found = self.match(pattern)
        if found is None:
            raise self.refuse(what)
        return found

    def end(self) -> None:
        """Refuse what is left over."""
        if not self.done:
            raise self.refuse("the end")
