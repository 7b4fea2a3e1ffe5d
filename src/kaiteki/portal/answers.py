"""From a page function to an HTTP answer: cookies, tokens, limits, refusals and headers in one place for every page."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from kaiteki.kit.origin import same_origin
from kaiteki.kit.pages import Declined, Missing, Moved, Notice, PageReply, Plain, Shown, Streamed, Versioned
from kaiteki.model.problem import Problem
from kaiteki.portal.downloads import File, Sent, answer_versioned, attached, counted, written_by
from kaiteki.portal.guard import (
    BROWSER_COOKIE,
    CSRF_FIELD,
    NOTE_COOKIE,
    NOTE_LENGTH_MAX,
    POSTS_PER_ADDRESS_MAX,
    POSTS_PER_MINUTE_MAX,
    SESSION_COOKIE,
    safe_headers,
)
from kaiteki.portal.language import COOKIE as LANGUAGE_COOKIE
from kaiteki.portal.language import as_language, choose
from kaiteki.portal.posted import TooLarge, Unreadable, read_posted
from kaiteki.portal.refusals import PROBLEM_TYPE, Said, of_declined, of_missing, wants_page
from kaiteki.portal.site import Site
from kaiteki.portal.visit import Visit, Who
from kaiteki.ports.outage import RETRY_AFTER_S, StoreAway

PageOf = Callable[[Visit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]

YEAR_S: Final = 31_536_000
KEPT_BY_NOBODY: Final = "private, no-store"
NOTE_KEPT_S: Final = 60
ERRORS: Final = {
    400: "unreadable",
    401: "unknown_person",
    403: "forbidden",
    404: "missing",
    405: "missing",
    409: "conflict",
    413: "too_large",
    429: "too_many",
    500: "failed",
    503: "too_costly",
}
"""The words of errors.toml by status."""
AWAY: Final = {True: "away_unknown", False: "away"}
"""The words for a store that is away, by whether what was sent may be kept nevertheless."""
STATUS_OF_PROBLEM: Final = {"TooComplexQuery": 503}
"""What the data plane refuses to a program (403) means something else to a person who only opened a page."""
STATUS_OF_REFUSAL: Final = {
    "not_found": 404,
    "not_allowed": 403,
    "conflict": 409,
    "invalid": 422,
    "too_many": 429,
}
_log = structlog.get_logger("kaiteki.portal")


SECOND_FACTOR: Final = "my/second-factor"
"""The page that leads those who owe a second factor to one."""
_SET_UP: Final = frozenset(
    {SECOND_FACTOR, "my/keys", "my/app-code", "passkey", "sign-in", "sign-out", "recover"}
)
_DRESS: Final = frozenset({"look.css", "outline.geojson", "manifest.webmanifest", "sw.js", "offline"})


def open_to_debtors(path: str) -> bool:
    """Whether a path of an area is open to who owes a second factor: where one is set up and shown, and what dresses pages."""
    return path in _SET_UP or path in _DRESS or path.startswith(("sign-in/", "icon-"))


class Overdue(Exception):
    """A form whose token is not of now, or whose sender owes a second factor: nothing is done."""


class Stop(Exception):
    """Ends the making of a page with an error page of that status."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


def show(visit: Visit, template: str, values: Mapping[str, Any] | None = None, status: int = 200) -> Response:
    """A rendered page."""
    page = visit.site.renderer.page(template, visit.language, visit.values() | dict(values or {}))
    return HTMLResponse(page, status)


def move(visit: Visit, path: str, note: str = "") -> Response:
    """303 to an address of the area, with a note to be shown there once."""
    return with_note(visit, RedirectResponse(visit.href(path), 303), note)


def with_note(visit: Visit, answer: Response, note: str) -> Response:
    """An answer with a note that is shown once, on the next page."""
    if note:
        sealed = visit.site.signer.seal("note", note[:NOTE_LENGTH_MAX])
        answer.set_cookie(NOTE_COOKIE, sealed, max_age=NOTE_KEPT_S, **_cookie(visit.site))
    return answer


def step_up(visit: Visit, assurance: int, back: str = "") -> Response:
    """303 to where somebody shows more surely, or once more, who they are, and from there back to this page (or to `back`)."""
    following = back or visit.here_with_query
    return RedirectResponse(visit.href("sign-in", step=assurance, next=following), 303)


def error_page(visit: Visit, status: int, words: str = "") -> Response:
    """The page that says what went wrong and what to do now; a program that asks for JSON gets it as problem details (RFC 9457).

    `words` are those of errors.toml, where they are not the ones of the status.
    """
    key = words or ERRORS.get(status, "failed")
    return refuse(visit, Said(status, visit.say(f"errors.{key}"), visit.say(f"errors.{key}_text")))


