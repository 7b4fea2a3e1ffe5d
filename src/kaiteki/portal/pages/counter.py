"""Recovery at the counter: the desk of the two members of staff, the slip that they hand over, and where its code is typed."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kaiteki.kit.engine import Asking
from kaiteki.kit.identity import person_of, tidy_login
from kaiteki.kit.identity.counter import DOCUMENTS, Slip
from kaiteki.kit.identity.numbers import tidy_number
from kaiteki.kit.identity.pairwise import PAIRWISE
from kaiteki.model.access import STAFF, Person
from kaiteki.model.decision import Fault, Message, Refused
from kaiteki.portal.answers import Stop, move, show
from kaiteki.portal.pages.desk_frame import desk_of, nav_of
from kaiteki.portal.pages.entering import address_of, admit, first, place
from kaiteki.portal.visit import Visit
from kaiteki.ports.accounts import Account

PAGE = "desk/recovery"


async def desk(visit: Visit) -> Response:
    """`/{area}/desk/recovery`: GET shows what waits and the form, POST opens a recovery or confirms one."""
    if not visit.person.holds((STAFF,)):
        raise Stop(403 if visit.person.signed_in else 401)
    faults: tuple[Fault, ...] = ()
    if visit.request.method == "POST":
        done = await _act(visit)
        if isinstance(done, Slip):
            site = visit.site.parts.options.origin or str(visit.request.base_url).rstrip("/")
            address = f"{site}{visit.href('recover')}"
            values = {"title": visit.say("counter.slip"), "slip": done, "address": address}
            return show(visit, "recovery_slip.html", values)
        if not isinstance(done, Refused):
            return move(visit, PAGE, visit.say("counter.opened"))
        faults = (_fault(visit, done, "named"),)
    waiting = await visit.site.parts.identity.counter.waiting(_area(visit))
    values: dict[str, Any] = {
        "title": visit.say("counter.title"),
        "nav": nav_of(visit, desk_of(visit)),
        "waiting": waiting,
        "me": visit.person.account_id,
        "documents": [(one, visit.say(f"counter.{one}")) for one in DOCUMENTS],
        "named": first(visit, "named"),
        "document": first(visit, "document"),
        "faults": faults,
    }
    return show(visit, "desk_recovery.html", values, 422 if faults else 200)


async def _act(visit: Visit) -> Slip | Refused | None:
    """Open or confirm; the person is told of either, and the log of the node tells who did it."""
    identity, me, area = visit.site.parts.identity, visit.person.account_id, _area(visit)
    if first(visit, "do") == "confirm":
        slip = await identity.counter.confirm(area, me, first(visit, "account"))
        if isinstance(slip, Slip):
            await _tell(
                visit, visit.person, "confirmed", await identity.accounts.by_id(slip.recovery.account_id)
            )
        return slip
    named = first(visit, "named").strip()
    account = await identity.accounts.by_login(tidy_login(named)) or await _by_number(visit, named)
    opened = await identity.counter.open(area, me, account, first(visit, "document"))
    if isinstance(opened, Refused):
        return opened
    await _tell(visit, visit.person, "opened", account)
    return None


async def _by_number(visit: Visit, named: str) -> Account | None:
    """Whose a number is that a page of theirs shows, the one of a service as well."""
    identity, number = visit.site.parts.identity, tidy_number(named)
    paired = await identity.credentials.get(PAIRWISE, number)
    return await identity.accounts.by_id(paired.account_id if paired is not None else number)


async def recover(visit: Visit) -> Response:
    """`/{area}/recover`: GET asks for the code of the counter, POST ends all old ways in and leads to a new one."""
    faults: tuple[Fault, ...] = ()
    if visit.request.method == "POST":
        identity, area = visit.site.parts.identity, _area(visit)
        account = await identity.counter.redeem(first(visit, "code"), address_of(visit))
        if not isinstance(account, Refused):
            await _tell(visit, person_of(account, area), "done", account)
            opened = await identity.open_session(account, 1, "recovery")
            return await admit(visit, opened, "my/keys" if place(visit) else "my/password")
        faults = (_fault(visit, account, "code"),)
    values = {"title": visit.say("counter.recover"), "faults": faults}
    return show(visit, "recover.html", values, 422 if faults else 200)


async def _tell(visit: Visit, by: Person, step: str, account: Account | None) -> None:
    """Tell the person what was done by somebody."""
    if account is None:
        return
    words, area = visit.site.renderer.catalogue, _area(visit)
    message = Message("", words["counter.letter"], words[f"counter.letter_{step}"], "my/keys")
    await visit.site.parts.city(Asking(area, by)).tell(
        f"kit.recovery_{step}", message, person_of(account, area)
    )


def _fault(visit: Visit, refused: Refused, field: str) -> Fault:
    return Fault(field, refused.code, visit.site.renderer.catalogue[f"counter.no_{refused.code}"])


def _area(visit: Visit) -> str:
    if visit.area is None:
        raise Stop(404)
    return visit.area.name
