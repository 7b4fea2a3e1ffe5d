"""A sheet as it stands: cells with all that surrounds them, and where in it the table is. Indexes count from 0, names as B3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from kaiteki.services.opendata.readability.texts import read_dressed
from kaiteki.services.opendata.reading.text import HEAD_ROWS_MAX, find_header
from kaiteki.services.opendata.standard.table import is_known
from kaiteki.services.opendata.values import narrow

ROWS_MAX: Final = 20_000
HELD_MAX: Final = 400_000
"""Rows and cells of a sheet that are looked at; a longer one is judged by these."""
Place = tuple[int, int]
"""Row and column."""
Span = tuple[int, int, int, int]
"""First row, first column, last row, last column of merged cells."""
ADDED: Final = -1
"""The place in the file of a column that a repair added."""
_PLAIN: Final = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_NOTE: Final = re.compile(r"^\s*[（(\[【]?\s*(※|＊|\*|注|備考|出典|資料|単位|出所|作成|更新日|NOTE)", re.I)


class Drawn(msgspec.Struct, frozen=True):
    """A picture, shape or chart: `cell` below its corner, the text in it."""

    sort: str
    cell: Place
    text: str = ""


class Sheet(msgspec.Struct, frozen=True):
    """One sheet, or a whole text file. All rows of `cells` are equally wide.

    `marked` says how cells look that look unlike the rest of their column; `formulas` are cells with one, `as_text` numbers that are
    kept as text. `notes` were moved out of the table. `ragged` are rows with more cells than headings. `more`: there are rows beyond.
    `lines` says of each row where it stood in the file, through all repairs: the first line of a text file, or the row of the sheet `of`
    (by the name that it has in the file), counted from 1.
    """

    cells: tuple[tuple[str, ...], ...]
    format: Literal["csv", "xlsx", "other"] = "csv"
    name: str = ""
    encoding: str = ""
    merged: tuple[Span, ...] = ()
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    drawn: tuple[Drawn, ...] = ()
    marked: tuple[tuple[Place, str], ...] = ()
    formulas: frozenset[Place] = frozenset()
    as_text: frozenset[Place] = frozenset()
    ragged: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    more: bool = False
    lines: tuple[int, ...] = ()
    of: str = ""
    file_rows: tuple[int, ...] = ()
    file_columns: tuple[int, ...] = ()
    """While repairs go on: where each row and column stands in the file (ADDED: nowhere)."""
    settled: bool = False
    """The headings are the first row and the table goes to the last: repairs have made it so, and nothing has to be found."""

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.cells[0]) if self.cells else 0


class Layout(msgspec.Struct, frozen=True):
    """Where the table stands: heading rows `top` to `bottom`, body rows up to before `end`; `notes` are rows that belong to no table."""

    top: int
    bottom: int
    end: int
    heads: tuple[str, ...]
    notes: tuple[int, ...]


def pad(rows: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    """Rows made equally wide; columns at the right that nobody fills are left out."""
    width = max((len(row) - _blanks(row) for row in rows), default=0)
    return tuple((*row[:width], *[""] * (width - len(row))) for row in rows)


def _blanks(row: list[str]) -> int:
    count = 0
    while count < len(row) and not row[-1 - count].strip():
        count += 1
    return count


def cell_name(row: int, column: int) -> str:
    """B3 for row 2 and column 1."""
    return f"{column_name(column)}{row + 1}"


def column_name(column: int) -> str:
    """A for column 0, AA for column 26."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def is_blank(row: tuple[str, ...]) -> bool:
    """Whether nothing stands in a row."""
    return not any(cell.strip() for cell in row)


def is_plain_number(text: str) -> bool:
    """Whether a text is a number and nothing else, in half-width digits."""
    return _PLAIN.fullmatch(text) is not None


def is_numeral(text: str) -> bool:
    """Whether a text is a number, however wide its digits are and with separators or not."""
    return is_plain_number(narrow(text).strip().replace(",", ""))


