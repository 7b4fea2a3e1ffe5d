"""The classes of a map as conditions: a value that a property has, or a stretch `low..high` of numbers or days, both ends included.

```
3   不明   1..3   10..   ..0   2020-01-01..2021-12-31
```

What stands in two stretches belongs to the first of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec

from kaiteki.model.cql2.terms import Kind
from kaiteki.model.cql2.text import quoted
from kaiteki.model.written import read_day, read_number

_NUMBER: Final = r"[+-]?\d+(?:\.\d+)?"
_DAY: Final = r"\d{4}-\d\d-\d\d"
_STRETCH: Final = re.compile(rf"({_NUMBER})?\.\.({_NUMBER})?|({_DAY})?\.\.({_DAY})?", re.ASCII)


class Stretch(msgspec.Struct, frozen=True):
    """Numbers, or days (YYYY-MM-DD), from `low` to `high`; None: open."""

    low: float | str | None
    high: float | str | None

    def holds(self, value: float | str) -> bool:
        """Whether a value lies in it; one of the other sort does not."""
        ends = [one for one in (self.low, self.high) if one is not None]
        if any(isinstance(one, str) is not isinstance(value, str) for one in ends):
            return False
        told = cast(Any, value)
        return (self.low is None or self.low <= told) and (self.high is None or told <= self.high)


def stretch_of(text: str) -> Stretch | None:
    """The stretch that a class names; None where it names a value."""
    found = _STRETCH.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        return None
    low, high, since, until = found.groups()
    if since or until:
        return Stretch(since, until)
    return Stretch(None if low is None else float(low), None if high is None else float(high))


def is_of_class(value: Any, text: str) -> bool:
    """Whether a value belongs to a class; of a list, whether one of its values does."""
    if isinstance(value, list | tuple):
        return any(is_of_class(one, text) for one in cast(Sequence[Any], value))
    if isinstance(value, bool):
        return text == ("true" if value else "false")
    if not isinstance(value, str | int | float):
        return False
    stretch = stretch_of(text)
    if stretch is not None:
        return stretch.holds(value) or value == text
    return value == text if isinstance(value, str) else value == read_number(text)


def class_text(name: str, classes: Sequence[str], kind: Kind) -> str:
    """That a property belongs to one of some classes, as CQL2 text; classes that no value of its kind can have are left out.

    Of a property whose kind nobody knows they are texts, but for stretches.
    """
    named, values, parts = quoted(name), list[str](), list[str]()
    for text in classes:
        stretch = stretch_of(text) if kind in ("number", "moment", "any") else None
        literal = _literal(text, kind)
        if stretch is not None:
            parts.append(_within(named, stretch))
        elif literal:
            values.append(literal)
    if values and kind == "moment":
        parts = [f"{named} = {one}" for one in values] + parts
    elif values or not parts:
        parts.insert(0, f"{named} IN ({','.join(values or [_text(one) for one in classes])})")
    return parts[0] if len(parts) == 1 else "(" + " OR ".join(parts) + ")"


def _within(named: str, stretch: Stretch) -> str:
    ends = ((">=", stretch.low), ("<=", stretch.high))
    parts = [f"{named} {sign} {_end(one)}" for sign, one in ends if one is not None]
    return parts[0] if len(parts) == 1 else f"({' AND '.join(parts)})"


def _end(one: float | str) -> str:
    return f"DATE('{one}')" if isinstance(one, str) else f"{one:.15g}"


def _literal(text: str, kind: Kind) -> str:
    """The value of a class as a literal; empty where no value of the kind is written so."""
    if kind == "number":
        number = read_number(text)
        return "" if number is None else f"{number:.15g}"
    if kind == "moment":
        day = read_day(text)
        return "" if day is None else f"DATE('{day}')"
    if kind == "boolean":
        return text if text in ("true", "false") else ""
    return _text(text)


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
