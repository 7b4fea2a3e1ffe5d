"""What was said of columns that may speak of people: which may be published, why, and what therefore holds an import back. Pure.

    doubts ─► told now, column by column with a reason ─┐
              said at an import before of this data set ─┴─► cleared, kept with the import │ held: nothing of the table comes in

Reasons are kept with the import for staff, and in its history; everybody reads which columns were cleared (`lineage`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.privacy import SORTS, Doubt
from kaiteki.services.opendata.reading.source import Issue

REASON_MAX: Final = 500
NEVER: Final = frozenset({"my_number"})
"""Sorts of doubts that no reason clears: the law lets nobody publish individual numbers (番号法 19 条). Their column is left out."""
CODE: Final = "people_"
"""What the codes of issues begin with that hold a table back for the people in it; behind it stands the sort of the doubt."""
WORDS: Final[Mapping[str, Words]] = {f"{CODE}{sort}": words for sort, words in SORTS.items()}
"""Code of an issue -> what a person reads."""


class Clearance(msgspec.Struct, frozen=True):
    """A column that was doubted and may be published all the same: by its heading, the sort of the doubt, in how many lines, why.

    `by` is the account that decided it `at` a moment (0: not told), `who` its name then (empty where a command line said it). `marks` are the values
    that were cleared, as in the doubt: other values of that sort are a finding of their own; none where the column as such was cleared."""

    column: str
    sort: str
    count: int = 0
    reason: str = ""
    by: str = ""
    who: str = ""
    at: Instant = Instant(0)
    marks: tuple[str, ...] = ()


class LeftOut(msgspec.Struct, frozen=True):
    """A column that is left out of what comes in, by its heading, with who decided it and when, as in a Clearance."""

    column: str
    by: str = ""
    who: str = ""
    at: Instant = Instant(0)


class Passed(msgspec.Struct, frozen=True):
    """What the gate decided of a table: how many columns were looked at, what was cleared, what holds it back."""

    looked: int = 0
    cleared: tuple[Clearance, ...] = ()
    held: tuple[Doubt, ...] = ()


def covers(one: Clearance | Doubt, doubt: Doubt) -> bool:
    """Whether what was cleared once stands for a doubt of now: the same column and sort, and no value that was not there then. An
    individual number is never covered."""
    if (one.column, one.sort) != (doubt.column, doubt.sort) or doubt.sort in NEVER:
        return False
    return not one.marks or (bool(doubt.marks) and set(doubt.marks) <= set(one.marks))


def decide(
    looked: int,
    doubts: Sequence[Doubt],
    told: Mapping[str, str],
    before: Sequence[Clearance],
    whole: str = "",
) -> Passed:
    """What becomes of a table with these doubts. `told` is column -> reason; `before` was cleared at the import before or for this file, and
    is for what it covers still; `whole` is the reason for which somebody cleared the whole file after looking at it."""
    cleared: list[Clearance] = []
    held: list[Doubt] = []
    for doubt in doubts:
        reason = (told.get(doubt.column) or whole)[:REASON_MAX]
        known = next((one for one in before if covers(one, doubt)), None)
        if reason and doubt.sort not in NEVER:
            cleared.append(Clearance(doubt.column, doubt.sort, doubt.count, reason, marks=doubt.marks))
        elif known is not None and known.reason:
            cleared.append(
                msgspec.structs.replace(known, count=doubt.count, marks=known.marks or doubt.marks)
            )
        else:
            held.append(doubt)
    return Passed(looked, tuple(cleared), tuple(held))


def issue_of(doubt: Doubt) -> Issue:
    """A doubt as whoever imports reads it: the column, how many lines, the first of them; no value."""
    more = "…" if doubt.count > len(doubt.lines) else ""
    lines = ", ".join(map(str, doubt.lines)) + more
    value = f"{doubt.count:,} 行 / {'line' if doubt.count == 1 else 'lines'} ({lines})"
    return Issue(f"{CODE}{doubt.sort}", 0, doubt.column, value, "refused")
