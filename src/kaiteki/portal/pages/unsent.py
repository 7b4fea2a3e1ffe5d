"""A form that was sent when its time was over: what was typed comes back into the same form, after a sign-in where one is needed.

Whose time is over: the session ended or was another one, so the token of the form is nobody's any more, and nothing is done. But the
token says too for which browser and for which account the page was made (`portal.guard`). For that browser the words are kept
(`kit.identity.unsent`) and shown to that account alone; they are sent again, with a token of now, by whoever presses the button anew.
Where they cannot be kept they are shown at once, to be copied. Only for forms of pages that a browser shows: a script is told 403.
"""

from __future__ import annotations

import hmac
from typing import Final
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, Response

from kaiteki.kit.editing import OPENED
from kaiteki.kit.identity.unsent import Typed
from kaiteki.portal.answers import PageOf, error_page, move, show
from kaiteki.portal.guard import CSRF_FIELD
from kaiteki.portal.refilling import after_main, refilled
from kaiteki.portal.visit import QUERY_LENGTH_MAX, Visit

KEPT: Final = "kept"
"""The field of an address that names what was typed."""


async def keep(visit: Visit) -> Response:
    """The answer to a form whose token is not of now: to where it is filled again, or what was typed."""
    headers, signer, browser = visit.request.headers, visit.site.signer, visit.who.browser
    if visit.area is None or headers.get("sec-fetch-mode", "navigate") != "navigate":
        return error_page(visit, 403)
    token = (visit.posted.fields.get(CSRF_FIELD) or [""])[0]
    drawn = signer.drawn_for(browser, token)
    if drawn is not None:
        salt, reader = drawn
        # whoever sends it has it before them: who is signed in now goes on with it
        reader = signer.reader(salt, browser, visit.account) if visit.account else reader
        fields = {name: values for name, values in visit.posted.fields.items() if name != CSRF_FIELD}
        typed = Typed(visit.here, salt, reader, fields, tuple(visit.posted.files))
        name = await visit.site.unsent.keep(browser, typed)
        query = {key: value for key, value in visit.query.items() if key != KEPT}
        back = f"{visit.here}?{urlencode({KEPT: name, **query})}"
        if name and len(back) <= QUERY_LENGTH_MAX:
            if visit.account or reader == signer.reader(salt, browser, ""):
                return move(visit, back)
            return move(visit, f"sign-in?{urlencode({'next': back})}", visit.say("unsent.sign_in"))
    if headers.get("origin") is None and headers.get("sec-fetch-site") is None:
        # nothing says that it comes from a page of ours: it is not even shown
        return error_page(visit, 403)
    return _to_copy(visit)


def resuming(page: PageOf) -> PageOf:
    """A page whose form is filled with what was typed, where its address names that; kept until it was sent."""

    async def run(visit: Visit) -> Response:
        name = visit.query.get(KEPT, "")
        if not name or visit.request.method != "GET":
            answer = await page(visit)
            if name and answer.status_code == 303:
                await visit.site.unsent.forget(visit.who.browser, name)
            return answer
        typed = await _typed(visit, name)
        if typed is not None:
            visit.resumed = visit.say("unsent.files" if typed.files else "unsent.back")
        answer = await page(visit)
        is_page = answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
        return _filled(visit, answer, typed) if typed is not None and is_page else answer

    return run


async def _typed(visit: Visit, name: str) -> Typed | None:
    """What this browser sent from here, when it is for the account that asks now."""
    typed = await visit.site.unsent.read(visit.who.browser, name)
    if typed is None or typed.path != visit.here:
        return None
    reader = visit.site.signer.reader(typed.salt, visit.who.browser, visit.account)
    return typed if hmac.compare_digest(reader, typed.reader) else None


def _filled(visit: Visit, answer: Response, typed: Typed) -> Response:
    """The page with its form filled; what has no field there stands above it, to be copied."""
    filled = refilled(bytes(answer.body).decode(), typed.fields)
    page = filled.page
    if filled.left:
        values = visit.values() | {"left": filled.left}
        page = after_main(page, visit.site.renderer.page("unsent_left.html", visit.language, values))
    return HTMLResponse(page, answer.status_code)


def _to_copy(visit: Visit) -> Response:
    """403: what was typed, to be copied, and the way in."""
    left = [
        (name, value)
        for name, values in visit.posted.fields.items()
        if name != CSRF_FIELD and not name.startswith(OPENED)
        for value in values
        if value.strip()
    ]
    values = {"title": visit.say("unsent.over"), "left": left, "has_files": bool(visit.posted.files)}
    return show(visit, "unsent.html", values, 403)
