"""How somebody comes in: opening an account by oneself, the challenges of passkeys, and the session that follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

import msgspec
from starlette.responses import RedirectResponse, Response

from kaiteki.kit.engine import Asking
from kaiteki.kit.identity import (
    PASSWORD_LENGTH_MIN,
    Answer,
    Challenge,
    Place,
    SignedIn,
    new_account_id,
    place_of,
    tidy_login,
)
from kaiteki.kit.identity.numbers import tidy_number
from kaiteki.kit.identity.pairwise import PAIRWISE
from kaiteki.model.decision import Fault, Message, Refused
from kaiteki.model.words import Words
from kaiteki.portal.answers import SECOND_FACTOR, Stop, session_cookie, show
from kaiteki.portal.devices import device_of
from kaiteki.portal.pages.desk import landing
from kaiteki.portal.visit import Visit, Who
from kaiteki.ports.accounts import Account, Session

NAME_LENGTH_MAX: Final = 60
REFUSALS: Final = {
    "too_many": "keys.too_many",
    "expired": "keys.expired",
    "doubted": "keys.doubted",
    "last": "keys.last",
}
"""What a refusal of a passkey is called; every other one is `keys.refused`."""


def place(visit: Visit) -> Place | None:
    """Where this site's passkeys are good; None where browsers allow none."""
    options, request = visit.site.parts.options, visit.request
    scheme = "https" if options.secure else request.url.scheme
    origin = options.origin or f"{scheme}://{request.headers.get('host', '')}"
    return place_of(origin, "Kaiteki" if visit.area is None else visit.say(visit.area.words))


async def account_named(visit: Visit, named: str) -> Account | None:
    """Whose a login is, or a number that a page of theirs shows: that of the account, or the one of a service."""
    identity, number = visit.site.parts.identity, tidy_number(named)
    found = await identity.accounts.by_login(tidy_login(named)) if named.strip() else None
    if found is not None or not number:
        return found
    paired = await identity.credentials.get(PAIRWISE, number)
    return await identity.accounts.by_id(paired.account_id if paired is not None else number)


def address_of(visit: Visit) -> str:
    """From where somebody asks."""
    return visit.request.client.host if visit.request.client else ""


def first(visit: Visit, name: str) -> str:
    """What was written into a field."""
    return (visit.posted.fields.get(name) or [""])[0]


def answer_of(visit: Visit) -> Answer:
    """What the passkey script put into a form."""
    return Answer(first(visit, "ticket"), first(visit, "answer"), visit.who.browser)


def fault_of(visit: Visit, refused: Refused) -> tuple[Fault, ...]:
    """What is wrong with a passkey, in words."""
    words = visit.site.renderer.catalogue[REFUSALS.get(refused.code, "keys.refused")]
    return refused.faults or (Fault("", refused.code, words),)


async def admit(visit: Visit, opened: SignedIn, following: str, via: str = "") -> Response:
    """Give the browser its session, and lead to where it wanted to go (a path of the area) or to where the work of this person begins.

    `via` names the area and the provider of identity by which somebody came.
    """
    area = visit.area.name if visit.area else ""
    if visit.who.token:
        # who signs in once more goes on in the new session, and nobody in the old one
        await visit.site.parts.identity.sign_out(visit.who.token)
    device = device_of(visit.request.headers.get("user-agent", ""))
    session = msgspec.structs.replace(opened.session, device=device, via=via)
    identity, account = visit.site.parts.identity, opened.account
    owes = identity.persons.owes(account, area, session)
    visit.who = Who(identity.persons.of(account, area, session), opened.token, visit.who.browser, owes=owes)
    if await identity.browsers.greet(session, visit.who.browser):
        await _warn(visit, opened.account, session)
    following = SECOND_FACTOR if owes else within(following) or await landing(visit)
    answer = RedirectResponse(visit.href(following), 303)
    kept_s = (opened.session.expires_at - visit.now) // 1_000_000
    session_cookie(visit.site, answer, opened.token, kept_s)
    return answer


