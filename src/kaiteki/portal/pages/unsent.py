"""A form that could not be taken yet: what was typed comes back into the same form, after the sign-in that is needed.

Why it could not be taken, nothing being done: the session ended or was another one, so its token is nobody's any more (`keep`); a role
of the sender wants a second factor by now (`keep`); its page wants a surer sign-in, or one of this moment (`once_more`). The token says
for which browser and for which account the page was made (`portal.guard`). For that browser the words are kept (`kit.identity.unsent`)
and shown to that account alone; they are sent again, with a token of now, by whoever presses the button anew. Where they cannot be kept
they are shown at once, to be copied. Only for forms of pages that a browser shows: a script is told what it is told without this.
"""

from __future__ import annotations

import hmac
from typing import Final
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, Response

from kaiteki.kit.editing import OPENED
from kaiteki.kit.identity.unsent import NAME_LENGTH, Typed
from kaiteki.portal.answers import SECOND_FACTOR, PageOf, error_page, move, show, step_up, with_note
from kaiteki.portal.guard import CSRF_FIELD
from kaiteki.portal.refilling import after_main, refilled
from kaiteki.portal.visit import QUERY_LENGTH_MAX, Visit

KEPT: Final = "kept"
"""The field of an address that names what was typed."""
RESUMED: Final = frozenset(
    {
        "/{area}/my/api-keys",
        "/{area}/my/mandates",
        "/{area}/desk/mandates",
        "/{area}/desk/recovery",
        "/{area}/desk/subscriptions/{id:path}",
        "/{area}/desk/{service}/do/{command}",
    }
)
"""Those pages of the portal in which what was typed comes back, as in all pages of services; none that asks for a secret."""


async def keep(visit: Visit) -> Response:
    """The answer to a form whose token is not of now, or whose sender owes a second factor: to where it is filled again, or what was typed."""
    headers = visit.request.headers
    if not _is_shown(visit):
        return move(visit, SECOND_FACTOR) if visit.who.owes else error_page(visit, 403)
    back, is_for_all = await _kept(visit)
    if back and visit.who.owes:
        return move(visit, SECOND_FACTOR)
    if back and (visit.account or is_for_all):
        return move(visit, back)
    if back:
        return move(visit, f"sign-in?{urlencode({'next': back})}", visit.say("unsent.sign_in"))
    if headers.get("origin") is None and headers.get("sec-fetch-site") is None:
        # nothing says that it comes from a page of ours: it is not even shown
        return error_page(visit, 403)
    return _to_copy(visit)


async def once_more(visit: Visit, assurance: int, back: str = "") -> Response:
    """303 to where somebody shows more surely, or once more, who they are; from there back here (or to `back`), to the form as it was filled."""
    if visit.request.method != "POST" or not _is_shown(visit):
        return step_up(visit, assurance, back)
    kept, _ = await _kept(visit)
    if not kept:
        return _to_copy(visit)
    said = visit.say("unsent.once_more_files" if visit.posted.files else "unsent.once_more")
    return with_note(visit, step_up(visit, assurance, kept), said)


async def waiting(visit: Visit) -> str:
    """The path of the form that waits for this account in this browser, filled; the latest of several, "" where none waits."""
    browser = visit.who.browser
    for name, typed in await visit.site.unsent.of(browser):
        if _is_for(visit, typed):
            return _back(typed, name)
    return ""


def _is_shown(visit: Visit) -> bool:
    """Whether the answer to a form will be shown by a browser, in an area."""
    navigates = visit.request.headers.get("sec-fetch-mode", "navigate") == "navigate"
    return visit.area is not None and navigates


async def _kept(visit: Visit) -> tuple[str, bool]:
    """Keep what was typed: the path where it stands in its form, "" where it cannot be kept; and whether it is for whoever has this browser."""
    signer, browser = visit.site.signer, visit.who.browser
    drawn = signer.drawn_for(browser, (visit.posted.fields.get(CSRF_FIELD) or [""])[0])
    if drawn is None:
        return "", False
    salt, reader = drawn
    # whoever sends it has it before them: who is signed in now goes on with it
    reader = signer.reader(salt, browser, visit.account) if visit.account else reader
    fields = {name: values for name, values in visit.posted.fields.items() if name != CSRF_FIELD}
    query = {key: value for key, value in visit.query.items() if key != KEPT}
    typed = Typed(visit.here, salt, reader, fields, tuple(visit.posted.files), query)
    if len(_back(typed, "0" * NAME_LENGTH)) > QUERY_LENGTH_MAX:
        return "", False
    name = await visit.site.unsent.keep(browser, typed)
    return _back(typed, name) if name else "", reader == signer.reader(salt, browser, "")


def _back(typed: Typed, name: str) -> str:
    return f"{typed.path}?{urlencode({KEPT: name, **typed.query})}"


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
    return typed if typed is not None and typed.path == visit.here and _is_for(visit, typed) else None


def _is_for(visit: Visit, typed: Typed) -> bool:
    reader = visit.site.signer.reader(typed.salt, visit.who.browser, visit.account)
    return hmac.compare_digest(reader, typed.reader)


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
