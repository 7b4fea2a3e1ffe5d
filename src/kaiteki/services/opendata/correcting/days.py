"""Days in columns of one's own are those of the check of a file: none that does not exist, and ISO 8601 where the cell held that. Pure.

What the file itself says of a cell may always come back (`filed`): to undo a correction is no mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kaiteki.model.decision import Fault
from kaiteki.model.words import Words
from kaiteki.services.opendata.correcting.cells import Cell, text_of
from kaiteki.services.opendata.model import DataSet, Record
from kaiteki.services.opendata.readability.contents.cells import is_no_day
from kaiteki.services.opendata.readability.contents.kinds import KINDS
from kaiteki.services.opendata.readability.texts import is_iso_day
from kaiteki.services.opendata.values import read_date


def faults_of_days(
    data_set: DataSet,
    before: Record,
    written: Mapping[str, str],
    cells: Iterable[Cell],
    filed: Mapping[str, str],
) -> tuple[Fault, ...]:
    """The cells of own columns that were written with a day that does not exist, or with one that is not written as the one before was."""
    sorts = dict(zip(data_set.details, data_set.detail_sorts, strict=False))
    faults: list[Fault] = []
    for cell in cells:
        text = written[cell.key]
        if cell.item is not None or not text or filed.get(cell.key) == text:
            continue
        if is_no_day(text, cell.column, sorts.get(cell.column) == "date"):
            faults.append(Fault(cell.key, "no_such_day", KINDS["no_such_day"].words))
        elif is_iso_day(text_of(before, cell)) and (day := read_date(text)) is not None and day[1]:
            faults.append(Fault(cell.key, "not_iso_day", _as_iso(str(day[0]))))
    return tuple(faults)


def _as_iso(day: str) -> Words:
    return Words(
        f"この列の日付は、年-月-日の形です。{day} と書いてください。",
        f"Days of this column are written year-month-day. Please write {day}.",
        f"{day} と 書（か）いて ください。",
    )
