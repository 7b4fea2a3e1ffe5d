"""What helpers did in the name of whoever is signed in: the lines of the log that name both, newest first."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from kaiteki.broker.auditing import AuditLine, Wanted, search
from kaiteki.portal.answers import Stop, move, show
from kaiteki.portal.visit import Visit
from kaiteki.ports.ledger import CHANGE

PAGE: Final = "my/mandates/done"
ROWS_PER_PAGE: Final = 50
NUMBER_DIGITS_MAX: Final = 15


async def done(visit: Visit) -> Response:
    """`/{area}/my/mandates/done?before=`: who did what for me and when."""
    ledger, book = visit.site.parts.ledger, visit.site.parts.mandates
    if visit.area is None or ledger is None or book is None:
        raise Stop(404)
    if not visit.person.signed_in:
        return move(visit, f"sign-in?next={PAGE}")
    me, told = visit.person.account_id, visit.query.get("before", "")
    before = int(told) if told.isascii() and told.isdecimal() and len(told) <= NUMBER_DIGITS_MAX else 0
    found = await search(ledger, Wanted(visit.area.name, actor=me, what=CHANGE), before, ROWS_PER_PAGE)
    lines = [line for line in found.lines if line.by.actor == me and line.by.helper]
    names = {line.by.helper: await book.name_of(line.by.helper) for line in lines}
    values: dict[str, Any] = {
        "title": visit.say("mandates.done_title"),
        "rows": [
            {
                "at": line.at,
                "who": names[line.by.helper] or visit.say("mandates.somebody"),
                "what": _deed(visit, line),
            }
            for line in lines
        ],
        "older": visit.href(PAGE, before=found.before) if found.before else "",
    }
    return show(visit, "mandates_done.html", values)


def _deed(visit: Visit, line: AuditLine) -> str:
    """A command in the words of its service; whatever else is kept with one, as such."""
    known = visit.city.engine.command(line.by.action)
    if known is None:
        return visit.say("mandates.deed_other")
    service, command = known
    return f"{visit.say(service.words)}：{visit.say(command.words)}"
