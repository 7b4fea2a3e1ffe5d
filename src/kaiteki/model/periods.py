"""Periods of equal length that time is cut into, from ISO 8601 durations (ETSI GS CIM 009 V1.9.1 clause 4.5.19)."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem

MICROSECONDS: Final = 1_000_000
MONTHS_MAX: Final = 12_000
"""Months of one period: a thousand years."""
SECONDS_MAX: Final = 366 * 86_400 * 1_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DURATION: Final = re.compile(
    r"P(?=\d|T\d)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?"
    r"(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:[.,]\d{1,6})?)S)?)?",
    re.ASCII,
)


class Periods(msgspec.Struct, frozen=True):
    """Periods of so many months or of so many microseconds, one behind the other; of neither, all of time is one period.

    They begin at `origin`: without one, with 1970-01-01T00:00Z.
    """

    months: int = 0
    microseconds: int = 0
    origin: Instant = Instant(0)

    @property
    def whole(self) -> bool:
        """Whether all of time is one period."""
        return not self.months and not self.microseconds

    def start_of(self, moment: Instant) -> Instant:
        """Where the period of a moment begins."""
        if self.months:
            return self._month(self._months_to(moment) // self.months)
        if self.microseconds:
            return Instant(moment - (moment - self.origin) % self.microseconds)
        return self.origin

    def end_of(self, start: Instant) -> Instant:
        """Where the period ends that begins at a moment, which belongs to the next one."""
        if self.months:
            return self._month(self._months_to(start) // self.months + 1)
        return Instant(start + self.microseconds)

    def _months_to(self, moment: Instant) -> int:
        """Whole months from the origin to a moment."""
        first, then = _datetime(self.origin), _datetime(moment)
        months = (then.year - first.year) * 12 + then.month - first.month
        return months - (_later(first, months) > then)

    def _month(self, index: int) -> Instant:
        return Instant((_later(_datetime(self.origin), index * self.months) - _EPOCH) // _MICROSECOND)


def _datetime(moment: Instant) -> datetime:
    return _EPOCH + timedelta(microseconds=moment)


def _later(moment: datetime, months: int) -> datetime:
    """So many months later, on the same day of the month or the last one that it has; within the years 1 to 9999."""
    index = moment.year * 12 + moment.month - 1 + months
    year, month = min(max(index // 12, 1), 9999), index % 12 + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day)


def parse_periods(text: str, field: str) -> Periods:
    """Read an ISO 8601 duration as the length of periods. Raises BadRequestData."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise Problem("BadRequestData", f"{field} is a duration like PT1H, P1D, P1M or PT0S", field)
    years, months, weeks, days, hours, minutes = (int(one or 0) for one in found.groups()[:6])
    seconds = float((found[7] or "0").replace(",", "."))
    whole_months = years * 12 + months
    length_s = ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds
    if whole_months and length_s:
        raise Problem("BadRequestData", f"{field} is in years and months or in weeks, days and less", field)
    if whole_months > MONTHS_MAX or length_s > SECONDS_MAX:
        raise Problem("BadRequestData", f"{field} is a thousand years at most", field)
    return Periods(whole_months, round(length_s * MICROSECONDS))
