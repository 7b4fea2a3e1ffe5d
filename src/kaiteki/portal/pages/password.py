"""The password of one's own: changed, added where there is none, taken away where another way in is left."""

from __future__ import annotations

from starlette.responses import Response

from kaiteki.kit.identity import PASSWORD_LENGTH_MIN, chose_login
from kaiteki.kit.identity import Visit as SignedInBrowser
from kaiteki.kit.identity.ways import PASSWORD
from kaiteki.model.decision import Fault, Refused
from kaiteki.portal.answers import move, show
from kaiteki.portal.pages.entering import address_of, first
from kaiteki.portal.visit import Visit

PAGE = "my/password"
SAID = {"too_many": "my.too_many", "not_allowed": "my.sample_password", "last": "keys.last_password"}
"""What a refusal that names no field is called; every other one is that the present password is wrong."""


async def password(visit: Visit) -> Response:
    """`/{area}/my/password`: GET shows the form, POST changes, adds or removes the password; all other browsers are signed out by a change."""
    identity = visit.site.parts.identity
    known = await identity.visit(visit.who.token) if visit.who.token else None
    if known is None:
        return move(visit, f"sign-in?next={PAGE}")
    faults: tuple[Fault, ...] = ()
    if visit.request.method == "POST":
        faults, note = await _act(visit, known)
        if not faults:
            return move(visit, "my", visit.say(note))
    account = known.account
    values = {
        "title": visit.say("my.change_password" if account.password_hash else "keys.add_password"),
        "login": first(visit, "login") or (account.login if chose_login(account) else ""),
        "chooses_login": not chose_login(account),
        "is_sample": account.sample,
        "has_password": account.password_hash != "",
        "ways": len(await identity.ways.of(account)),
        "length_min": PASSWORD_LENGTH_MIN,
        "faults": faults,
    }
    return show(visit, "password.html", values, 422 if faults else 200)


async def _act(visit: Visit, known: SignedInBrowser) -> tuple[tuple[Fault, ...], str]:
    """Do what the form says: what is wrong with it, and the key of the words that tell of it."""
    identity, account = visit.site.parts.identity, known.account
    if first(visit, "do") == "remove":
        refused = await identity.ways.remove(account, PASSWORD)
        return _told(visit, refused), "keys.password_removed"
    new = first(visit, "password")
    if new != first(visit, "again"):
        return (Fault("again", "unequal", visit.site.renderer.catalogue["my.unequal"]),), ""
    if first(visit, "do") == "add":
        added = await identity.add_password(account, first(visit, "login"), new)
        return _told(visit, added if isinstance(added, Refused) else None), "keys.password_added"
    refused = await identity.change_password(known, first(visit, "old"), new, address_of(visit))
    return _told(visit, refused), "my.password_changed"


def _told(visit: Visit, refused: Refused | None) -> tuple[Fault, ...]:
    """What a refusal says, each at its field."""
    if refused is None:
        return ()
    words = visit.site.renderer.catalogue[SAID.get(refused.code, "my.wrong_old")]
    rest = tuple(one for one in refused.faults if one.field != "old")
    return rest or (Fault("" if refused.code == "last" else "old", refused.code, words),)
