"""Values in the words of a language: dates as people in Japan read them, yes and no, lists, places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, Final, cast

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.model.values import hints_of, plain
from kaiteki.model.words import Words

JAPAN: Final = timezone(timedelta(hours=9))
TEXT_LENGTH_MAX: Final = 500
"""Characters that a value without words of its own is cut to."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
YES: Final = Words("はい", "Yes")
NO: Final = Words("いいえ", "No")


def local_time(instant: Instant) -> datetime:
    """The time in Japan."""
    return (_EPOCH + timedelta(microseconds=instant)).astimezone(JAPAN)


def local_day_start(day: date) -> Instant:
    """When a day begins in Japan."""
    return Instant((datetime.combine(day, time(), JAPAN) - _EPOCH) // timedelta(microseconds=1))


def said_moment(instant: Instant, language: str) -> str:
    """2026年11月22日 9:05, or 22 Nov 2026, 9:05."""
    moment = local_time(instant)
    clock = f"{moment.hour}:{moment.minute:02d}"
    return f"{said_day(instant, language)}{', ' if language == 'en' else ' '}{clock}"


def said_day(instant: Instant, language: str) -> str:
    """2026年11月22日, or 22 Nov 2026."""
    moment = local_time(instant)
    if language == "en":
        return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
    return f"{moment.year}年{moment.month}月{moment.day}日"


def said(value: Any, language: str, is_instant: bool = False) -> str:
    """A value as people read it, in one of LANGUAGES; nothing is an empty text."""
    if value is None:
        return ""
    if is_instant:
        return said_moment(value, language)
    if isinstance(value, Words):
        return value.say(language)
    if isinstance(value, bool):
        return (YES if value else NO).say(language)
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, str | int):
        return str(value)
    return _said_many(value, language)[:TEXT_LENGTH_MAX]


def _said_many(value: Any, language: str) -> str:
    if isinstance(value, msgspec.Struct):
        moments = {name for name, hint in hints_of(type(value)).items() if plain(hint) is Instant}
        parts = (said(getattr(value, name), language, name in moments) for name in value.__struct_fields__)
        return " / ".join(part for part in parts if part)
    if isinstance(value, Mapping):
        known = cast("Mapping[str, Any]", value)
        if known.get("type") == "Point":
            longitude, latitude = known["coordinates"][:2]
            return f"{latitude:.6f}, {longitude:.6f}"
        if "coordinates" in known:
            return str(known.get("type", ""))
        return " / ".join(f"{name}: {said(part, language)}" for name, part in known.items())
    joined = ", " if language == "en" else "、"
    return joined.join(said(part, language) for part in cast("Sequence[Any]", value))
