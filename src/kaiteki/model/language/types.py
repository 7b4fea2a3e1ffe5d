"""Entity type selection, ETSI GS CIM 009 V1.9.1 clause 4.17: `Home`, `Home|House`, `(Home;Vehicle),Motorhome`."""

from __future__ import annotations

import re
from typing import Final

from kaiteki.model.language.scan import Expand, Scanner
from kaiteki.model.query import TypeAll, TypeAny, TypeIs, TypeSelection

_TYPE: Final = re.compile(r"[^\s\"<>\\^`{}|,;()]+")


def parse_types(text: str, expand: Expand, field: str = "type") -> TypeSelection | None:
    """Read a type selection; `*` selects every type (None). Refuses with BadRequestData or TooComplexQuery."""
    if text == "*":
        return None
    scanner = Scanner(text, field)
    selection = _any(scanner, expand, 0)
    scanner.end()
    return selection


def _any(scanner: Scanner, expand: Expand, depth: int) -> TypeSelection:
    parts = [_all(scanner, expand, depth)]
    while scanner.take("|") or scanner.take(","):
        parts.append(_all(scanner, expand, depth))
    return parts[0] if len(parts) == 1 else TypeAny(tuple(parts))


def _all(scanner: Scanner, expand: Expand, depth: int) -> TypeSelection:
    parts = [_one(scanner, expand, depth)]
    while scanner.take(";"):
        parts.append(_one(scanner, expand, depth))
    return parts[0] if len(parts) == 1 else TypeAll(tuple(parts))


def _one(scanner: Scanner, expand: Expand, depth: int) -> TypeSelection:
    scanner.count(depth)
    if scanner.take("("):
        inner = _any(scanner, expand, depth + 1)
        scanner.need(")")
        return inner
    return TypeIs(expand(scanner.name("a type name", _TYPE)))