def layout_of(sheet: Sheet) -> Layout:
    """Where the table of a sheet stands."""
    if sheet.settled:
        return Layout(0, 0, len(sheet.cells), _heads(sheet, 0, 0), ())
    head = [list(row) for row in sheet.cells[:HEAD_ROWS_MAX]]
    at = find_header(head, is_known) if head else 0
    top, bottom = _heading_rows(sheet, at)
    end = len(sheet.cells)
    while end > bottom + 1 and (is_blank(sheet.cells[end - 1]) or _is_note(sheet, end - 1)):
        end -= 1
    outside = [*range(top), *range(end, len(sheet.cells))]
    notes = tuple(row for row in outside if not is_blank(sheet.cells[row]))
    return Layout(top, bottom, end, _heads(sheet, top, bottom), notes)


def _heading_rows(sheet: Sheet, at: int) -> tuple[int, int]:
    """Headings may go over two rows: a row of groups above, or a row of parts below without the numbers of its columns."""
    if at and _filled(sheet.cells[at - 1]) >= 2 and not any(_counts(cell) for cell in sheet.cells[at - 1]):
        return at - 1, at
    if at + 2 < len(sheet.cells) and _parts_below(sheet.cells[at], sheet.cells[at + 1]):
        numbers = [c for c in range(sheet.width) if _counts(sheet.cells[at + 2][c])]
        if numbers and not any(_counts(cell) for cell in sheet.cells[at + 1]):
            return at, at + 1
    return at, at


def _counts(text: str) -> bool:
    """Whether a text is a number, with whatever unit or note."""
    return read_dressed(text) is not None


def _parts_below(heads: tuple[str, ...], below: tuple[str, ...]) -> bool:
    """Whether a row names the parts of headings that stand for several columns: there are such, and each of their columns has its own."""
    groups: list[list[str]] = []
    for at, head in enumerate(heads):
        if at and (not head.strip() or head == heads[at - 1]):
            groups[-1].append(below[at].strip())
        else:
            groups.append([below[at].strip()])
    wide = [group for group in groups if len(group) > 1]
    return bool(wide) and all(all(group) and len(set(group)) == len(group) for group in wide)


def _heads(sheet: Sheet, top: int, bottom: int) -> tuple[str, ...]:
    """The headings, those of two rows joined; a group stands for the blanks behind it."""
    if not sheet.cells:
        return ()
    lower = sheet.cells[bottom]
    if top == bottom:
        return tuple(cell.strip() for cell in lower)
    heads: list[str] = []
    group = ""
    for above, below in zip(sheet.cells[top], lower, strict=True):
        group = above.strip() or (group if below.strip() else "")
        heads.append("_".join(dict.fromkeys(part for part in (group, below.strip()) if part)))
    return tuple(heads)


def _is_note(sheet: Sheet, row: int) -> bool:
    """Whether a row below the table is a remark: one cell of it filled, the table wider, and a mark at its beginning or a blank row above."""
    cells = sheet.cells[row]
    if sheet.width < 2 or _filled(cells) != 1:
        return False
    text = next(cell for cell in cells if cell.strip())
    return bool(_NOTE.match(narrow(text)) or _NOTE.match(text)) or is_blank(sheet.cells[row - 1])


def _filled(row: tuple[str, ...]) -> int:
    return sum(1 for cell in row if cell.strip())


def settle_table(sheet: Sheet) -> Sheet:
    """A sheet that is known to begin with its headings, where it does and nothing stands behind its table."""
    found = layout_of(sheet)
    return (
        msgspec.structs.replace(sheet, settled=True)
        if (found.top, found.bottom, found.end) == (0, 0, len(sheet.cells))
        else sheet
    )


def body(sheet: Sheet, layout: Layout) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows of the table with their indexes."""
    for at in range(layout.bottom + 1, layout.end):
        yield at, sheet.cells[at]


def column(sheet: Sheet, layout: Layout, at: int) -> list[tuple[int, str]]:
    """The filled cells of a column with their rows."""
    return [(row, cells[at]) for row, cells in body(sheet, layout) if cells[at].strip()]
