"""The pages that services drew for their tasks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias
from urllib.parse import quote

from starlette.responses import Response

from kaiteki.kit.consents import CONSENT_PAGE
from kaiteki.kit.manifest import Page, Service
from kaiteki.kit.pages import Declined, Moved
from kaiteki.kit.query_fields import faults_of
from kaiteki.model.access import STAFF
from kaiteki.portal.answers import PageOf, Stop, answer_reply, error_page, move, refuse, show
from kaiteki.portal.pages.desk_frame import desk_of, of_the_desk
from kaiteki.portal.pages.desk_purpose import ask_purpose
from kaiteki.portal.pages.mandates import not_covered, used_up
from kaiteki.portal.pages.overtaken import ask_which
from kaiteki.portal.pages.unsent import once_more
from kaiteki.portal.refusals import of_declined
from kaiteki.portal.visit import Visit

AnswerOf: TypeAlias = Callable[[Visit, Service, Page], Awaitable[Response]]


def page_of(service: Service, page: Page, answer: AnswerOf | None = None) -> PageOf:
    """The page function of a service's page: read on GET, act on POST; or what else is answered to those who may open it."""
    say = answer or _answer

    async def run(visit: Visit) -> Response:
        if visit.acting is not None:
            person, sends = visit.acting.person, visit.request.method == "POST"
            # whatever a form does beside its commands (take a photo in, keep a draft) is done in the name of the person as well
            covers = person.lets_act if sends else person.lets_see
            if page.in_person or not covers(service.name):
                return not_covered(visit)
            if sends and await used_up(visit, service):
                return error_page(visit, 429, "used_up")
            visit.act()
        if not visit.person.holds(page.roles):
            if visit.person.signed_in:
                raise Stop(403)
            return move(visit, f"sign-in?next={quote(visit.here_with_query)}")
        if visit.person.assurance < page.assurance:
            return await once_more(visit, page.assurance)
        if page.fresh and visit.person.signed_in and not visit.who.fresh:
            return await once_more(visit, max(1, page.assurance), _way_back(visit, service, page))
        if page.consent and not await visit.city.consented(page.consent):
            decide = visit.href(CONSENT_PAGE.format(purpose=page.consent), next=visit.here)
            values = {"title": visit.say("parts.consent_needed"), "page": page, "decide": decide}
            return show(visit, "consent_needed.html", values, 403)
        return await say(visit, service, page)

    return run


async def _answer(visit: Visit, service: Service, page: Page) -> Response:
    """What the page says to somebody who may open it; at the desk, where data of people are wanted for which it was not said what for,
    it is asked instead."""
    sends = visit.request.method == "POST"
    handle = page.act if sends else page.read
    if handle is None:
        raise Stop(405)
    if page.asks is not None and not sends:
        told = visit.request.query_params.multi_items()
        faults = faults_of(page.asks, told, closed=page.is_file)
        if faults:
            return refuse(visit, of_declined(visit, Declined(faults)))
    if page.at_desk:
        visit.look()
    if page.purpose:
        visit.pursue(service, page.purpose)
    await visit.city.introduce(service.name)
    path = {key: str(value) for key, value in visit.request.path_params.items() if key != "area"}
    reply = await handle(visit.ask(service, path))
    if visit.city.overtaken is not None:
        return await ask_which(visit, visit.city.overtaken)
    live_at = visit.href(f"live/{visit.here_with_query}") if page.live is not None else ""
    base: dict[str, Any] = {
        "title": visit.say(page.words),
        "page": page,
        "service": service,
        "live_at": live_at,
    }
    if page.at_desk:
        unsaid = next(iter(visit.city.unsaid.values()), None)
        if unsaid is not None and not isinstance(reply, Moved):
            return ask_purpose(visit, unsaid)
        base["for_what"] = of_the_desk(visit, desk_of(visit)) if visit.person.holds((STAFF,)) else None
    return await answer_reply(visit, reply, f"{service.name}:{page.template}", base)


def _way_back(visit: Visit, service: Service, page: Page) -> str:
    """Where somebody comes back to; a file is asked for again on the page that it belongs to, for nothing would be seen of its coming."""
    beside = [one.path for one in service.pages if one.template and visit.here.startswith(one.path)]
    return visit.here_with_query if page.template or not beside else max(beside, key=len)
