"""Who is at which counter from when to when, and what that makes of the desks at a moment.

What is seen of a counter now goes before the plan; what comes later today is known from the plan alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from kaiteki.model.instant import Instant, day_in_japan, parse_instant
from kaiteki.services.counter.model import Roster
from kaiteki.services.counter.settings import DAY_MIN, MINUTE_US, Hours, minutes_of, weekday_of
from kaiteki.services.counter.waiting import Desk

LOOK_AHEAD: Final = 14
"""Days after today on which an opening is looked for: longer than the longest holidays of a town hall."""


class Stretch(NamedTuple):
    """A counter is planned to take people from a minute of the day to another."""

    counter: str
    begins_min: float
    ends_min: float


class Seen(NamedTuple):
    """A counter as it stands: whether it is open, for how many minutes it has served its present person (None: nobody), and the mean minutes of such a service."""

    opened: bool
    served_min: float | None = None
    present_min: float | None = None


def desks_at(
    now_min: float,
    roster: Sequence[Stretch],
    seen: Mapping[str, Seen],
    means_min: Mapping[str, float],
    overtime_min: float,
) -> list[Desk]:
    """The desks of today from now on. `now_min`: minute of the day; `means_min`: mean minutes of a service at each counter.

    `roster` is that of the whole office: what ends with it goes on for `overtime_min`, in which who is still in the room is served; a counter that
    is left for the day before takes nobody afterwards. A counter that is open outside of its plan
    stays until its next stretch begins, or for `overtime_min`; one that is planned to be open and is not comes back with its next stretch.
    """
    found: list[Desk] = []
    last = max((stretch.ends_min for stretch in roster), default=0.0)
    for counter, mean_min in means_min.items():
        plan = sorted(stretch for stretch in roster if stretch.counter == counter)
        ends = [
            stretch.ends_min - now_min + (overtime_min if stretch.ends_min == last else 0.0)
            for stretch in plan
        ]
        opens = [stretch.begins_min - now_min for stretch in plan]
        stands = seen.get(counter, Seen(False))
        if stands.opened or stands.served_min is not None:
            later = [begins for begins in opens if begins > 0]
            inside = [end for begins, end in zip(opens, ends, strict=True) if begins <= 0 < end]
            closes = inside[0] if inside else (later[0] if later else overtime_min)
            closes = closes if stands.opened else 0.0
            found.append(Desk(mean_min, stands.served_min, stands.present_min, 0.0, closes))
        found += [
            Desk(mean_min, None, None, begins, end)
            for begins, end in zip(opens, ends, strict=True)
            if begins > 0 and end > begins
        ]
    return found


def stretches_on(roster: Roster | None, day: str) -> tuple[Stretch, ...] | None:
    """What is planned for a day in Japan; None where nothing is planned for that day of the week."""
    start = parse_instant(f"{day}T00:00:00+09:00")
    if roster is None or start is None:
        return None
    weekday = weekday_of(start)
    found = tuple(
        Stretch(one.window, minutes_of(one.begins), minutes_of(one.ends))
        for one in roster.shifts
        if one.weekday == weekday
    )
    return found or None


def next_planned(
    roster: Roster | None, hours: Hours, windows: Collection[str], now: Instant
) -> Instant | None:
    """When one of some windows is planned to open next, within LOOK_AHEAD days; None where the plan names none."""
    for ahead in range(LOOK_AHEAD + 1):
        day = day_in_japan(Instant(now + ahead * DAY_MIN * MINUTE_US))
        start, span = parse_instant(f"{day}T00:00:00+09:00"), hours.span(day)
        if start is None or span is None:
            continue
        begins = (
            max(span[0], round(start + one.begins_min * MINUTE_US))
            for one in stretches_on(roster, day) or ()
            if one.counter in windows
        )
        later = [Instant(one) for one in begins if now < one < span[1]]
        if later:
            return min(later)
    return None


def next_opening(hours: Hours, now: Instant) -> Instant | None:
    """When the office gives out numbers again, within LOOK_AHEAD days; None where it does now, or no day is known."""
    if hours.is_open(now):
        return None
    days = (day_in_japan(Instant(now + ahead * DAY_MIN * MINUTE_US)) for ahead in range(LOOK_AHEAD + 1))
    spans = (hours.span(day) for day in days)
    return next((span[0] for span in spans if span is not None and span[0] > now), None)