def refuse(visit: Visit, said: Said) -> Response:
    """Why there is no answer, in the form that is wanted."""
    if wants_page(visit):
        values = {name: getattr(said, name) for name in said.__struct_fields__}
        answer = show(visit, "error.html", values, said.status)
    else:
        problem = said.problem(visit.origin)
        answer = JSONResponse(problem, said.status, media_type=PROBLEM_TYPE)
    if visit.is_file:
        # what a file is fetched for from elsewhere is told there, too
        answer.headers["access-control-allow-origin"] = "*"
    answer.headers["vary"] = "Accept, Accept-Language, Cookie"
    return answer


async def answer_reply(visit: Visit, reply: PageReply, template: str, base: Mapping[str, Any]) -> Response:
    """What a service's page answered, as HTTP."""
    match reply:
        case Shown():
            return show(visit, _template(template, reply.template), {**base, **reply.values}, reply.status)
        case Moved():
            return move(visit, reply.path, reply.note)
        case Plain():
            return Response(reply.content, reply.status, attached(reply.filename), reply.media_type)
        case Streamed():
            return Sent(reply.parts, reply.media_type, attached(reply.filename))
        case Versioned():
            file = await weighed(visit, written_by(reply, visit.site.parts.writers))
            return await answer_versioned(visit.request, file, visit.now)
        case Missing():
            return refuse(visit, of_missing(visit, reply))
        case Declined():
            return refuse(visit, of_declined(visit, reply))


async def weighed(visit: Visit, file: File) -> File:
    """A file whose size is noted when it was sent whole, where the catalogue lists its address."""
    if visit.request.method != "GET" or visit.request.url.query:
        return file
    note = (await visit.city.catalogue()).scale(visit.here)
    return file if note is None else File(counted(file.parts, note), file.about)


