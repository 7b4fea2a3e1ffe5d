"""The statistics page, its table file, the number of the town on the home page, and how they are worked out now and then."""

from __future__ import annotations

import io
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import PageAsk, PageReply, Plain, Reading, Shown
from kaiteki.kit.views import where
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.model.words import Words, fill
from kaiteki.services.reports.arrows import PIN_WORDS
from kaiteki.services.reports.figures_rules import (
    FIGURES_ID,
    WITHIN_DAYS,
    Figures,
    Group,
    KeepFigures,
    Kept,
    Timed,
    work_out,
)
from kaiteki.services.reports.model import Report
from kaiteki.services.reports.queries import COUNT_MAX, Wish, count_reports, mode_now, settings_in
from kaiteki.services.reports.settings import USUAL
from kaiteki.services.reports.shelves import ALL
from kaiteki.services.reports.statistics import SAMPLE_MIN, Row

REPORTS_MAX: Final = 10_000
"""Statistics are of the newest reports up to this number; the page says so."""
LIVE_MAX: Final = 200
"""Reports that a page works out itself, before the first survey."""
SURVEY_EVERY_S: Final = 600
BATCH: Final = 200
LANGUAGES: Final = {
    "ja": Words("日本語", "Japanese", "日本語（にほんご）"),
    "ja-easy": Words("やさしい日本語", "Easy Japanese", "やさしい 日本語（にほんご）"),
    "en": Words("英語", "English", "英語（えいご）"),
}
CHANNELS: Final = {
    "web": Words("この画面から", "On these pages", "この がめん"),
    "counter": Words("窓口・電話", "Counter or telephone", "まどぐち・電話（でんわ）"),
    "app": Words("ほかのアプリから", "Other apps", "ほかの アプリ"),
}


async def survey(ask: PageAsk) -> KeepFigures | None:
    """Work the figures out anew; None where there is no report yet."""
    if await count_reports(ask, Wish()) == 0:
        return None
    return KeepFigures(await _worked_out(ask, REPORTS_MAX))


async def _worked_out(ask: PageAsk, most: int, event: str = USUAL) -> Figures:
    reports: list[Timed] = []
    shelf = ALL if event == USUAL else f"event/{event}"
    wanted = Query(q=where(Report, "shelves", "==", shelf), backwards=True, limit=min(BATCH, most))
    while len(reports) < most:
        found = await ask.city.find(Timed, wanted)
        reports += found.items
        if not found.more:
            break
        wanted = msgspec.structs.replace(wanted, after_id=reports[-1].id)
    counts = {pin: await _count(ask, pin) for pin in ("yellow", "blue", "green")}
    return work_out(reports, counts, ask.now, event)


async def _count(ask: PageAsk, shelf: str) -> int:
    """All reports of a shelf, counted to the end."""
    wanted = Query(q=where(Report, "shelves", "==", shelf), limit=0, total=True)
    return (await ask.city.find(Timed, wanted)).total or 0


async def read_figures(ask: PageAsk, event: str = USUAL) -> tuple[Figures, Instant]:
    """The figures and of when they are. Languages and channels are known to the survey alone: nobody reads them of a report."""
    kept = await ask.city.get(Kept, FIGURES_ID) if event == USUAL else None
    if kept is None:
        return await _worked_out(ask, LIVE_MAX, event), ask.now
    return kept.figures, kept.at


async def show_statistics(ask: PageAsk) -> PageReply:
    """どのくらいで答え、どのくらいで直したか、だれにも同じように答えているか."""
    mode = await mode_now(ask)
    events = [(USUAL, ""), *((one.event, one.name) for one in mode.past)]
    events += [(mode.event, mode.name)] if mode.event != USUAL else []
    event = ask.query.get("event", USUAL)
    event = event if event in dict(events) else USUAL
    figures, at = await read_figures(ask, event)
    said, names = ask.language, _names(ask)
    return Shown(
        {
            "events": events,
            "event": event,
            "at": at,
            "minutes": SURVEY_EVERY_S // 60,
            "figures": figures,
            "counts": [
                (words.say(said), figures.counts.get(pin, 0))
                for pin, words in PIN_WORDS.items()
                if pin != "grey"
            ],
            "count_max": COUNT_MAX,
            "within_days": WITHIN_DAYS,
            "group_min": SAMPLE_MIN,
            "months": figures.months,
            "offices": [_said(row, names["office"]) for row in figures.offices],
            "categories": [_said(row, names["category"]) for row in figures.categories],
            "wards": [_said(row, names["ward"]) for row in figures.wards],
            "panels": [(by, _panel(figures, by, names[by])) for by in ("ward", "language", "channel")],
        }
    )


