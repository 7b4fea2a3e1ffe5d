"""Reads counts of use: as whoever looks may see them, round numbers for everybody, for staff the numbers themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from kaiteki.kit.pages import PageAsk
from kaiteki.kit.views import every, where
from kaiteki.model.query import Query
from kaiteki.model.said import local_time
from kaiteki.model.words import Words
from kaiteki.services.opendata.use.model import DOWNLOAD, PAGE, DataUse

MONTHS_MAX: Final = 36
PAGE_SIZE: Final = 1000
USES_MAX: Final = 20_000
"""Counts that are read for one page."""
FEW: Final = Words("1〜9", "1 to 9", "1から 9")
AT_LEAST: Final = Words("{n}以上", "{n} or more", "{n}より 多（おお）い")
NONE: Final = Words("0", "0", "0")


def this_month(ask: PageAsk) -> str:
    """The month of Japan in which somebody asks."""
    return f"{local_time(ask.now).date():%Y-%m}"


def months_between(first: str, last: str) -> tuple[str, ...]:
    """The months from one to another, at most the latest MONTHS_MAX; none where the first lies behind the last."""
    start, end = date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{last}-01")
    count = (end.year - start.year) * 12 + end.month - start.month + 1
    serial = end.year * 12 + end.month - 1
    months = [serial - back for back in reversed(range(max(0, min(count, MONTHS_MAX))))]
    return tuple(f"{one // 12:04d}-{one % 12 + 1:02d}" for one in months)


async def read_uses(ask: PageAsk, months: Sequence[str], subject: str = "") -> list[DataUse]:
    """The counts of some months, of one subject where it is named, in the order of their ids."""
    if not months:
        return []
    q = every(
        where(DataUse, "month", "==", tuple(months)),
        where(DataUse, "subject", "==", subject) if subject else None,
    )
    found: list[DataUse] = []
    after = ""
    while len(found) < USES_MAX:
        listing = await ask.city.find(DataUse, Query(q=q, limit=PAGE_SIZE, after_id=after))
        found += listing.items
        if not listing.more or not listing.items:
            break
        after = listing.items[-1].id
    return found


def said(number: int, language: str) -> str:
    """A round number in words: that of 1 to 9 is not told."""
    if number == 0:
        return NONE.say(language)
    return FEW.say(language) if number < 10 else AT_LEAST.fill(language, n=f"{number:,}")


def said_sum(number: int, language: str) -> str:
    """A sum of round numbers in words: it is at least so much, and how much more nobody is told."""
    return AT_LEAST.fill(language, n=f"{number:,}") if number else NONE.say(language)


async def use_of(ask: PageAsk, subject: str) -> dict[str, Any]:
    """How much a data set was used this month, as everybody is told: downloads, requests over interfaces."""
    found = await read_uses(ask, (this_month(ask),), subject)
    downloads = sum(one.at_least for one in found if one.way == DOWNLOAD)
    calls = sum(one.at_least for one in found if one.way not in (DOWNLOAD, PAGE))
    return {"downloads": said(downloads, ask.language), "calls": said_sum(calls, ask.language)}
