"""Signing in with a provider of identity: the way there, the way back, and what an account is linked to."""

from __future__ import annotations

from typing import Any, Final

import structlog
from starlette.responses import RedirectResponse, Response

from kaiteki.kit.identity import SignedIn
from kaiteki.kit.providers.asking import ProviderFailed
from kaiteki.kit.providers.configuration import Provider
from kaiteki.kit.providers.federation import Federation
from kaiteki.kit.providers.flow import PENDING_S, Aim, Known, NotShownAnew, Pending
from kaiteki.model.decision import Refused
from kaiteki.portal.answers import Stop, move, show
from kaiteki.portal.pages.entering import admit
from kaiteki.portal.visit import Visit

PENDING_COOKIE: Final = "kaiteki_pending"
WISH_COOKIE: Final = "kaiteki_wish"
ANSWER_FIELDS: Final = ("code", "state", "iss", "error")
"""What is read of the answer of a provider."""
ANSWER_LENGTH_MAX: Final = 4096
STEPS: Final = ("1", "2", "3")
"""The levels that a page may want of somebody who has to sign in once more."""
LINKED_PAGE: Final = "my/providers"
_log = structlog.get_logger("kaiteki.providers")


async def begin(visit: Visit) -> Response:
    """`/{area}/sign-in/with/{provider}`: sends the browser to a provider. `link=yes`: to link it to the account that is signed in;
    `step`: a page wants to see once more who it is, at this level."""
    federation, provider = _provider(visit)
    account_id = visit.person.account_id if visit.query.get("link") else ""
    step = visit.query.get("step", "")
    aim = Aim(visit.query.get("next", ""), account_id, int(step) if step in STEPS else 0)
    try:
        address, cookie = await federation.begin(_area(visit), provider.name, aim, visit.who.browser)
    except ProviderFailed as failed:
        return _refused(visit, provider, failed, 502)
    answer = RedirectResponse(address, 303)
    _keep(visit, answer, PENDING_COOKIE, cookie)
    return answer


async def come_back(visit: Visit) -> Response:
    """`/{area}/sign-in/from/{provider}`: where a provider sends the browser back to. Nothing is believed before all of it was checked."""
    federation, provider = _provider(visit)
    told = visit.request.query_params
    answer = {
        name: told[name]
        for name in ANSWER_FIELDS
        if len(told.get(name, "")) <= ANSWER_LENGTH_MAX and name in told
    }
    carried = (visit.request.cookies.get(PENDING_COOKIE, ""), visit.who.browser)
    try:
        if any(len(told.getlist(name)) > 1 for name in ANSWER_FIELDS):
            raise ProviderFailed("the answer says something twice")
        pending, known = await federation.finish(_area(visit), provider.name, carried, answer)
    except ProviderFailed as failed:
        return _refused(visit, provider, failed)
    reply = await _link_or_enter(visit, provider, pending, known)
    reply.delete_cookie(PENDING_COOKIE, path="/")
    return reply


async def _link_or_enter(visit: Visit, provider: Provider, pending: Pending, known: Known) -> Response:
    federation, _ = _provider(visit)
    if pending.aim.account_id:
        if pending.aim.account_id != visit.person.account_id:
            return _refused(visit, provider, ProviderFailed("another account is signed in by now"))
        reply = move(visit, LINKED_PAGE)
        _keep(visit, reply, WISH_COOKIE, federation.wish(pending, known))
        return reply
    entered = await federation.enter(known, visit.say("providers.somebody"))
    if not isinstance(entered, SignedIn):
        return _refused(visit, provider, ProviderFailed("the account is closed"), 403)
    return await admit(visit, entered, pending.aim.following, f"{_area(visit)} {provider.name}")


async def left_at(visit: Visit) -> str:
    """At which providers whoever signs out may still be signed in: their names with commas, empty for another kind of session."""
    federation, token = visit.site.parts.federation, visit.who.token
    known = await visit.site.parts.identity.visit(token) if token else None
    if federation is None or known is None or known.session.method != "provider":
        return ""
    links = await federation.links(known.account.id, _area(visit))
    return ",".join(link.provider.name for link in links if link.provider is not None)


