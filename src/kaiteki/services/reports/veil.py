"""What of a report is public: everything, or of a sensitive one only the outline, or of a hidden one only that there is one.

The public members of a kept report never hold anything else, so no list, file, map or protocol has to remember to leave
something out. What is kept back stands in `held`, which only staff reads. Decision record 0008 says why.
"""

from __future__ import annotations

import math
from typing import Any, Final, Literal

import msgspec

from kaiteki.kit.views import point
from kaiteki.services.reports.geography import METRES_PER_DEGREE, Point, covers
from kaiteki.services.reports.model import Held, Report, Step, Veiled
from kaiteki.services.reports.settings import Settings

Openness = Literal["open", "outline", "closed"]
RESIDENTS: Final = frozenset({"resident", "helper"})


def openness(report: Report, settings: Settings) -> Openness:
    """How much of a report is public. `report` is whole, so its place is the true one."""
    if not report.published or report.status == "withdrawn":
        return "closed"
    category = settings.category(report.category)
    if category is not None and category.sensitive:
        return "outline"
    place = report.point
    private = [zone for zone in settings.zones if zone.kind == "private"]
    return "outline" if place is not None and any(covers(zone, place) for zone in private) else "open"


def coarse(place: Point, grid_m: float) -> Point:
    """The middle of the cell of a fixed grid in which a place lies: the same for every report of the cell.

    A fixed grid and no noise: the mean of many reports of one home tells no more than one of them does.
    """
    step = grid_m / METRES_PER_DEGREE
    latitude = (math.floor(place[1] / step) + 0.5) * step
    across = step / max(0.01, math.cos(math.radians(latitude)))
    longitude = (math.floor(place[0] / across) + 0.5) * across
    return round(longitude, 5), round(latitude, 5)


def whole(report: Report) -> Report:
    """The report with what is kept back in its place again. For staff and for rules; a stranger's report stays as it is."""
    held = report.held
    if held is None or held.veiled is None:
        return report
    kept = held.veiled
    log = tuple(
        msgspec.structs.replace(
            step, why=kept.said.get(str(n), step.why), photos=kept.seen.get(str(n), step.photos)
        )
        for n, step in enumerate(report.log)
    )
    left = msgspec.structs.replace(held, veiled=None)
    return msgspec.structs.replace(
        report,
        name=kept.name,
        description=kept.description,
        location=kept.location,
        address=kept.address,
        asset=kept.asset,
        known=kept.known,
        answers=kept.answers,
        photos=kept.photos,
        office_reason=kept.office_reason,
        urgency_reason=kept.urgency_reason,
        task=kept.task,
        log=log,
        held=left if left != Held() else None,
    )


def veil(report: Report, settings: Settings) -> Report:
    """The report as it is kept: its public members hold what is public, `held.veiled` the rest. Veiling twice changes nothing."""
    report = whole(report)
    level = openness(report, settings)
    if level == "open" and (report.held is None or not report.held.photos):
        return report
    quiet = {n: step for n, step in enumerate(report.log) if level != "open" and _is_quiet(step, level)}
    kept = Veiled(
        name=report.name,
        description=report.description,
        location=report.location,
        address=report.address,
        asset=report.asset,
        known=report.known,
        answers=report.answers,
        photos=report.photos,
        office_reason=report.office_reason,
        urgency_reason=report.urgency_reason,
        task=report.task,
        said={str(n): step.why for n, step in quiet.items() if step.why},
        seen={str(n): step.photos for n, step in enumerate(report.log) if step.photos},
    )
    outline = {} if level == "open" else _outline(report, settings, level)
    shown = frozenset(photo.digest for photo in report.photos) if level == "open" else frozenset[str]()
    log = tuple(
        msgspec.structs.replace(
            step, why="" if n in quiet else step.why, photos=tuple(p for p in step.photos if p in shown)
        )
        for n, step in enumerate(report.log)
    )
    held = msgspec.structs.replace(report.held or Held(), veiled=kept)
    return msgspec.structs.replace(report, **outline, log=log, held=held)


def held_back(report: Report) -> tuple[str, ...]:
    """The digests of the photos that a kept report keeps from the public."""
    if report.held is None:
        return ()
    veiled = report.held.veiled or Veiled()
    seen = (digest for digests in veiled.seen.values() for digest in digests)
    return (*(photo.digest for photo in (*report.held.photos, *veiled.photos)), *seen)


def hidden_by_staff(report: Report) -> tuple[str, ...]:
    """The digests of the photos that the desk hid, alone or with the whole report. What only waits to be published is not hidden."""
    report = whole(report)
    alone = tuple(photo.digest for photo in report.held.photos) if report.held is not None else ()
    is_hidden = not report.published and any(step.what == "hide" for step in report.log)
    return tuple(dict.fromkeys((*alone, *(photo.digest for photo in report.photos if is_hidden))))


def _is_quiet(step: Step, level: Openness) -> bool:
    """Whether the words of a line are kept back: of a sensitive report what residents wrote and what names its asset,
    of a hidden one everything."""
    return level == "closed" or step.by in RESIDENTS or step.what == "known"


def _outline(report: Report, settings: Settings, level: Openness) -> dict[str, Any]:
    """The members of which only the outline is public."""
    category, place = settings.category(report.category), report.point
    shown = level == "outline" and place is not None
    return {
        "name": category.words.ja if category else report.category,
        "description": "",
        "location": point(*coarse(place, settings.outline_grid_m)) if shown and place else None,
        "address": "",
        "asset": "",
        "known": "",
        "answers": {},
        "photos": (),
        "office_reason": (),
        "urgency_reason": (),
        "task": None if level == "closed" else report.task,
    }
