"""Temporal queries, read into which entities, which stretch of time and which form are wanted (ETSI GS CIM 009 V1.9.1 clauses 4.11, 6.18, 6.19).

Everything here refuses with BadRequestData and the name of the parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from kaiteki.broker.asking import (
    read_languages,
    read_list,
    read_number,
    read_options,
    read_page,
    read_selection,
)
from kaiteki.model.evolution import TimeProperty
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.language.projection import parse_projection
from kaiteki.model.periods import Periods, parse_periods
from kaiteki.model.problem import Problem
from kaiteki.model.query import AllOf, AnyOf, Filter, Query
from kaiteki.model.representation.evolving import TemporalFormat, TemporalStyle
from kaiteki.model.sums import METHODS
from kaiteki.model.terms.context import Context
from kaiteki.ports.history import Measure, Period

LAST_MAX: Final = 100_000
"""States that lastN may ask for; an answer holds fewer and says where it was cut."""
_MEASURES: Final[dict[str, Measure]] = {
    "observedAt": "observed",
    "createdAt": "created",
    "modifiedAt": "modified",
    "deletedAt": "deleted",
}
TIME_PROPERTIES: Final[dict[Measure, TimeProperty]] = {
    "observed": "observedAt",
    "created": "createdAt",
    "modified": "modifiedAt",
    "deleted": "deletedAt",
}
_FORMATS: Final[dict[str, TemporalFormat]] = {
    "normalized": "normalized",
    "concise": "concise",
    "temporalValues": "temporalValues",
    "aggregatedValues": "aggregatedValues",
}
TEMPORAL_PARAMETERS: Final = frozenset(
    {"timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration"}
)
STYLE_PARAMETERS: Final = frozenset({"options", "format", "lang", "attrs", "pick", "omit", "datasetId"})


class TimeAsked(msgspec.Struct, frozen=True):
    """What of time is wanted. `measures` are tried in turn for each attribute until one has states.

    `at` is the moment at which the Content-Range of a cut answer begins; None where the first state tells it.
    """

    period: Period
    measures: tuple[Measure, ...]
    style: TemporalStyle
    attrs: tuple[str, ...] = ()
    last: int | None = None
    periods: Periods = Periods()
    at: Instant | None = None

    def measured(self, measure: Measure) -> Period:
        """The stretch of time, measured on one time."""
        return msgspec.structs.replace(self.period, measured=measure)


def read_time_query(params: Mapping[str, str], context: Context) -> tuple[Query, TimeAsked]:
    """Which entities are wanted, and what of their time (clause 6.18.3.2). A stretch of time must be named (clause 5.7.4)."""
    if "timerel" not in params:
        raise Problem("BadRequestData", "say which time is wanted: timerel and timeAt", "timerel")
    style_names = STYLE_PARAMETERS - {"attrs", "datasetId"}
    selection = {
        name: told
        for name, told in params.items()
        if name not in TEMPORAL_PARAMETERS and name not in style_names
    }
    wanted = read_page(selection, read_selection(selection, context))
    if wanted.q is not None and _follows_links(wanted.q):
        raise Problem("BadRequestData", "the q of a temporal query does not follow relationships", "q")
    return wanted, read_time(params, context)


def read_time(params: Mapping[str, str], context: Context) -> TimeAsked:
    """What of time is wanted and how it is shown."""
    start, end, at = _stretch(params)
    style = _style(params, context)
    last = read_number(params, "lastN", 1, LAST_MAX, 0) or None
    named = params.get("timeproperty")
    if named is not None and named not in _MEASURES:
        raise Problem("BadRequestData", f"timeproperty is one of {', '.join(_MEASURES)}", "timeproperty")
    strict = named is not None or "timerel" in params
    measures: tuple[Measure, ...] = (
        (_MEASURES[named or "observedAt"],) if strict else ("observed", "modified")
    )
    dataset_ids = tuple(read_list(params, "datasetId"))
    return TimeAsked(
        period=Period(start, end, measures[0], dataset_ids),
        measures=measures,
        style=style,
        attrs=tuple(context.expand(name) for name in read_list(params, "attrs")),
        last=last,
        periods=_periods(params, style, at),
        at=at if last is None else end,
    )


def _stretch(params: Mapping[str, str]) -> tuple[Instant | None, Instant | None, Instant | None]:
    """Start, end, and the moment at which a page forwards begins, where one is named (clauses 4.11 and 6.3.10)."""
    timerel = params.get("timerel")
    if timerel is None:
        for name in ("timeAt", "endTimeAt"):
            if name in params:
                raise Problem("BadRequestData", f"{name} goes with timerel", "timerel")
        return None, None, None
    if timerel not in ("before", "after", "between"):
        raise Problem("BadRequestData", "timerel is before, after or between", "timerel")
    at = _moment(params, "timeAt", timerel)
    if timerel == "between":
        end = _moment(params, "endTimeAt", timerel)
        if end <= at:
            raise Problem("BadRequestData", "endTimeAt lies behind timeAt", "endTimeAt")
        return at, end, at
    if "endTimeAt" in params:
        raise Problem("BadRequestData", "endTimeAt goes with timerel=between", "endTimeAt")
    return (None, at, None) if timerel == "before" else (Instant(at + 1), None, at)


def _moment(params: Mapping[str, str], name: str, timerel: str) -> Instant:
    text = params.get(name)
    if text is None:
        raise Problem("BadRequestData", f"timerel={timerel} goes with {name}", name)
    moment = parse_instant(text)
    if moment is None:
        raise Problem("BadRequestData", f"{name} is a DateTime like 2026-04-01T09:00:00Z", name)
    return moment


def _style(params: Mapping[str, str], context: Context) -> TemporalStyle:
    options = read_options(params, (*_FORMATS, "sysAttrs"))
    formats: list[TemporalFormat] = [_FORMATS[one] for one in options if one in _FORMATS]
    if "format" in params:
        if params["format"] not in _FORMATS:
            raise Problem("BadRequestData", f"format is one of {', '.join(_FORMATS)}", "format")
        formats = [_FORMATS[params["format"]]]
    if len(formats) > 1:
        raise Problem("BadRequestData", "options names more than one representation", "options")
    if "attrs" in params and ("pick" in params or "omit" in params):
        raise Problem("BadRequestData", "attrs does not go with pick and omit", "attrs")
    chosen: TemporalFormat = formats[0] if formats else "normalized"
    return TemporalStyle(
        format=chosen,
        sys_attrs="sysAttrs" in options,
        pick=parse_projection(params["pick"], context.expand, "pick") if "pick" in params else None,
        omit=parse_projection(params["omit"], context.expand, "omit") if "omit" in params else None,
        lang=read_languages(params["lang"]) if "lang" in params else (),
        methods=_methods(params, chosen),
    )


def _methods(params: Mapping[str, str], chosen: TemporalFormat) -> tuple[str, ...]:
    methods = read_list(params, "aggrMethods")
    if chosen != "aggregatedValues":
        for name in ("aggrMethods", "aggrPeriodDuration"):
            if name in params:
                raise Problem("BadRequestData", f"{name} goes with the format aggregatedValues", name)
        return ()
    if not methods:
        raise Problem("BadRequestData", f"say which of {', '.join(METHODS)} are wanted", "aggrMethods")
    for method in methods:
        if method not in METHODS:
            raise Problem("BadRequestData", f"aggrMethods are {', '.join(METHODS)}", "aggrMethods")
    return tuple(dict.fromkeys(methods))


def _periods(params: Mapping[str, str], style: TemporalStyle, at: Instant | None) -> Periods:
    if style.format != "aggregatedValues":
        return Periods()
    if params.get("timeproperty") == "deletedAt":
        raise Problem("BadRequestData", "what was deleted has no value to add up", "timeproperty")
    periods = parse_periods(params.get("aggrPeriodDuration", "PT0S"), "aggrPeriodDuration")
    return periods if at is None else msgspec.structs.replace(periods, origin=at)


def _follows_links(q: Filter) -> bool:
    if isinstance(q, AllOf | AnyOf):
        return any(_follows_links(part) for part in q.parts)
    return q.path.linked is not None
