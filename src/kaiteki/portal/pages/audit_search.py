"""The search through the audit log for those who look after it, and the same lines as a file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, Final

from starlette.responses import Response

from kaiteki.broker.auditing import AuditLine, Searched, Wanted, search, standing
from kaiteki.kit.backoffice import Desk
from kaiteki.kit.forms import Fault
from kaiteki.kit.identity.named_in_log import actor_of, subjects_of
from kaiteki.kit.log_lines import words_of_purpose
from kaiteki.kit.purposes import register
from kaiteki.model.access import AUDITOR
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.portal import saying
from kaiteki.portal.answers import Stop, move, show
from kaiteki.portal.pages.audit import ledger_of
from kaiteki.portal.pages.audit_words import names_of, row_in, short
from kaiteki.portal.pages.desk_frame import AUDIT, nav_of
from kaiteki.portal.visit import Visit
from kaiteki.ports.ledger import CHANGE, READ, Ledger

ROWS_PER_PAGE: Final = 50
ROWS_OF_FILE_MAX: Final = 1_000
"""Lines of a table file; who wants all has `kaiteki audit export`."""
FIELD_LENGTH_MAX: Final = 200
NUMBER_DIGITS_MAX: Final = 15
_FIELDS: Final = ("actor", "office", "purpose", "subject", "what", "since", "until")
_KINDS: Final = (READ, CHANGE)


async def desk_audit(visit: Visit) -> Response:
    """`/{area}/desk/audit`: lines of the area by who, office, purpose, subject and time, newest first. What is not understood is named."""
    ledger, asked = _for_auditors(visit), _asked(visit)
    wanted, faults = await _wanted(visit, asked)
    found = Searched((), 0) if faults else await search(ledger, wanted, _before(visit), ROWS_PER_PAGE)
    names = await names_of(visit, found.lines)
    parts = visit.site.parts
    heads, (count, open_end) = await ledger.heads(limit=1), await standing(ledger)
    values: dict[str, Any] = {
        "title": visit.say("audit.desk_title"),
        "nav": nav_of(visit, Desk(visit.city, parts.history, parts.events, parts.identity.accounts)),
        "asked": {name: asked.get(name, "") for name in _FIELDS},
        "faults": faults,
        "is_asked": bool(asked),
        "base": AUDIT,
        "standing": saying.say_number(count) + ("+" if open_end else ""),
        "head": heads[0] if heads else None,
        "kinds": [(kind, visit.say(f"audit.{kind}")) for kind in _KINDS],
        "purposes": [
            (one.name, visit.say(words_of_purpose(visit.city.services, one.name)))
            for one in register(visit.city.services)
        ],
        "rows": [row_in(visit, line, names) for line in found.lines],
        "older": visit.href(AUDIT, **asked, before=found.before) if found.before else None,
        "newest": visit.href(AUDIT, **asked) if _before(visit) else None,
        "file": "" if faults else visit.href(f"{AUDIT}.csv", **asked),
        "searched_on": found.before and not found.lines,
    }
    return show(visit, "desk_audit.html", values, 422 if faults else 200)


async def audit_file(visit: Visit) -> Response:
    """`/{area}/desk/audit.csv`: the same lines for a spreadsheet, ROWS_OF_FILE_MAX at most; to the page where something is not understood."""
    ledger, asked = _for_auditors(visit), _asked(visit)
    wanted, faults = await _wanted(visit, asked)
    if faults:
        return move(visit, visit.href(AUDIT, **asked).removeprefix(visit.href()).removeprefix("/"))
    lines, before = list[AuditLine](), _before(visit)
    while len(lines) < ROWS_OF_FILE_MAX:
        found: Searched = await search(ledger, wanted, before, ROWS_OF_FILE_MAX - len(lines))
        lines += found.lines
        before = found.before
        if not before:
            break
    out = io.StringIO()
    table = SheetWriter(out)
    table.writerow([visit.say(f"audit.{name}") for name in _COLUMNS])
    table.writerows(_plain(line) for line in lines)
    named = f"attachment; filename=audit-{visit.area.name if visit.area else ''}.csv"
    content = ("\ufeff" + out.getvalue()).encode()
    return Response(content, media_type="text/csv; charset=utf-8", headers={"content-disposition": named})


_COLUMNS: Final = (
    "number",
    "at",
    "kind",
    "actor",
    "helper",
    "action",
    "office",
    "purpose",
    "subject",
    "types",
    "attributes",
    "count",
    "entities",
)


def _plain(line: AuditLine) -> list[str]:
    by = line.by
    told = [str(line.number), format_instant(line.at), line.what, by.actor, by.helper, by.action, by.office]
    told += [by.purpose, line.subject, " ".join(map(short, line.types))]
    return [*told, " ".join(map(short, line.attributes)), str(line.count or ""), " ".join(line.entities)]


def _for_auditors(visit: Visit) -> Ledger:
    if not visit.person.holds((AUDITOR,)):
        raise Stop(403 if visit.person.signed_in else 401)
    return ledger_of(visit)


def _asked(visit: Visit) -> dict[str, str]:
    """What the form asks for; what is empty is left out."""
    told = {name: visit.query.get(name, "").strip()[:FIELD_LENGTH_MAX] for name in _FIELDS}
    return {name: value for name, value in told.items() if value}


def _before(visit: Visit) -> int:
    told = visit.query.get("before", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) <= NUMBER_DIGITS_MAX else 0


async def _wanted(visit: Visit, asked: Mapping[str, str]) -> tuple[Wanted, tuple[Fault, ...]]:
    """What the form asks for, and what of it is not understood. Data of an account are those that services keep under any of its ids."""
    get, identity = asked.get, visit.site.parts.identity
    actor = await actor_of(identity.accounts, get("actor", ""))
    subjects = await subjects_of(identity.accounts, identity.credentials, get("subject", ""))
    since, until = _day(get("since", ""), time.min), _day(get("until", ""), time.max)
    wrong = [
        name
        for name, read in (("actor", actor), ("subject", subjects), ("since", since), ("until", until))
        if name in asked and not read
    ]
    if "what" in asked and asked["what"] not in _KINDS:
        wrong.append("what")
    if since is not None and until is not None and until < since:
        wrong.append("order")
    catalogue = visit.site.renderer.catalogue
    fields = {"order": "until"}
    faults = tuple(Fault(fields.get(name, name), "invalid", catalogue[f"audit.no_{name}"]) for name in wrong)
    area = visit.area.name if visit.area is not None else ""
    wanted = Wanted(
        area, actor, get("office", ""), get("purpose", ""), subjects, get("what", ""), since, until
    )
    return wanted, faults


def _day(text: str, at: time) -> Instant | None:
    """The begin or the end of a day of the calendar; None for what is no day."""
    try:
        day = datetime.combine(datetime.fromisoformat(text).date(), at, saying.TOKYO)
    except ValueError:
        return None
    return Instant(int(day.timestamp() * 1_000_000))
