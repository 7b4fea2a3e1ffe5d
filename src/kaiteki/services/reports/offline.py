"""A report on one page that a browser keeps: written without a network, sent by its own script later, exactly once."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kaiteki.kit.pages import Moved, PageAsk, PageReply, Plain, Shown
from kaiteki.model.decision import Fault, Refused
from kaiteki.services.reports.draft import Draft
from kaiteki.services.reports.faults import fault
from kaiteki.services.reports.filling import (
    draft_of,
    keep_photos_of,
    misplaced,
    questions_for,
    submit_form,
    told_by,
    wrong_in,
)
from kaiteki.services.reports.queries import first_of, settings_in
from kaiteki.services.reports.questions import options_of
from kaiteki.services.reports.settings import Question

SCRIPT: Final = "script"
"""A field that the page's script adds: it wants to hear what became of the report instead of a page."""
STATES: Final = {"conflict": ("late", 409), "too_many": ("wait", 429)}
"""What a refusal means to a browser that waits: it came before in another wording; it may come later."""


async def show_offline(ask: PageAsk) -> PageReply:
    """The empty form. Nothing on it is of the person who asks, so that browsers may keep it."""
    return _form(ask, Draft(), ())


def _form(ask: PageAsk, draft: Draft, faults: tuple[Fault, ...]) -> PageReply:
    settings = settings_in(ask)
    categories = [
        (c.code, c.words.say(ask.language), [_asked(ask, q) for q in c.questions])
        for c in settings.categories
    ]
    values = {
        "categories": categories,
        "draft": draft,
        "photos_max": settings.photos_max,
        "emergency": settings.emergency_phone,
        "faults": faults,
    }
    return Shown(values, 422 if faults else 200)


def _asked(ask: PageAsk, question: Question) -> tuple[Question, list[tuple[str, str]]]:
    return question, [(option.code, option.words.say(ask.language)) for option in options_of(question)]


async def take_offline(ask: PageAsk) -> PageReply:
    """Take a whole report. A script hears what became of it, a person without one goes on to the page that says so."""
    draft = draft_of(ask)
    questions = await questions_for(ask, draft)
    draft, refused = await keep_photos_of(ask, told_by(ask, draft, questions))
    faults = (*refused, *wrong_in(ask, draft, questions))
    if settings_in(ask).category(draft.category) is None:
        faults = (fault("category", "choice"), *faults)
    if wrong := misplaced(ask, draft):
        faults = (*faults, msgspec.structs.replace(fault("place", wrong), field="place_address"))
    if faults:
        return _refused(ask, draft, "refused", faults)
    done = await ask.city.run("reports.submit", submit_form(draft, ask.fields), key=draft.key or None)
    if isinstance(done, Refused):
        return _refused(ask, draft, done.code, done.faults)
    path = f"reports/done/{done.answer['number']}"
    if first_of(ask.fields, SCRIPT):
        return _told({"state": "arrived", "number": done.answer["number"], "path": path}, 200)
    return Moved(path)


def _refused(ask: PageAsk, draft: Draft, code: str, faults: tuple[Fault, ...]) -> PageReply:
    if not first_of(ask.fields, SCRIPT):
        return _form(ask, draft, faults or (fault("category", "choice"),))
    state, status = STATES.get(code, ("refused", 422))
    return _told({"state": state, "words": [one.words.say(ask.language) for one in faults]}, status)


def _told(said: dict[str, Any], status: int) -> PageReply:
    return Plain(msgspec.json.encode(said), "application/json", status=status)
