"""On which shelves a report stands: the lists and queues that people open, as one attribute whose index answers them.

A list of a hundred thousand reports then costs what its page costs: one look into the index, from the newest number back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kaiteki.model.instant import Instant
from kaiteki.services.reports.arrows import STATES
from kaiteki.services.reports.model import Report
from kaiteki.services.reports.settings import USUAL, Settings

ALL: Final = "all"
TASK: Final = "task"
MENDED: Final = "mended"
_DAY: Final = 86_400_000_000


def public_shelves(report: Report) -> tuple[str, ...]:
    """The public lists of a report as it is kept; none for what is hidden or withdrawn. Compared as whole texts."""
    if not report.published or report.status == "withdrawn":
        return ()
    pin = STATES[report.status].pin
    found = [ALL, pin]
    narrower = (report.category, report.zone, f"{report.category}/{report.zone}" if report.zone else "")
    found += [f"{head}/{part}" for head in (ALL, pin) for part in narrower if part]
    if report.event != USUAL:
        found.append(f"event/{report.event}")
    if report.theme:
        found.append(f"theme/{report.theme}")
    if report.status == "closed":
        found += [f"closed/{report.category}", f"closed/{report.category}@{report.office}"]
    if report.task is not None:
        found.append(TASK if STATES[report.status].open and report.status in ("task", "working") else MENDED)
    return tuple(dict.fromkeys(found))


def desk_queues(report: Report, settings: Settings, now: Instant) -> tuple[str, ...]:
    """The queues of the desk in which a report stands, each for all offices and for its own (`new`, `new@parks`)."""
    found = tuple(_queues(report, settings, now))
    return (*found, *(f"{queue}@{report.office}" for queue in found))


def _queues(report: Report, settings: Settings, now: Instant) -> Iterator[str]:
    is_open = STATES[report.status].open
    yield "open" if is_open else "ended"
    if report.status in ("received", "checking"):
        yield "new"
    if is_open and report.urgency != "normal":
        yield "urgent"
    if is_open and (report.warned or is_due_soon(report, settings, now)):
        yield "due"
    if is_open and report.event != USUAL:
        yield damage_queue(report.event, report.priority)
    if report.status == "task":
        yield "task"
    if report.status == "handed":
        yield "handed"
    if report.status in ("completed", "witnessed"):
        yield "confirm"
    if not report.published:
        yield "hidden"


def damage_queue(event: str, priority: int) -> str:
    """The queue of the open reports of a disaster of one urgency."""
    return f"damage/{event}/{priority}"


def is_due_soon(report: Report, settings: Settings, now: Instant) -> bool:
    """Whether the promised day is near or past."""
    return report.date_due is not None and report.date_due <= now + settings.due_soon_days * _DAY


def warning_at(report: Report, settings: Settings) -> Instant | None:
    """When the office is to be warned of the promised day; None where it was, or where nothing is promised any more."""
    if report.warned or report.date_due is None or not STATES[report.status].open:
        return None
    return Instant(report.date_due - settings.due_soon_days * _DAY)
