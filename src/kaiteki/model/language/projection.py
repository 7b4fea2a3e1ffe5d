"""Attribute projection, ETSI GS CIM 009 V1.9.1 clause 4.21: `temperature`, `name,observation{temperature,humidity}`."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from kaiteki.model.language.scan import Expand, Scanner

_NAME: Final = re.compile(r"[^\s\"<>\\^`{}|,;()]+")
MEMBERS: Final = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"})
"""Members of an entity that pick and omit may name; they are not expanded."""


class Projection(msgspec.Struct, frozen=True):
    """The names (expanded) of pick, omit or attrs, each with the projection of the entities it links to, None for all of them."""

    names: dict[str, Projection | None]

    def __contains__(self, name: str) -> bool:
        """Whether a name stands in the projection."""
        return name in self.names

    @property
    def depth(self) -> int:
        """How many links deep the projection goes."""
        return max((1 + inner.depth for inner in self.names.values() if inner is not None), default=0)


def parse_projection(text: str, expand: Expand, field: str) -> Projection:
    """Read a projection. Refuses with BadRequestData or TooComplexQuery."""
    scanner = Scanner(text, field)
    found = _terms(scanner, expand, 0)
    scanner.end()
    return found


def _terms(scanner: Scanner, expand: Expand, depth: int) -> Projection:
    names: dict[str, Projection | None] = {}
    while True:
        scanner.count(depth)
        raw = scanner.name("an attribute name", _NAME)
        name = raw if raw in MEMBERS else expand(raw)
        inner: Projection | None = None
        if scanner.take("{"):
            inner = _terms(scanner, expand, depth + 1)
            scanner.need("}")
        names[name] = inner
        if not (scanner.take(",") or scanner.take("|")):
            return Projection(names)
