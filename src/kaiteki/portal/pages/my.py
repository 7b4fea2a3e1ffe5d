"""Signing in and out, and the page of one's own: messages, own pages of the services, open sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from kaiteki.kit.identity import HalfWay, SignedIn
from kaiteki.kit.messages import Letter
from kaiteki.kit.views import attribute
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Comparison, OneOf, Order, Path, Query
from kaiteki.portal.answers import forget_browser, move, session_cookie, show
from kaiteki.portal.pages.entering import address_of, admit, answer_of, fault_of, first, place
from kaiteki.portal.pages.mandates import ending, helped
from kaiteki.portal.pages.providers import left_at, offered
from kaiteki.portal.visit import Visit

LETTERS_MAX: Final = 50
OWN_PAGES: Final = "my/"
"""Pages of services below this path are listed on my page."""


async def sign_in(visit: Visit) -> Response:
    """`/{area}/sign-in`: GET shows the form, POST opens a session."""
    following, step = visit.query.get("next", ""), visit.query.get("step", "")
    login = ""
    faults: tuple[Fault, ...] = ()
    if visit.request.method == "POST":
        login = first(visit, "login").strip()
        opened, faults = await _enter(visit, login)
        if isinstance(opened, SignedIn):
            return await admit(visit, opened, following)
        if isinstance(opened, HalfWay):
            asked = {
                "title": visit.say("codes.ask"),
                "ticket": opened.ticket,
                "next": following,
                "step": step,
            }
            return show(visit, "sign_in_code.html", asked | {"faults": faults}, 422 if faults else 200)
    values = {
        "title": visit.say("shell.sign_in"),
        "login": login,
        "faults": faults,
        "next": following,
        "providers": offered(visit),
        "place": place(visit),
        "step": step,
    }
    return show(visit, "sign_in.html", values, 422 if faults else 200)


async def _enter(visit: Visit, login: str) -> tuple[SignedIn | HalfWay | Refused, tuple[Fault, ...]]:
    """Try what was sent: a passkey, the code after a password, or a password."""
    identity, address, browser = visit.site.parts.identity, address_of(visit), visit.who.browser
    ticket = first(visit, "half_way")
    if first(visit, "answer"):
        opened = await identity.sign_in_by_passkey(answer_of(visit), address)
        return opened, fault_of(visit, opened) if isinstance(opened, Refused) else ()
    if ticket:
        opened = await identity.sign_in_by_code(ticket, first(visit, "code"), browser, address)
        if isinstance(opened, SignedIn):
            return opened, ()
        fault = Fault("code", opened.code, visit.site.renderer.catalogue[f"codes.{opened.code}"])
        return opened if opened.code == "expired" else HalfWay(ticket), (fault,)
    opened = await identity.sign_in(login, first(visit, "password"), address, browser)
    return opened, _faults_of(visit, opened) if isinstance(opened, Refused) else ()


async def sign_out(visit: Visit) -> Response:
    """POST `/{area}/sign-out`."""
    still_in = await left_at(visit)
    if visit.who.token:
        await visit.site.parts.identity.sign_out(visit.who.token)
    answer = (
        move(visit, f"sign-in/left?at={still_in}")
        if still_in
        else move(visit, "", visit.say("my.signed_out"))
    )
    session_cookie(visit.site, answer, "", 0)
    return answer


async def my_page(visit: Visit) -> Response:
    """`/{area}/my`: of a person with an account, else of this browser."""
    others = await helped(visit) if visit.site.parts.mandates is not None else []
    ends = await ending(visit) if visit.site.parts.mandates is not None and visit.acting is None else None
    visit.act()
    me = visit.person.account_id
    sessions = await visit.site.parts.identity.sessions(me) if me and visit.acting is None else ()
    letters = await _letters(visit) if visit.acting is None or visit.acting.reads_letters else []
    if visit.acting is None:
        await _read(visit, letters)
    values: dict[str, Any] = {
        "title": visit.say("shell.my"),
        "letters": letters,
        "channels": visit.site.parts.channels,
        "helped": others,
        "ending": ends,
        "sessions": len(sessions),
        "federated": visit.site.parts.federation is not None,
        "own": [
            (service, page)
            for service in visit.site.services
            for page in service.pages
            if page.template
            and page.path.startswith(OWN_PAGES)
            and "{" not in page.path
            and visit.person.holds(page.roles)
            and visit.person.lets_see(service.name)
            and not (page.in_person and visit.acting)
        ],
    }
    return show(visit, "my.html", values)


async def forget(visit: Visit) -> Response:
    """POST `/{area}/my/forget`: this device forgets what was done from it without an account."""
    if visit.request.method != "POST":
        return move(visit, "my")
    answer = move(visit, "my", visit.say("my.forgotten"))
    forget_browser(visit.site, answer)
    return answer


async def _letters(visit: Visit) -> list[Letter]:
    """The messages to this person, newest first."""
    to = Path((attribute(Letter, "to"),))
    wanted = Query(
        q=Comparison(to, "==", OneOf(tuple(sorted(visit.city.owned)))),
        order=(Order(Path((attribute(Letter, "sent_at"),)), descending=True),),
        limit=LETTERS_MAX,
    )
    return list((await visit.city.find(Letter, wanted)).items)


async def _read(visit: Visit, letters: Sequence[Letter]) -> None:
    """Keep that these were read: the page shows the whole of them. What somebody reads for another one stays new to that one."""
    if unread := [one.id for one in letters if one.read_at is None]:
        await visit.city.run("kit.mark_read", {"ids": unread})


def _faults_of(visit: Visit, refused: Refused) -> tuple[Fault, ...]:
    """What the identity says, or that login or password do not fit (never which of them)."""
    words = visit.site.renderer.catalogue
    key = "my.too_many" if refused.code == "too_many" else "my.wrong"
    return refused.faults or (Fault("login", refused.code, words[key]),)
