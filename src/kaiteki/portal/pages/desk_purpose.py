"""For what somebody at the desk looks: chosen where an office has several purposes for data of people, kept for the session, said in each record."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.responses import Response

from kaiteki.kit.manifest import EntityType
from kaiteki.model.access import STAFF
from kaiteki.portal.answers import PageOf, Stop, move, show
from kaiteki.portal.pages.desk_frame import choices_of, desk_of, nav_of
from kaiteki.portal.pages.entering import first, within
from kaiteki.portal.visit import Visit

CSV: Final = ".csv"


def for_a_purpose(page: PageOf) -> PageOf:
    """A page of the desk about a type: read for what was chosen; until then it opens nothing of people and asks."""

    async def run(visit: Visit) -> Response:
        declared = desk_of(visit).declared(visit.request.path_params["type"])
        choices = choices_of(visit, declared) if declared is not None else ()
        if declared is not None and choices:
            if visit.who.purpose not in {one.name for one in choices}:
                return ask_purpose(visit, declared)
            visit.read_for(visit.who.purpose)
        return await page(visit)

    return run


def ask_purpose(visit: Visit, declared: EntityType) -> Response:
    """The page that says that nothing is opened yet, and what to do; a table file is asked for again on its page."""
    if visit.here.endswith(CSV):
        return move(visit, visit.here.removesuffix(CSV))
    words = visit.say(declared.words)
    nav = nav_of(visit, desk_of(visit), declared.name)
    return show(visit, "desk_purpose.html", {"title": words, "nav": nav, "name": words}, 403)


async def choose(visit: Visit) -> Response:
    """POST `/{area}/desk/purpose`: look for this from now on; back to where it was chosen."""
    identity = visit.site.parts.identity
    known = await identity.visit(visit.who.token) if visit.who.token else None
    if known is None or not visit.person.holds((STAFF,)):
        raise Stop(403 if visit.person.signed_in else 401)
    purpose, use = (
        first(visit, "purpose"),
        visit.city.engine.rulings.catalogue.uses.get(first(visit, "purpose")),
    )
    if purpose and (use is None or not visit.person.holds(use.roles)):
        raise Stop(403)
    await identity.accounts.open(msgspec.structs.replace(known.session, purpose=purpose))
    return move(
        visit,
        within(first(visit, "back")) or "desk",
        visit.say("desk.purpose_kept" if purpose else "desk.purpose_gone"),
    )
