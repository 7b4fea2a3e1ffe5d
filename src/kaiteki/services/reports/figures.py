"""The statistics page and the number of the town on the home page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import PageAsk, PageReply, Reading, Shown
from kaiteki.model.words import Words
from kaiteki.services.reports.arrows import OPEN
from kaiteki.services.reports.model import Report
from kaiteki.services.reports.queries import Wish, count_reports, query_of, settings_in
from kaiteki.services.reports.statistics import Row, by_month, forecast, rows_by

REPORTS_MAX: Final = 1000
"""Statistics are of the newest reports up to this number; the page says so."""
_JAPAN: Final = timedelta(hours=9)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


async def show_statistics(ask: PageAsk) -> PageReply:
    """どのくらいで答え、どのくらいで直したか."""
    settings, said = settings_in(ask), ask.language
    found = await ask.city.find(Report, query_of(Wish(kind="problem"), REPORTS_MAX))
    reports: list[Report] = list(found.items)
    names = {o.code: o.words.say(said) for o in settings.offices} | {
        c.code: c.words.say(said) for c in settings.categories
    }
    wards = {z.code: z.words.say(said) for z in settings.zones if z.kind == "ward"}
    overall = forecast(reports)
    months = [
        {"label": label, "value": count} for label, count in by_month(reports, lambda at: month_of(at, said))
    ]
    return Shown(
        {
            "counted": len(reports),
            "total": found.total,
            "counts": {
                "open": await count_reports(ask, Wish(status=OPEN)),
                "closed": await count_reports(ask, Wish(status=("closed",))),
                "tasks": await count_reports(ask, Wish(status=("task",))),
            },
            "overall": overall,
            "months": months,
            "offices": [_said(row, names) for row in rows_by(reports, lambda r: r.office)],
            "categories": [_said(row, names) for row in rows_by(reports, lambda r: r.category)],
            "wards": [_said(row, wards) for row in rows_by(reports, lambda r: r.zone) if row.key],
        }
    )


def month_of(at: int, language: str) -> str:
    """The month in local time, sortable as text."""
    return f"{_EPOCH + timedelta(microseconds=at) + _JAPAN:%Y-%m}"


def _said(row: Row, names: dict[str, str]) -> dict[str, Any]:
    return {**msgspec.structs.asdict(row), "name": names.get(row.key, row.key)}


async def read_fixed(ask: PageAsk) -> Reading | None:
    """How long half of the repairs took lately; None where there are no reports yet."""
    found = await ask.city.find(Report, query_of(Wish(status=("closed",)), 200, total=False))
    said = forecast(found.items)
    if said is None:
        return None
    half, most = f"{said.half_days:.1f}", f"{said.most_days:.0f}"
    return Reading(
        value=half,
        unit=Words("日", "days", "日（にち）"),
        text=Words(
            f"半分はこの日数までに、9割は{most}日までに直りました",
            f"Half within this, nine of ten within {most} days",
            f"10の うち 9は {most}日で なおりました",
        ),
        at=ask.now,
        source=Words(
            f"直近{said.cases}件のまちレポ", f"The latest {said.cases} reports", f"さいきんの {said.cases}こ"
        ),
        path="reports/statistics",
    )
