"""Out of the office: what waits near me, in the order of a round, on a phone and on paper; and the prepared replies."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from kaiteki.kit.pages import PageAsk, PageReply, Shown
from kaiteki.services.reports.browse import line_of, near_of, row_of
from kaiteki.services.reports.geography import Point
from kaiteki.services.reports.handing import told_of
from kaiteki.services.reports.model import Report, report_id
from kaiteki.services.reports.queries import Wish, find_reports, settings_in
from kaiteki.services.reports.questions import questions_of, say_answers
from kaiteki.services.reports.rounds import length_m, order_of
from kaiteki.services.reports.veil import whole

STOPS_PER_ROUND: Final = 20
QUEUES: Final = ("open", "new", "due", "urgent")
WALKING_M_PER_MINUTE: Final = 67.0


def _here(ask: PageAsk) -> Point | None:
    return near_of({"lat": ask.query.get("here_lat", ""), "lon": ask.query.get("here_lon", "")})


async def _waiting(ask: PageAsk) -> list[Report]:
    """The reports of a queue of an office, the nearest first where a place is given, else the newest."""
    office, queue = ask.query.get("office", "")[:60], ask.query.get("queue", "open")
    queue = queue if queue in QUEUES else "open"
    wish = Wish(queue=f"{queue}@{office}" if office else queue, near=_here(ask))
    found = await find_reports(ask, wish, STOPS_PER_ROUND)
    return [whole(report) for report in found.items]


async def show_round(ask: PageAsk) -> PageReply:
    """現場めぐり: the list for a phone."""
    here, reports = _here(ask), await _waiting(ask)
    placed = [report for report in reports if report.point is not None]
    by_route = ask.query.get("order") == "route"
    metres = 0.0
    if placed and by_route:
        points = [report.point or (0.0, 0.0) for report in placed]
        start = here or points[0]
        order = order_of(start, points)
        metres = length_m(start, points, order)
        reports = [placed[n] for n in order] + [report for report in reports if report.point is None]
    settings, said = settings_in(ask), ask.language
    asked = {key: ask.query.get(key, "") for key in ("queue", "office", "order", "here_lat", "here_lon")}
    return Shown(
        {
            "rows": [row_of(ask, report, here) for report in reports],
            "by_route": by_route,
            "metres": metres,
            "minutes": round(metres / WALKING_M_PER_MINUTE),
            "here": here,
            "asked": asked,
            "sheet": urlencode({key: value for key, value in asked.items() if value}),
            "offices": [(o.code, o.words.say(said)) for o in settings.offices if not o.outside],
        }
    )


async def show_sheet(ask: PageAsk) -> PageReply:
    """作業票: one report a page, to be printed; of one number, or of the round."""
    number = ask.query.get("number", "")
    kept = await ask.city.get(Report, report_id(number)) if number else None
    reports = await _waiting(ask) if not number else [whole(kept)] if kept is not None else []
    return Shown({"sheets": [{**_sheet(ask, one), "told": await told_of(ask, one)} for one in reports]})


def _sheet(ask: PageAsk, report: Report) -> dict[str, Any]:
    settings = settings_in(ask)
    category = settings.category(report.category)
    return {
        "report": report,
        "row": row_of(ask, report),
        "answers": say_answers(questions_of(category, None), report.answers),
        "line": [line_of(settings, step, ask.language) for step in report.log][-6:],
    }


async def show_replies(ask: PageAsk) -> PageReply:
    """文例: the prepared replies in three languages."""
    return Shown({"replies": settings_in(ask).replies})
