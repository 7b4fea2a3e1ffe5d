"""The audit log on pages: for everybody how it stands and how it is checked; for those who look after it a search through its lines."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any, Final

from starlette.responses import Response

from kaiteki.broker.auditing import AuditLine, Searched, Wanted, search
from kaiteki.kit.backoffice import Desk
from kaiteki.kit.identity.numbers import tidy_number
from kaiteki.kit.identity.pairwise import known_as
from kaiteki.kit.purposes import register
from kaiteki.model.access import AUDITOR
from kaiteki.model.checkpoint import verifier_key
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.portal import saying
from kaiteki.portal.answers import Stop, show
from kaiteki.portal.pages.desk_frame import AUDIT, nav_of
from kaiteki.portal.visit import Visit
from kaiteki.ports.ledger import CHANGE, READ, Head, Ledger

HEADS_SHOWN: Final = 10
ROWS_PER_PAGE: Final = 50
ROWS_OF_FILE_MAX: Final = 1_000
"""Lines of a table file; who wants all has `kaiteki audit export`."""
ENTITIES_SHOWN: Final = 3
FIELD_LENGTH_MAX: Final = 200
NUMBER_DIGITS_MAX: Final = 15
_FIELDS: Final = ("actor", "office", "purpose", "subject", "what", "since", "until")
_KINDS: Final = (READ, CHANGE)


async def audit(visit: Visit) -> Response:
    """`/{area}/audit`: what the log is, how long it is and when that was signed, and how anybody checks it."""
    ledger = _ledger(visit)
    heads = await ledger.heads(limit=HEADS_SHOWN)
    values: dict[str, Any] = {
        "title": visit.say("audit.title"),
        "head": _told(visit, heads[0]) if heads else None,
        "signed": heads[0].note if heads else "",
        "key": verifier_key(heads[0].note.partition("\n")[0], heads[0].public) if heads else "",
        "rows": [_row_of_head(visit, head) for head in heads],
        "origin": f"{visit.request.url.scheme}://{visit.request.headers.get('host', '')}",
        "before": heads[-1].size if heads else 0,
    }
    return show(visit, "audit.html", values)


def _ledger(visit: Visit) -> Ledger:
    ledger = visit.site.parts.ledger
    if visit.area is None or ledger is None:
        raise Stop(404)
    return ledger


def _told(visit: Visit, head: Head) -> Mapping[str, Any]:
    return {"size": head.size, "at": head.at, "root": head.note.split("\n")[2]}


def _row_of_head(visit: Visit, head: Head) -> list[Any]:
    return [
        _when(visit, head.at),
        {"text": saying.say_number(head.size), "number": True},
        {"text": head.note.split("\n")[2], "href": visit.href("audit/head", size=head.size)},
    ]


async def desk_audit(visit: Visit) -> Response:
    """`/{area}/desk/audit`: lines of the area by who, office, purpose, subject and time, newest first."""
    ledger, asked = _for_auditors(visit), _asked(visit)
    found = await search(ledger, await _wanted(visit, asked), _before(visit), ROWS_PER_PAGE)
    names = await _names(visit, found.lines)
    parts = visit.site.parts
    values: dict[str, Any] = {
        "title": visit.say("audit.desk_title"),
        "nav": nav_of(visit, Desk(visit.city, parts.history, parts.events, parts.identity.accounts)),
        "asked": {name: asked.get(name, "") for name in _FIELDS},
        "is_asked": bool(asked),
        "base": AUDIT,
        "kinds": [(kind, visit.say(f"audit.{kind}")) for kind in _KINDS],
        "purposes": [
            (one.name, f"{visit.say(one.service.words)}: {visit.say(one.purpose.words)}")
            for one in register(visit.site.services)
        ],
        "rows": [_row(visit, line, names) for line in found.lines],
        "older": visit.href(AUDIT, **asked, before=found.before) if found.before else None,
        "newest": visit.href(AUDIT, **asked) if _before(visit) else None,
        "file": visit.href(f"{AUDIT}.csv", **asked),
        "searched_on": found.before and not found.lines,
    }
    return show(visit, "desk_audit.html", values)


async def audit_file(visit: Visit) -> Response:
    """`/{area}/desk/audit.csv`: the same lines for a spreadsheet, ROWS_OF_FILE_MAX at most."""
    ledger, wanted = _for_auditors(visit), await _wanted(visit, _asked(visit))
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
    told += [by.purpose, line.subject, " ".join(map(_short, line.types))]
    return [*told, " ".join(map(_short, line.attributes)), str(line.count or ""), " ".join(line.entities)]


def _for_auditors(visit: Visit) -> Ledger:
    if not visit.person.holds((AUDITOR,)):
        raise Stop(403 if visit.person.signed_in else 401)
    return _ledger(visit)


def _asked(visit: Visit) -> dict[str, str]:
    """What the form asks for; what is empty is left out."""
    told = {name: visit.query.get(name, "").strip()[:FIELD_LENGTH_MAX] for name in _FIELDS}
    return {name: value for name, value in told.items() if value}


def _before(visit: Visit) -> int:
    told = visit.query.get("before", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) <= NUMBER_DIGITS_MAX else 0


async def _wanted(visit: Visit, asked: Mapping[str, str]) -> Wanted:
    """What the form asks for. Data of an account are those that services keep under any of its ids in them."""
    get = asked.get
    subjects = await known_as(visit.site.parts.identity.credentials, tidy_number(get("subject", "")))
    return Wanted(
        visit.area.name if visit.area is not None else "",
        get("actor", ""),
        get("office", ""),
        get("purpose", ""),
        subjects,
        get("what", ""),
        _day(get("since", ""), time.min),
        _day(get("until", ""), time.max),
    )


def _day(text: str, at: time) -> Instant | None:
    """The begin or the end of a day of the calendar; None for what is no day."""
    try:
        day = datetime.combine(datetime.fromisoformat(text).date(), at, saying.TOKYO)
    except ValueError:
        return None
    return Instant(int(day.timestamp() * 1_000_000))


async def _names(visit: Visit, lines: Sequence[AuditLine]) -> dict[str, str]:
    """What the accounts of some lines are called."""
    accounts = visit.site.parts.identity.accounts
    named: dict[str, str] = {}
    for actor in {one for line in lines for one in (line.by.actor, line.by.helper) if one}:
        account = await accounts.by_id(actor)
        if account is not None:
            named[actor] = account.name or account.login
    return named


def _row(visit: Visit, line: AuditLine, names: Mapping[str, str]) -> list[Any]:
    by = line.by
    helper = visit.say("audit.helped", name=names.get(by.helper, by.helper)) if by.helper else ""
    return [
        {"text": str(line.number), "number": True},
        _when(visit, line.at),
        {"text": visit.say(f"audit.{line.what}"), "tag": "doing" if line.what == READ else "plain"},
        {
            "text": names.get(by.actor, by.actor),
            "whole": True,
            "sub": helper or (by.actor if by.actor in names else ""),
        },
        {"text": by.office or "—", "sub": by.purpose},
        _touched(visit, line),
    ]


def _touched(visit: Visit, line: AuditLine) -> dict[str, str]:
    """Whose data, or which records, and what of them."""
    if line.damaged:
        return {"text": visit.say("audit.damaged")}
    shown = ", ".join(line.entities[:ENTITIES_SHOWN])
    more = len(line.entities) - ENTITIES_SHOWN
    shown += visit.say("audit.more", count=more) if more > 0 else ""
    names = ", ".join(map(_short, line.attributes))
    if line.what == READ:
        types = ", ".join(map(_short, line.types))
        return {"text": f"{line.subject} · {types}: {names}", "sub": shown}
    return {"text": shown or "—", "sub": names}


def _when(visit: Visit, at: Instant) -> str:
    return f"{saying.say_day(at, visit.language)} {saying.say_time(at, visit.language)}"


def _short(name: str) -> str:
    return name.rsplit("/", 1)[-1]
