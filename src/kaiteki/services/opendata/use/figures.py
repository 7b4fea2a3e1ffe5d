"""Works out what a dashboard of open data shows: by office and by data set, how much is used, how fresh and how good it is. Pure.

Numbers are those that whoever looks may see: `numbers_of` is told which. Sums of what everybody is told are lower bounds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.kit.catalogue.entries import Entry
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.use.model import DOWNLOAD, EVERYTHING, PAGE, DataUse

NO_OFFICE: Final = Words("担当が示されていないデータ", "No office stated", "たんとうが わからない もの")
WHOLE: Final = Words("データを指定しない利用", "Use that names no data set", "ぜんたい")


class Sums(msgspec.Struct, frozen=True):
    """How often data were downloaded, asked for over interfaces, and their pages looked at."""

    downloads: int = 0
    calls: int = 0
    views: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.downloads + other.downloads, self.calls + other.calls, self.views + other.views)


class SetLine(msgspec.Struct, frozen=True):
    """One data set. `office` is a code. `title` of what is no data set of the catalogue is its type, or WHOLE."""

    subject: str
    title: Words
    page: str = ""
    office: str = ""
    sums: Sums = Sums()
    freshness: str = "unknown"
    rhythm: str = "UNKNOWN"
    days_old: int | None = None
    quality: int | None = None


class OfficeLine(msgspec.Struct, frozen=True):
    """One office: its data sets, of which those in time (`fresh`), late, or without a promise; the mean of the known qualities."""

    code: str
    words: Words
    sets: int = 0
    fresh: int = 0
    late: int = 0
    quality: int | None = None
    sums: Sums = Sums()
    requests: int = 0


class Dashboard(msgspec.Struct, frozen=True):
    """All of it. `months` are the uses of each month, in order, `days` those of each day of the last month where they are known."""

    sets: tuple[SetLine, ...] = ()
    offices: tuple[OfficeLine, ...] = ()
    months: tuple[tuple[str, Sums], ...] = ()
    ways: tuple[tuple[str, int], ...] = ()
    days: tuple[tuple[str, int], ...] = ()
    total: Sums = Sums()


class Material(msgspec.Struct, frozen=True):
    """What a dashboard is made of: the catalogue, the counts of `months`, the open requests by office, scores by data set."""

    entries: Sequence[Entry]
    uses: Sequence[DataUse]
    months: Sequence[str]
    requests: Mapping[str, int] = {}
    scores: Mapping[str, int] = {}
    office: str | None = None
    """Only what is of one office; None: everything."""


def public_count(use: DataUse) -> int:
    """What everybody is told of a count."""
    return use.at_least


def true_count(use: DataUse) -> int:
    """The count itself, as staff see it."""
    return use.count


def work_out(material: Material, number: Callable[[DataUse], int], now: Instant) -> Dashboard:
    """The dashboard of what is given."""
    by_subject: defaultdict[str, Sums] = defaultdict(Sums)
    by_month: defaultdict[str, Sums] = defaultdict(Sums)
    ways: Counter[str] = Counter()
    days: Counter[str] = Counter()
    lines = {one.id: _line(one, material.scores, now) for one in material.entries}
    types = {one.record_type: one.type_words for one in material.entries if one.record_type}
    for use in material.uses:
        line = lines.get(use.subject) or _other(use, types)
        if material.office not in (None, line.office):
            continue
        lines.setdefault(use.subject, line)
        sums = _sums(use.way, number(use))
        by_subject[use.subject] += sums
        by_month[use.month] += sums
        if use.way != PAGE:
            ways[use.way] += number(use)
        if material.months and use.month == material.months[-1] and use.way != PAGE:
            days.update({f"{use.month}-{day}": count for day, count in use.by_day().items()})
    sets = [
        msgspec.structs.replace(one, sums=by_subject[name])
        for name, one in lines.items()
        if material.office in (None, one.office)
    ]
    sets.sort(key=lambda one: (-one.sums.downloads - one.sums.calls, one.title.ja, one.subject))
    return Dashboard(
        sets=tuple(sets),
        offices=_offices(sets, material),
        months=tuple((month, by_month[month]) for month in material.months),
        ways=tuple(sorted(ways.items(), key=lambda pair: (-pair[1], pair[0]))),
        days=tuple(sorted(days.items())),
        total=_sum(by_subject.values()),
    )


def _sums(way: str, count: int) -> Sums:
    return Sums(
        count if way == DOWNLOAD else 0,
        count if way not in (DOWNLOAD, PAGE) else 0,
        count if way == PAGE else 0,
    )


def _sum(some: Iterable[Sums]) -> Sums:
    total = Sums()
    for one in some:
        total += one
    return total


def _line(entry: Entry, scores: Mapping[str, int], now: Instant) -> SetLine:
    updated = entry.updated_at
    return SetLine(
        subject=entry.id,
        title=entry.title,
        page=entry.page,
        office=entry.office.code if entry.office is not None else "",
        freshness=entry.freshness(now),
        rhythm=entry.rhythm,
        days_old=max(0, (now - updated) // 86_400_000_000) if updated is not None else None,
        quality=scores.get(entry.id, entry.quality),
    )


def _other(use: DataUse, types: Mapping[str, Words]) -> SetLine:
    """What was used and is no data set of the catalogue (any more)."""
    title = WHOLE if use.subject == EVERYTHING else types.get(use.subject, Words(use.subject, use.subject))
    return SetLine(use.subject, title, office=use.office)


def _offices(sets: Sequence[SetLine], material: Material) -> tuple[OfficeLine, ...]:
    words = {one.office.code: one.office.words for one in material.entries if one.office is not None}
    codes = dict.fromkeys(one.office for one in sets) | dict.fromkeys(
        code for code in material.requests if material.office in (None, code)
    )
    found: list[OfficeLine] = []
    for code in codes:
        own = [one for one in sets if one.office == code]
        known = [one for one in own if one.page]
        graded = [one.quality for one in known if one.quality is not None]
        found.append(
            OfficeLine(
                code=code,
                words=words.get(code, Words(code, code) if code else NO_OFFICE),
                sets=len(known),
                fresh=sum(one.freshness == "fresh" for one in known),
                late=sum(one.freshness == "late" for one in known),
                quality=round(sum(graded) / len(graded)) if graded else None,
                sums=_sum(one.sums for one in own),
                requests=material.requests.get(code, 0),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.sums.downloads - one.sums.calls, one.words.ja)))
