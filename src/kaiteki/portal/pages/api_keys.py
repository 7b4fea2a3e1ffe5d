"""The keys with which one's own programs read what is public: made, listed, taken away."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from kaiteki.kit.api_keys import KEYS_MAX, ApiKeys
from kaiteki.model.decision import Fault, Refused
from kaiteki.portal.answers import Stop, move, show
from kaiteki.portal.visit import Visit

PAGE: Final = "my/api-keys"


async def own(visit: Visit) -> Response:
    """`/{area}/my/api-keys`: GET lists the keys, POST makes one (shown this once) or takes one away."""
    keys = visit.site.parts.api_keys
    if not visit.person.signed_in:
        return move(visit, f"sign-in?next={PAGE}")
    if keys is None or visit.area is None:
        raise Stop(404)
    faults: tuple[Fault, ...] = ()
    name = fresh = ""
    if visit.request.method == "POST":
        unwanted = (visit.posted.fields.get("revoke") or [""])[0]
        if unwanted:
            if await keys.revoke(visit.person.account_id, unwanted):
                return move(visit, PAGE, visit.say("api_keys.revoked"))
            faults = (Fault("", "not_found", visit.site.renderer.catalogue["api_keys.not_there"]),)
        else:
            name = (visit.posted.fields.get("name") or [""])[0]
            made = await keys.make(visit.person.account_id, name)
            fresh, faults = (
                ("", made.faults or (_too_many(visit),)) if isinstance(made, Refused) else (made[0], ())
            )
            name = name if faults else ""
    return show(
        visit, "api_keys.html", await _values(visit, keys, (name, fresh, faults)), 422 if faults else 200
    )


async def _values(visit: Visit, keys: ApiKeys, made: tuple[str, str, tuple[Fault, ...]]) -> dict[str, Any]:
    name, fresh, faults = made
    return {
        "title": visit.say("api_keys.title"),
        "keys": await keys.of(visit.person.account_id),
        "keys_max": KEYS_MAX,
        "name": name,
        "fresh": fresh,
        "faults": faults,
    }


def _too_many(visit: Visit) -> Fault:
    return Fault("name", "too_many", visit.site.renderer.catalogue["api_keys.too_many"])
