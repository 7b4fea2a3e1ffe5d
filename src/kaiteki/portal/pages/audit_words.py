"""A line of the log as a row of a page, in the words of the services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kaiteki.broker.auditing import AuditLine
from kaiteki.kit.log_lines import words_of_attributes, words_of_purpose, words_of_types
from kaiteki.model.instant import Instant
from kaiteki.portal import saying
from kaiteki.portal.visit import Visit
from kaiteki.ports.ledger import READ

ENTITIES_SHOWN: Final = 3


async def row_of(visit: Visit, line: AuditLine) -> list[Any]:
    """One line by itself."""
    return row_in(visit, line, await names_of(visit, (line,)))


async def names_of(visit: Visit, lines: Sequence[AuditLine]) -> dict[str, str]:
    """What the accounts of some lines are called."""
    accounts = visit.site.parts.identity.accounts
    named: dict[str, str] = {}
    for actor in {one for line in lines for one in (line.by.actor, line.by.helper) if one}:
        account = await accounts.by_id(actor)
        if account is not None:
            named[actor] = account.name or account.login
    return named


def row_in(visit: Visit, line: AuditLine, names: Mapping[str, str]) -> list[Any]:
    """Number with the way to its proof, when, kind, who, office and purpose, what."""
    by = line.by
    helper = visit.say("audit.helped", name=names.get(by.helper, by.helper)) if by.helper else ""
    purpose = visit.say(words_of_purpose(visit.city.services, by.purpose)) if by.purpose else ""
    return [
        {"text": str(line.number), "number": True, "href": visit.href("audit/line", line=line.number)},
        when(visit, line.at),
        {"text": visit.say(f"audit.{line.what}"), "tag": "doing" if line.what == READ else "plain"},
        {
            "text": names.get(by.actor, by.actor),
            "whole": True,
            "sub": helper or (by.actor if by.actor in names else ""),
        },
        {"text": by.office or "—", "sub": purpose},
        _touched(visit, line),
    ]


def _touched(visit: Visit, line: AuditLine) -> dict[str, str]:
    """Whose data, or which records, and what of them."""
    if line.damaged:
        return {"text": visit.say("audit.damaged")}
    services, comma = visit.city.services, ", " if visit.language == "en" else "、"
    shown = ", ".join(line.entities[:ENTITIES_SHOWN])
    more = len(line.entities) - ENTITIES_SHOWN
    shown += visit.say("audit.more", count=more) if more > 0 else ""
    attributes = words_of_attributes(services, line.types, line.attributes)
    names = comma.join(dict.fromkeys(visit.say(one) for one in attributes))
    types = comma.join(visit.say(one) for one in words_of_types(services, line.types))
    if line.what == READ:
        return {"text": f"{line.subject} · {types}: {names}", "sub": shown}
    return {"text": shown or "—", "sub": ": ".join(one for one in (types, names) if one)}


def when(visit: Visit, at: Instant) -> str:
    """A moment as a page tells it."""
    return f"{saying.say_day(at, visit.language)} {saying.say_time(at, visit.language)}"


def short(name: str) -> str:
    """The last part of an IRI."""
    return name.rsplit("/", 1)[-1]