async def left(visit: Visit) -> Response:
    """`/{area}/sign-in/left`: somebody has signed out here; the providers where they may want to sign out, too."""
    names = visit.query.get("at", "").split(",")
    known = [one for one in offered(visit) if one["name"] in names]
    values = {"title": visit.say("my.signed_out"), "providers": known}
    return show(visit, "signed_out.html", values)


async def leave(visit: Visit) -> Response:
    """`/{area}/sign-in/leave/{provider}`: on to where the provider signs people out, or home where it offers that nowhere."""
    federation, provider = _provider(visit)
    try:
        address = await federation.leave(_area(visit), provider.name)
    except ProviderFailed as failed:
        return _refused(visit, provider, failed, 502)
    return RedirectResponse(address or visit.href(), 303)


async def own(visit: Visit) -> Response:
    """`/{area}/my/providers`: GET shows what an account is linked to, POST says yes to a link or takes one away."""
    federation = visit.site.parts.federation
    token = visit.who.token
    known = await visit.site.parts.identity.visit(token) if token else None
    if known is None:
        return move(visit, f"sign-in?next={LINKED_PAGE}")
    if federation is None:
        raise Stop(404)
    wish = federation.wished(visit.request.cookies.get(WISH_COOKIE, ""), known.account.id)
    said = ""
    if visit.request.method == "POST":
        unwanted = (visit.posted.fields.get("unlink") or [""])[0]
        if unwanted:
            refused = await federation.unlink(known.account, unwanted)
        else:
            refused = await federation.link(wish) if wish is not None else Refused("not_found")
        if refused is None:
            reply = move(
                visit, LINKED_PAGE, visit.say("providers.unlinked" if unwanted else "providers.linked")
            )
            reply.delete_cookie(WISH_COOKIE, path="/")
            return reply
        said = {"last": "last", "conflict": "taken"}.get(refused.code, "gone")
    links = await federation.links(known.account.id, _area(visit))
    taken = {link.provider.name for link in links if link.provider is not None}
    party = federation.party(_area(visit), wish.provider) if wish is not None else None
    values: dict[str, Any] = {
        "title": visit.say("providers.title"),
        "links": links,
        "offered": [one for one in federation.offered(_area(visit)) if one.name not in taken],
        "wish": wish,
        "wished": party.provider.words if party is not None else None,
        "said": said,
    }
    return show(visit, "providers.html", values, 422 if said else 200)


def offered(visit: Visit) -> list[dict[str, str]]:
    """The buttons of the providers on the page for signing in."""
    federation = visit.site.parts.federation
    following, step = visit.query.get("next", ""), visit.query.get("step", "")
    return [
        {
            "name": one.name,
            "label": visit.say("providers.button", name=visit.say(one.words)),
            "words": visit.say(one.words),
            "leave": visit.href(f"sign-in/leave/{one.name}"),
            "href": visit.href(f"sign-in/with/{one.name}", step=step, next=following),
        }
        for one in (federation.offered(_area(visit)) if federation is not None else ())
    ]


def _provider(visit: Visit) -> tuple[Federation, Provider]:
    federation = visit.site.parts.federation
    party = federation.party(_area(visit), visit.request.path_params["provider"]) if federation else None
    if federation is None or party is None:
        raise Stop(404)
    return federation, party.provider


def _area(visit: Visit) -> str:
    if visit.area is None:
        raise Stop(404)
    return visit.area.name


def _keep(visit: Visit, reply: Response, name: str, value: str) -> None:
    secure = visit.site.parts.options.secure
    reply.set_cookie(name, value, max_age=PENDING_S, path="/", httponly=True, samesite="lax", secure=secure)


def _refused(visit: Visit, provider: Provider, failed: ProviderFailed, status: int = 400) -> Response:
    """The page that says that nobody is signed in and what to do; the log has why, without what is secret."""
    _log.warning("sign-in refused", area=_area(visit), provider=provider.name, why=str(failed))
    key = {400: "refused", 403: "closed", 502: "away"}[status]
    again = visit.href("my/providers" if visit.person.signed_in else "sign-in")
    if isinstance(failed, NotShownAnew):
        key, again = "stale", visit.href("sign-in", step=failed.aim.step, next=failed.aim.following)
    values = {
        "title": visit.say(f"providers.{key}", name=visit.say(provider.words)),
        "text": visit.say(f"providers.{key}_text"),
        "again": again,
        "status": status,
    }
    return show(visit, "provider_refused.html", values, status)
