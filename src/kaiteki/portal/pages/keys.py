"""The passkeys of one's own: which there are, another one, a name for one, one less."""

from __future__ import annotations

from starlette.responses import Response

from kaiteki.kit.identity import Visit as SignedInBrowser
from kaiteki.kit.identity.passkey import PASSKEY
from kaiteki.model.decision import Fault, Refused
from kaiteki.portal.answers import SECOND_FACTOR, move, show
from kaiteki.portal.pages.entering import answer_of, fault_of, first, place
from kaiteki.portal.visit import Visit


async def keys(visit: Visit) -> Response:
    """`/{area}/my/keys`: GET lists one's passkeys, POST adds, names or removes one."""
    identity = visit.site.parts.identity
    known = await identity.visit(visit.who.token) if visit.who.token else None
    if known is None:
        return move(visit, "sign-in?next=my/keys")
    faults: tuple[Fault, ...] = ()
    if visit.request.method == "POST":
        done = await _act(visit, known)
        if isinstance(done, str):
            return move(visit, SECOND_FACTOR if visit.who.owes else "my/keys", visit.say(done))
        faults = fault_of(visit, done)
    values = {
        "title": visit.say("keys.title"),
        "passkeys": await identity.passkeys.of(known.account.id),
        "has_password": known.account.password_hash != "",
        "is_sample": known.account.sample,
        "place": place(visit),
        "recovered_until": known.session.expires_at if known.session.method == "recovery" else None,
        "ways": len(await identity.ways.of(known.account)),
        "faults": faults,
    }
    return show(visit, "keys.html", values, 422 if faults else 200)


async def _act(visit: Visit, known: SignedInBrowser) -> str | Refused:
    """Do what the form says; the answer is the key of the words that tell so."""
    identity, account = visit.site.parts.identity, known.account
    match first(visit, "do"):
        case "add":
            refused = await identity.add_passkey(account, answer_of(visit), first(visit, "title"))
            return refused or "keys.added"
        case "rename":
            named = await identity.passkeys.rename(account.id, first(visit, "id"), first(visit, "title"))
            return "keys.renamed" if named else Refused("not_found")
        case "remove":
            refused = await identity.ways.remove(account, PASSKEY, first(visit, "id"))
            return refused or "keys.removed"
        case _:
            return Refused("not_found")