async def _warn(visit: Visit, account: Account, session: Session) -> None:
    """Tell the owner of an account of a browser that is new to it; a sample account is shared by many, and a recovery was told already."""
    if visit.area is None or account.sample or session.method == "recovery":
        return
    words, asking = visit.site.renderer.catalogue, Asking(visit.area.name, visit.person)
    said = {
        code: speaker.say("sessions.new_text", device=device_in(speaker.say, session.device))
        for code, speaker in visit.site.speakers.items()
    }
    body = Words(said["ja"], said["en"], said["ja-easy"])
    message = Message("", words["sessions.new"], body, "my/sessions")
    await visit.site.parts.city(asking).tell("kit.new_browser", message, visit.person)


def device_in(say: Callable[..., str], device: str) -> str:
    """The browser and the system of a session in the words of a language."""
    browser, _, system = device.partition("/")
    named = {
        "browser": browser or say("sessions.some_browser"),
        "system": system or say("sessions.some_system"),
    }
    return say("sessions.device", **named) if device else say("sessions.some_device")


def within(path: str) -> str:
    """A path of this site's area, never another site and nothing beside or above the area; "" where it is none."""
    clean = path.lstrip("/\\")
    # browsers take "\\" for "/" and "%2e" for "."
    steps = unquote(clean.partition("?")[0].partition("#")[0]).replace("\\", "/").split("/")
    leaves = ".." in steps or "." in steps or not clean.isprintable()
    return "" if leaves or "//" in clean or ":" in clean.split("/")[0] else clean


async def challenge(visit: Visit) -> Response:
    """`/{area}/passkey?for=sign-in|register|add`: what the script of a form asks the device with, as JSON."""
    passkeys, where = visit.site.parts.identity.passkeys, place(visit)
    holder, me = visit.who.browser, visit.person
    if where is None:
        raise Stop(404)
    match visit.query.get("for"):
        case "sign-in":
            asked = await passkeys.ask_to_show(where, holder)
        case "register":
            name = visit.query.get("name", "").strip()[:NAME_LENGTH_MAX] or visit.say("keys.nameless")
            asked = await passkeys.ask_to_make(where, holder, new_account_id(), name)
        case "add" if me.signed_in:
            asked = await passkeys.ask_to_make(where, holder, me.account_id, me.name)
        case _:
            raise Stop(404)
    return _told(asked)


def _told(asked: Challenge) -> Response:
    ticket = msgspec.json.encode(asked.ticket)
    content = b'{"ticket":' + ticket + b',"options":' + asked.options.encode() + b"}"
    return Response(content, headers={"cache-control": "no-store"}, media_type="application/json")


async def register(visit: Visit) -> Response:
    """`/{area}/register`: GET shows the form, POST opens an account with a passkey or with a password, and a session."""
    following = visit.query.get("next", "")
    faults: tuple[Fault, ...] = ()
    if visit.request.method == "POST":
        opened = await _open_account(visit)
        if isinstance(opened, SignedIn):
            return await admit(visit, opened, following or "my")
        faults = fault_of(visit, opened)
    values = {
        "title": visit.say("keys.register"),
        "name": first(visit, "name"),
        "login": first(visit, "login"),
        "next": following,
        "place": place(visit),
        "length_min": PASSWORD_LENGTH_MIN,
        "name_max": NAME_LENGTH_MAX,
        "faults": faults,
    }
    return show(visit, "register.html", values, 422 if faults else 200)


async def _open_account(visit: Visit) -> SignedIn | Refused:
    identity, words = visit.site.parts.identity, visit.site.renderer.catalogue
    name = first(visit, "name").strip()
    if not name or len(name) > NAME_LENGTH_MAX:
        return Refused("invalid", (Fault("name", "missing", words["keys.name_missing"]),))
    if not identity.may_register(address_of(visit)):
        return Refused("too_many")
    if first(visit, "answer"):
        return await identity.register_by_passkey(answer_of(visit), name)
    made = await identity.register(first(visit, "login"), name, first(visit, "password"))
    return made if isinstance(made, Refused) else await identity.open_session(made)
