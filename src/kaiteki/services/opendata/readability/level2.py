"""The rules of level 2: a table that a program understands. Each check is pure: (sheet, layout) -> what it found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kaiteki.services.opendata.readability.columns import (
    BESIDE,
    choice_columns,
    is_mark,
    number_columns,
    usual_choices,
)
from kaiteki.services.opendata.readability.finding import Found, at_cell, at_column, at_row
from kaiteki.services.opendata.readability.level1 import Check
from kaiteki.services.opendata.readability.sheet import Layout, Sheet, body, column, is_plain_number
from kaiteki.services.opendata.readability.texts import DITTO, read_dressed
from kaiteki.services.opendata.values import narrow

OTHER: Final = re.compile(r"\s*(その他|そのほか|他)\s*[（(:：]\s*(.+?)\s*[)）]?\s*", re.S)
GROUPS_MIN: Final = 2
"""A first column with so many values, each with blanks below, has its values left out."""


def find_dressed(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L2-01: numbers with unit, separator, full-width digits or a note; in a workbook also numbers kept as text."""
    for at in number_columns(sheet, layout):
        for row, cell in column(sheet, layout, at):
            if is_mark(cell):
                continue
            if not is_plain_number(cell):
                if read_dressed(cell) is not None:
                    yield at_cell("L2-01", "dressed", (row, at), cell)
            elif (row, at) in sheet.as_text:
                yield at_cell("L2-01", "number_as_text", (row, at), cell)


def find_left_out(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L2-02: 〃, 同上, and blanks in the first column below a value where the rest of the row is filled."""
    for at, row in body(sheet, layout):
        for c, cell in enumerate(row):
            if cell.strip() in DITTO:
                yield at_cell("L2-02", "ditto", (at, c), cell)
    yield from (at_cell("L2-02", "ditto", place) for place in left_out(sheet, layout))


def left_out(sheet: Sheet, layout: Layout) -> list[tuple[int, int]]:
    """The blanks of the first column that mean the value above: groups of rows, the first of each named, none of the names twice.
    A blank is none where what was there stands beside it: in the notes, or in another column of a list."""
    rows = [(at, row) for at, row in body(sheet, layout) if any(cell.strip() for cell in row)]
    if not rows or len(layout.heads) < 2 or not rows[0][1][0].strip():
        return []
    first = _of_the_first(layout.heads)
    names = [(at, "".join(row[:first])) for at, row in rows]
    named = [name for _, name in names if name.strip()]
    blanks = [at for at, name in names if not name.strip()]
    whole = all(sum(1 for cell in row[first:] if cell.strip()) * 2 >= len(row) - first for _, row in rows)
    if len(named) < GROUPS_MIN or len(set(named)) < len(named) or len(blanks) < len(named) or not whole:
        return []
    if all(is_plain_number(narrow(name).strip()) for name in named):
        return []
    return [(at, 0) for at in blanks]


def _of_the_first(heads: Sequence[str]) -> int:
    """How many columns the first is with those that repairs made of it: 設備1, 設備2, 設備_注."""
    stem, is_one, _ = heads[0].rpartition("1")
    part = re.compile(rf"{re.escape(stem)}\d+(_\d+)?", re.ASCII) if is_one else None
    count = 1
    while count < len(heads) and (
        BESIDE.search(heads[count]) or (part is not None and part.fullmatch(heads[count]))
    ):
        count += 1
    return count


def find_same_headings(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L2-03: headings that stand there twice, and headings over two rows."""
    if layout.bottom > layout.top:
        yield at_row("L2-03", "two_headings", layout.top)
    seen: set[str] = set()
    for at, head in enumerate(layout.heads):
        if head and head in seen:
            yield at_column("L2-03", "same_heading", at, head)
        seen.add(head)


def find_variants(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L2-04: choices that are the same but for width, case, blanks or kind of circle."""
    for at in choice_columns(sheet, layout):
        cells = column(sheet, layout, at)
        usual = usual_choices([cell for _, cell in cells])
        for row, cell in cells:
            if usual.get(cell, cell) != cell:
                yield at_cell("L2-04", "variant", (row, at), cell)


def find_others(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L2-05: その他（…） in the cell of a choice."""
    for at in range(len(layout.heads)):
        for row, cell in column(sheet, layout, at):
            if OTHER.fullmatch(cell):
                yield at_cell("L2-05", "other", (row, at), cell)


def find_formulas(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L2-06: formulas."""
    yield from (at_cell("L2-06", "formula", place, sheet.cells[place[0]][place[1]]) for place in shown(sheet))


def shown(sheet: Sheet) -> list[tuple[int, int]]:
    """The formulas within the cells that are looked at."""
    return sorted((r, c) for r, c in sheet.formulas if r < len(sheet.cells) and c < sheet.width)


LEVEL_2: Final[Mapping[str, Check]] = {
    "L2-01": find_dressed,
    "L2-02": find_left_out,
    "L2-03": find_same_headings,
    "L2-04": find_variants,
    "L2-05": find_others,
    "L2-06": find_formulas,
}
