"""Which days an address means: `date=YYYY-MM-DD` the map at the end of that day, with `compare=YYYY-MM-DD` what changed until the end of
that later one. A day ends at 24:00 in Japan; today is over when it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import msgspec

from kaiteki.model.decision import Fault
from kaiteki.model.instant import Instant, format_instant, is_day, parse_instant
from kaiteki.model.words import Words

JAPAN_US: Final = 9 * 3_600_000_000
REFUSALS: Final = {
    "not_a_day": Words(
        "日付として読めません（例：2026-04-01）。",
        "This is no date (such as 2026-04-01).",
        "日（ひ）が わかりません（れい：2026-04-01）。",
    ),
    "future": Words(
        "まだ来ていない日は選べません。今日までの日を選んでください。",
        "This day has not come yet. Choose a day up to today.",
        "まだ 来（き）て いない 日（ひ）です。きょうまでの 日（ひ）を えらんで ください。",
    ),
    "too_early": Words(
        "この日の記録はありません。記録は {since} からです。",
        "Nothing is recorded of this day. The record begins on {since}.",
        "この 日（ひ）の きろくは ありません。{since} から あります。",
    ),
    "missing": Words(
        "くらべるときは、はじめの日も選んでください。",
        "To compare, choose the first day as well.",
        "はじめの 日（ひ）も えらんで ください。",
    ),
    "after": Words(
        "はじめの日は、あとの日より前の日にしてください。",
        "The first day must be before the second one.",
        "はじめの 日（ひ）は、あとの 日（ひ）より 前（まえ）に して ください。",
    ),
}
"""What is wrong with a day, by the code of the refusal."""


class Days(msgspec.Struct, frozen=True):
    """The day of which the map is, and the later one with which it is compared (empty: none), as ISO 8601."""

    date: str
    compare: str = ""

    @property
    def moments(self) -> tuple[Instant, ...]:
        """When these days are over."""
        return tuple(end_of(one) for one in (self.date, self.compare) if one)

    @property
    def shown(self) -> str:
        """The last of them."""
        return self.compare or self.date


def read_days(query: Mapping[str, str], now: Instant, since: Instant | None) -> Days | Fault | None:
    """The days that are asked for; None where none is. `since`: when the record begins, None where there is none yet."""
    told = {name: query.get(name, "").strip() for name in ("date", "compare")}
    if not any(told.values()):
        return None
    today, first = day_of(now), day_of(since) if since is not None else ""
    for name, text in told.items():
        if text and not is_day(text):
            return _fault("not_a_day", name, first)
        if text and text > today:
            return _fault("future", name, first)
        if text and (not first or text < first):
            return _fault("too_early", name, first)
    if not told["date"]:
        return _fault("missing", "date", first)
    if told["compare"] and told["date"] >= told["compare"]:
        return _fault("after", "date", first)
    return Days(**told)


def _fault(code: str, field: str, first: str) -> Fault:
    words = REFUSALS[code]
    told = (text.replace("{since}", first or "—") for text in (words.ja, words.en, words.easy))
    return Fault(field, code, Words(*told))


def end_of(day: str) -> Instant:
    """When a day of Japan is over. Raises ValueError for what is no day."""
    following = date.fromisoformat(day) + timedelta(days=1)
    moment = parse_instant(f"{following.isoformat()}T00:00:00+09:00")
    if moment is None:
        raise ValueError(f"{day} has no end")
    return moment


def day_of(at: Instant) -> str:
    """The day of a moment in Japan, as ISO 8601."""
    return format_instant(Instant(at + JAPAN_US))[:10]
