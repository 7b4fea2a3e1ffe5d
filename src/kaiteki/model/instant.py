"""Points in time: microseconds since 1970-01-01T00:00Z as `int`, DateTime text (ISO 8601, UTC, `Z`) at the edges."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, NewType

Instant = NewType("Instant", int)
"""Microseconds since the epoch, UTC."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DATE_TIME: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([.,]\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII
)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MICROSECOND: Final = timedelta(microseconds=1)
_JAPAN_US: Final = 9 * 3_600_000_000
"""How far the time of Japan is ahead of UTC."""


def parse_instant(text: str) -> Instant | None:
    """Read an NGSI-LD DateTime (ETSI GS CIM 009 clause 4.6.3); None when the text is not one."""
    if not _DATE_TIME.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.replace(",", "."))
    except ValueError:
        return None
    return Instant((moment - _EPOCH) // _MICROSECOND)


def format_instant(instant: Instant) -> str:
    """Write an instant as NGSI-LD DateTime: no fraction when it is zero, else milli- or microseconds."""
    moment = _EPOCH + timedelta(microseconds=instant)
    if instant % 1_000_000 == 0:
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment.isoformat(timespec="microseconds" if instant % 1000 else "milliseconds")[:-6] + "Z"


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar as YYYY-MM-DD; ISO 8601 has others (2026-W01-1), which nobody writes in an address."""
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def day_in_japan(instant: Instant) -> str:
    """The day that an instant has in Japan (UTC+9, no summer time), as ISO 8601."""
    return format_instant(Instant(instant + _JAPAN_US))[:10]
