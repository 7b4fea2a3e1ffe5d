"""Repairs of what was noticed in the contents of a table. What is taken out of a cell goes into the column of notes beside it; only rows
of totals are left out, where somebody asks for it, and stay in the original file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from kaiteki.services.opendata.readability.columns import BESIDE
from kaiteki.services.opendata.readability.contents.cells import (
    days,
    errors,
    lost_zeros,
    to_half_width,
)
from kaiteki.services.opendata.readability.contents.mixtures import strays
from kaiteki.services.opendata.readability.contents.rows import total_rows
from kaiteki.services.opendata.readability.contents.view import asks_half_width, view_of
from kaiteki.services.opendata.readability.repairs.change import Change, Mended, beside, rewrite, take
from kaiteki.services.opendata.readability.sheet import Layout, Place, Sheet, layout_of

NOTES: Final = "注"
"""What the heading of a column of notes ends with: 備蓄数_注."""


def put_beside(sheet: Sheet, layout: Layout, notes: Mapping[int, Mapping[int, str]]) -> Sheet:
    """A sheet with remarks beside some columns: in the column of notes that stands there already, else in a new one."""
    cells: dict[Place, str] = {}
    new: dict[int, list[tuple[str, Mapping[int, str]]]] = {}
    for at, told in notes.items():
        there = _notes_of(layout, at)
        if there is not None:
            cells |= {
                (row, there): " ".join(part for part in (sheet.cells[row][there], text) if part)
                for row, text in told.items()
            }
        else:
            new[at] = [(f"{layout.heads[at]}_{NOTES}", told)]
    return beside(rewrite(sheet, cells).sheets[0], layout, new)


def _notes_of(layout: Layout, at: int) -> int | None:
    """The column of notes of a column, among those that repairs put at its right."""
    for right in range(at + 1, len(layout.heads)):
        if layout.heads[right].endswith(f"_{NOTES}"):
            return right
        if not BESIDE.search(layout.heads[right]):
            break
    return None


def _set_aside(sheet: Sheet, places: Iterable[Place]) -> Mended:
    """Cells left blank, with what stood there in the column of notes. A column without a heading has no place for notes and stays."""
    layout = layout_of(sheet)
    notes: dict[int, dict[int, str]] = {}
    for row, at in places:
        if layout.heads[at]:
            notes.setdefault(at, {})[row] = sheet.cells[row][at].strip()
    if not notes:
        return Mended((sheet,))
    done = rewrite(sheet, {(row, at): "" for at, told in notes.items() for row in told})
    return Mended((put_beside(done.sheets[0], layout, notes),), done.changes)


def set_errors_aside(sheet: Sheet) -> Mended:
    """#REF!, #N/A and the like are no values: the cell is blank, the note says what stood there."""
    return _set_aside(sheet, (place for place, _ in errors(view_of(sheet))))


def set_days_aside(sheet: Sheet) -> Mended:
    """A day that does not exist is no day: the cell is blank, the note says what stood there."""
    return _set_aside(sheet, (place for place, what in days(view_of(sheet)) if what == "no_such_day"))


def set_strays_aside(sheet: Sheet) -> Mended:
    """Words in a column of numbers go into the notes."""
    return _set_aside(sheet, strays(view_of(sheet)))


def narrow_digits(sheet: Sheet) -> Mended:
    """Full-width digits, letters and signs become half-width below headings that ask for it."""
    view = view_of(sheet)
    return rewrite(
        sheet,
        {
            (row, at): to_half_width(cell)
            for at, cells in enumerate(view.columns)
            if asks_half_width(view.layout.heads[at])
            for row, cell in cells
        },
    )


def put_zeros_back(sheet: Sheet) -> Mended:
    """Codes and telephone numbers that have lost the 0 at their beginning get it back."""
    return rewrite(sheet, dict(lost_zeros(view_of(sheet))))


def leave_totals_out(sheet: Sheet) -> Mended:
    """Rows of totals go: whoever counts the rows counts things."""
    totals = [row for row, _ in total_rows(view_of(sheet))]
    changes = tuple(
        Change(str(row + 1), " ".join(cell for cell in sheet.cells[row] if cell.strip()), "—")
        for row in totals
    )
    gone = set(totals)
    rows = [row for row in range(len(sheet.cells)) if row not in gone]
    return Mended((take(sheet, rows, range(sheet.width)),), changes) if totals else Mended((sheet,))
