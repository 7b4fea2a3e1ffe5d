"""Looking into the log: lines as people read them, found by who, office, purpose, subject and time, newest first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.ports.accesses import Access, Kept
from kaiteki.ports.entities import By
from kaiteki.ports.ledger import CHANGE, LINES_MAX, READ, Entry, Ledger

WINDOW: Final = 1_000
"""Numbers that are looked at together."""
WINDOWS_MAX: Final = 20
"""Windows that one search looks through; where it has found too few by then, it says where to go on."""


class AuditLine(msgspec.Struct, frozen=True):
    """A line of the log in words: a change of entities, a read of data of a subject, or what became of other lines (no actor)."""

    number: int
    at: Instant
    area: str
    what: str
    by: By
    entities: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    subject: str = ""
    count: int = 0
    ground: str = ""
    review_at: Instant | None = None
    damaged: bool = False


class Wanted(msgspec.Struct, frozen=True):
    """What a search is for; what is empty is not looked at. Times are inclusive. `subjects` are all ids of whose data were read (a
    person has one in each service), or an entity."""

    area: str
    actor: str = ""
    office: str = ""
    purpose: str = ""
    subjects: frozenset[str] = frozenset()
    what: str = ""
    since: Instant | None = None
    until: Instant | None = None

    def takes(self, line: AuditLine) -> bool:
        """Whether a line is one of those."""
        by = line.by
        return (
            line.area == self.area
            and (not self.actor or self.actor in (by.actor, by.helper))
            and (not self.office or self.office == by.office)
            and (not self.purpose or self.purpose == by.purpose)
            and (not self.subjects or not self.subjects.isdisjoint((line.subject, *line.entities)))
            and (not self.what or self.what == line.what)
            and (self.since is None or line.at >= self.since)
            and (self.until is None or line.at <= self.until)
        )


class Searched(msgspec.Struct, frozen=True):
    """Lines that were found, newest first, and the number before which to go on (0: there is nothing before)."""

    lines: Sequence[AuditLine]
    before: int


class _Change(msgspec.Struct):
    by: By
    changes: list[tuple[str, str, tuple[str, ...], tuple[str, ...], int]]


class _Read(msgspec.Struct):
    told: Access


def line_of(entry: Entry) -> AuditLine:
    """A line in words."""
    number, at, area, what = entry.number, entry.at, entry.area, entry.what
    try:
        if what == CHANGE:
            change = msgspec.json.decode(entry.text, type=_Change)
            told = change.changes
            return AuditLine(
                number,
                at,
                area,
                what,
                change.by,
                tuple(one[1] for one in told),
                tuple(sorted({name for one in told for name in one[3] if name})),
                tuple(sorted({name for one in told for name in one[2]})),
            )
        if what == READ:
            read = msgspec.json.decode(entry.text, type=_Read).told
            return AuditLine(
                number,
                at,
                area,
                what,
                read.by,
                read.entities,
                read.attributes,
                (read.type,),
                read.subject,
                read.count,
                read.ground,
                read.review_at,
            )
    except (msgspec.DecodeError, UnicodeDecodeError):
        return AuditLine(number, at, area, what, By(""), damaged=True)
    return AuditLine(number, at, area, what, By(""))


async def newest_line(ledger: Ledger) -> int:
    """The number of the newest line; 0 where there is none."""
    size = await ledger.size()
    last = (await ledger.leaves(size - 1, 1))[0].number if size else 0
    while lines := (await ledger.lines(last)).lines:
        last = lines[-1].number
    return last


async def standing(ledger: Ledger) -> tuple[int, bool]:
    """How many lines stand: the leaves of the tree and those behind it, LINES_MAX of these at most; whether there are more."""
    size = await ledger.size()
    last = (await ledger.leaves(size - 1, 1))[0].number if size else 0
    behind = len((await ledger.lines(last, LINES_MAX)).lines)
    return size + behind, behind == LINES_MAX


async def search(ledger: Ledger, wanted: Wanted, before: int = 0, limit: int = 50) -> Searched:
    """Lines of an area before a number (0: from the newest on). Looks through WINDOWS_MAX windows at most."""
    end = before or await newest_line(ledger) + 1
    found: list[AuditLine] = []
    for _ in range(WINDOWS_MAX):
        first = max(end - WINDOW, 1)
        entries = (await ledger.lines(first - 1, WINDOW)).lines
        for entry in reversed(entries):
            if entry.number >= end or entry.area != wanted.area:
                continue
            line = line_of(entry)
            if wanted.since is not None and line.at < wanted.since:
                return Searched(found, 0)
            if wanted.takes(line):
                found.append(line)
                if len(found) >= limit:
                    return Searched(found, line.number if line.number > 1 else 0)
        end = first
        if end <= 1:
            return Searched(found, 0)
    return Searched(found, end)


async def those_told(
    found: Callable[[int, int], Awaitable[Sequence[Kept]]],
    is_told: Callable[[Kept], bool],
    before: int,
    limit: int,
) -> list[Kept]:
    """The lines that are told, of those `found` (before, limit) gives page by page: where one holds something that is not, the next is looked at."""
    told: list[Kept] = []
    for _ in range(WINDOWS_MAX):
        page = await found(before, limit)
        told += [one for one in page if is_told(one)]
        if len(page) < limit or len(told) >= limit:
            break
        before = page[-1].number
    return told[:limit]
