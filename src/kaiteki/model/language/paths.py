"""Attribute paths, ETSI GS CIM 009 V1.9.1 clauses 4.9 and 4.23: `speed`, `speed.accuracy`, `address[city]`, `sensor{Device:humidity}`."""

from __future__ import annotations

import re
from typing import Final

from kaiteki.model.language.scan import NAME, PREFIXED_NAME, Expand, Scanner
from kaiteki.model.query import Path

META_MEMBERS: Final = frozenset(
    {
        "observedAt",
        "createdAt",
        "modifiedAt",
        "expiresAt",
        "unitCode",
        "datasetId",
        "objectType",
        "languageMap",
    }
)
"""Members of an attribute that a path may end with; they are not expanded."""
ENTITY_MEMBERS: Final = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"})
"""Members of an entity that may stand for a whole path; they are not expanded."""

_TRAIL: Final = re.compile(r"[^\[\].\"{}|;()=<>!~]+")
_HINT: Final = re.compile(r"[^\W\d_]\w*(,[^\W\d_]\w*)*:(?=[^\W\d_])")


def read_path(scanner: Scanner, expand: Expand, depth: int = 0) -> Path:
    """Read one attribute path at the scanner's position."""
    scanner.count(depth)
    pattern = PREFIXED_NAME if depth == 0 else NAME
    raw = [scanner.name("an attribute name", pattern)]
    if scanner.take("{"):
        hint = scanner.match(_HINT)
        types = tuple(expand(name) for name in hint[:-1].split(",")) if hint else ()
        linked = read_path(scanner, expand, depth + 1)
        scanner.need("}")
        return Path((expand(raw[0]),), (), linked, types)
    while scanner.take("."):
        raw.append(scanner.name("a name", pattern))
    trail: list[str] = []
    while scanner.take("["):
        trail.append(scanner.name("a member name", _TRAIL))
        while scanner.take("."):
            trail.append(scanner.name("a member name", _TRAIL))
        scanner.need("]")
        scanner.count(len(trail))
    return Path(_expand_names(raw, expand), tuple(trail))


def _expand_names(raw: list[str], expand: Expand) -> tuple[str, ...]:
    """Expand all names of a path but its last one when that is a member of the standard."""
    if len(raw) == 1:
        return (raw[0],) if raw[0] in ENTITY_MEMBERS else (expand(raw[0]),)
    last = raw[-1] if raw[-1] in META_MEMBERS else expand(raw[-1])
    return (*(expand(name) for name in raw[:-1]), last)
