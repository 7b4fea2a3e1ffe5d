"""Reporting in four short steps: kind, place, photo and words, check and send. Each step is a plain POST; the draft waits here."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown
from kaiteki.kit.views import type_name
from kaiteki.model.decision import Fault, Refused
from kaiteki.services.reports.assets import named, owner_of
from kaiteki.services.reports.draft import PLACE, START, Draft, keep_draft, read_draft
from kaiteki.services.reports.faults import fault
from kaiteki.services.reports.forms import PhotoForm
from kaiteki.services.reports.known import after_asset, after_place
from kaiteki.services.reports.looks import look_of
from kaiteki.services.reports.model import Report, Theme, report_id
from kaiteki.services.reports.queries import first_of, forecast_for, mode_now, settings_in
from kaiteki.services.reports.questions import check_answers, options_of, questions_of, say_answers
from kaiteki.services.reports.register import find_asset
from kaiteki.services.reports.routing import route
from kaiteki.services.reports.settings import USUAL, Category, Question

# 1 What ------------------------------------------------------------------------------------------------------------


async def show_start(ask: PageAsk) -> PageReply:
    """どんな不具合ですか."""
    draft = await read_draft(ask)
    if "again" in ask.query:
        draft = await _next_nearby(ask)
    if "theme" in ask.query:
        theme = await ask.city.get(Theme, ask.query["theme"])
        if theme is not None:
            await keep_draft(ask, msgspec.structs.replace(draft, theme=theme.id, category=theme.category))
            return Moved(PLACE)
    return await _start(ask, draft, ())


async def _next_nearby(ask: PageAsk) -> Draft:
    """A new draft that begins where the last report was."""
    last = await ask.city.get(Report, report_id(ask.query["again"]))
    draft = Draft(key=f"{ask.seed:x}")
    if last is not None:
        place = last.point
        draft = msgspec.structs.replace(
            draft,
            address=last.address,
            longitude=place[0] if place else None,
            latitude=place[1] if place else None,
        )
    await keep_draft(ask, draft)
    return draft


async def _start(ask: PageAsk, draft: Draft, faults: tuple[Fault, ...]) -> PageReply:
    settings, mode = settings_in(ask), await mode_now(ask)
    asked = settings.categories_of(mode.event)
    options = [(c.code, c.words.say(ask.language), c.hint.say(ask.language)) for c in asked]
    safety = [words.say(ask.language) for words in settings.disaster.safety]
    values = {
        "options": options,
        "draft": draft,
        "emergency": settings.emergency_phone,
        "disaster": mode.name,
        "safety": safety if mode.event != USUAL else (),
    }
    return Shown({**values, "faults": faults}, 422 if faults else 200)


async def take_start(ask: PageAsk) -> PageReply:
    """Keep the kind."""
    draft, chosen = await read_draft(ask), first_of(ask.fields, "category")
    if settings_in(ask).category(chosen) is None:
        return await _start(ask, draft, (fault("category", "choice"),))
    same = chosen == draft.category
    cleared: dict[str, Any] = {
        "theme": "",
        "answers": {},
        "asset": "",
        "asked_asset": False,
        "other_than": (),
    }
    kept = draft if same else msgspec.structs.replace(draft, category=chosen, **cleared)
    await keep_draft(ask, kept)
    return await after_place(ask, kept) if kept.placed else Moved(PLACE)


# 2 Where -----------------------------------------------------------------------------------------------------------


async def show_place(ask: PageAsk) -> PageReply:
    """どこですか."""
    draft = await read_draft(ask)
    return _place(draft, ()) if draft.category else Moved(START)


def _place(draft: Draft, faults: tuple[Fault, ...]) -> PageReply:
    return Shown({"draft": draft, "faults": faults}, 422 if faults else 200)


async def take_place(ask: PageAsk) -> PageReply:
    """Keep the place: an address, a landmark or a position."""
    draft = await read_draft(ask)
    latitude, longitude = (_degrees(first_of(ask.fields, f"place_{part}")) for part in ("lat", "lon"))
    there = latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180
    draft = msgspec.structs.replace(
        draft,
        address=first_of(ask.fields, "place_address")[:200],
        latitude=latitude if there else None,
        longitude=longitude if there else None,
        asset="",
        asked_asset=False,
    )
    if not draft.placed:
        return _place(draft, (msgspec.structs.replace(fault("place", "missing"), field="place_address"),))
    await keep_draft(ask, draft)
    return await after_place(ask, draft)


def _degrees(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


# 3 Photo and words -------------------------------------------------------------------------------------------------


async def show_photo(ask: PageAsk) -> PageReply:
    """写真とようす; reports that may be the same are shown first."""
    draft = await read_draft(ask)
    if not draft.category:
        return Moved(START)
    return await _photo(ask, draft, ()) if draft.placed else Moved(PLACE)


async def _photo(ask: PageAsk, draft: Draft, faults: tuple[Fault, ...]) -> PageReply:
    settings = settings_in(ask)
    category = settings.category(draft.category)
    questions = await _questions(ask, draft)
    values = {
        "draft": draft,
        "category": category,
        "questions": [(q, [(o.code, o.words.say(ask.language)) for o in options_of(q)]) for q in questions],
        "photos_left": settings.photos_max - len(draft.photos),
        "faults": faults,
    }
    return Shown(values, 422 if faults else 200)


async def _questions(ask: PageAsk, draft: Draft) -> tuple[Question, ...]:
    theme = await ask.city.get(Theme, draft.theme) if draft.theme else None
    return questions_of(settings_in(ask).category(draft.category), theme)


async def take_photo(ask: PageAsk) -> PageReply:
    """Keep photos, words and answers; or follow the report that is the same."""
    draft = await read_draft(ask)
    questions = await _questions(ask, draft)
    draft = msgspec.structs.replace(
        draft,
        description=first_of(ask.fields, "description").replace("\r\n", "\n")[:4000],
        answers=_answers(ask, questions),
        photos=tuple(p for p in draft.photos if p.digest not in ask.fields.get("drop", ())),
    )
    draft, refused = await _keep_photos(ask, draft)
    faults = (*refused, *_dotted(check_answers(questions, draft.answers)))
    if not draft.description and not draft.photos and not draft.answers:
        faults = (*faults, fault("description", "missing"))
    if len(draft.description) > settings_in(ask).description_max:
        faults = (*faults, fault("description", "too_long", settings_in(ask).description_max))
    await keep_draft(ask, draft)
    return await _photo(ask, draft, faults) if faults else await after_asset(ask, draft)


def _dotted(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    return tuple(msgspec.structs.replace(f, field=f.field.replace("answers.", "answer-")) for f in faults)


def _answers(ask: PageAsk, questions: tuple[Question, ...]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for question in questions:
        given = [one for one in ask.fields.get(f"answer-{question.code}", ()) if one.strip()]
        if given:
            answers[question.code] = given if question.kind == "many" else given[0].strip()
    return answers


async def _keep_photos(ask: PageAsk, draft: Draft) -> tuple[Draft, tuple[Fault, ...]]:
    settings = settings_in(ask)
    faults: list[Fault] = []
    photos = list(draft.photos)
    for upload in ask.files.get("photos", ()):
        if not upload.content:
            continue
        if len(photos) >= settings.photos_max:
            faults.append(fault("photos", "too_many", settings.photos_max))
            break
        digest = await ask.city.keep_photo(upload, "photos")
        if isinstance(digest, Refused):
            faults.extend(digest.faults)
            continue
        look = await asyncio.to_thread(look_of, upload.content)
        if digest not in {p.digest for p in photos}:
            photos.append(PhotoForm(digest, "", look))
    return msgspec.structs.replace(draft, photos=tuple(photos)), tuple(faults)


# 4 Check and send --------------------------------------------------------------------------------------------------


async def show_check(ask: PageAsk) -> PageReply:
    """これで送りますか."""
    draft = await read_draft(ask)
    if not draft.category or not draft.placed:
        return Moved(START)
    return await _check(ask, draft, ())


async def _check(ask: PageAsk, draft: Draft, faults: tuple[Fault, ...]) -> PageReply:
    settings = settings_in(ask)
    category = settings.category(draft.category) or Category(draft.category, settings.categories[0].words)
    asset = await find_asset(ask, draft.asset)
    place = draft.point or (asset.seen.point if asset is not None else None)
    owner = owner_of(settings, asset.seen) if asset is not None else None
    routed = route(settings, category, place, draft.address, owner)
    office = settings.office(routed.office)
    values = {
        "draft": draft,
        "category": category,
        "office": office,
        "thing": named(asset.kind, asset.seen) if asset is not None else None,
        "answers": say_answers(await _questions(ask, draft), draft.answers),
        "forecast": await forecast_for(ask, category.code, routed.office),
        "contact": {
            name: first_of(ask.fields, name) for name in ("contact_name", "contact_email", "contact_phone")
        },
        "at_once": settings.publish_at_once,
        "faults": faults,
    }
    return Shown(values, 422 if faults else 200)


async def take_check(ask: PageAsk) -> PageReply:
    """Send it, once."""
    draft = await read_draft(ask)
    form = {
        "category": draft.category,
        "description": draft.description,
        "latitude": draft.latitude,
        "longitude": draft.longitude,
        "address": draft.address,
        "accuracy_m": draft.accuracy_m,
        "asset": draft.asset,
        "theme": draft.theme,
        "answers": draft.answers,
        "photos": [msgspec.to_builtins(p) for p in draft.photos],
        "follow": bool(ask.fields.get("follow")),
        **{
            name: first_of(ask.fields, name)[:100]
            for name in ("contact_name", "contact_email", "contact_phone")
        },
    }
    done = await ask.city.run("reports.submit", form, key=draft.key or None)
    if isinstance(done, Refused):
        return await _check(ask, draft, done.faults or (fault("category", "choice"),))
    return Moved(f"reports/done/{done.answer['number']}")


async def show_done(ask: PageAsk) -> PageReply:
    """届きました: number, what comes next, the next one nearby."""
    report = await ask.city.get(Report, report_id(ask.path["number"]))
    if report is None:
        return Moved("reports")
    settings = settings_in(ask)
    values = {
        "report": report,
        "office": settings.office(report.office),
        "category": settings.category(report.category),
        "forecast": await forecast_for(ask, report.category, report.office),
        "type": type_name(Report),
    }
    return Shown(values)
