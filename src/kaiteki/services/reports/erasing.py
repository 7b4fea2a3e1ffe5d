"""What is left of a report when its reporter is erased: what kind it was, which office had it, when; nothing that anybody said or showed."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kaiteki.kit.manifest import Erase
from kaiteki.model.decision import Asked
from kaiteki.services.reports.arrows import OPEN
from kaiteki.services.reports.keeping import keep
from kaiteki.services.reports.model import Report, Step
from kaiteki.services.reports.steps import settings_of
from kaiteki.services.reports.veil import whole

_EMPTY: Final[dict[str, Any]] = {
    "description": "",
    "location": None,
    "address": "",
    "zone": "",
    "asset": "",
    "owner": "",
    "known": "",
    "answers": {},
    "urgency_reason": (),
    "photos": (),
    "office_reason": (),
    "task": None,
    "notes": (),
    "held": None,
    "undo": None,
    "ended": None,
    "reporter": "",
    "speakers": (),
}
_NAMED: Final = ("followers", "helpers", "witnesses", "completed_by")
_SAID: Final = ("speakers", "log", "photos", "pictures", "held", "held_pictures", "hidden_pictures", "undo")
_SPOKEN: Final = (*_EMPTY, *_NAMED, "name", "log", "pictures", "held_pictures", "hidden_pictures")


def _left(report: Report, ids: frozenset[str], asked: Asked) -> Report:
    """The report without its words, places and photos; one that was open is withdrawn."""
    log = tuple(
        Step(at=one.at, by=one.by, what=one.what, before=one.before, after=one.after, office=one.office)
        for one in report.log
    )
    status = "withdrawn" if report.status in OPEN else report.status
    emptied = msgspec.structs.replace(
        report, **_EMPTY, name=report.number, log=log, status=status, published=False
    )
    return keep(_unnamed(emptied, ids, asked), settings_of(asked), asked.now)


def _unnamed(report: Report, ids: frozenset[str], asked: Asked) -> Report:
    """The report without the ids of whoever followed it, helped, or looked; the numbers that are shown follow."""
    followers, helpers, witnesses = (
        tuple(one for one in named if one not in ids)
        for named in (report.followers, report.helpers, report.witnesses)
    )
    return msgspec.structs.replace(
        report,
        followers=followers,
        helpers=helpers,
        witnesses=witnesses,
        follower_count=len(followers),
        helper_count=len(helpers),
        witness_count=len(witnesses),
        completed_by="" if report.completed_by in ids else report.completed_by,
    )


def _unsaid(report: Report, ids: frozenset[str], asked: Asked) -> Report:
    """The report of somebody else without the words and photos that whoever is erased added to it."""
    opened = whole(report)
    theirs = [one in ids for one in opened.speakers] + [False] * (len(opened.log) - len(opened.speakers))
    shown = {photo for step, own in zip(opened.log, theirs, strict=False) if own for photo in step.photos}
    emptied = msgspec.structs.replace(
        opened,
        log=tuple(
            msgspec.structs.replace(step, why="", photos=()) if own else step
            for step, own in zip(opened.log, theirs, strict=False)
        ),
        speakers=tuple("" if one in ids else one for one in opened.speakers),
        photos=tuple(photo for photo in opened.photos if photo.digest not in shown),
        undo=None,
    )
    return keep(_unnamed(emptied, ids, asked), settings_of(asked), asked.now)


ERASE: Final = (
    Erase("Report", ("reporter",), _SPOKEN, _left, letters=True),
    Erase("Report", ("speakers",), _SAID, _unsaid),
    Erase("Report", _NAMED, _NAMED, _unnamed),
)
"""The report of who is erased is emptied, and letters that told others of it go; in reports of others their words, photos and ids go."""
