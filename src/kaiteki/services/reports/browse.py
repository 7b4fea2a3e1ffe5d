"""What everybody reads: the list with its map, one report, citizens' tasks, themes; and what they do on one report."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown
from kaiteki.kit.views import ordered
from kaiteki.model.access import RESIDENT, STAFF
from kaiteki.model.decision import Accepted, Fault, Refused
from kaiteki.model.query import Query
from kaiteki.services.reports.arrows import DONE, ENDED, PIN_WORDS, STATES
from kaiteki.services.reports.assets import ASSET, Asset, named
from kaiteki.services.reports.geography import Point, distance_m
from kaiteki.services.reports.model import Book, Report, Step, Theme, book_id, report_id
from kaiteki.services.reports.photos import keep_photos
from kaiteki.services.reports.queries import (
    COUNT_MAX,
    PAGE_SIZE,
    Wish,
    count_reports,
    find_reports,
    first_of,
    forecast_for,
    merged_into,
    public_wish,
    settings_in,
    written,
)
from kaiteki.services.reports.questions import questions_of, say_answers
from kaiteki.services.reports.reopen_rules import is_in_time
from kaiteki.services.reports.settings import Settings
from kaiteki.services.reports.shelves import MENDED, TASK
from kaiteki.services.reports.veil import openness, whole

TAGS: Final = {"yellow": "warn", "blue": "key", "green": "good", "grey": "plain"}
"""The colour of the portal for the colour of a pin."""
PAGES_MAX: Final = 500
ASKED: Final = ("state", "category", "ward", "q", "within", "theme", "lat", "lon")
"""What the list can be asked for."""
BY_WORDS: Final = {"resident": "市民", "helper": "参加した市民", "system": "自動"}
BY_WORDS_EN: Final = {"resident": "Resident", "helper": "Helper", "system": "Automatic"}


def page_number(query: Mapping[str, str]) -> int:
    """The page that is asked for, from 1."""
    text = query.get("page", "1")
    return max(1, min(PAGES_MAX, int(text))) if text.isascii() and text.isdigit() and len(text) < 5 else 1


def near_of(query: Mapping[str, str]) -> Point | None:
    """The place that is asked for (`lat`, `lon`), None when it is not one."""
    try:
        latitude, longitude = float(query.get("lat", "")), float(query.get("lon", ""))
    except ValueError:
        return None
    inside = abs(latitude) <= 90 and abs(longitude) <= 180
    return (longitude, latitude) if inside else None


def row_of(ask: PageAsk, report: Report, near: Point | None = None) -> dict[str, Any]:
    """A report as lists and maps show it."""
    state, place = STATES[report.status], report.point
    category = settings_in(ask).category(report.category)
    office = settings_in(ask).office(report.office)
    zone = settings_in(ask).zone(report.zone)
    return {
        "id": report.id,
        "number": report.number,
        "title": report.name or report.number,
        "path": f"reports/{report.number}",
        "lon": place[0] if place else None,
        "lat": place[1] if place else None,
        "distance": distance_m(near, place) if near and place else None,
        "tag": state.words.say(ask.language),
        "state": TAGS[state.pin],
        "pin": state.pin,
        "at": report.date_submitted,
        "updated": report.date_updated,
        "due": report.date_due,
        "urgency": report.urgency,
        "category": category.words.say(ask.language) if category else report.category,
        "office": office.words.say(ask.language) if office else "",
        "place": report.address or (zone.words.say(ask.language) if zone else ""),
        "photo": report.photos[0].digest if report.photos else "",
        "helpers": report.helper_count,
        "task": report.task,
    }


# The list ----------------------------------------------------------------------------------------------------------


async def show_list(ask: PageAsk) -> PageReply:
    """まちの知らせ: list and map, filtered."""
    settings, query, number = settings_in(ask), ask.query, page_number(ask.query)
    near = near_of(query)
    wish = public_wish(
        query.get("state", ""),
        query.get("category", "")[:60],
        query.get("ward", "")[:60],
        **written(query.get("q", ""), ask.now),
        near=near,
        within_m=_within(query.get("within", "")),
        theme=query.get("theme", ""),
    )
    found = await find_reports(ask, wish, PAGE_SIZE, (number - 1) * PAGE_SIZE)
    counts = {pin: await count_reports(ask, Wish(shelf=pin)) for pin in ("yellow", "blue", "green")}
    said = ask.language
    return Shown(
        {
            "rows": [row_of(ask, report, near) for report in found.items],
            "total": found.total,
            "page_number": number,
            "page_size": PAGE_SIZE,
            "more": found.more,
            "asked": {name: query.get(name, "") for name in ASKED},
            "counts": [
                (pin, words.say(said), TAGS[pin], counts[pin])
                for pin, words in PIN_WORDS.items()
                if pin in counts
            ],
            "states": [(pin, words.say(said)) for pin, words in PIN_WORDS.items()],
            "categories": [(c.code, c.words.say(said)) for c in settings.categories],
            "wards": [(z.code, z.words.say(said)) for z in settings.zones if z.kind == "ward"],
            "count_max": COUNT_MAX,
            "near": near,
            "filtered": any(query.get(name) for name in ASKED),
        }
    )


def _within(text: str) -> float:
    return float(text) if text in ("250", "500", "1000", "3000") else 0.0


# One report --------------------------------------------------------------------------------------------------------


async def show_report(ask: PageAsk) -> PageReply:
    """One report with its photos, its line and what can be done about it."""
    return await _report(ask, ())


async def find_report(ask: PageAsk) -> Report | None:
    """The report of the address, by number or id; a withdrawn one is only for the desk."""
    asked = ask.path["number"]
    report = await ask.city.get(Report, asked if asked.startswith("urn:") else report_id(asked))
    hidden = report is None or (report.status == "withdrawn" and not ask.person.holds((STAFF,)))
    return None if hidden else report


async def _report(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    report = await find_report(ask)
    if report is None:
        return Missing()
    report, settings, said = whole(report), settings_in(ask), ask.language
    category = settings.category(report.category)
    theme = await ask.city.get(Theme, report.theme) if report.theme else None
    book = await ask.city.get(Book, book_id(ask.person.account_id or ask.browser))
    mine = book is not None and report.id in book.mine
    other = await ask.city.get(Report, report.duplicate_of) if report.duplicate_of else None
    asset = await ask.city.met(ASSET, Asset, report.asset) if report.asset else None
    is_open = STATES[report.status].open
    return Shown(
        {
            "title": f"{report.name}（{report.number}）",
            "report": report,
            "row": row_of(ask, report),
            "openness": openness(report, settings),
            "office": settings.office(report.office),
            "thing": named(asset.kind, asset.seen) if asset is not None else None,
            "category": category,
            "answers": say_answers(questions_of(category, theme), report.answers),
            "line": [line_of(settings, step, said) for step in report.log],
            "theme": theme,
            "unshown": mine and [one for one in report.photos if not await ask.city.shows(one.digest)],
            "other": other,
            "follows": book is not None and bool(await _followed(ask, report.id, book)),
            "mine": mine,
            "joined": book is not None and report.id in book.tasks,
            "resident": ask.person.holds((RESIDENT, STAFF)),
            "staff": ask.person.holds((STAFF,)),
            "forecast": await forecast_for(ask, report.category, report.office) if is_open else None,
            "confirmable": report.status in DONE,
            "worked": _worked(ask, report, book),
            "witnesses_left": max(0, settings.witnesses_min - report.witness_count),
            "reopenable": report.status in ENDED - DONE and is_in_time(report, ask.now, settings),
            "faults": faults,
        },
        422 if faults else 200,
    )


def _worked(ask: PageAsk, report: Report, book: Book | None) -> bool:
    """Whether the one who asks did the work: they took part, or told that it is done."""
    me = ask.person.account_id
    return bool(me) and (me == report.completed_by or (book is not None and report.id in book.tasks))


async def _followed(ask: PageAsk, this: str, book: Book) -> list[str]:
    """The report and what was merged into it, as far as the holder of the book follows it."""
    known = (this, *(one.id for one in await merged_into(ask, this)))
    return [one for one in known if one in book.follows]


async def _unfollow(ask: PageAsk, this: str) -> Accepted | Refused:
    """Hear no more of it, also where it was followed by a report that was merged into it."""
    book = await ask.city.get(Book, book_id(ask.person.account_id or ask.browser))
    merged = [one for one in await _followed(ask, this, book) if one != this] if book is not None else []
    for one in merged:
        done = await _plain("unfollow", ask, one)
        if isinstance(done, Refused):
            return done
    return await _plain("unfollow", ask, this)


def line_of(settings: Settings, step: Step, language: str) -> dict[str, Any]:
    """A line of the log for people."""
    office = settings.office(step.office)
    by = (BY_WORDS_EN if language == "en" else BY_WORDS).get(step.by, "")
    return {
        "title": step.words.say(language),
        "at": step.at,
        "who": office.words.say(language) if step.by == "office" and office else by,
        "text": " ".join(part for part in (*(c.say(language) for c in step.changed), step.why) if part),
        "photos": step.photos,
    }


Do = Callable[[PageAsk, str], Awaitable[Accepted | Refused]]


async def _plain(command: str, ask: PageAsk, this: str) -> Accepted | Refused:
    why = first_of(ask.fields, "why")
    form = (
        {"id": this}
        if command in ("follow", "unfollow", "join_task", "leave_task")
        else {"id": this, "why": why}
    )
    return await ask.city.run(f"reports.{command}", form)


async def _witness(ask: PageAsk, this: str) -> Accepted | Refused:
    mended = first_of(ask.fields, "mended") == "yes"
    form = {"id": this, "mended": mended, "why": first_of(ask.fields, "why")}
    return await ask.city.run("reports.witness", form)


async def _with_photos(command: str, ask: PageAsk, this: str) -> Accepted | Refused:
    photos, faults = await keep_photos(ask)
    if faults:
        return Refused("invalid", faults)
    text = first_of(ask.fields, "why")
    words = {"text": text} if command == "update" else {"why": text}
    return await ask.city.run(f"reports.{command}", {"id": this, "photos": photos, **words})


PLAIN: Final = ("follow", "join_task", "leave_task", "withdraw", "reopen")
NOTES: Final = {
    "follow": ("続報をお知らせします。", "You will hear of every step.", "つづきを しらせます。"),
    "unfollow": ("続報を止めました。", "You will hear no more of it.", "つづきを しらせません。"),
    "join_task": ("参加を受け付けました。", "You take part. Thank you!", "ありがとうございます。"),
    "leave_task": ("参加を取り消しました。", "You do not take part any more.", "やめました。"),
    "withdraw": ("取り下げました。", "It is withdrawn.", "とりけしました。"),
    "reopen": ("もう一度確認します。", "It will be looked at again.", "もういちど しらべます。"),
    "witness": ("確認ありがとうございます。", "Thank you for looking.", "ありがとうございます。"),
    "update": ("続報を載せました。", "Your news are added.", "つづきを のせました。"),
    "complete": ("完了の報告を受け付けました。", "It is reported as done.", "ありがとうございます。"),
}


async def act_on_report(ask: PageAsk) -> PageReply:
    """Do what the pressed button says, and stay on the page."""
    report, do = await find_report(ask), first_of(ask.fields, "do")
    if report is None or do not in NOTES:
        return Missing()
    if do == "unfollow":
        done = await _unfollow(ask, report.id)
    elif do in PLAIN:
        done = await _plain(do, ask, report.id)
    elif do == "witness":
        done = await _witness(ask, report.id)
    else:
        done = await _with_photos(do, ask, report.id)
    if isinstance(done, Refused):
        return await _report(ask, faults_of(done))
    ja, en, easy = NOTES[do]
    note = en if ask.language == "en" else easy if ask.language == "ja-easy" else ja
    return Moved("reports" if do == "withdraw" else f"reports/{report.number}", note)


def faults_of(refused: Refused) -> tuple[Fault, ...]:
    """The faults of a refusal, with a sentence where the refusal has none."""
    if refused.faults:
        return refused.faults
    words = msgspec.structs.replace(
        STATES["received"].words, ja="この操作はできません。", en="This is not possible.", easy="できません。"
    )
    return (Fault("", refused.code, words),)


# Tasks and themes --------------------------------------------------------------------------------------------------


async def show_tasks(ask: PageAsk) -> PageReply:
    """市民協働: what residents can mend themselves, and what they mended."""
    waiting = await find_reports(ask, Wish(shelf=TASK, near=near_of(ask.query)))
    rows = [row_of(ask, r, near_of(ask.query)) for r in waiting.items if r.task is not None]
    mended = [row_of(ask, r) for r in (await find_reports(ask, Wish(shelf=MENDED))).items]
    return Shown({"rows": rows, "mended": mended, "now": ask.now})


async def show_themes(ask: PageAsk) -> PageReply:
    """テーマレポート: what everybody is asked to look at."""
    newest = Query(order=(ordered(Theme, "date_start", descending=True),), limit=PAGE_SIZE)
    found = await ask.city.find(Theme, newest)
    themes = [
        {
            "theme": theme,
            "open": theme.status == "open" and theme.date_start <= ask.now <= theme.date_end,
            "count": await count_reports(ask, Wish(shelf=f"theme/{theme.id}")),
        }
        for theme in found.items
    ]
    return Shown({"themes": themes})
