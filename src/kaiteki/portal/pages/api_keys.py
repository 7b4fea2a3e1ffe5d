"""The keys with which one's own programs read what is public: made, listed, taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from kaiteki.kit.api_keys import KEYS_MAX, ApiKey, ApiKeys, day_of
from kaiteki.model.decision import Fault, Refused
from kaiteki.portal.answers import Stop, move, show
from kaiteki.portal.visit import Visit

PAGE: Final = "my/api-keys"
DAYS_SHOWN: Final = 31


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
    own = await keys.of(visit.person.account_id)
    return {
        "title": visit.say("api_keys.title"),
        "keys": own,
        "keys_max": KEYS_MAX,
        "uses": uses_of(own, visit),
        "quota": visit.site.parts.options,
        "name": name,
        "fresh": fresh,
        "faults": faults,
    }


def uses_of(keys: Sequence[ApiKey], visit: Visit) -> dict[str, dict[str, Any]]:
    """By key: the requests of today (UTC), what its quota leaves of today, and the latest days."""
    today, quota = day_of(visit.site.parts.clock.now()), visit.site.parts.options.key_per_day
    found: dict[str, dict[str, Any]] = {}
    for key in keys:
        days = list(key.days.items())[-DAYS_SHOWN:]
        used = key.days.get(today, 0)
        found[key.value] = {
            "today": used,
            "left": max(0, quota - used) if quota else None,
            "points": [{"label": day[5:], "value": count} for day, count in days],
        }
    return found


def _too_many(visit: Visit) -> Fault:
    return Fault("name", "too_many", visit.site.renderer.catalogue["api_keys.too_many"])
