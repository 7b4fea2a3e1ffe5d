"""不具合の受付: the desk with its queues, one report beside the table, the next best action, keys and undo."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Plain, Shown
from kaiteki.model.decision import Accepted, Fault, Refused
from kaiteki.model.instant import format_instant
from kaiteki.model.words import Words
from kaiteki.services.reports.arrows import ARROWS, STATES
from kaiteki.services.reports.browse import faults_of, keep_photos, line_of, page_number, row_of
from kaiteki.services.reports.duplicates import Seen
from kaiteki.services.reports.model import Contact, Report, contact_id, report_id
from kaiteki.services.reports.queries import (
    COUNT_MAX,
    PAGE_SIZE,
    Wish,
    count_reports,
    find_alike,
    find_reports,
    first_of,
    settings_in,
)
from kaiteki.services.reports.questions import questions_of, say_answers
from kaiteki.services.reports.steps import SECOND
from kaiteki.services.reports.veil import openness, whole

CSV_ROWS_MAX: Final = 10_000
CSV_PAGE: Final = 500
QUEUES: Final[dict[str, Words]] = {
    "new": Words("これから確認", "To be checked", "これから 確認（かくにん）"),
    "urgent": Words("急ぎ", "Urgent", "いそぎ"),
    "due": Words("期限が近い", "Due soon", "しめきりが 近い"),
    "open": Words("対応中すべて", "All open", "ぜんぶ"),
    "task": Words("市民タスク", "Citizens' tasks", "みんなの タスク"),
    "handed": Words("管理者へ引き継ぎ", "With their owners", "もちぬしへ"),
    "confirm": Words("確認待ち", "To confirm", "かくにん まち"),
    "hidden": Words("公開前・非公開", "Not public", "見えない もの"),
    "ended": Words("終わったもの", "Ended", "おわった もの"),
}


def wish_of(ask: PageAsk, queue: str) -> Wish:
    """What a queue holds, for the words and the office that are asked for."""
    office = ask.query.get("office", "")[:60]
    return Wish(queue=f"{queue}@{office}" if office else queue, text=ask.query.get("q", "").strip()[:100])


async def show_desk(ask: PageAsk) -> PageReply:
    """The queues of the office, and what is opened in one of them."""
    return await _desk(ask, (), ask.query.get("open", ""))


async def _desk(ask: PageAsk, faults: tuple[Fault, ...], opened: str) -> PageReply:
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
            "count_max": COUNT_MAX,
            "rows": rows,
            "total": found.total,
            "more": found.more,
            "page_number": number,
            "page_size": PAGE_SIZE,
            "kept": kept,
            "offices": [(o.code, o.words.say(said)) for o in settings.offices if not o.outside],
            "others": [(o.code, o.words.say(said)) for o in settings.offices if o.outside],
            "replies": [(r.title.say(said), r.text.ja) for r in settings.replies],
            "opened": opened,
            "detail": await _detail(ask, opened) if opened else None,
            "faults": faults,
        },
        422 if faults else 200,
    )


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
    undo = report.undo
    return {
        "report": report,
        "row": row_of(ask, report),
        "openness": openness(report, settings),
        "office": settings.office(report.office),
        "category": category,
        "answers": say_answers(questions_of(category, None), report.answers),
        "line": [line_of(settings, step, said) for step in report.log],
        "alike": [(row_of(ask, one.report), one.away_m, one.score) for one in alike],
        "contact": await ask.city.get(Contact, contact_id(report.number)),
        "next": next_actions(report, category is not None and category.solvable),
        "undo": undo is not None
        and undo.actor == ask.person.account_id
        and ask.now - undo.at <= settings.undo_max_s * SECOND,
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
    leaves = ("merge", "pass_on") if "outside" in ARROWS[report.status] else ()
    chosen = (*best.get(report.status, ()), *leaves)
    return tuple(
        one for one in dict.fromkeys(chosen) if one != "make_task" or (solvable and report.kind == "problem")
    )


async def act_on_desk(ask: PageAsk) -> PageReply:
    """Do it, and stay at the same place of the same queue."""
    do, number = first_of(ask.fields, "do"), first_of(ask.fields, "number")
    report = await ask.city.get(Report, report_id(number))
    if report is None:
        return Missing()
    done = await _do(ask, do, report)
    if isinstance(done, Refused):
        return await _desk(ask, faults_of(done), number)
    kept = {k: v for k, v in ask.query.items() if k in ("queue", "office", "q", "page") and v}
    address = "&".join(f"{k}={v}" for k, v in {**kept, "open": number}.items())
    state = STATES[str(done.answer.get("status", report.status))].words
    note = {"en": f"{number}: {state.en}. It can be taken back for a while."}.get(
        ask.language, f"{number}：{state.ja}。しばらくの間、元に戻せます。"
    )
    return Moved(f"reports/desk?{address}", note)


async def _do(ask: PageAsk, do: str, report: Report) -> Accepted | Refused:
    this, why = {"id": report.id}, first_of(ask.fields, "why")
    photos, faults = await keep_photos(ask)
    if faults:
        return Refused("invalid", faults)
    public = bool(ask.fields.get("public"))
    chosen = list(ask.fields.get("photo", ()))
    forms: dict[str, tuple[str, dict[str, Any]]] = {
        "assign": ("assign", {**this, "office": first_of(ask.fields, "office"), "why": why}),
        "check": ("check", {**this, "why": why}),
        "start": ("start", {**this, "why": why}),
        "reopen": ("reopen", {**this, "why": why}),
        "confirm": ("witness", {**this, "mended": True, "why": why}),
        "take_back": ("take_back", this),
        "note": ("write_note", {**this, "text": why, "public": public}),
        "plan": ("plan", {**this, "planned": _instant(first_of(ask.fields, "planned"), "09:00"), "why": why}),
        "complete": ("complete", {**this, "photos": photos, "why": why}),
        "fix_temporarily": ("fix_temporarily", {**this, "photos": photos, "why": why}),
        "merge": ("merge", {**this, "into": report_id(first_of(ask.fields, "into")), "why": why}),
        "pass_on": ("pass_on", {**this, "office": first_of(ask.fields, "office"), "why": why}),
        "hide": ("hide", {**this, "photos": chosen, "why": why}),
        "publish": ("publish", {**this, "photos": chosen}),
        "make_task": ("make_task", {**this, **_task(ask), "why": why}),
    }
    if do not in forms:
        return Refused("not_found")
    command, form = forms[do]
    return await ask.city.run(f"reports.{command}", form)


def _task(ask: PageAsk) -> dict[str, Any]:
    day = first_of(ask.fields, "day")
    people = (first_of(ask.fields, "people_min"), first_of(ask.fields, "people_max"))
    least, most = (int(text) if text.isdigit() and len(text) < 4 else 1 for text in people)
    return {
        "what": first_of(ask.fields, "what"),
        "starts_at": _instant(day, first_of(ask.fields, "starts") or "10:00"),
        "ends_at": _instant(day, first_of(ask.fields, "ends") or "12:00"),
        "insurance": first_of(ask.fields, "insurance"),
        "meeting_place": first_of(ask.fields, "meeting_place"),
        "tools": [tool.strip() for tool in first_of(ask.fields, "tools").split("、") if tool.strip()],
        "people_min": least,
        "people_max": most,
        "safety": first_of(ask.fields, "safety") or "green",
    }


def _instant(day: str, time: str) -> str:
    """A local day and time as DateTime text; what is no day stays as it is, and the form says so."""
    return f"{day}T{time}:00+09:00" if day else ""


COLUMNS: Final = (
    "number", "category", "name", "description", "address", "latitude", "longitude", "zone", "status",
    "urgency", "office", "submitted", "answered", "due", "completed", "closed", "followers",
)  # fmt: skip


async def show_csv(ask: PageAsk) -> PageReply:
    """The queue as a table file: UTF-8 with a mark, so that spreadsheets open it; cells never run as formulas."""
    wish = wish_of(ask, ask.query.get("queue", "open"))
    out = io.StringIO()
    writer = csv.writer(out)
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
    cells = [
        report.number, report.category, report.name, report.description, report.address,
        str(place[1]) if place else "", str(place[0]) if place else "",
        report.zone, report.status, report.urgency, report.office,
        *(format_instant(at) if at is not None else "" for at in times),
        str(report.follower_count),
    ]  # fmt: skip
    return [
        f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") and not _is_number(cell) else cell
        for cell in cells
    ]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


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
document.addEventListener("click", (event) => {
  const reply = event.target.closest("[data-reply]");
  if (reply) document.getElementById(reply.dataset.into).value = reply.dataset.reply;
});
"""
"""The keys of the desk and its prepared replies; everything works without it."""


async def show_script(ask: PageAsk) -> PageReply:
    """The script of the desk."""
    return Plain(SCRIPT.encode(), "text/javascript; charset=utf-8")
