"""What an address is told that leads to nothing, or asks for what cannot be: the same as a page for people and as problem details.

A page is for people unless a program asks for JSON alone; a file is for programs unless a browser asks (it names text/html): then
they read why on a page, and where to go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from kaiteki.kit.pages import Declined, Missing
from kaiteki.model.decision import Fault
from kaiteki.model.words import Words
from kaiteki.portal.visit import Visit

PROBLEM_TYPE: Final = "application/problem+json"


class Said(msgspec.Struct, frozen=True):
    """Why there is no answer: title, sentence, `wrong` by field what is wrong; `onward` where people go on (address, words), `without` the
    same address without the fields that are wrong."""

    status: int
    title: str
    text: str
    wrong: Sequence[tuple[str, str]] = ()
    onward: tuple[str, str] | None = None
    without: str = ""

    def problem(self, origin: str) -> dict[str, Any]:
        """As problem details (RFC 9457): `field` is the first that is wrong, `errors` are all of them, `onward` where to go on."""
        told: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": " ".join((self.text, *(f"{field}: {why}" for field, why in self.wrong if field))),
        }
        if self.wrong:
            told["field"] = self.wrong[0][0]
            told["errors"] = [{"field": field, "detail": why} for field, why in self.wrong]
        if self.onward is not None:
            told["onward"] = origin + self.onward[0]
        return told


def wants_page(visit: Visit) -> bool:
    """Whether who asks is told by a page."""
    accepted = visit.request.headers.get("accept", "")
    if visit.is_file:
        return "text/html" in accepted
    return "json" not in accepted or "text/html" in accepted


def of_missing(visit: Visit, missing: Missing) -> Said:
    """There is nothing at an address: what was looked for, and where people go on."""
    if missing.what is None:
        return Said(404, visit.say("errors.missing"), visit.say("errors.missing_text"))
    named = {"what": visit.say(missing.what), "name": missing.name}
    return Said(
        404,
        visit.say("errors.not_here", **named),
        visit.say("errors.not_here_text"),
        onward=_way(visit, missing.onward),
    )


def of_declined(visit: Visit, declined: Declined) -> Said:
    """What an address asks for cannot be: field by field what is wrong and what is allowed."""
    key = "unfit" if declined.status == 400 else "undone"
    return Said(
        declined.status,
        visit.say(f"errors.{key}"),
        visit.say(f"errors.{key}_text"),
        [(one.field, visit.say(one.words)) for one in declined.faults],
        _way(visit, declined.onward),
        _without(visit, declined.faults) if declined.status == 400 else "",
    )


def _way(visit: Visit, onward: tuple[str, Words] | None) -> tuple[str, str] | None:
    return None if onward is None else (visit.href(onward[0]), visit.say(onward[1]))


def _without(visit: Visit, faults: Sequence[Fault]) -> str:
    wrong = {one.field for one in faults}
    rest = [(name, value) for name, value in visit.request.query_params.multi_items() if name not in wrong]
    return visit.href(visit.here) + (f"?{urlencode(rest)}" if rest else "")
