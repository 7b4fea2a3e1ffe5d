"""The terms of a CQL2 expression, whichever encoding it came in; and the table of operators (OGC 21-065r2, clauses 6 and 7)."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant

Kind: TypeAlias = Literal["text", "number", "boolean", "moment", "geometry", "array", "any"]
"""What a term stands for; `moment` is an instant, a date or an interval, `any` what is only known when it is looked at."""


class _Term(msgspec.Struct, frozen=True, tag_field="term"):
    """A term; terms compare by value."""


class Named(_Term, frozen=True, tag=True):
    """A property of the feature, by its queryable."""

    name: str


class Plain(_Term, frozen=True, tag=True):
    """A literal text, number or boolean."""

    value: str | int | float | bool


class Moment(_Term, frozen=True, tag=True):
    """A literal TIMESTAMP or DATE. `first` and `last` are its first and last microsecond; a timestamp has one."""

    text: str
    first: Instant
    last: Instant

    @property
    def is_date(self) -> bool:
        """Whether it is a whole day (UTC)."""
        return self.first != self.last


class Interval(_Term, frozen=True, tag=True):
    """A literal INTERVAL; an end is a moment, a property, or None where it is open (`..`)."""

    start: Moment | Named | None
    end: Moment | Named | None


class Geometry(_Term, frozen=True, tag=True):
    """A literal geometry as GeoJSON; `bbox` when it was written as an envelope (west, south, east, north)."""

    value: dict[str, Json]
    bbox: tuple[float, float, float, float] | None = None


class Items(_Term, frozen=True, tag=True):
    """An array, or the list of IN."""

    parts: tuple[Term, ...]


class Call(_Term, frozen=True, tag=True):
    """An operator of OPERATORS with its arguments."""

    op: str
    parts: tuple[Term, ...]


Term: TypeAlias = Named | Plain | Moment | Interval | Geometry | Items | Call
Family: TypeAlias = Literal[
    "logic",
    "comparison",
    "like",
    "between",
    "in",
    "null",
    "spatial",
    "temporal",
    "array",
    "arithmetic",
    "folding",
]


class Operator(msgspec.Struct, frozen=True):
    """What stands behind an operator: its family, how many arguments it takes (at most 0: any number), what it makes."""

    family: Family
    least: int
    most: int
    makes: Kind = "boolean"


_SPATIAL: Final = ("intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains")
_TEMPORAL: Final = [
    "after",
    "before",
    "contains",
    "disjoint",
    "during",
    "equals",
    "finishedBy",
    "finishes",
    "intersects",
    "meets",
    "metBy",
    "overlappedBy",
    "overlaps",
    "startedBy",
    "starts",
]
_ARRAY: Final = ("equals", "contains", "containedBy", "overlaps")

OPERATORS: Final[dict[str, Operator]] = {
    "and": Operator("logic", 2, 0),
    "or": Operator("logic", 2, 0),
    "not": Operator("logic", 1, 1),
    **{name: Operator("comparison", 2, 2) for name in ("=", "<>", "<", ">", "<=", ">=")},
    "like": Operator("like", 2, 2),
    "between": Operator("between", 3, 3),
    "in": Operator("in", 2, 2),
    "isNull": Operator("null", 1, 1),
    **{f"s_{name}": Operator("spatial", 2, 2) for name in _SPATIAL},
    **{f"t_{name}": Operator("temporal", 2, 2) for name in _TEMPORAL},
    **{f"a_{name}": Operator("array", 2, 2) for name in _ARRAY},
    **{name: Operator("arithmetic", 2, 2, "number") for name in ("+", "-", "*", "/", "^", "%", "div")},
    "casei": Operator("folding", 1, 1, "text"),
    "accenti": Operator("folding", 1, 1, "text"),
}
"""The operators by their name in the JSON encoding (Annex B); functions beyond them are not offered."""
BY_LOWER_CASE: Final = {name.lower(): name for name in OPERATORS}
"""The names as the text encoding finds them, in which case does not matter."""


def is_boolean(term: Term) -> bool:
    """Whether a term can stand where a condition is wanted."""
    match term:
        case Call(op=op):
            return OPERATORS[op].makes == "boolean"
        case Plain(value=value):
            return isinstance(value, bool)
        case _:
            return isinstance(term, Named)
