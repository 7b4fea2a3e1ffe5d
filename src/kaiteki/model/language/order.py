"""Entity ordering, ETSI GS CIM 009 V1.9.1 clause 4.23: `name,age;desc`, `location;dist-asc`."""

from __future__ import annotations

import re
from typing import Final

from kaiteki.model.language.paths import read_path
from kaiteki.model.language.scan import Expand, Scanner
from kaiteki.model.query import Order

_DIRECTIONS: Final = ("asc", "desc", "dist-asc", "dist-desc")
_WHOLE: Final = {one: re.compile(rf"{one}(?![\w-])", re.ASCII) for one in _DIRECTIONS}
"""Each direction as a whole word, so that `descending` is none."""


def parse_order(text: str, expand: Expand, field: str = "orderBy") -> tuple[Order, ...]:
    """Read the keys of orderBy. Refuses with BadRequestData."""
    scanner = Scanner(text, field)
    keys = [_key(scanner, expand)]
    while scanner.take(","):
        keys.append(_key(scanner, expand))
    scanner.end()
    return tuple(keys)


def _key(scanner: Scanner, expand: Expand) -> Order:
    path = read_path(scanner, expand)
    if not scanner.take(";"):
        return Order(path)
    for direction in _DIRECTIONS:
        if scanner.match(_WHOLE[direction]) is not None:
            return Order(path, direction.endswith("desc"), direction.startswith("dist"))
    raise scanner.refuse(f"one of {', '.join(_DIRECTIONS)}")
