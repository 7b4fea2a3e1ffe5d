"""The audit log on pages for everybody: how it stands, how it is checked, and the proof of one line for whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from kaiteki.broker.auditing import line_of, standing
from kaiteki.broker.proving import prove_line
from kaiteki.kit.forms import Fault
from kaiteki.kit.log_lines import concerns
from kaiteki.model.access import AUDITOR
from kaiteki.model.checkpoint import verifier_key
from kaiteki.portal import saying
from kaiteki.portal.answers import Stop, move, show
from kaiteki.portal.pages.audit_words import row_of, when
from kaiteki.portal.pages.desk_frame import AUDIT
from kaiteki.portal.visit import Visit
from kaiteki.ports.ledger import Entry, Head, Ledger

HEADS_SHOWN: Final = 10
NUMBER_DIGITS_MAX: Final = 15
PROOF: Final = "audit/line"


async def audit(visit: Visit) -> Response:
    """`/{area}/audit`: what the log is, how many lines stand, how far and when that was signed, and how anybody checks it."""
    ledger = ledger_of(visit)
    heads = await ledger.heads(limit=HEADS_SHOWN)
    count, open_end = await standing(ledger)
    values: dict[str, Any] = {
        "title": visit.say("audit.title"),
        "head": _told(heads[0]) if heads else None,
        "standing": saying.say_number(count) + ("+" if open_end else ""),
        "signed": heads[0].note if heads else "",
        "key": _key(heads[0]) if heads else "",
        "rows": [_row_of_head(visit, head) for head in heads],
        "origin": _origin(visit),
        "before": heads[-1].size if heads else 0,
        "search": visit.href(AUDIT) if visit.person.holds((AUDITOR,)) else "",
    }
    return show(visit, "audit.html", values)


def ledger_of(visit: Visit) -> Ledger:
    """The log of the node; stops where the page is in no area."""
    ledger = visit.site.parts.ledger
    if visit.area is None or ledger is None:
        raise Stop(404)
    return ledger


def _origin(visit: Visit) -> str:
    return f"{visit.request.url.scheme}://{visit.request.headers.get('host', '')}"


def _key(head: Head) -> str:
    return verifier_key(head.note.partition("\n")[0], head.public)


def _told(head: Head) -> Mapping[str, Any]:
    return {"size": head.size, "at": head.at, "root": head.note.split("\n")[2]}


def _row_of_head(visit: Visit, head: Head) -> list[Any]:
    return [
        when(visit, head.at),
        {"text": saying.say_number(head.size), "number": True},
        {"text": head.note.split("\n")[2], "href": visit.href("audit/head", size=head.size)},
    ]


async def line(visit: Visit) -> Response:
    """`/{area}/audit/line?line=`: that one line stands in the log, for whom it concerns; without a number it asks for one."""
    ledger, told = ledger_of(visit), visit.query.get("line", "").strip()[: NUMBER_DIGITS_MAX + 1]
    if not visit.person.signed_in:
        return move(visit, f"sign-in?next={PROOF}" + (f"%3Fline%3D{told}" if told.isdecimal() else ""))
    heads = await ledger.heads(limit=1)
    number = int(told) if told.isascii() and told.isdecimal() and len(told) <= NUMBER_DIGITS_MAX else 0
    entry = await _entry(visit, ledger, number) if number else None
    proof = await prove_line(ledger, number, heads[0].size) if entry is not None and heads else None
    found = await row_of(visit, line_of(proof.entry)) if proof is not None else None
    reason = "audit.no_line" if entry is None else "audit.not_yet"
    wrong = (Fault("line", "unknown", visit.site.renderer.catalogue[reason]),) if told else ()
    values: dict[str, Any] = {
        "title": visit.say("audit.proof"),
        "asked": told,
        "faults": () if found else wrong,
        "row": found,
        "number": number,
        "head": _told(heads[0]) if heads else None,
        "key": _key(heads[0]) if heads else "",
        "place": saying.say_number(proof.place + 1) if proof is not None else "",
        "text": proof.entry.text.decode("utf-8", "replace") if proof is not None else "",
        "file": visit.href("audit/proof", line=number),
        "search": visit.href(AUDIT) if visit.person.holds((AUDITOR,)) else "",
    }
    return show(visit, "audit_line.html", values, 404 if told and not found else 200)


async def _entry(visit: Visit, ledger: Ledger, number: int) -> Entry | None:
    """The line of a number in this area, where it concerns whoever asks."""
    found = (await ledger.lines(number - 1, 1)).lines
    is_here = bool(found) and found[0].number == number and visit.area is not None
    if not is_here or visit.area is None or found[0].area != visit.area.name:
        return None
    return found[0] if concerns(visit.city, line_of(found[0])) else None
