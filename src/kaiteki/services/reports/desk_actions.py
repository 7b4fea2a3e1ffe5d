"""What is done at the desk: one form a step, several reports at once, a correction whose routing is shown before it is kept."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply
from kaiteki.model.decision import Accepted, Refused
from kaiteki.services.reports.browse import faults_of, near_of
from kaiteki.services.reports.desk import BULK_MAX, answer_desk
from kaiteki.services.reports.desk_answers import answer_many, answer_of
from kaiteki.services.reports.faults import fault
from kaiteki.services.reports.model import Report, report_id
from kaiteki.services.reports.photos import keep_photos
from kaiteki.services.reports.queries import first_of, settings_in
from kaiteki.services.reports.routing import route
from kaiteki.services.reports.veil import whole


def _kept(ask: PageAsk) -> dict[str, str]:
    """Where in which queue somebody is."""
    return {k: v for k, v in ask.query.items() if k in ("queue", "office", "q", "page") and v}


def _typed(ask: PageAsk) -> dict[str, str]:
    """The form as it was sent, by the names of its fields, `do` the action."""
    return {name: first_of(ask.fields, name) for name in ask.fields}


def _why(ask: PageAsk, report: Report) -> str:
    """The words to the public: what was written, else the chosen prepared reply in the language of the reporter."""
    written, chosen = first_of(ask.fields, "why"), first_of(ask.fields, "reply")
    reply = next((one for one in settings_in(ask).replies if one.code == chosen), None)
    return written if written or reply is None else reply.text.say(report.language)


async def act_on_desk(ask: PageAsk) -> PageReply:
    """Do it, and stay at the same place of the same queue."""
    do, number = first_of(ask.fields, "do"), first_of(ask.fields, "number")
    if do in ("assign_many", "take_back_many"):
        return await _do_many(ask, do)
    report = await ask.city.get(Report, report_id(number))
    if report is None:
        return Missing()
    if do == "preview":
        typed = {**_typed(ask), "do": "correct"}
        return await answer_desk(ask, (), number, {"preview": _preview(ask, whole(report)), "typed": typed})
    done = await _do(ask, do, report)
    if isinstance(done, Refused):
        return await answer_desk(ask, faults_of(done), number, {"typed": _typed(ask)})
    address = urlencode({**_kept(ask), "open": number})
    after = await ask.city.get(Report, report.id)
    return Moved(f"reports/desk?{address}", answer_of(ask, do, whole(after if after is not None else report)))


async def _do(ask: PageAsk, do: str, report: Report) -> Accepted | Refused:
    this, why = {"id": report.id}, _why(ask, report)
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
        "put_back": ("put_back", this),
        "note": ("write_note", {**this, "text": why, "public": public}),
        "plan": ("plan", {**this, "planned": _instant(first_of(ask.fields, "planned"), "09:00"), "why": why}),
        "complete": ("complete", {**this, "photos": photos, "why": why}),
        "fix_temporarily": ("fix_temporarily", {**this, "photos": photos, "why": why}),
        "merge": ("merge", {**this, "into": report_id(first_of(ask.fields, "into")), "why": why}),
        "pass_on": ("pass_on", {**this, "office": first_of(ask.fields, "office"), "why": why}),
        "hide": ("hide", {**this, "photos": chosen, "why": why}),
        "publish": ("publish", {**this, "photos": chosen}),
        "correct": ("correct", {**this, **_corrected(ask), "why": why}),
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


async def _do_many(ask: PageAsk, do: str) -> PageReply:
    """Give several reports to an office, or take that back."""
    numbers = [one for one in ask.fields.get("number", ()) if one][:BULK_MAX]
    if not numbers:
        return await answer_desk(ask, (fault("bulk-office", "none_chosen"),), "")
    form: dict[str, Any] = {"ids": [report_id(number) for number in numbers]}
    if do == "assign_many":
        form |= {"office": first_of(ask.fields, "office")}
    done = await ask.city.run(f"reports.{do}", form)
    if isinstance(done, Refused):
        return await answer_desk(ask, faults_of(done), "")
    count, left = len(done.answer["numbers"]), len(numbers) - len(done.answer["numbers"])
    told = answer_many(ask, do, count, left)
    if do == "take_back_many" or not count:
        return Moved(f"reports/desk?{urlencode(_kept(ask))}", told)
    return Moved(
        f"reports/desk?{urlencode({**_kept(ask), 'assigned': ','.join(done.answer['numbers'])})}", told
    )


def _corrected(ask: PageAsk) -> dict[str, Any]:
    """The kind and place of a correction."""
    place = near_of({"lat": first_of(ask.fields, "place_lat"), "lon": first_of(ask.fields, "place_lon")})
    return {
        "category": first_of(ask.fields, "category"),
        "address": first_of(ask.fields, "place_address")[:200],
        "longitude": place[0] if place else None,
        "latitude": place[1] if place else None,
    }


def _preview(ask: PageAsk, report: Report) -> dict[str, Any]:
    """To which office a correction would lead, and why."""
    settings, given = settings_in(ask), _corrected(ask)
    category = settings.category(given["category"]) or settings.category(report.category)
    place = report.point if given["latitude"] is None else (given["longitude"], given["latitude"])
    routed = route(settings, category or settings.categories[0], place, given["address"] or report.address)
    office = settings.office(routed.office)
    return {**given, "office": office.words if office else None, "reason": routed.reason}
