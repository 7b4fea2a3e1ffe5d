"""Acting for somebody else: what one has entrusted and to whom, the code, taking it, the switch on my page, and the counter."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from starlette.responses import Response

from kaiteki.kit.allowances import PERIODS, TIMES_MAX, is_used_up, left
from kaiteki.kit.identity import Mandate, Mandates
from kaiteki.kit.identity import Visit as SignedInBrowser
from kaiteki.kit.identity.mandates import DAYS_MAX, GROUNDS, Wanted
from kaiteki.kit.manifest import Service
from kaiteki.model.access import ADMIN, ANYONE, RESIDENT, STAFF
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.portal.answers import PageOf, Stop, error_page, move, show
from kaiteki.portal.pages.desk_frame import MANDATES, desk_of, nav_of
from kaiteki.portal.pages.entering import account_named
from kaiteki.portal.visit import Visit

HERE: Final = "my/mandates"
TIMES_LENGTH_MAX: Final = 4
ASKED: Final = ("see", "*")
"""How much of a service is entrusted."""
_APART: Final = ("/{area}/my/", "/{area}/desk")


class Shown(msgspec.Struct, frozen=True):
    """A mandate as a page tells it."""

    mandate: Mandate
    name: str
    """The other side."""
    covers: Sequence[tuple[Service, bool]]
    """The services, and whether something may be done in them."""
    left: int = 0
    """How often something may still be done in the present period, where a number is set."""


def alone(path: str, page: PageOf) -> PageOf:
    """A page of the portal as those see it who act in another one's name: what is about one's own account or the back office is not for them."""
    if not path.startswith(_APART):
        return page

    async def run(visit: Visit) -> Response:
        if visit.acting is not None:
            return error_page(visit, 403, "in_person")
        return await page(visit)

    return run


async def mandates(visit: Visit) -> Response:
    """`/{area}/my/mandates`: what one has entrusted and what one may do for others; POST gives, takes and ends."""
    known, book = await _known(visit)
    if known is None:
        return move(visit, f"sign-in?next={HERE}")
    values: dict[str, Any] = {}
    if visit.request.method == "POST":
        done = await _act(visit, book, known, _first(visit, "do"))
        if isinstance(done, Response):
            return done
        values = done
    now = visit.now
    given = await book.given(known.account.id)
    held = await book.held(known.account.id)
    return show(
        visit,
        "mandates.html",
        {
            "title": visit.say("mandates.title"),
            "given": [await shown(visit, book, one, one.helper) for one in given if not one.is_over(now)],
            "over": [await shown(visit, book, one, one.helper) for one in given if one.is_over(now)],
            "was_helped": any(one.accepted_at is not None for one in given),
            "held": [await shown(visit, book, one, one.giver) for one in held],
            **_form(visit, counter=False),
            **_once_more(visit, given),
            **values,
        },
        422 if values.get("faults") else 200,
    )


async def act_for(visit: Visit) -> Response:
    """POST `/{area}/my/acting`: act in the name of somebody, or in one's own again."""
    known, book = await _known(visit)
    if known is None:
        return move(visit, "sign-in?next=my")
    giver = _first(visit, "for")
    if not await book.act(known.session, giver):
        raise Stop(403)
    return move(visit, "my", "" if giver else visit.say("mandates.yourself_again"))


async def counter(visit: Visit) -> Response:
    """`/{area}/desk/mandates`: staff write a mandate down whose papers they have seen, and end one."""
    known, book = await _known(visit)
    if known is None:
        return move(visit, f"sign-in?next={MANDATES}")
    if not visit.person.holds((STAFF, ADMIN)):
        raise Stop(403)
    values: dict[str, Any] = {}
    if visit.request.method == "POST":
        done = await _write_down(visit, book)
        if isinstance(done, Response):
            return done
        values = done
    values = {
        "title": visit.say("mandates.counter"),
        "nav": nav_of(visit, desk_of(visit)),
        **_form(visit, counter=True),
        **values,
    }
    return show(visit, "desk_mandates.html", values, 422 if values.get("faults") else 200)


async def helped(visit: Visit) -> list[tuple[str, str]]:
    """Whom this person may act for: account and name."""
    known, book = await _known(visit)
    found = await book.held(known.account.id) if known is not None else ()
    return [(giver, await book.name_of(giver)) for giver in dict.fromkeys(one.giver for one in found)]


async def ending(visit: Visit) -> int | None:
    """In how many days the next of one's mandates ends, given or held, where that is soon; None where none does."""
    known, book = await _known(visit)
    if known is None:
        return None
    own = [*await book.given(known.account.id), *await book.held(known.account.id)]
    return min((left for one in own if (left := one.days_left(visit.now)) is not None), default=None)


async def used_up(visit: Visit, service: Service) -> bool:
    """Whether who acts here may do nothing more in a service for now."""
    if visit.acting is None or visit.area is None:
        return False
    entities, person = visit.city.engine.entities, visit.acting.person
    return await is_used_up(entities, visit.area.name, person, service.name, visit.now)


def not_covered(visit: Visit) -> Response:
    """The page that says that a helper may not do this, and how one gets back."""
    return error_page(visit, 403, "not_covered")


async def shown(visit: Visit, book: Mandates, one: Mandate, other: str) -> Shown:
    """A mandate with the words of its services."""
    covers = [
        (service, any(not cover.endswith(".see") for cover in own))
        for service in visit.site.services
        if (own := [cover for cover in one.covers if cover.partition(".")[0] == service.name])
    ]
    if not one.times:
        return Shown(one, await book.name_of(other), covers)
    rest = await left(visit.city.engine.entities, one.area, [(one.id, one.times, one.period)], visit.now)
    return Shown(one, await book.name_of(other), covers, rest[one.id])


