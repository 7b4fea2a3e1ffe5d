"""How a page says times, numbers and distances in each language, and where a Japanese heading may break."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import budoux
from markupsafe import Markup, escape

from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

TOKYO: Final = ZoneInfo("Asia/Tokyo")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DAYS: Final = Words("{n}日", "{n} {n|day|days}")
DAYS_AGO: Final = Words("{n}日前", "{n} {n|day|days} ago")
NUMBER: Final = re.compile(r"([a-z]+-)?([0-9a-f]{8,})")
"""The number of a person: what it is of, and the signs that are read out."""
GROUP: Final = 4
_DAYS: Final = "月火水木金土日"
_HEADINGS_MAX: Final = 2000
_parser: Final = budoux.load_default_japanese_parser()


def moment(instant: Instant) -> datetime:
    """An instant as local time of the area."""
    return (_EPOCH + timedelta(microseconds=instant)).astimezone(TOKYO)


def say_date(instant: Instant, language: str) -> str:
    """「11月21日（土）」 / "Sat 21 Nov"."""
    at = moment(instant)
    if language == "en":
        return f"{at:%a} {at.day} {at:%b}"
    return f"{at.month}月{at.day}日（{_DAYS[at.weekday()]}）"


def say_day(instant: Instant, language: str) -> str:
    """With the year: 「2026年11月21日」 / "21 Nov 2026"."""
    at = moment(instant)
    return f"{at.day} {at:%b %Y}" if language == "en" else f"{at.year}年{at.month}月{at.day}日"


def say_time(instant: Instant, language: str) -> str:
    """「14:20」, the same everywhere."""
    return f"{moment(instant):%H:%M}"


def say_moment(instant: Instant, language: str) -> str:
    """Date and time of day, without the year."""
    return f"{say_date(instant, language)} {say_time(instant, language)}"


def grouped(number: str) -> str:
    """The number of a person, as people read it out: `pair-3aee 5438 057b …`; what is no such number stays as it is."""
    found = NUMBER.fullmatch(number)
    if found is None:
        return number
    signs = found[2]
    return (found[1] or "") + " ".join(signs[at : at + GROUP] for at in range(0, len(signs), GROUP))


def stamp(instant: Instant) -> str:
    """As `datetime=` wants it, in local time with its offset."""
    return moment(instant).isoformat(timespec="seconds")


def say_age(instant: Instant, now: Instant, language: str) -> str:
    """How long ago: 「たったいま」「5分前」「3時間前」「2日前」; the date beyond a month. A time ahead is said as a moment."""
    seconds = (now - instant) // 1_000_000
    if seconds < -60:
        return say_moment(instant, language)
    rows = (
        (60, 1, "たったいま", "just now"),
        (3600, 60, "分前", "min ago"),
        (86400, 3600, "時間前", "h ago"),
    )
    for below, unit, ja, en in rows:
        if seconds < below:
            return (
                (en if language == "en" else ja) if unit == 1 else _counted(seconds // unit, ja, en, language)
            )
    if seconds < 31 * 86400:
        return DAYS_AGO.fill(language, n=seconds // 86400)
    return say_day(instant, language)


def say_span(seconds: float, language: str) -> str:
    """A length of time in its largest unit: 「20分」「4時間」「2.1日」."""
    for below, unit, ja, en in ((3600, 60, "分", " min"), (86400, 3600, "時間", " h")):
        if seconds < below:
            return f"{seconds / unit:.0f}{en if language == 'en' else ja}"
    days = seconds / 86400
    text = f"{days:.1f}".removesuffix(".0")
    return DAYS.fill(language, n=text)


def say_number(value: float | int, digits: int | None = None) -> str:
    """With thousands separators, and `digits` behind the point."""
    if digits is not None:
        return f"{value:,.{digits}f}"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"


def say_size(size_bytes: int) -> str:
    """「640 KB」「12.4 MB」「3.1 GB」."""
    for below, unit, name in ((1e6, 1e3, "KB"), (1e9, 1e6, "MB")):
        if size_bytes < below:
            return f"{size_bytes / unit:.{0 if unit < 1e6 else 1}f} {name}"
    return f"{size_bytes / 1e9:.1f} GB"


def say_distance(metres: float) -> str:
    """「40 m」「1.2 km」."""
    return f"{round(metres, -1):.0f} m" if metres < 1000 else f"{metres / 1000:.1f} km"


@lru_cache(maxsize=_HEADINGS_MAX)
def breakable(text: str) -> Markup:
    """Japanese text that breaks only between phrases (BudouX); other text as it is."""
    if text.isascii():
        return escape(text)
    return Markup("<wbr>").join(_parser.parse(text))


def _counted(count: int, ja: str, en: str, language: str) -> str:
    return f"{count} {en}" if language == "en" else f"{count}{ja}"
