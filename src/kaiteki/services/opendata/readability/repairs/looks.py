"""Repairs of what lies beside the cells: merged, hidden, drawn, marked, computed; titles and notes; blank rows; tables one below the other."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.services.opendata.readability.finding import WHATS
from kaiteki.services.opendata.readability.level1 import blank_columns, starts_of_tables
from kaiteki.services.opendata.readability.repairs.change import Change, Mended, beside, rewrite, take
from kaiteki.services.opendata.readability.sheet import (
    Sheet,
    cell_name,
    column_name,
    is_blank,
    layout_of,
    pad,
)
from kaiteki.services.opendata.reading.text import HEAD_ROWS_MAX

LOOKS: Final = "見た目の区別"
"""The heading of the column that says how cells looked."""
TO_NOTES: Final = "@notes"
SHOWN: Final = "@shown"
"""What became of something that stands in no cell afterwards; the words of `change.BECAME`."""


def unmerge(sheet: Sheet) -> Mended:
    """L1-12: every cell of a merged range of the table gets the value of the range. A title or note outside of it is one text and stays
    in its first cell."""
    if not sheet.merged:
        return Mended((sheet,))
    layout = layout_of(sheet)
    outside = [one for one in sheet.merged if one[2] < layout.top or one[0] >= layout.end]
    cells = {
        (row, column): sheet.cells[top][left]
        for top, left, bottom, right in sheet.merged
        if left < sheet.width and (top, left, bottom, right) not in outside
        for row in range(top, min(bottom + 1, len(sheet.cells)))
        for column in range(left, min(right + 1, sheet.width))
    }
    done = rewrite(sheet, cells)
    parted = tuple(
        Change(f"{cell_name(*one[:2])}:{cell_name(*one[2:])}", *[sheet.cells[one[0]][one[1]]] * 2)
        for one in outside
        if one[1] < sheet.width
    )
    changes = (*parted, *done.changes) or tuple(Change(cell_name(*one[:2]), "", "") for one in sheet.merged)
    return Mended((msgspec.structs.replace(done.sheets[0], merged=()),), changes)


def unhide(sheet: Sheet) -> Mended:
    """L1-13: hidden rows and columns are shown; whether they are meant for others, people decide."""
    rows = [
        Change(str(row + 1), " ".join(cell for cell in sheet.cells[row] if cell), SHOWN)
        for row in sheet.hidden_rows
    ]
    columns = [
        Change(column_name(at), sheet.cells[0][at] if at < sheet.width else "", SHOWN)
        for at in sheet.hidden_columns
    ]
    if not rows and not columns:
        return Mended((sheet,))
    return Mended((msgspec.structs.replace(sheet, hidden_rows=(), hidden_columns=()),), (*rows, *columns))


def take_out_drawings(sheet: Sheet) -> Mended:
    """L1-10: the text of shapes goes to the notes; of pictures and charts the notes say where they were: they stay in the original file."""
    if not sheet.drawn:
        return Mended((sheet,))
    texts = [
        one.text or f"（{WHATS[one.sort].ja.removesuffix('があります')}：{cell_name(*one.cell)}）"
        for one in sheet.drawn
    ]
    changes = tuple(
        Change(cell_name(*one.cell), text, TO_NOTES) for one, text in zip(sheet.drawn, texts, strict=True)
    )
    return Mended((msgspec.structs.replace(sheet, drawn=(), notes=(*sheet.notes, *texts)),), changes)


def keep_values(sheet: Sheet) -> Mended:
    """L2-06: formulas whose value was kept in the file become that value; one without a value stays a formula."""
    known = {
        one
        for one in sheet.formulas
        if one[0] < len(sheet.cells) and one[1] < sheet.width and sheet.cells[one[0]][one[1]]
    }
    changes = tuple(Change(cell_name(*one), "=…", sheet.cells[one[0]][one[1]]) for one in sorted(known))
    return Mended((msgspec.structs.replace(sheet, formulas=sheet.formulas - known),), changes)


def say_looks(sheet: Sheet) -> Mended:
    """L1-11: how cells look goes into a column of words, cell by cell."""
    layout = layout_of(sheet)
    told: dict[int, list[str]] = {}
    for (row, column), look in sheet.marked:
        if layout.bottom < row < layout.end:
            told.setdefault(row, []).append(f"{layout.heads[column]}：{look}")
    if not told:
        return Mended((sheet,))
    cells = {row: "／".join(texts) for row, texts in told.items()}
    changed = beside(sheet, layout, {sheet.width - 1: [(LOOKS, cells)]})
    changes = tuple(Change(str(row + 1), text, LOOKS) for row, text in sorted(cells.items()))
    return Mended((msgspec.structs.replace(changed, marked=()),), changes)


def part_tables(sheet: Sheet) -> Mended:
    """L1-02: each table gets a sheet of its own; the notes stay with the first."""
    layout = layout_of(sheet)
    starts = starts_of_tables(sheet, layout)
    if not starts:
        return Mended((sheet,))
    ends = [*starts[1:], len(sheet.cells)]
    first = take(sheet, range(starts[0]), range(sheet.width))
    rest = [
        msgspec.structs.replace(
            _trim(take(sheet, range(start, end), range(sheet.width))),
            name=f"{sheet.name}_{number}",
            notes=(),
            of=sheet.of or sheet.name,
        )
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=2)
    ]
    changes = tuple(
        Change(str(start + 1), " ".join(cell for cell in sheet.cells[start] if cell), one.name)
        for start, one in zip(starts, rest, strict=True)
    )
    return Mended((_trim(first), *rest), changes)


def _trim(sheet: Sheet) -> Sheet:
    """A sheet without blank rows at its end and blank columns at its right."""
    last = len(sheet.cells)
    while last and is_blank(sheet.cells[last - 1]):
        last -= 1
    width = len(pad([list(row) for row in sheet.cells[:last]])[0]) if last else 0
    return take(sheet, range(last), range(width))


def move_notes(sheet: Sheet) -> Mended:
    """L1-04, L3-01: what stands above and below the table goes to the notes, so that the headings are the first row."""
    layout = layout_of(sheet)
    if not layout.top and layout.end == len(sheet.cells):
        return Mended((sheet,))
    changes: list[Change] = []
    for row in [*range(layout.top), *range(layout.end, len(sheet.cells))]:
        text = " ".join(cell.strip() for cell in sheet.cells[row] if cell.strip())
        changes.append(Change(str(row + 1), text, TO_NOTES if text else "—"))
    notes = [change.before for change in changes if change.before]
    kept = take(sheet, range(layout.top, layout.end), range(sheet.width))
    return Mended((msgspec.structs.replace(kept, notes=(*sheet.notes, *notes)),), tuple(changes))


def close_gaps(sheet: Sheet) -> Mended:
    """L1-03: blank rows and columns go."""
    blank = set(blank_columns(sheet))
    empty = [row for row, cells in enumerate(sheet.cells) if is_blank(cells)]
    if not blank and not empty:
        return Mended((sheet,))
    rows = [row for row in range(len(sheet.cells)) if row not in set(empty)]
    columns = [at for at in range(sheet.width) if at not in blank]
    changes = [Change(str(row + 1), "", "—") for row in empty]
    changes += [Change(column_name(at), "", "—") for at in sorted(blank)]
    return Mended((take(sheet, rows, columns),), tuple(changes))


def join_headings(sheet: Sheet) -> Mended:
    """L2-03, L3-01: headings over two rows become one row, each joined with the one above; again where a third row is found with them."""
    changes: list[Change] = []
    for _ in range(HEAD_ROWS_MAX):
        layout = layout_of(sheet)
        if layout.bottom == layout.top:
            break
        changes += [
            Change(cell_name(layout.bottom, at), sheet.cells[layout.bottom][at], head)
            for at, head in enumerate(layout.heads)
        ]
        joined = rewrite(sheet, {(layout.bottom, at): head for at, head in enumerate(layout.heads)}).sheets[0]
        rows = [row for row in range(len(sheet.cells)) if not layout.top <= row < layout.bottom]
        sheet = take(joined, rows, range(sheet.width))
    return Mended((sheet,), tuple(changes))


def number_headings(sheet: Sheet) -> Mended:
    """L2-03: a heading that stands there twice gets a number."""
    layout = layout_of(sheet)
    seen: set[str] = set()
    cells: dict[tuple[int, int], str] = {}
    for at, head in enumerate(layout.heads):
        name, times = head, 1
        while name and name in seen:
            times += 1
            name = f"{head}_{times}"
        if name != head:
            cells[layout.bottom, at] = name
        seen.add(name)
    return rewrite(sheet, cells)