def endpoint(
    site: Site,
    page: PageOf,
    posts_max: int = POSTS_PER_MINUTE_MAX,
    is_file: bool = False,
    overdue: PageOf | None = None,
) -> Endpoint:
    """A page function as Starlette runs it; nothing that a person sends leads out of here as an exception.

    `overdue` answers a form that cannot be taken yet; None: 403.
    """

    async def run(request: Request) -> Response:
        area_name = request.path_params.get("area")
        asked = as_language(request.query_params.get("lang"))
        language = choose(asked, request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"))
        visit = Visit(site, request, site.areas.get(area_name or ""), language)
        visit.is_file = is_file
        fresh = False
        try:
            fresh = await _know(visit)
            if area_name is not None and visit.area is None:
                raise Stop(404)
            answer = await _answered(visit, page, posts_max, overdue)
        except Stop as stop:
            answer = error_page(visit, stop.status)
        except (TooLarge, Unreadable) as wrong:
            answer = error_page(visit, 413 if isinstance(wrong, TooLarge) else 400)
        except Problem as problem:
            _log.warning("page refused", path=request.url.path, code=problem.code, detail=problem.detail)
            answer = error_page(visit, STATUS_OF_PROBLEM.get(problem.code, problem.status))
        except StoreAway as away:
            _log.debug("sent away", path=request.url.path, why=str(away), unknown=away.unknown)
            answer = error_page(visit, 503, AWAY[away.unknown and request.method == "POST"])
            answer.headers["retry-after"] = str(RETRY_AFTER_S)
        except Exception:
            # a bug of a page ends here: the log has it, the visitor gets a page that says so
            _log.exception("page failed", path=request.url.path)
            answer = _plain_failure(visit)
        _finish(visit, answer, fresh, asked is not None)
        return answer

    return run


async def _answered(visit: Visit, page: PageOf, posts_max: int, overdue: PageOf | None) -> Response:
    """What the page answers, or what stands in the way of it."""
    try:
        await _receive(visit, posts_max)
        if visit.who.owes and not open_to_debtors(visit.here):
            if visit.request.method != "POST" or overdue is None:
                return move(visit, SECOND_FACTOR)
            raise Overdue
    except Overdue:
        return error_page(visit, 403) if overdue is None else await overdue(visit)
    visit.notices = await _notices(visit)
    return await page(visit)


async def _know(visit: Visit) -> bool:
    """Read the cookies; whether the browser is new and gets its id."""
    cookies, site = visit.request.cookies, visit.site
    browser = site.signer.open("browser", cookies.get(BROWSER_COOKIE))
    fresh = browser is None
    if browser is None:
        browser = _unknown_browser(site)
    token = cookies.get(SESSION_COOKIE, "")
    known = await site.parts.identity.visit(token) if token else None
    if known is None:
        visit.who = Who(browser=browser)
    else:
        area = visit.area.name if visit.area else ""
        persons, account, session = site.parts.identity.persons, known.account, known.session
        person, owes = persons.of(account, area, session), persons.owes(account, area, session)
        fresh_in = site.parts.identity.is_fresh(known.session)
        visit.account = account.id
        visit.who = Who(person, token, browser, known.session.token_hash, session.purpose, owes, fresh_in)
        if site.parts.mandates is not None and known.session.acting_for:
            visit.acting = await site.parts.mandates.acting(known.account, known.session, area)
    return fresh


def _unknown_browser(site: Site) -> str:
    """An id that no browser had before."""
    return f"b{site.parts.clock.seed():x}{site.parts.clock.seed():x}"


async def _receive(visit: Visit, posts_max: int) -> None:
    """Read a POST and make sure that it is meant: origin, rate, token."""
    request, site = visit.request, visit.site
    if request.method != "POST":
        return
    address = request.client.host if request.client else ""
    kind = request.url.path.rsplit("/", 1)[-1] if posts_max != POSTS_PER_MINUTE_MAX else ""
    # a browser is known by its signed cookie, and without one no form is taken; signing in is counted by address alone
    own = visit.who.browser if posts_max == POSTS_PER_MINUTE_MAX else kind
    within = site.limit.passes(f"{address} {own}", visit.now, posts_max)
    if not within or not site.limit.passes(address, visit.now, POSTS_PER_ADDRESS_MAX):
        raise Stop(429)
    if not same_origin(request.headers, request.headers.get("host", "")):
        raise Stop(403)
    visit.posted = await read_posted(request)
    token = (visit.posted.fields.get(CSRF_FIELD) or [""])[0]
    if not site.signer.is_token(visit.who.holder, token):
        raise Overdue


async def _notices(visit: Visit) -> list[Notice]:
    """What services want everybody to see on every page of the area; one that fails is left out, and the log says why (that the store is away, the store says)."""
    found: list[Notice] = []
    for service in visit.site.services if visit.area is not None else ():
        if service.notice is None:
            continue
        try:
            notice = await service.notice(visit.ask(service, {}))
        except StoreAway as away:
            _log.debug("no notice", service=service.name, why=str(away))
            continue
        except Exception:
            # a notice stands on every page: its bug must not take them all away
            _log.exception("notice failed", service=service.name)
            continue
        if notice is not None:
            found.append(notice)
    return found


def _finish(visit: Visit, answer: Response, fresh: bool, asked: bool) -> None:
    """Headers and cookies that every answer has."""
    options = visit.site.parts.options
    tiles = visit.site.tiles_of(visit.area.name) if visit.area else options.tiles
    origin = tiles.origin if tiles else ""
    for name, value in safe_headers(origin).items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("cache-control", KEPT_BY_NOBODY if _is_personal(visit) else "private, no-cache")
    answer.headers.setdefault("vary", "Cookie, Accept-Language")
    kept = _cookie(visit.site)
    if answer.headers["cache-control"].startswith("public"):
        # what caches keep for everybody names nobody
        return
    if fresh:
        sealed = visit.site.signer.seal("browser", visit.who.browser)
        answer.set_cookie(BROWSER_COOKIE, sealed, max_age=YEAR_S, **kept)
    if asked:
        answer.set_cookie(LANGUAGE_COOKIE, visit.language, max_age=YEAR_S, **kept)
    if answer.status_code == 200 and NOTE_COOKIE in visit.request.cookies:
        answer.delete_cookie(NOTE_COOKIE, **kept)


def _is_personal(visit: Visit) -> bool:
    """Whether a page may show what is meant for one person: they are signed in, or it is the page of what a browser sent."""
    return bool(visit.who.token) or visit.request.url.path.partition("/")[2].partition("/")[2].startswith(
        "my"
    )


def _cookie(site: Site) -> dict[str, Any]:
    """How every cookie is set: not for scripts, not across sites. Where there is HTTPS, the harbour around the site binds it to that."""
    return {"path": "/", "httponly": True, "samesite": "lax", "secure": site.parts.options.secure}


def session_cookie(site: Site, answer: Response, token: str, kept_s: int) -> None:
    """Give the browser a session, or take it away with an empty token."""
    if token:
        answer.set_cookie(SESSION_COOKIE, token, max_age=kept_s, **_cookie(site))
    else:
        answer.delete_cookie(SESSION_COOKIE, **_cookie(site))
        answer.headers["clear-site-data"] = '"cache"'


def forget_browser(site: Site, answer: Response) -> None:
    """Make this browser a stranger: its drafts, what it sent and follows, and its messages belong to it no more."""
    sealed = site.signer.seal("browser", _unknown_browser(site))
    answer.set_cookie(BROWSER_COOKIE, sealed, max_age=YEAR_S, **_cookie(site))


def _template(own: str, other: str) -> str:
    """Another template of the same service, or a portal's own when it is named whole."""
    if not other:
        return own
    return other if ":" in other else f"{own.partition(':')[0]}:{other}"


def _plain_failure(visit: Visit) -> Response:
    """The error page; bare HTML when even the templates fail."""
    try:
        return error_page(visit, 500)
    except Exception:
        # what fails here has failed twice: the words alone are left
        _log.exception("error page failed")
        title, text = (html.escape(visit.say(key)) for key in ("errors.failed", "errors.failed_text"))
        return HTMLResponse(f"<!doctype html><title>{title}</title><h1>{title}</h1><p>{text}</p>", 500)
