"""Reporting in four short steps: kind, place, photo and words, check and send. Each step is a plain POST; the draft waits here."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kaiteki.kit.pages import Moved, PageAsk, PageReply, Plain, Shown
from kaiteki.kit.views import type_name
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.words import Words
from kaiteki.services.reports.assets import named, owner_of
from kaiteki.services.reports.draft import PLACE, START, Draft, keep_draft, read_draft
from kaiteki.services.reports.faults import fault
from kaiteki.services.reports.filling import (
    CONTACT,
    dropping,
    fields_of,
    keep_photos_of,
    misplaced,
    placed_by,
    questions_for,
    submit_form,
    told_by,
    wrong_in,
)
from kaiteki.services.reports.known import after_asset, after_place
from kaiteki.services.reports.model import Book, Report, Theme, book_id, report_id
from kaiteki.services.reports.queries import first_of, forecast_for, mode_now, settings_in
from kaiteki.services.reports.questions import options_of, say_answers
from kaiteki.services.reports.register import find_asset
from kaiteki.services.reports.routing import is_far, route
from kaiteki.services.reports.settings import USUAL, Category
from kaiteki.services.reports.steps import SECOND
from kaiteki.services.reports.veil import openness

KEEP: Final = "keep"
"""A field that a script adds when it keeps what is written so far: nothing is checked, and the writer stays."""


RECEIPT_S: Final = 3600
"""How long a tab that was left open finds the receipt of what it would send."""
SENT_ALREADY: Final = Words(
    "この知らせは、もう届いています。",
    "This report has arrived already.",
    "この 知（し）らせは もう とどいて います。",
)


# 1 What ------------------------------------------------------------------------------------------------------------


async def show_start(ask: PageAsk) -> PageReply:
    """どんな不具合ですか."""
    draft = await read_draft(ask)
    if "again" in ask.query and ask.query["again"] != draft.near:
        draft = await _next_nearby(ask)
    if "theme" in ask.query:
        theme = await ask.city.get(Theme, ask.query["theme"])
        if theme is not None:
            await keep_draft(ask, msgspec.structs.replace(draft, theme=theme.id, category=theme.category))
            return Moved(PLACE)
    chosen = ask.query.get("category", "")
    if settings_in(ask).category(chosen) is not None and chosen != draft.category:
        # a link only proposes a kind: nothing is kept before somebody goes on
        draft = msgspec.structs.replace(draft, category=chosen)
    return await _start(ask, draft, ())


async def _next_nearby(ask: PageAsk) -> Draft:
    """A new draft that begins where the last report was."""
    last = await ask.city.get(Report, report_id(ask.query["again"]))
    draft = Draft(key=f"{ask.seed:x}")
    if last is not None:
        # of a report near homes only the outline is kept in sight; its grid cell is no place to go on from
        place = last.point if openness(last, settings_in(ask)) == "open" else None
        draft = msgspec.structs.replace(
            draft,
            address=last.address,
            longitude=place[0] if place else None,
            latitude=place[1] if place else None,
            near=last.number,
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
        "sofar": _so_far(ask, draft),
        "photos_max": settings.photos_max,
        "emergency": settings.emergency_phone,
        "disaster": mode.name,
        "safety": safety if mode.event != USUAL else (),
    }
    return Shown({**values, "faults": faults}, 422 if faults else 200)


def _so_far(ask: PageAsk, draft: Draft) -> str:
    """The draft as a hidden field: when the network is gone, the browser keeps it with what this step adds."""
    return msgspec.json.encode(fields_of(ask, draft)).decode()


def _kept() -> PageReply:
    """The answer to a script that keeps what is written so far, while its writer goes on."""
    return Plain(b"", "text/plain", status=204)


async def take_start(ask: PageAsk) -> PageReply:
    """Keep the kind, and the photos of those who begin with a photo."""
    draft, chosen = await read_draft(ask), first_of(ask.fields, "category")
    draft, refused = await keep_photos_of(ask, dropping(ask, draft))
    known = settings_in(ask).category(chosen) is not None
    if known and chosen != draft.category:
        draft = _of_kind(draft, chosen)
    await keep_draft(ask, draft)
    if KEEP in ask.fields:
        return await _start(ask, draft, refused) if "photos" in ask.files else _kept()
    if refused or not known:
        return await _start(ask, draft, refused if known else (*refused, fault("category", "choice")))
    return await after_place(ask, draft) if draft.placed and not draft.by_photo else Moved(PLACE)


def _of_kind(draft: Draft, category: str) -> Draft:
    """The draft as one of another kind: what was said of the old kind alone is gone."""
    cleared: dict[str, Any] = {
        "theme": "",
        "answers": {},
        "asset": "",
        "asked_asset": False,
        "other_than": (),
        "described": False,
    }
    return msgspec.structs.replace(draft, category=category, **cleared)


# 2 Where -----------------------------------------------------------------------------------------------------------


async def show_place(ask: PageAsk) -> PageReply:
    """どこですか."""
    draft = await read_draft(ask)
    return _place(ask, draft, ()) if draft.category else Moved(START)


def _place(ask: PageAsk, draft: Draft, faults: tuple[Fault, ...]) -> PageReply:
    values = {"draft": draft, "sofar": _so_far(ask, draft), "faults": faults}
    return Shown(values, 422 if faults else 200)


async def take_place(ask: PageAsk) -> PageReply:
    """Keep the place: an address, a landmark or a position."""
    draft = placed_by(ask, await read_draft(ask))
    if KEEP in ask.fields:
        await keep_draft(ask, draft)
        return _kept()
    wrong = misplaced(ask, draft)
    wrong = "far" if is_far(settings_in(ask), draft.longitude, draft.latitude) else wrong
    if wrong:
        said = msgspec.structs.replace(fault("place", wrong), field="place_address")
        return _place(ask, draft, (said,))
    await keep_draft(ask, draft)
    return await after_place(ask, draft)


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
    questions = await questions_for(ask, draft)
    values = {
        "draft": draft,
        "sofar": _so_far(ask, draft),
        "category": category,
        "questions": [(q, [(o.code, o.words.say(ask.language)) for o in options_of(q)]) for q in questions],
        "photos_max": settings.photos_max,
        "faults": faults,
    }
    return Shown(values, 422 if faults else 200)


async def take_photo(ask: PageAsk) -> PageReply:
    """Keep photos, words and answers."""
    draft = await read_draft(ask)
    questions = await questions_for(ask, draft)
    draft, refused = await keep_photos_of(ask, dropping(ask, told_by(ask, draft, questions)))
    if KEEP in ask.fields:
        await keep_draft(ask, draft)
        return await _photo(ask, draft, refused) if "photos" in ask.files else _kept()
    faults = (*refused, *wrong_in(ask, draft, questions))
    draft = msgspec.structs.replace(draft, described=not faults)
    await keep_draft(ask, draft)
    return await _photo(ask, draft, faults) if faults else await after_asset(ask, draft)


# 4 Check and send --------------------------------------------------------------------------------------------------


async def show_check(ask: PageAsk) -> PageReply:
    """これで送りますか."""
    draft = await read_draft(ask)
    if not draft.category or not draft.placed:
        return await _receipt(ask, "")
    return await _check(ask, draft, ())


async def _receipt(ask: PageAsk, key: str) -> PageReply:
    """What became of a draft that is not there any more: it was sent, perhaps in another tab. Without a key the latest one."""
    book = await ask.city.get(Book, book_id(ask.person.account_id or ask.browser))
    lately = (
        [one for one in book.sent if not one.what and ask.now - one.at < RECEIPT_S * SECOND]
        if book is not None
        else []
    )
    sent = next((one for one in reversed(lately) if key in ("", one.draft)), None)
    if sent is None:
        return Moved(START)
    return Moved(f"reports/done/{sent.report.rpartition(':')[2]}", SENT_ALREADY.say(ask.language))


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
        "answers": say_answers(await questions_for(ask, draft), draft.answers),
        "forecast": await forecast_for(ask, category.code, routed.office),
        "contact": {name: first_of(ask.fields, name) for name in CONTACT},
        "sofar": _so_far(ask, draft),
        "at_once": settings.publish_at_once,
        "faults": faults,
    }
    return Shown(values, 422 if faults else 200)


async def take_check(ask: PageAsk) -> PageReply:
    """Send it, once."""
    draft, key = await read_draft(ask), first_of(ask.fields, "key")
    if (key and key != draft.key) or not draft.category or not draft.placed:
        return await _receipt(ask, key)
    form = submit_form(draft, ask.fields)
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
