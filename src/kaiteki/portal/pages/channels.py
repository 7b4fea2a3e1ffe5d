"""How one's messages arrive: devices and addresses, what is wanted when, what was sent; one message; and the one click that stops mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import msgspec
from starlette.responses import PlainTextResponse, Response

from kaiteki.kit.channels.kept import (
    ADDRESSES_MAX,
    DEVICES_MAX,
    STATES,
    WAYS,
    ContactPoint,
    MessageDelivery,
    MessagePreference,
    PushSubscription,
    preference_id,
)
from kaiteki.kit.channels.rules import KIT_NAME, Answer, Browser, Contact, One, Wishes
from kaiteki.kit.channels.stopping import stop_contact, stopped_by
from kaiteki.kit.forms import parse_fields
from kaiteki.kit.messages import Letter
from kaiteki.kit.views import attribute
from kaiteki.model.decision import Accepted, Fault, Message, Refused
from kaiteki.model.query import Comparison, OneOf, Order, Path, Query
from kaiteki.model.words import Words
from kaiteki.portal.answers import Stop, move, show
from kaiteki.portal.site import Channels
from kaiteki.portal.visit import Visit

PAGE: Final = "my/messages"
SENT_SHOWN_MAX: Final = 20
FORMS: Final[dict[str, type[msgspec.Struct]]] = {
    "subscribe": Browser,
    "add": Contact,
    "confirm": Answer,
    "drop": One,
    "wish": Wishes,
}
COMMANDS: Final = {
    "subscribe": "kit.subscribe_push",
    "add": "kit.add_contact",
    "confirm": "kit.confirm_contact",
    "drop": "kit.drop_target",
    "wish": "kit.wish",
}
"""What the forms of the page do, by their field `do`."""
_TEST: Final = Words("お知らせのテスト", "A test message", "お知（し）らせの テスト")
_TEST_BODY: Final = Words(
    "お知らせが届くことを確かめるために、ご自身で送ったものです。",
    "You sent this yourself, to see that messages arrive.",
    "とどくか たしかめる ために、じぶんで おくりました。",
)
H = TypeVar("H", PushSubscription, ContactPoint, MessageDelivery)


async def own(visit: Visit) -> Response:
    """`/{area}/my/messages`: GET shows how messages arrive, POST changes it."""
    offered = visit.site.parts.channels
    if offered is None or visit.area is None:
        raise Stop(404)
    if not visit.city.owned:
        return move(visit, f"sign-in?next={PAGE}")
    faults: tuple[Fault, ...] = ()
    if visit.request.method == "POST":
        done = await _act(visit, _first(visit, "do"))
        if isinstance(done, Response):
            return done
        faults = done
    return show(visit, "my_messages.html", await _values(visit, offered, faults), 422 if faults else 200)


async def letter(visit: Visit) -> Response:
    """`/{area}/my/letters/{id}`: one message, which is read by that."""
    wanted = f"urn:ngsi-ld:Message:{visit.request.path_params['id']}"
    found = (await visit.city.find(Letter, Query(ids=(wanted,), limit=1))).items
    if not found:
        if not visit.person.signed_in:
            return move(visit, f"sign-in?next=my/letters/{visit.request.path_params['id']}")
        raise Stop(404)
    await visit.city.run("kit.mark_read", {"ids": [wanted]})
    one = found[0]
    return show(
        visit,
        "my_letter.html",
        {"title": one.heading.say(visit.language), "letter": one, "channels": visit.site.parts.channels},
    )


async def stop(visit: Visit) -> Response:
    """`/{area}/messages/stop/{mark}`: GET asks, POST takes an address out."""
    is_done = visit.request.method == "POST"
    area, contact = _stopped(visit)
    if is_done:
        await stop_contact(visit.city.engine, area, contact)
    return show(visit, "stop_messages.html", {"title": visit.say("channels.stop"), "is_done": is_done})


async def stop_by_mail(visit: Visit) -> Response:
    """The same by the one click of a mail program, which has no token of a form (RFC 8058, 3.2); any other form without one is refused."""
    area, contact = _stopped(visit)
    if _first(visit, "List-Unsubscribe") != "One-Click":
        raise Stop(403)
    await stop_contact(visit.city.engine, area, contact)
    return PlainTextResponse(visit.say("channels.stopped"))


def _stopped(visit: Visit) -> tuple[str, str]:
    """The area and the contact that the address names; 404 where somebody made it up."""
    contact = stopped_by(visit.site.parts.secret, visit.request.path_params["mark"])
    if visit.area is None or not contact:
        raise Stop(404)
    return visit.area.name, contact


async def _act(visit: Visit, what: str) -> Response | tuple[Fault, ...]:
    """Do what a form of the page says: the answer, or what is wrong with it."""
    if what == "test":
        message = Message("", _TEST, _TEST_BODY, PAGE, urgent=True, glance=_TEST)
        to = visit.person if visit.person.signed_in else None
        await visit.city.tell(
            "kit.test", message if to else msgspec.structs.replace(message, to=visit.who.browser), to
        )
        return move(visit, PAGE, visit.say("channels.tested"))
    command = COMMANDS.get(what)
    if command is None:
        raise Stop(400)
    form = parse_fields(FORMS[what], _fields(visit, what))
    said = form if isinstance(form, tuple) else await visit.city.run(command, form)
    if isinstance(said, tuple):
        return said
    if isinstance(said, Refused):
        if said.code == "not_found":
            raise Stop(404)
        return said.faults or (Fault("", said.code, visit.site.renderer.catalogue["channels.too_many"]),)
    return _done(visit, what, said)


def _done(visit: Visit, what: str, said: Accepted) -> Response | tuple[Fault, ...]:
    if said.answer.get("confirmed") is False:
        left = said.answer["left"]
        words = visit.site.renderer.catalogue["channels.wrong_code" if left else "channels.no_code_left"]
        filled = Words(*(words.fill(language, n=left) for language in ("ja", "en", "ja-easy")))
        return (Fault("code", "wrong", filled),)
    return move(visit, PAGE, visit.say(f"channels.done_{what}"))


def _fields(visit: Visit, what: str) -> dict[str, Sequence[str]]:
    """The posted fields as the form of the command has them: what is ticked is wanted, and hours come as a clock says them."""
    fields: dict[str, Sequence[str]] = {
        name: values for name, values in visit.posted.fields.items() if name not in ("do", "csrf", "sent")
    }
    if what != "wish":
        return fields
    services = _services(visit)
    wanted = {way: frozenset(fields.pop(way, ())) for way in ("push", "post")}
    for way, named in wanted.items():
        fields[f"no_{way}"] = [name for name, _ in services if name not in named]
    is_quiet = bool(fields.pop("is_quiet", ()))
    if not is_quiet:
        fields |= {"quiet_from": [""], "quiet_to": [""]}
    return fields


def _services(visit: Visit) -> list[tuple[str, str]]:
    """Who sends messages: the town itself, and each service."""
    return [
        ("kit", visit.say("channels.from_town")),
        *((one.name, visit.say(one.words)) for one in visit.site.services),
    ]


async def _values(visit: Visit, offered: Channels, faults: tuple[Fault, ...]) -> dict[str, Any]:
    holder = visit.person.seen_by(KIT_NAME).account_id or visit.who.browser
    found = (await visit.city.find(MessagePreference, Query(ids=(preference_id(holder),), limit=1))).items
    wishes = found[0] if found else MessagePreference(preference_id(holder), holder)
    senders = _services(visit)
    quiet = wishes.quiet or ("21:00", "07:00")
    return {
        "title": visit.say("channels.title"),
        "faults": faults,
        "posted": {name: values[0] for name, values in visit.posted.fields.items() if values},
        "offered": offered,
        "devices": await _held(visit, PushSubscription, DEVICES_MAX),
        "devices_max": DEVICES_MAX,
        "addresses": await _held(visit, ContactPoint, ADDRESSES_MAX),
        "addresses_max": ADDRESSES_MAX,
        "wishes": wishes,
        "quiet": quiet,
        "senders": senders,
        "push_wanted": [name for name, _ in senders if name not in wishes.no_push],
        "post_wanted": [name for name, _ in senders if name not in wishes.no_post],
        "states": STATES,
        "ways": WAYS,
        "sent": await _held(visit, MessageDelivery, SENT_SHOWN_MAX, "due_at"),
    }


async def _held(visit: Visit, view: type[H], most: int, latest_by: str = "") -> list[H]:
    """What somebody holds of a type; the latest first where it says by what."""
    whose = Comparison(Path((attribute(view, "holder"),)), "==", OneOf(tuple(sorted(visit.city.owned))))
    order = (Order(Path((attribute(view, latest_by),)), descending=True),) if latest_by else ()
    return list((await visit.city.find(view, Query(q=whose, order=order, limit=most))).items)


def _first(visit: Visit, name: str) -> str:
    return (visit.posted.fields.get(name) or [""])[0]
