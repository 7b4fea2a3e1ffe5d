"""The app that tells codes: switched on with a picture and a first code, and codes on paper for the day it is lost."""

from __future__ import annotations

import io
from collections.abc import Sequence

import segno
from markupsafe import Markup
from starlette.responses import Response

from kaiteki.kit.identity import Visit as SignedInBrowser
from kaiteki.kit.identity import codes
from kaiteki.model.decision import Fault, Refused
from kaiteki.portal.answers import move, show
from kaiteki.portal.pages.entering import first
from kaiteki.portal.visit import Visit


async def app_code(visit: Visit) -> Response:
    """`/{area}/my/app-code`: GET shows whether it is on, POST switches it on or off, or makes new codes on paper."""
    identity = visit.site.parts.identity
    known = await identity.visit(visit.who.token) if visit.who.token else None
    if known is None:
        return move(visit, "sign-in?next=my/app-code")
    faults: tuple[Fault, ...] = ()
    if visit.request.method == "POST" and not known.account.sample:
        done = await _act(visit, known)
        if isinstance(done, Refused):
            faults = (Fault("code", done.code, visit.site.renderer.catalogue[f"codes.{done.code}"]),)
        elif done:
            return show(visit, "paper_codes.html", {"title": visit.say("codes.paper"), "codes": done})
        else:
            return move(visit, "my/app-code", visit.say("codes.is_off"))
    return await _shown(visit, known, faults)


async def _shown(visit: Visit, known: SignedInBrowser, faults: tuple[Fault, ...]) -> Response:
    second, account = visit.site.parts.identity.second, known.account
    is_on = await second.is_on(account.id)
    values = {
        "title": visit.say("codes.title"),
        "is_on": is_on,
        "is_sample": account.sample,
        "has_password": account.password_hash != "",
        "left": await second.paper_codes(account.id),
        "faults": faults,
    }
    if not is_on:
        ticket = first(visit, "ticket")
        secret = second.begun(visit.who.browser, account.id, ticket)
        if secret is None:
            secret, ticket = second.begin(visit.who.browser, account.id)
        site = "Kaiteki" if visit.area is None else visit.say(visit.area.words)
        values |= {
            "ticket": ticket,
            "secret": codes.as_text(secret),
            "picture": picture_of(codes.address(secret, account.name or account.login, site)),
        }
    return show(visit, "app_code.html", values, 422 if faults else 200)


async def _act(visit: Visit, known: SignedInBrowser) -> Sequence[str] | Refused:
    """Do what the form says: the codes on paper to be told, none where it was switched off."""
    second, me = visit.site.parts.identity.second, known.account.id
    code = first(visit, "code")
    if first(visit, "do") == "on" and not await second.is_on(me):
        return await second.confirm(visit.who.browser, me, first(visit, "ticket"), code)
    if not await second.holds(me, code):
        return Refused("invalid")
    if first(visit, "do") == "paper":
        return await second.renew_paper(me)
    await second.switch_off(me)
    return ()


def picture_of(text: str) -> Markup:
    """A QR code of a text as SVG, for a page: black on white with a quiet zone, without styles of its own."""
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, nl=False, light="#fff", svgclass="qr"
    )
    # made of squares alone by the library; the text stands in it only as their pattern
    return Markup(out.getvalue().decode())