def _names(ask: PageAsk) -> dict[str, dict[str, str]]:
    """The names of the codes by what they are codes of: an office and a category may share a code."""
    settings, said = settings_in(ask), ask.language
    kinds = (*settings.categories, *settings.disaster.categories)
    parts = {"office": settings.offices, "category": kinds, "ward": settings.zones}
    named = {by: {one.code: one.words.say(said) for one in part} for by, part in parts.items()}
    spoken = {"language": LANGUAGES, "channel": CHANNELS}
    return named | {by: {code: w.say(said) for code, w in part.items()} for by, part in spoken.items()}


def _panel(figures: Figures, by: str, names: dict[str, str]) -> list[dict[str, Any]]:
    """The groups of one kind, those with enough cases first."""
    groups = [group for group in figures.groups if group.by == by]
    return [_group(group, names) for group in sorted(groups, key=lambda one: one.wait is None)]


def _group(group: Group, names: dict[str, str]) -> dict[str, Any]:
    wait = group.wait
    return {
        "name": names.get(group.key, group.key),
        "cases": group.cases if wait else None,
        "half": wait.half if wait else None,
        "low": wait.half_low if wait else None,
        "high": wait.half_high if wait else None,
        "within": wait.within if wait else None,
        "within_low": wait.within_low if wait else None,
        "within_high": wait.within_high if wait else None,
    }


def _said(row: Row, names: dict[str, str]) -> dict[str, Any]:
    return {**msgspec.structs.asdict(row), "name": names.get(row.key, row.key)}


HEAD: Final = (
    "group", "key", "name", "cases", "answer_p50_days", "answer_p50_low", "answer_p50_high",
    "answered_within_3_days", "within_low", "within_high", "answer_p90_days", "fix_p50_days", "fix_p90_days",
)  # fmt: skip


async def show_statistics_csv(ask: PageAsk) -> PageReply:
    """The same figures as a table file; cells with too few cases are empty."""
    figures, _ = await read_figures(ask)
    names = _names(ask)
    out = io.StringIO()
    writer = SheetWriter(out)
    writer.writerow(HEAD)
    tables = (
        ("office", figures.offices, names["office"]),
        ("category", figures.categories, names["category"]),
        ("zone", figures.wards, names["ward"]),
    )
    for by, rows, called in tables:
        for row in rows:
            times = (row.answer_half, "", "", "", "", "", row.answer_most, row.fix_half, row.fix_most)
            writer.writerow([by, row.key, called.get(row.key, row.key), row.cases, *map(_rounded, times)])
    for group in figures.groups:
        said = _group(group, names[group.by])
        cells = [said[key] for key in ("half", "low", "high", "within", "within_low", "within_high")]
        row = [group.by, group.key, said["name"], _rounded(said["cases"]), *map(_rounded, cells), "", "", ""]
        writer.writerow(row)
    return Plain(("\ufeff" + out.getvalue()).encode(), "text/csv; charset=utf-8", "statistics.csv")


def _rounded(value: float | str | None) -> str:
    return f"{value:.3g}" if isinstance(value, float) else "" if value is None else str(value)


async def read_fixed(ask: PageAsk) -> Reading | None:
    """How long half of the repairs took lately; None where there are not enough yet."""
    figures, at = await read_figures(ask)
    said = figures.overall
    if said is None:
        return None
    half, most = f"{said.half_days:.1f}", f"{said.most_days:.0f}"
    return Reading(
        value=half,
        unit=Words("日", "days", "日（にち）"),
        text=Words(
            f"半分はこの日数までに、9割は{most}日までに直りました",
            fill("Half within this, nine of ten within {most} {most|day|days}", most=most),
            f"10の うち 9は {most}日で なおりました",
        ),
        at=at,
        source=Words(
            f"直近{said.cases}件のまちレポ", f"The latest {said.cases} reports", f"さいきんの {said.cases}こ"
        ),
        path="reports/statistics",
    )
