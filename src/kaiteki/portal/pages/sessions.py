"""Where somebody is signed in: each browser with how it got in and when it was last used, and the ways to end one or all others."""

from __future__ import annotations

from starlette.responses import Response

from kaiteki.kit.identity import Visit as SignedInBrowser
from kaiteki.portal.answers import move, show
from kaiteki.portal.pages.entering import device_in, first
from kaiteki.portal.visit import Visit
from kaiteki.ports.accounts import Session

PAGE = "my/sessions"


async def sessions(visit: Visit) -> Response:
    """`/{area}/my/sessions`: GET lists one's sessions, POST ends one or all others."""
    identity = visit.site.parts.identity
    known = await identity.visit(visit.who.token) if visit.who.token else None
    if known is None:
        return move(visit, f"sign-in?next={PAGE}")
    if visit.request.method == "POST":
        return move(visit, PAGE, await _end(visit, known))
    here = known.session.token_hash
    open_now = sorted(await identity.sessions(known.account.id), key=lambda one: one.token_hash != here)
    values = {
        "title": visit.say("sessions.title"),
        "rows": [
            {
                "session": one,
                "here": one.token_hash == here,
                "device": device_in(visit.say, one.device),
                "how": how(visit, one),
                "last": max(one.used_at, one.opened_at),
            }
            for one in open_now
        ],
        "is_sample": known.account.sample,
    }
    return show(visit, "sessions.html", values)


async def _end(visit: Visit, known: SignedInBrowser) -> str:
    """Do what the form says; what to tell of it."""
    identity = visit.site.parts.identity
    if first(visit, "do") == "others":
        return visit.say("sessions.others_ended", n=await identity.browsers.end_others(known.session))
    ended = await identity.end_session(known.account.id, first(visit, "session"))
    return visit.say("sessions.ended" if ended else "sessions.gone")


def how(visit: Visit, session: Session) -> str:
    """How somebody signed in, in words; a provider by its name where this area knows it."""
    federation = visit.site.parts.federation
    if session.method != "provider" or federation is None:
        return visit.say(f"sessions.by_{session.method}")
    area, _, name = session.via.partition(" ")
    party = federation.party(area, name)
    if party is None:
        return visit.say("sessions.by_provider")
    return visit.say("sessions.by_named", name=visit.say(party.provider.words))
