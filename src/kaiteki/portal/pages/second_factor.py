"""Where a role wants two factors: who owes one is led to it, and those who run the area see who has none yet."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from kaiteki.model.access import ADMIN, RESIDENT
from kaiteki.portal.answers import SECOND_FACTOR, Stop, move, show
from kaiteki.portal.pages.desk_frame import desk_of, nav_of
from kaiteki.portal.pages.unsent import waiting
from kaiteki.portal.visit import Visit
from kaiteki.ports.accounts import Account, kind_of

LISTED_MAX: Final = 1000
"""Members of staff that are looked at for the list."""


async def owed(visit: Visit) -> Response:
    """`/{area}/my/second-factor`: what a role wants of whoever is signed in, and the way there."""
    identity = visit.site.parts.identity
    known = await identity.visit(visit.who.token) if visit.who.token else None
    if known is None:
        return move(visit, f"sign-in?next={SECOND_FACTOR}")
    factors, unsent = await _factors(visit, known.account), await waiting(visit)
    values: dict[str, Any] = {
        "title": visit.say("factors.title"),
        "waits": unsent != "",
        "reason": visit.site.parts.reasons.get(visit.area.name) if visit.area else None,
        "factors": factors,
        "has_password": known.account.password_hash != "",
        "show_it": visit.href("sign-in", step=2, next=unsent or "desk"),
    }
    return show(visit, "second_factor.html", values)


async def listing(visit: Visit) -> Response:
    """`/{area}/desk/factors`: who of those with a role here has a second factor, and who has none; for admins."""
    if visit.area is None or not visit.person.holds((ADMIN,)):
        raise Stop(403 if visit.person.signed_in else 401)
    identity, area = visit.site.parts.identity, visit.area.name
    required = identity.persons.required.get(area, frozenset())
    found = await identity.accounts.with_roles(LISTED_MAX)
    rows: list[tuple[bool, list[Any]]] = []
    for account in found:
        roles = [
            grant.role for grant in account.grants if grant.area in (area, "*") and grant.role != RESIDENT
        ]
        if not roles or account.disabled or kind_of(account) not in ("person", "organisation"):
            continue
        factors = await _factors(visit, account)
        lacks = not factors
        state: Any = "、".join(factors) if visit.language != "en" else ", ".join(factors)
        if lacks:
            wants = bool(required & set(roles)) and not account.sample
            state = {"text": visit.say("factors.none"), "tag": "bad" if wants else "warn"}
        rows.append(
            (lacks, [{"text": account.name, "sub": account.login}, ", ".join(dict.fromkeys(roles)), state])
        )
    rows.sort(key=lambda row: not row[0])
    values: dict[str, Any] = {
        "title": visit.say("factors.desk_title"),
        "nav": nav_of(visit, desk_of(visit)),
        "rows": [row for _, row in rows],
        "lacking": sum(lacks for lacks, _ in rows),
        "required": ", ".join(sorted(required)),
        "whole": len(found) < LISTED_MAX,
    }
    return show(visit, "desk_factors.html", values)


async def _factors(visit: Visit, account: Account) -> list[str]:
    """The second factors of an account in words; a passkey that was stopped is none."""
    identity = visit.site.parts.identity
    passkeys = sum(not one.passkey.doubted_at for one in await identity.passkeys.of(account.id))
    told = [visit.say("factors.passkeys", n=passkeys)] if passkeys else []
    return [*told, visit.say("codes.title")] if await identity.second.is_on(account.id) else told
