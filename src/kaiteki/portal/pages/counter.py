"""Recovery at the counter: the desk of the two members of staff, the slip that they hand over, and where its code is typed."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from kaiteki.kit.engine import Asking
from kaiteki.kit.identity import person_of
from kaiteki.kit.identity.counter import DOCUMENTS, Slip
from kaiteki.model.access import ADMIN, STAFF, Person
from kaiteki.model.decision import Fault, Message, Refused
from kaiteki.portal import saying
from kaiteki.portal.answers import Stop, move, show, with_note
from kaiteki.portal.pages.desk_frame import RECOVERY, desk_of, nav_of
from kaiteki.portal.pages.entering import account_named, address_of, admit, first, place
from kaiteki.portal.visit import Visit
from kaiteki.ports.accounts import Account

_FIELDS: Final = {"missing": "named", "not_found": "named", "invalid": "document"}
"""At which field of the form a refusal stands; what concerns what waits stands at none."""


async def desk(visit: Visit) -> Response:
    """`/{area}/desk/recovery`: GET shows what waits and the form, POST opens a recovery, confirms one or takes it back."""
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
            return move(visit, RECOVERY, visit.say(f"counter.{done}"))
        is_form = first(visit, "do") == "open"
        faults = (_fault(visit, done, _FIELDS.get(done.code, "named") if is_form else ""),)
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


async def _act(visit: Visit) -> Slip | Refused | str:
    """Open, confirm or take back; the person is told of each, and the log of the node tells who did it. The answer is a slip, or what was done."""
    do = first(visit, "do")
    if do in ("confirm", "withdraw"):
        return await _answer(visit, do, first(visit, "account"))
    identity, me, named = visit.site.parts.identity, visit.person.account_id, first(visit, "named")
    account = await account_named(visit, named)
    opened = await identity.counter.open(_area(visit), me, account, first(visit, "document"))
    if isinstance(opened, Refused):
        why = "missing" if not named.strip() else _why_not(account, me) if account is not None else ""
        return Refused(why) if why and opened.code in ("not_found", "not_allowed") else opened
    await _tell(visit, visit.person, "opened", account)
    return "opened"


async def _answer(visit: Visit, do: str, account_id: str) -> Slip | Refused | str:
    """What becomes of a recovery that waits."""
    identity, me, area = visit.site.parts.identity, visit.person.account_id, _area(visit)
    counter = identity.counter
    done = await (counter.confirm if do == "confirm" else counter.withdraw)(area, me, account_id)
    if isinstance(done, Refused):
        return Refused({"not_found": "over", "not_allowed": "second"}.get(done.code, done.code))
    step = "confirmed" if isinstance(done, Slip) else "withdrawn"
    await _tell(visit, visit.person, step, await identity.accounts.by_id(account_id))
    return done if isinstance(done, Slip) else step


def _why_not(account: Account, me: str) -> str:
    """Why an account cannot be recovered at the counter, as the words of it are called."""
    if account.id == me:
        return "yourself"
    if any(grant.role in (STAFF, ADMIN) for grant in account.grants):
        return "staff"
    return "sample" if account.sample else "not_found" if account.disabled else "not_allowed"


async def recover(visit: Visit) -> Response:
    """`/{area}/recover`: GET asks for the code of the counter, POST ends all old ways in and leads to a new one."""
    faults: tuple[Fault, ...] = ()
    if visit.request.method == "POST":
        identity, area = visit.site.parts.identity, _area(visit)
        account = await identity.counter.redeem(first(visit, "code"), address_of(visit))
        if not isinstance(account, Refused):
            await _tell(visit, person_of(account, area), "done", account)
            opened = await identity.open_session(account, 1, "recovery")
            answer = await admit(visit, opened, "my/keys" if place(visit) else "my/password")
            said = visit.say(
                "counter.done", moment=saying.say_moment(opened.session.expires_at, visit.language)
            )
            return with_note(visit, answer, said)
        faults = (_fault(visit, Refused("code") if account.code == "invalid" else account, "code"),)
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
