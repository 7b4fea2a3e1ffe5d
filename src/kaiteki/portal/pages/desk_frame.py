"""What stands around every page of the desk: who may be there, and the ways to its other pages."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kaiteki.kit.backoffice import Desk
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.purposes import Covered, register
from kaiteki.model.access import ADMIN, AUDITOR, STAFF
from kaiteki.portal.answers import Stop
from kaiteki.portal.visit import Visit

SUBSCRIPTIONS: Final = "desk/subscriptions"
"""The page of those who are told of changes."""
MANDATES: Final = "desk/mandates"
"""The page of those who act for others."""
AUDIT: Final = "desk/audit"
"""The page of who read and who changed what."""
ACCESS: Final = "desk/access"
"""The page of who may read what."""
PURPOSE: Final = "desk/purpose"
"""Where is said for what somebody looks."""
RECOVERY: Final = "desk/recovery"
"""The page of those who have lost every way in."""
FACTORS: Final = "desk/factors"
"""The page of who has a second factor."""
KNOWN: Final = "desk/known"
"""The page of how much there is of what, and of what waits."""


def desk_of(visit: Visit) -> Desk:
    """The desk of this person; those who handle nothing are told so."""
    parts = visit.site.parts
    desk = Desk(visit.city, parts.history, parts.events, parts.identity.accounts)
    if not desk.types() and not visit.person.holds((STAFF,)):
        raise Stop(403 if visit.person.signed_in else 401)
    return desk


def looks_on(visit: Visit) -> bool:
    """Whether somebody is an auditor and handles nothing here: the search through the log is their desk."""
    if not visit.person.holds((AUDITOR,)) or visit.person.holds((STAFF, ADMIN)):
        return False
    parts = visit.site.parts
    return not Desk(visit.city, parts.history, parts.events, parts.identity.accounts).types()


def path_of(service: Service, declared: EntityType) -> str:
    """The page of the register of a type, within the area."""
    return f"desk/{service.name}/{declared.name}"


def choices_of(visit: Visit, declared: EntityType) -> tuple[Covered, ...]:
    """The purposes for which this person may look at data of a type, where there are several; nothing where it is clear what for."""
    engine = visit.city.engine
    found = engine.rulings.catalogue.choices(engine.sights[declared.name], visit.person)
    names = {use.name for use in found}
    return tuple(one for one in register(visit.city.services) if one.name in names) if len(names) > 1 else ()


def of_the_desk(visit: Visit, desk: Desk) -> dict[str, Any]:
    """What the frame of the desk shows: the purposes to choose from, in words, the one that was chosen, and where to come back to."""
    known: dict[str, Covered] = {}
    for _, declared in desk.types():
        known |= {one.name: one for one in choices_of(visit, declared)}
    return {
        "choices": [
            (
                name,
                visit.say(
                    "desk.purpose_of",
                    service=visit.say(one.service.words),
                    purpose=visit.say(one.purpose.words),
                ),
            )
            for name, one in known.items()
        ],
        "chosen": visit.who.purpose if visit.who.purpose in known else "",
        "back": visit.here_with_query if visit.request.method == "GET" else "desk",
        "action": visit.href(PURPOSE),
    }


class Nav(msgspec.Struct, frozen=True):
    """What stands around a page of the desk: the ways to its other pages, and for what is looked."""

    groups: list[dict[str, Any]]
    purpose: dict[str, Any]


def nav_of(visit: Visit, desk: Desk, current: str = "") -> Nav:
    """The queues beside every page of the desk: of each service its own desk pages, then its registers, folded."""
    groups: dict[str, dict[str, Any]] = {}
    for service in visit.site.services:
        pages = [
            {"text": visit.say(page.words), "href": visit.href(page.path), "here": visit.here == page.path}
            for page in service.pages
            if page.template
            and "{" not in page.path
            and STAFF in page.roles
            and visit.person.holds(page.roles)
        ]
        groups[service.name] = _group(visit, service, pages)
    for service, declared in desk.types():
        link = {
            "text": visit.say(declared.words),
            "href": visit.href(path_of(service, declared)),
            "here": declared.name == current,
        }
        # what the kit keeps is no service of the site: its registers come last, for those who may see them
        group = groups.setdefault(service.name, _group(visit, service, []))
        group["registers"].append(link)
        group["open"] = group["open"] or link["here"]
    groups[""] = _of_the_node(visit, bool(desk.types()) or visit.person.holds((STAFF,)))
    filled = [group for group in groups.values() if group["links"] or group["registers"]]
    return Nav(filled, of_the_desk(visit, desk))


def _group(visit: Visit, service: Service, pages: list[dict[str, Any]]) -> dict[str, Any]:
    """What stands beside the pages of the desk of one service: its pages, and its registers, folded unless one is open."""
    return {"title": visit.say(service.words), "links": pages, "registers": [], "open": False}


def _of_the_node(visit: Visit, works: bool) -> dict[str, Any]:
    """What belongs to no service; less of it for an auditor, who looks on and does not work here."""
    pages = [("known.desk_title", KNOWN)] if works else []
    if visit.person.holds((STAFF, AUDITOR)):
        pages.append(("access.title", ACCESS))
    if visit.site.parts.watchers is not None and works:
        pages.append(("subscriptions.title", SUBSCRIPTIONS))
    if visit.site.parts.mandates is not None and works:
        pages.append(("mandates.counter", MANDATES))
    if visit.person.holds((STAFF,)):
        pages.append(("counter.title", RECOVERY))
    if visit.person.holds((AUDITOR,)):
        pages.append(("audit.desk_title", AUDIT))
    if visit.person.holds((ADMIN,)):
        pages.append(("factors.desk_title", FACTORS))
    links = [
        {"text": visit.say(words), "href": visit.href(path), "here": visit.here.startswith(path)}
        for words, path in pages
    ]
    return {"title": visit.say("subscriptions.system"), "links": links, "registers": [], "open": False}
