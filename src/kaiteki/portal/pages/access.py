"""Who may read what of each type and which policy says so, for staff and auditors: the decisions, laid out."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from kaiteki.kit.backoffice import Desk
from kaiteki.kit.grounds import ROLES
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.rulings.matrix import HOLDER, Cell, Matrix, Reader, matrix
from kaiteki.model.access import AUDITOR, STAFF
from kaiteki.portal.answers import Stop, show
from kaiteki.portal.pages.desk_frame import nav_of
from kaiteki.portal.visit import Visit

GENERIC: Final = frozenset(
    {
        "public",
        "own",
        "work",
        "duty",
        "law",
        "consent",
        "operator",
        "pseudonymised",
        "related",
        "office-in-charge",
    }
)
"""The policies of the package over present values; words/access.toml says what they mean."""


async def listing(visit: Visit) -> Response:
    """`/{area}/desk/access?type=`: the readers of a type, what is open to each, and why."""
    if visit.area is None or not visit.person.holds((STAFF, AUDITOR)):
        raise Stop(403 if visit.person.signed_in else 401)
    kept = {declared.name: declared for service in visit.site.services for declared in service.types}
    asked = visit.query.get("type", "")
    declared = kept.get(asked) or next(
        (one for one in kept.values() if one.personal), next(iter(kept.values()))
    )
    engine, parts = visit.city.engine, visit.site.parts
    desk = Desk(visit.city, parts.history, parts.events, parts.identity.accounts)
    laid_out = matrix(engine.rulings, visit.area.name, engine.sights[declared.name])
    values: dict[str, Any] = {
        "title": visit.say("access.title"),
        "nav": nav_of(visit, desk),
        "types": [(name, visit.say(one.words)) for name, one in kept.items()],
        "chosen": declared.name,
        "name": visit.say(declared.words),
        "personal": declared.personal,
        "rows": [_row(visit, declared, laid_out, n) for n in range(len(laid_out.readers))],
    }
    return show(visit, "desk_access.html", values)


def _row(visit: Visit, declared: EntityType, laid_out: Matrix, n: int) -> list[Any]:
    """One reader: who, for what, what is open, what is not, and the policies."""
    reader = laid_out.readers[n]
    cells = [(field, column[n]) for field, column in laid_out.rows]
    policies = sorted({name for _, cell in cells for name in cell.policies})
    return [
        _name(visit, reader),
        _purpose(visit, reader),
        _fields(visit, declared, cells, True),
        _fields(visit, declared, cells, False),
        _because(visit, policies) if policies else visit.say("access.not_permitted"),
    ]


def _name(visit: Visit, reader: Reader) -> str:
    if reader.role == HOLDER:
        return visit.say("access.holder")
    of_services = {name: words for service in visit.site.services for name, words in service.roles.items()}
    words = ROLES.get(reader.role) or of_services.get(reader.role)
    name = visit.say(words) if words is not None else reader.role
    if reader.own_office is None:
        return visit.say("access.any_office") if reader.role == STAFF else name
    return visit.say("access.own_office" if reader.own_office else "access.other_office")


def _purpose(visit: Visit, reader: Reader) -> Any:
    if not reader.purpose:
        return visit.say("access.no_purpose")
    service, _, name = reader.purpose.partition(".")
    known = {one.name: one for one in visit.city.engine.services.values()}
    words = known[service].purposes[name].words
    told: dict[str, str] = {"text": visit.say(words)}
    return {**told, "sub": visit.say("access.with_consent")} if reader.has_consent else told


def _because(visit: Visit, policies: list[str]) -> dict[str, str]:
    """The policies that decided: those of the package in words with their names below, those of the area by their names."""
    said = [visit.say(f"access.policy_{name}") if name in GENERIC else name for name in policies]
    return {"text": " / ".join(said), "sub": ", ".join(policies)}


def _fields(visit: Visit, declared: EntityType, cells: list[tuple[str, Cell]], is_open: bool) -> str:
    """The items that are open, or those that are not, in words."""
    meant = [field for field, cell in cells if cell.is_open is is_open]
    if not meant or len(meant) == len(cells):
        return visit.say("access.everything" if meant else "access.nothing")
    worded = [field for field in meant if field in declared.labels]
    said = [visit.say(declared.labels[field]) for field in worded]
    rest = [visit.say("access.others")] if len(worded) < len(meant) else []
    return ("、" if visit.language != "en" else ", ").join([*said, *rest])
