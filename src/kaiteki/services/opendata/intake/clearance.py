"""What was said of columns that may speak of people: which may be published, why, and what therefore holds an import back. Pure.

    doubts ─► told now, column by column with a reason ─┐
              said at an import before of this data set ─┴─► cleared, kept with the import │ held: nothing of the table comes in

Reasons are kept with the import for staff, and in its history; everybody reads which columns were cleared (`lineage`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

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
    """A column that was doubted and may be published all the same: by its heading, the sort of the doubt, in how many lines, why."""

    column: str
    sort: str
    count: int = 0
    reason: str = ""


class Passed(msgspec.Struct, frozen=True):
    """What the gate decided of a table: how many columns were looked at, what was cleared, what holds it back."""

    looked: int = 0
    cleared: tuple[Clearance, ...] = ()
    held: tuple[Doubt, ...] = ()


def decide(
    looked: int,
    doubts: Sequence[Doubt],
    told: Mapping[str, str],
    before: Sequence[Clearance],
    whole: str = "",
) -> Passed:
    """What becomes of a table with these doubts. `told` is column -> reason; `before` was cleared at the import before, and is for the
    same column and sort of doubt still; `whole` is the reason for which somebody cleared the whole file after looking at it."""
    known = {(one.column, one.sort): one.reason for one in before}
    cleared: list[Clearance] = []
    held: list[Doubt] = []
    for doubt in doubts:
        reason = told.get(doubt.column) or whole or known.get((doubt.column, doubt.sort), "")
        if reason and doubt.sort not in NEVER:
            cleared.append(Clearance(doubt.column, doubt.sort, doubt.count, reason[:REASON_MAX]))
        else:
            held.append(doubt)
    return Passed(looked, tuple(cleared), tuple(held))


def issue_of(doubt: Doubt) -> Issue:
    """A doubt as whoever imports reads it: the column, how many lines, the first of them; no value."""
    more = "…" if doubt.count > len(doubt.lines) else ""
    lines = ", ".join(map(str, doubt.lines)) + more
    value = f"{doubt.count:,} 行 / {'line' if doubt.count == 1 else 'lines'} ({lines})"
    return Issue(f"{CODE}{doubt.sort}", 0, doubt.column, value, "refused")
