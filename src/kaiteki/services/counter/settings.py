"""What an area says of its counters, as data: offices with their hours, the services that are asked for there, the windows."""

from __future__ import annotations

import re
from typing import Annotated, Final

import msgspec

from kaiteki.model.instant import Instant, day_in_japan, is_day, parse_instant
from kaiteki.model.words import Words

OFFICES_MAX: Final = 60
SERVICES_MAX: Final = 20
"""Services of an office: one decision looks at all their lines."""
WINDOWS_MAX: Final = 60
MINUTE_US: Final = 60_000_000
DAY_MIN: Final = 24 * 60
_CODE: Final = r"^[a-z][a-z0-9]{0,23}$"
_WINDOW: Final = r"^[0-9A-Za-z]{1,4}$"
_CLOCK: Final = re.compile(r"([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
EVERY_DAY: Final = (1, 2, 3, 4, 5, 6, 7)
WORKING_DAYS: Final = (1, 2, 3, 4, 5)


class Online(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the same is done without coming: the words of the link, its https address, and what it takes."""

    words: Words
    url: str
    needs: Words = Words("", "")
    """What one must have for it."""


class Matter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people come for, with a line of its own (受付の種類). `prefix` begins its numbers (`A` of A012).

    `service_min`: mean minutes of a service that the office expects, until they are learned; without it no wait is told before.
    """

    code: Annotated[str, msgspec.Meta(pattern=_CODE)]
    prefix: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{1,2}$")]
    words: Words
    hint: Words = Words("", "")
    bring: Words = Words("", "")
    keywords: tuple[str, ...] = ()
    online: tuple[Online, ...] = ()
    service_min: Annotated[float, msgspec.Meta(gt=0, le=240)] | None = None


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A counter with a number (窓口) and the matters that are dealt with there when nothing else is said."""

    code: Annotated[str, msgspec.Meta(pattern=_WINDOW)]
    matters: tuple[str, ...]


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When numbers are given (`opens` to `closes`, on `days` 1 Monday … 7 Sunday); who waits then is served for `grace_min` more.

    Then the line is closed, whoever stands in it. `shut` are days on which the office does not open (祝日, 年末年始).
    """

    opens: str = "08:30"
    closes: str = "17:15"
    days: tuple[int, ...] = WORKING_DAYS
    shut: tuple[str, ...] = ()
    grace_min: int = 120

    def __post_init__(self) -> None:
        """Refuse (ValueError) what is no time of a day or no day."""
        if not (minutes_of(self.opens) < minutes_of(self.closes) <= DAY_MIN):
            raise ValueError(f"an office opens before it closes, by 24:00: {self.opens} {self.closes}")
        if wrong := [one for one in self.shut if not is_day(one)]:
            raise ValueError(f"no days: {wrong}")

    def span(self, day: str) -> tuple[Instant, Instant] | None:
        """From when to when numbers are given on a day in Japan; None when the office does not open."""
        start = parse_instant(f"{day}T00:00:00+09:00")
        if start is None or day in self.shut or weekday_of(start) not in self.days:
            return None
        opens, closes = (Instant(start + minutes_of(one) * MINUTE_US) for one in (self.opens, self.closes))
        return opens, closes

    def is_open(self, now: Instant) -> bool:
        """Whether numbers are given now."""
        span = self.span(day_in_japan(now))
        return span is not None and span[0] <= now < span[1]


class Office(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An office with counters. `sample`: what is said of its counters is made up, and the pages say so."""

    code: Annotated[str, msgspec.Meta(pattern=_CODE)]
    words: Words
    hours: Hours
    matters: tuple[Matter, ...]
    windows: tuple[Window, ...]
    ward: str = ""
    address: Words = Words("", "")
    location: tuple[float, float] | None = None
    source: Words = Words("", "")
    sample: bool = False

    def __post_init__(self) -> None:
        """Refuse (ValueError) what cannot be told apart, what names nothing, and too many."""
        for what, names, most in (
            ("matters", [one.code for one in self.matters], SERVICES_MAX),
            ("prefixes", [one.prefix for one in self.matters], SERVICES_MAX),
            ("windows", [one.code for one in self.windows], WINDOWS_MAX),
        ):
            if len(set(names)) < len(names) or not 0 < len(names) <= most:
                raise ValueError(f"{self.code}: one to {most} {what}, each with another name: {names}")
        known = {one.code for one in self.matters}
        if wrong := {one for window in self.windows for one in window.matters} - known:
            raise ValueError(f"{self.code}: windows name matters that there are not: {sorted(wrong)}")

    def matter(self, code: str) -> Matter | None:
        """What people come for, by its code."""
        return next((one for one in self.matters if one.code == code), None)

    def window(self, code: str) -> Window | None:
        """A counter by its code."""
        return next((one for one in self.windows if one.code == code), None)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The section of an area for its counters (`cities/<area>/services/counter.toml`)."""

    offices: tuple[Office, ...] = ()
    undo_s: int = 90
    """How long whoever works at a window may take back what was done there last."""

    def __post_init__(self) -> None:
        """Refuse (ValueError) two offices of one name and too many."""
        codes = [one.code for one in self.offices]
        if "desk" in codes:
            raise ValueError("an office cannot be called desk: that is the page of staff")
        if len(set(codes)) < len(codes) or len(codes) > OFFICES_MAX:
            raise ValueError(f"at most {OFFICES_MAX} offices, each with another code: {codes}")

    def office(self, code: str) -> Office | None:
        """An office by its code."""
        return next((one for one in self.offices if one.code == code), None)


def minutes_of(clock: str) -> int:
    """The minute of the day of HH:MM. Raises ValueError."""
    found = _CLOCK.fullmatch(clock)
    if found is None:
        raise ValueError(f"no time of a day (HH:MM): {clock}")
    return int(found[1]) * 60 + int(found[2])


def weekday_of(start: Instant) -> int:
    """1 Monday … 7 Sunday of the day in Japan in which a moment lies: 1970-01-01 was a Thursday."""
    days = (start // MINUTE_US + 9 * 60) // DAY_MIN
    return (days + 3) % 7 + 1
