"""不具合の受付: the desk with its queues, one report beside the table, the next best action, keys and undo."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Final

from kaiteki.kit.editing import opening
from kaiteki.kit.pages import PageAsk, PageReply, Plain, Shown, Waiting
from kaiteki.model.decision import Fault
from kaiteki.model.instant import format_instant
from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.model.words import Words
from kaiteki.services.reports.arrows import may_go
from kaiteki.services.reports.browse import line_of, page_number, row_of
from kaiteki.services.reports.duplicates import Seen
from kaiteki.services.reports.geography import road_under
from kaiteki.services.reports.handing import HANDED, told_of
from kaiteki.services.reports.model import Contact, Report, contact_id, report_id
from kaiteki.services.reports.moderation_rules import CORRECT_EDITS, correct_form
from kaiteki.services.reports.queries import (
    COUNT_MAX,
    PAGE_SIZE,
    Wish,
    count_reports,
    find_alike,
    find_reports,
    hiding,
    merged_into,
    settings_in,
    written,
)
from kaiteki.services.reports.questions import questions_of, say_answers
from kaiteki.services.reports.settings import inside
from kaiteki.services.reports.steps import may_take_back
from kaiteki.services.reports.veil import openness, whole

CSV_ROWS_MAX: Final = 10_000
CSV_PAGE: Final = 500
BULK_MAX: Final = 50
"""Reports that are given to an office at once."""
QUEUES: Final[dict[str, Words]] = {
    "new": Words("これから確認", "To be checked", "これから 確認（かくにん）"),
    "urgent": Words("急ぎ", "Urgent", "いそぎ"),
    "due": Words("期限が近い", "Due soon", "しめきりが 近（ちか）い"),
    "open": Words("対応中すべて", "All open", "ぜんぶ"),
    "task": Words("市民タスク", "Citizens' tasks", "みんなの タスク"),
    "handed": Words("管理者へ引き継ぎ", "With their owners", "もちぬしへ"),
    "confirm": Words("確認待ち", "To confirm", "かくにん まち"),
    "hidden": Words("公開前・非公開", "Not public", "見えない もの"),
    "ended": Words("終わったもの", "Ended", "おわった もの"),
}


BEGIN_WITH: Final = ("new", "urgent", "due", "open", "confirm", "hidden")
"""The queues that stand on the page where staff begin."""

SEARCHED: Final = ("open", "ended")
"""Where else the desk may look for what a queue does not hold: together they hold every report."""


def wish_of(ask: PageAsk, queue: str) -> Wish:
    """What a queue holds, for the words and the office that are asked for."""
    office = ask.query.get("office", "")[:60]
    return Wish(queue=f"{queue}@{office}" if office else queue, **written(ask.query.get("q", ""), ask.now))


async def show_desk(ask: PageAsk) -> PageReply:
    """The queues of the office, and what is opened in one of them."""
    return await answer_desk(ask, (), ask.query.get("open", "").removeprefix(report_id("")))


async def answer_desk(
    ask: PageAsk, faults: tuple[Fault, ...], opened: str, more: Mapping[str, Any] | None = None
) -> PageReply:
    """The desk with what went wrong, and what else its template shows (`preview`)."""
    queue = ask.query.get("queue", "new")
    queue = queue if queue in QUEUES else "new"
    number = page_number(ask.query)
    wish = wish_of(ask, queue)
    found = await find_reports(ask, wish, PAGE_SIZE, (number - 1) * PAGE_SIZE)
    rows = [row_of(ask, whole(report)) for report in found.items]
    kept = {name: ask.query.get(name, "") for name in ("queue", "office", "q", "page")}
    settings, said = settings_in(ask), ask.language
    return Shown(
        {
            "queue": queue,
            "queues": [
                (code, words.say(said), await count_reports(ask, Wish(queue=code)))
                for code, words in QUEUES.items()
            ],
            "elsewhere": [(one, QUEUES[one].say(said)) for one in SEARCHED if wish.narrowed and one != queue],
            "count_max": COUNT_MAX,
            "rows": rows,
            "total": found.total,
            "more": found.more,
            "page_number": number,
            "page_size": PAGE_SIZE,
            "kept": kept,
            "offices": [(o.code, o.words.say(said)) for o in settings.offices if not o.outside],
            "others": [(o.code, o.words.say(said)) for o in settings.offices if o.outside],
            "categories": [(c.code, c.words.say(said), c.kind) for c in settings.categories],
            "replies": [(r.code, r.title.say(said), r.text) for r in settings.replies],
            "assigned": [one for one in ask.query.get("assigned", "").split(",") if one][:BULK_MAX],
            "preview": None,
            "typed": {},
            "opened": opened,
            "detail": await _detail(ask, opened) if opened else None,
            "faults": faults,
            **(more or {}),
        },
        422 if faults else 200,
    )


async def show_waiting(ask: PageAsk) -> list[Waiting]:
    """What waits at the desk for the offices of whoever asks, for all offices where they have none."""
    own = sorted(one for one in ask.person.offices if settings_in(ask).office(one) is not None)
    office = own[0] if len(own) == 1 else ""
    waiting: list[Waiting] = []
    for queue in BEGIN_WITH:
        count = await count_reports(ask, Wish(queue=f"{queue}@{office}" if office else queue))
        path = f"reports/desk?queue={queue}" + (f"&office={office}" if office else "")
        waiting.append(Waiting(QUEUES[queue], path, count, count < COUNT_MAX, queue in ("urgent", "due")))
    return waiting


async def _detail(ask: PageAsk, number: str) -> dict[str, Any] | None:
    kept = await ask.city.get(Report, report_id(number))
    if kept is None:
        return None
    report = whole(kept)
    settings, said = settings_in(ask), ask.language
    category, place = settings.category(report.category), report.point
    alike = ()
    if place is not None:
        looks = tuple(p.look for p in report.photos)
        seen = Seen(place, report.category, report.name + report.description, report.asset, looks, at=ask.now)
        alike = await find_alike(ask, seen, settings.duplicates_staff_m, report.id)
    worked = report.completed_by == ask.person.account_id
    on_road = road_under(settings.zones, place) is not None
    actions = next_actions(report, category is not None and category.solvable and not on_road)
    return {
        "report": report,
        "edited": opening(ask.fields, CORRECT_EDITS, correct_form(report)),
        "row": row_of(ask, report),
        "openness": openness(report, settings),
        "office": settings.office(report.office),
        "category": category,
        "answers": say_answers(questions_of(category, None), report.answers),
        "line": [line_of(settings, step, said) for step in report.log],
        "alike": [(row_of(ask, one.report), one.away_m, one.score) for one in alike],
        "hiding": [one.number for one in await hiding(ask, report)],
        "merged": [row_of(ask, one) for one in await merged_into(ask, report.id)],
        "contact": await ask.city.get(Contact, contact_id(report.number)),
        "closed_contact": not ask.person.offices & {"*", inside(settings, report.office)},
        "told": await told_of(ask, report),
        "is_handed": report.status in HANDED,
        "next": tuple(one for one in actions if one != "confirm" or not worked),
        "waits": "confirm" in actions and worked,
        "witnesses_min": settings.witnesses_min,
        "put_back": report.ended is not None and report.status == "checking",
        "undo": may_take_back(report.undo, ask.person, ask.now, settings),
    }


def next_actions(report: Report, solvable: bool) -> tuple[str, ...]:
    """What can be done now, the best first."""
    best = {
        "received": ("assign", "check", "make_task"),
        "checking": ("assign", "make_task"),
        "office": ("start", "plan", "complete", "make_task", "assign"),
        "task": ("complete", "assign"),
        "handed": ("note", "plan", "complete", "pass_on", "assign"),
        "working": ("complete", "fix_temporarily", "plan", "assign"),
        "temporary": ("complete", "plan", "start"),
        "completed": ("confirm", "reopen"),
        "witnessed": ("confirm", "reopen"),
        "closed": ("reopen",),
        "duplicate": ("reopen",),
        "outside": ("reopen",),
    }
    leaves = ("merge", "pass_on") if may_go(report.status, "outside") else ()
    chosen = (*best.get(report.status, ("check",)), *leaves)
    return tuple(
        one for one in dict.fromkeys(chosen) if one != "make_task" or (solvable and report.kind == "problem")
    )


COLUMNS: Final = (
    "number", "category", "name", "description", "address", "latitude", "longitude", "zone", "status",
    "urgency", "office", "submitted", "answered", "due", "completed", "closed", "followers",
)  # fmt: skip


async def show_csv(ask: PageAsk) -> PageReply:
    """The queue as a table file: UTF-8 with a mark, so that spreadsheets open it; cells never run as formulas."""
    wish = wish_of(ask, ask.query.get("queue", "open"))
    out = io.StringIO()
    writer = SheetWriter(out)
    writer.writerow(COLUMNS)
    for offset in range(0, CSV_ROWS_MAX, CSV_PAGE):
        found = await find_reports(ask, wish, CSV_PAGE, offset)
        writer.writerows(_csv_row(whole(report)) for report in found.items)
        if not found.more:
            break
    return Plain(("\ufeff" + out.getvalue()).encode(), "text/csv; charset=utf-8", "reports.csv")


def _csv_row(report: Report) -> list[str]:
    place = report.point
    times = (
        report.date_submitted,
        report.date_answered,
        report.date_due,
        report.date_completed,
        report.date_closed,
    )
    return [
        report.number, report.category, report.name, report.description, report.address,
        str(place[1]) if place else "", str(place[0]) if place else "",
        report.zone, report.status, report.urgency, report.office,
        *(format_instant(at) if at is not None else "" for at in times),
        str(report.follower_count),
    ]  # fmt: skip


SCRIPT: Final = """
const rows = [...document.querySelectorAll("[data-desk-rows] tbody tr")];
const at = () => rows.findIndex((row) => row.getAttribute("aria-current") === "true");
const open = (index) => rows[index]?.querySelector("a")?.click();
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "j") open(Math.min(rows.length - 1, at() + 1));
  else if (event.key === "k") open(Math.max(0, at() - 1));
  else if (event.key === "a") {
    const next = document.querySelector("[data-next] button[name=do]");
    if (next) { event.preventDefault(); next.focus(); }
  }
});
document.addEventListener("change", (event) => {
  const chosen = event.target.closest("select[data-into]");
  const text = chosen?.selectedOptions[0]?.dataset.text;
  if (text) document.getElementById(chosen.dataset.into).value = text;
});
"""
"""The keys of the desk and its prepared replies; everything works without it."""


async def show_script(ask: PageAsk) -> PageReply:
    """The script of the desk."""
    return Plain(SCRIPT.encode(), "text/javascript; charset=utf-8")
