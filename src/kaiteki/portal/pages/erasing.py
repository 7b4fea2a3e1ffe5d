"""To be erased: what goes, what a law keeps, a typed word and a sign-in of this very moment before it is done."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from kaiteki.kit.erasing import Erasing, Order
from kaiteki.kit.holdings import holdings
from kaiteki.model.access import ADMIN, STAFF
from kaiteki.model.decision import Fault
from kaiteki.model.instant import Instant
from kaiteki.portal.answers import Stop, forget_browser, move, session_cookie, show
from kaiteki.portal.pages.entering import first
from kaiteki.portal.visit import Visit

GROUND: Final = "本人の請求"
HERE: Final = "my/erase"
LISTED_MAX: Final = 1


async def erase(visit: Visit) -> Response:
    """`/{area}/my/erase`: GET says what would go and what stays, POST does it. Without an account: what this browser did."""
    erasing = visit.site.parts.erasing
    if erasing is None:
        raise Stop(404)
    faults: tuple[Fault, ...] = ()
    barred = await _barred(visit)
    ids = await erasing.ids_of(visit.person.account_id, visit.who.browser)
    if visit.request.method == "POST" and not barred:
        words = visit.site.renderer.catalogue
        typed = first(visit, "typed").strip().casefold()
        if typed in {words["erasing.word"].say(one) for one in ("ja", "ja-easy", "en")}:
            return await _gone(visit, erasing, ids)
        faults = (Fault("typed", "unequal", words["erasing.mistyped"]),)
    values = {
        "title": visit.say("erasing.title"),
        "held": [(one.declared.words, one.count) for one in await holdings(visit.city, LISTED_MAX)],
        "kept": await erasing.kept_by_law(ids),
        "barred": barred,
        "faults": faults,
        "again": visit.href("sign-in", step=1, next=HERE),
    }
    return show(visit, "erase.html", values, 422 if faults else 200)


async def _barred(visit: Visit) -> str:
    """Why this person cannot be erased here now: the key of the words; empty where they can."""
    if not visit.person.signed_in:
        return ""
    identity = visit.site.parts.identity
    known = await identity.visit(visit.who.token)
    if known is None or visit.person.helper:
        return "erasing.helper"
    if known.account.sample:
        return "erasing.sample"
    if visit.person.holds((STAFF, ADMIN)):
        return "erasing.staff"
    return "" if visit.who.fresh else "erasing.again"


async def _gone(visit: Visit, erasing: Erasing, ids: tuple[str, ...]) -> Response:
    await erasing.erase(ids, Order("holder", GROUND, Instant(visit.now)))
    answer = move(visit, "", visit.say("erasing.done"))
    session_cookie(visit.site, answer, "", 0)
    forget_browser(visit.site, answer)
    return answer
