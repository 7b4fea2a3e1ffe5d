"""Stretches of time as context sources are asked for them, and as they say how far an answer goes (ETSI GS CIM 009 V1.9.1 clauses 4.11, 6.3.10)."""

from __future__ import annotations

import re
from typing import Final

from kaiteki.model.instant import Instant, format_instant, parse_instant
from kaiteki.model.past import Measure, Period
from kaiteki.model.sources.matching import overlaps
from kaiteki.model.sources.registration import Registration

_EXTENT: Final = re.compile(r"date-time (\S+?(?:Z|[+-]\d\d:\d\d))-(\S+?)/(?:\*|\d+)", re.ASCII)


def period_parameters(period: Period) -> dict[str, str]:
    """The parameters of a temporal query that name a stretch of time; none where it has neither start nor end."""
    if period.start is None:
        return {} if period.end is None else {"timerel": "before", "timeAt": format_instant(period.end)}
    if period.end is None:
        # what lies after a moment does not lie in it
        return {"timerel": "after", "timeAt": format_instant(Instant(period.start - 1))}
    return {
        "timerel": "between",
        "timeAt": format_instant(period.start),
        "endTimeAt": format_instant(period.end),
    }


def read_extent(text: str) -> Instant | None:
    """The moment up to which an answer in part is complete, as its Content-Range tells; None where that says nothing."""
    found = _EXTENT.fullmatch(text.strip())
    return parse_instant(found[2]) if found is not None else None


def may_tell_of(one: Registration, period: Period, measures: tuple[Measure, ...]) -> bool:
    """Whether a source may tell of a stretch of time: registered for no interval of this time, or for one that overlaps (clause 5.2.9)."""
    for measure in measures:
        known = one.observed if measure == "observed" else one.managed
        if known is None or overlaps(known, period.start, period.end):
            return True
    return False
