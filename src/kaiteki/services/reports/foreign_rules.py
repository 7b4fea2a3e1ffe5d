"""What the system of an office says of the work: its word becomes a state of ours, by the arrows and with every step in the log."""

from __future__ import annotations

from collections import deque
from typing import Any, Final, cast

from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.services.reports.arrows import ARROWS, STATES
from kaiteki.services.reports.forms import Update
from kaiteki.services.reports.model import Photo, Report, Step
from kaiteki.services.reports.reopen_rules import reopen_changes
from kaiteki.services.reports.steps import OFFICE_STEP, may_work, refuse, step

HEARD: Final = {
    "reopen": "checking",
    "for_triage": "checking",
    "investigating": "checking",
    "internal_referral": "office",
    "action_scheduled": "office",
    "in_progress": "working",
    "fixed": "closed",
    "closed": "closed",
    "duplicate": "duplicate",
    "not_councils_responsibility": "outside",
    "no_further_action": "outside",
}
"""Their word -> our state. `open` says no more than that it is not ended."""
_ON_THE_WAY: Final = frozenset({"checking", "office", "working", "completed"})
"""States that a walk may pass through; the others mean something by themselves."""
_LINES: Final = {
    "checking": "check",
    "office": "assign",
    "working": "start",
    "completed": "complete",
    "closed": "confirm",
    "duplicate": "merge",
    "outside": "pass_on",
}


def wanted_state(report: Report, heard: str) -> str:
    """The state that a foreign word asks for; the present one where it asks for none."""
    if heard == "open":
        return report.status if STATES[report.status].open else "checking"
    return HEARD.get(heard, report.status)


def leads_elsewhere(report: Report, heard: str) -> bool:
    """Whether a foreign word changes the state."""
    return wanted_state(report, heard) != report.status


def walk(before: str, after: str) -> tuple[str, ...] | None:
    """The states of the shortest way along the arrows, the last one included; None where there is no way."""
    waiting: deque[tuple[str, tuple[str, ...]]] = deque([(before, ())])
    seen = {before}
    while waiting:
        state, passed = waiting.popleft()
        for following in sorted(ARROWS.get(state, frozenset()) - seen):
            way = (*passed, following)
            if following == after:
                return way
            if following in _ON_THE_WAY:
                seen.add(following)
                waiting.append((following, way))
    return None


def hear(report: Report, form: Update, asked: Asked, photos: tuple[Photo, ...]) -> Accepted | Refused:
    """Go where the office's system says, one line of the log for each state; its words stand in the last one."""
    if not may_work(report, asked):
        return refuse(
            "not_allowed",
            "状態は、担当の課だけが変えられます。",
            "Only the office in charge can change the state.",
            "たんとうの 課だけが かえられます。",
            "status",
        )
    way = walk(report.status, wanted_state(report, form.status))
    if way is None:
        now = STATES[report.status].words
        return refuse(
            "conflict",
            f"「{now.ja}」からその状態にはできません。",
            f"A report that is “{now.en}” cannot get there.",
            f"「{now.say('ja-easy')}」からは できません。",
            "status",
        )
    said: Accepted | Refused = Accepted(writes=(report,))
    for state in way:
        last = state == way[-1]
        if isinstance(said, Refused):
            return said
        said = _go(
            cast("Report", said.writes[0]), state, form.text if last else "", asked, photos if last else ()
        )
    return said


def _go(report: Report, state: str, why: str, asked: Asked, photos: tuple[Photo, ...]) -> Accepted | Refused:
    what = "reopen" if state == "checking" and not STATES[report.status].open else _LINES[state]
    shown = tuple(photo.digest for photo in photos)
    line = Step(asked.now, OFFICE_STEP, what, why, "", state, report.office, shown)
    told = None if why else ()
    return step(report, asked, line, told, photos=(*report.photos, *photos), **_changes(report, state, asked))


def _changes(report: Report, state: str, asked: Asked) -> dict[str, Any]:
    """The members that change with a state."""
    if state == "completed":
        return {
            "date_completed": asked.now,
            "completed_by": asked.person.account_id,
            "temporary_fix": False,
            "witnesses": (),
            "witness_count": 0,
        }
    if not STATES[state].open:
        return {"date_closed": asked.now}
    if STATES[report.status].open:
        return {}
    return reopen_changes(report, asked)
