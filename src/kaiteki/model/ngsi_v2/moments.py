"""Points in time as NGSI v2 writes them: read in every form of ISO 8601 that Orion takes, written with milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant

DATE_TYPES: Final = frozenset({"DateTime", "ISO8601"})
"""The attribute types whose value is a point in time."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:T(\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)


def read_moment(text: Json) -> Instant | None:
    """The instant of a text; without a zone it is UTC. None when it is no point in time."""
    found = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    micros = int((fraction or "0").ljust(6, "0")[:6])
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
        return Instant((moment - _EPOCH - _offset(zone)) // timedelta(microseconds=1) + micros)
    except (ValueError, OverflowError):
        return None


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta()
    digits = zone[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return -size if zone[0] == "-" else size


def write_moment(instant: Instant) -> str:
    """An instant with milliseconds, in UTC."""
    moment = _EPOCH + timedelta(microseconds=instant)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"