async def _known(visit: Visit) -> tuple[SignedInBrowser | None, Mandates]:
    """Who really sits there, whoever they act for."""
    book = visit.site.parts.mandates
    if book is None:
        raise Stop(404)
    return (await visit.site.parts.identity.visit(visit.who.token) if visit.who.token else None), book


async def _act(visit: Visit, book: Mandates, known: SignedInBrowser, do: str) -> Response | dict[str, Any]:
    """What a form of my mandates asks: where it leads, or what the page shows beside."""
    if do == "end":
        await book.end(_first(visit, "mandate"), known.account.id)
        return move(visit, HERE, visit.say("mandates.ended"))
    if do == "give":
        made = await book.invite(known.account, _wanted(visit))
        if isinstance(made, Refused):
            return _refused(visit, made)
        return {"code": made[1], "made": made[0], "typed": {}}
    code = _first(visit, "code")
    if do == "look":
        one = await book.offered(code)
        if one is not None and one.giver != known.account.id:
            return {"offered": await shown(visit, book, one, one.giver), "code_told": code}
        wrong = visit.site.renderer.catalogue["mandates.wrong_code"]
        return {"faults": (Fault("code", "invalid", wrong),), "code_told": code}
    taken = await book.accept(known.account, code)
    if isinstance(taken, Refused):
        return _refused(visit, taken)
    return move(visit, "my", visit.say("mandates.taken", name=await book.name_of(taken.giver)))


async def _write_down(visit: Visit, book: Mandates) -> Response | dict[str, Any]:
    logins = await _login(visit, _first(visit, "helped")), await _login(visit, _first(visit, "helper"))
    made = await book.write_down(visit.person, logins, _wanted(visit))
    if isinstance(made, Refused):
        return _refused(visit, made)
    names = [await book.name_of(one) for one in (made.giver, made.helper)]
    return move(visit, MANDATES, visit.say("mandates.written", helped=names[0], helper=names[1]))


async def _login(visit: Visit, named: str) -> str:
    """The login of whom staff name, by that or by a number of theirs; what is nobody's stays as it was typed, and is refused."""
    account = await account_named(visit, named)
    return account.login if account is not None else named


def _wanted(visit: Visit) -> Wanted:
    asked = [(one, _first(visit, f"covers-{one.name}")) for one in _entrusted(visit)]
    until = parse_instant(f"{_first(visit, 'until')}T23:59:59+09:00")
    return Wanted(
        _first(visit, "ground"),
        tuple(f"{service.name}.{much}" for service, much in asked if much in ASKED),
        until or Instant(0),
        bool(_first(visit, "letters")),
        _first(visit, "papers").strip(),
        _times(_first(visit, "times")),
        _first(visit, "period") or "whole",
        visit.area.name if visit.area is not None else "",
    )


def _times(told: str) -> int:
    """How often, 0 where nothing is said; what is no number of the right size is -1, which is refused."""
    tidy = unicodedata.normalize("NFKC", told).strip()
    number = int(tidy) if tidy.isdecimal() and len(tidy) <= TIMES_LENGTH_MAX else 0
    return number or (-1 if tidy else 0)


def _entrusted(visit: Visit) -> list[Service]:
    """The services in which residents have anything to do."""
    open_to = {ANYONE, RESIDENT}
    return [
        one for one in visit.site.services if any(open_to & set(command.roles) for command in one.commands)
    ]


def _once_more(visit: Visit, given: Sequence[Mandate]) -> dict[str, Any]:
    """The form with what an earlier mandate (`again=`) said; until when is said anew."""
    one = next((one for one in given if one.id == visit.query.get("again")), None)
    if one is None or visit.request.method == "POST":
        return {}
    covers = {f"covers-{cover.partition('.')[0]}": cover.partition(".")[2] for cover in one.covers}
    typed = {**covers, "ground": one.ground, "letters": "yes" if one.letters else ""}
    return {"typed": {**typed, "times": str(one.times) if one.times else "", "period": one.period}}


def _form(visit: Visit, counter: bool) -> dict[str, Any]:
    grounds = [one for one in GROUNDS if counter or one != "counter"]
    return {
        "grounds": [(one, visit.say(f"mandates.ground_{one}")) for one in grounds],
        "services": _entrusted(visit),
        "much": [(one, visit.say(f"mandates.much_{'do' if one == '*' else one}")) for one in ASKED],
        "periods": [(one, visit.say(f"mandates.period_{one}")) for one in PERIODS],
        "times_max": TIMES_MAX,
        "days_max": DAYS_MAX,
        "typed": {key: values[0] for key, values in visit.posted.fields.items() if values},
        "code": "",
        "code_told": "",
        "made": None,
        "offered": None,
    }


def _refused(visit: Visit, refused: Refused) -> dict[str, Any]:
    """The faults of a form, each at its field."""
    words = visit.site.renderer.catalogue
    fields = {"covers": f"covers-{_entrusted(visit)[0].name}"}
    told = tuple(
        msgspec.structs.replace(
            one,
            field=fields.get(one.field, one.field),
            words=words.get(f"mandates.fault_{one.field}", one.words),
        )
        for one in refused.faults
    )
    general = Fault("", refused.code, words[f"mandates.fault_{refused.code}"]) if not told else None
    return {"faults": told if general is None else (general,), "code_told": _first(visit, "code")}


def _first(visit: Visit, name: str) -> str:
    return (visit.posted.fields.get(name) or [""])[0]
