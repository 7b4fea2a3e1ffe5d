"""What the statistics keep: figures of the newest reports, worked out now and then, and the rule that keeps them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

import msgspec

from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked
from kaiteki.model.instant import Instant
from kaiteki.model.release import MINIMA, NotReleasable, release, tabulated
from kaiteki.services.reports.kaplan_meier import Case, Wait, wait_of
from kaiteki.services.reports.settings import USUAL
from kaiteki.services.reports.statistics import SAMPLE_MIN, Forecast, Row, forecast, rows_by

FIGURES_ID: Final = "urn:ngsi-ld:ReportFigures:all"
WITHIN_DAYS: Final = 3.0
"""The promise that is checked: an answer within three days."""
MONTHS_MAX: Final = 24
_CASES: Final = "cases"
_DAY: Final = 86_400_000_000
_JAPAN: Final = timedelta(hours=9)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Timed(msgspec.Struct, frozen=True):
    """Of a report what its statistics need."""

    entity_type: ClassVar[str] = "Report"

    id: str
    number: str = ""
    kind: str = "problem"
    category: str = ""
    zone: str = ""
    office: str = ""
    status: str = "received"
    language: str = ""
    channel: str = ""
    event: str = USUAL
    date_submitted: Instant = Instant(0)
    date_answered: Instant | None = None
    date_completed: Instant | None = None
    date_closed: Instant | None = None


class Group(msgspec.Struct, frozen=True, rename="camel"):
    """The wait of the people of one ward, language or channel; `wait` None: too few to say anything.

    `cases` None: hidden, being few people or giving few away (languages and channels say something of who told).
    """

    by: str
    key: str
    cases: int | None
    wait: Wait | None


class Month(msgspec.Struct, frozen=True):
    """What arrived in a month, and the days until half of it had an answer (None: too few)."""

    label: str
    arrived: int
    half: float | None


class Figures(msgspec.Struct, frozen=True):
    """What the statistics page shows. `counts` are of all public reports, the rest of the newest `counted` problems."""

    counted: int = 0
    since: Instant | None = None
    """When the oldest of those that are counted was told."""
    counts: dict[str, int] = {}
    overall: Forecast | None = None
    months: tuple[Month, ...] = ()
    offices: tuple[Row, ...] = ()
    categories: tuple[Row, ...] = ()
    wards: tuple[Row, ...] = ()
    groups: tuple[Group, ...] = ()
    forecasts: dict[str, Forecast] = {}


class Kept(msgspec.Struct, frozen=True):
    """The figures as an entity, and of when they are."""

    entity_type: ClassVar[str] = "ReportFigures"

    id: str
    figures: Figures
    at: Instant


class KeepFigures(msgspec.Struct, frozen=True):
    """The newest figures."""

    figures: Figures


def keep_figures_needs(form: KeepFigures, asked: Asked) -> Sequence[str]:
    """The figures that are kept."""
    return (FIGURES_ID,)


def keep_figures(state: State, form: KeepFigures, asked: Asked) -> Accepted:
    """Keep figures that differ from the ones before."""
    before = state.get(FIGURES_ID)
    if isinstance(before, Kept) and before.figures == form.figures:
        return Accepted()
    return Accepted(writes=(Kept(FIGURES_ID, form.figures, asked.now),))


def work_out(
    reports: Sequence[Timed], counts: Mapping[str, int], now: Instant, event: str = USUAL
) -> Figures:
    """The figures of some reports: those of usual times, or those of one disaster, never of both together."""
    meant = [one for one in reports if one.event == event]
    problems = [one for one in meant if one.kind == "problem" and one.status != "duplicate"]
    return Figures(
        counted=len(problems),
        since=min((one.date_submitted for one in problems), default=None),
        counts=dict(counts),
        overall=forecast(problems),
        months=_months(problems, now),
        offices=tuple(rows_by(problems, lambda one: one.office)),
        categories=tuple(rows_by(problems, lambda one: one.category)),
        wards=tuple(row for row in rows_by(problems, lambda one: one.zone) if row.key),
        groups=(
            *_groups("ward", problems, lambda one: one.zone, now),
            *_released(_groups("language", problems, lambda one: one.language, now)),
            *_released(_groups("channel", problems, lambda one: one.channel, now)),
        ),
        forecasts=_forecasts(problems),
    )


def case_of(report: Timed, now: Instant) -> Case:
    """How long its reporter waited or still waits; a report that ended without an answer of the office waited until then."""
    end = report.date_answered or report.date_closed or now
    return Case(max(0, end - report.date_submitted) / _DAY, report.date_answered is not None)


def _groups(by: str, reports: Sequence[Timed], key: Callable[[Timed], str], now: Instant) -> list[Group]:
    found: defaultdict[str, list[Case]] = defaultdict(list)
    for report in reports:
        if key(report):
            found[key(report)].append(case_of(report, now))
    return [
        Group(by, name, len(cases), wait_of(cases, WITHIN_DAYS) if len(cases) >= SAMPLE_MIN else None)
        for name, cases in sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    ]


def _released(groups: Sequence[Group]) -> list[Group]:
    """Groups of people as they may be told beside their sum (decision 33)."""
    numbers = tabulated({(one.key, _CASES): one.cases or 0 for one in groups})
    try:
        told = release(numbers, MINIMA["people"]).numbers
    except NotReleasable:
        told = dict.fromkeys([one.place for one in numbers])
    return [
        one if told[one.key, _CASES] is not None else Group(one.by, one.key, None, None) for one in groups
    ]


def _months(reports: Sequence[Timed], now: Instant) -> tuple[Month, ...]:
    found: defaultdict[str, list[Case]] = defaultdict(list)
    for report in reports:
        found[month_of(report.date_submitted)].append(case_of(report, now))
    return tuple(
        Month(label, len(cases), wait_of(cases, WITHIN_DAYS).half if len(cases) >= SAMPLE_MIN else None)
        for label, cases in sorted(found.items())[-MONTHS_MAX:]
    )


def _forecasts(reports: Sequence[Timed]) -> dict[str, Forecast]:
    """By category, and by category and office."""
    found: defaultdict[str, list[Timed]] = defaultdict(list)
    for report in reports:
        found[report.category].append(report)
        found[f"{report.category}@{report.office}"].append(report)
    said = {key: forecast(some) for key, some in found.items()}
    return {key: one for key, one in said.items() if one is not None}


def month_of(at: int) -> str:
    """The month in local time, sortable as text."""
    return f"{_EPOCH + timedelta(microseconds=at) + _JAPAN:%Y-%m}"
