"""Scope query, ETSI GS CIM 009 V1.9.1 clause 4.19: `/Madrid`, `/Madrid/#`, `/Madrid/+/Park`, `(/A;/B),/C`."""

from __future__ import annotations

import re
from typing import Final

from kaiteki.model.language.scan import Scanner
from kaiteki.model.query import ScopeAll, ScopeAny, ScopeIs, ScopeSelection

_LEVEL: Final = re.compile(r"[^\W\d_][\w\-]*|\+")
SCOPE: Final = re.compile(r"/?[^\W\d_][\w\-]*(/[^\W\d_][\w\-]*)*")
"""A scope of an entity, clause 4.18 (a hyphen inside of a level is let through: towns use it)."""


def parse_scopes(text: str, field: str = "scopeQ") -> ScopeSelection:
    """Read a scope query. Refuses with BadRequestData or TooComplexQuery."""
    scanner = Scanner(text, field)
    selection = _any(scanner, 0)
    scanner.end()
    return selection


def _any(scanner: Scanner, depth: int) -> ScopeSelection:
    parts = [_all(scanner, depth)]
    while scanner.take("|") or scanner.take(","):
        parts.append(_all(scanner, depth))
    return parts[0] if len(parts) == 1 else ScopeAny(tuple(parts))


def _all(scanner: Scanner, depth: int) -> ScopeSelection:
    parts = [_one(scanner, depth)]
    while scanner.take(";"):
        parts.append(_one(scanner, depth))
    return parts[0] if len(parts) == 1 else ScopeAll(tuple(parts))


def _one(scanner: Scanner, depth: int) -> ScopeSelection:
    scanner.count(depth)
    if scanner.take("("):
        inner = _any(scanner, depth + 1)
        scanner.need(")")
        return inner
    if scanner.take("/#"):
        return ScopeIs("/#")
    scanner.take("/")
    levels = [scanner.name("a scope level", _LEVEL)]
    while scanner.take("/"):
        if scanner.take("#"):
            levels.append("#")
            break
        levels.append(scanner.name("a scope level", _LEVEL))
    return ScopeIs("/" + "/".join(levels))
