"""What a question is about, without the values that it compares: equal questions of people who are alike are fenced in alike."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, NamedTuple

from kaiteki.model.query import AllOf, AnyOf, Comparison, Exists, Fence, Filter, Query

SHAPES_MAX: Final = 1000
"""Shapes that are remembered for people who are alike, some 1 kB each; a full memory begins anew."""


class Fences(NamedTuple):
    """What was added to a query that may be asked as it is."""

    fence: Fence | None
    link_fence: Fence | None


def shape_of(wanted: Query) -> Hashable | None:
    """What decides how a query is narrowed for somebody who holds nothing; None for a query that is looked at anew each time."""
    if wanted.selectors:
        return None
    geoproperty = wanted.geo.geoproperty if wanted.geo is not None else None
    asked = _shape_of_filter(wanted.q) if wanted.q is not None else None
    return (
        wanted.types,
        wanted.attrs,
        asked,
        geoproperty,
        wanted.order,
        wanted.text is None,
        wanted.test.names if wanted.test is not None else None,
        wanted.backwards,
    )


def _shape_of_filter(q: Filter) -> Hashable:
    """The paths of a filter and how they are joined."""
    match q:
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return (type(q), *map(_shape_of_filter, parts))
        case Comparison(path=path) | Exists(path=path):
            return path
        case _:
            return (type(q), q.path)
