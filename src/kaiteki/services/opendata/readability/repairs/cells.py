"""Repairs of what stands in the cells: blanks for looks, breaks, characters of one make, what was left out, choices, days, regions."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from kaiteki.services.opendata.readability.columns import BESIDE, choice_columns, day_columns, usual_choices
from kaiteki.services.opendata.readability.level2 import left_out
from kaiteki.services.opendata.readability.level3 import is_era_day, is_of_era, prefecture_columns
from kaiteki.services.opendata.readability.repairs.change import Change, Mended, free_name, rewrite
from kaiteki.services.opendata.readability.sheet import Place, Sheet, body, column, layout_of, pad
from kaiteki.services.opendata.readability.texts import (
    DITTO,
    SHORT_PREFECTURES,
    has_era,
    has_platform_sign,
    iso_day,
    settle,
    spell,
    western,
)

BREAK: Final = " / "
"""What stands in the place of a line break within a value."""
_HUNDREDS: Final = re.compile(r"\d{3}(\.\d+)?", re.ASCII)
_BEGINS: Final = re.compile(r"\s*[▲△-]?\d{1,3}", re.ASCII)


def join_parted_numbers(sheet: Sheet) -> Mended:
    """L1-15: a row that is too wide because of the separators of its numbers (1,200) gets these numbers back. Only where so many
    cells look like the rest of a number as there are too many: any other row stays, since nobody knows what belongs together."""
    layout = layout_of(sheet)
    width = max((at + 1 for at, head in enumerate(layout.heads) if head), default=0)
    rows, changes = [list(row) for row in sheet.cells], list[Change]()
    mended: set[int] = set()
    for row in sheet.ragged:
        cells = _filled_to_end(rows[row])
        joints = [
            at
            for at in range(1, len(cells))
            if _HUNDREDS.fullmatch(cells[at]) and _BEGINS.fullmatch(cells[at - 1])
        ]
        if len(joints) != len(cells) - width or not joints:
            continue
        for at in reversed(joints):
            cells[at - 1 : at + 1] = [f"{cells[at - 1]},{cells[at]}"]
        changes.append(Change(str(row + 1), ",".join(_filled_to_end(rows[row])), " | ".join(cells)))
        rows[row] = cells
        mended.add(row)
    if not mended:
        return Mended((sheet,))
    ragged = tuple(row for row in sheet.ragged if row not in mended)
    return Mended((msgspec.structs.replace(sheet, cells=pad(rows), ragged=ragged),), tuple(changes))


def _filled_to_end(cells: list[str]) -> list[str]:
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]


def drop_blanks(sheet: Sheet) -> Mended:
    """L1-06: blanks for looks go, in headings breaks too."""
    layout = layout_of(sheet)
    cells: dict[Place, str] = {}
    for row in range(layout.top, layout.end):
        for at, cell in enumerate(sheet.cells[row]):
            slim = settle(cell)
            cells[row, at] = slim.replace("\n", "") if row <= layout.bottom else slim
    return rewrite(sheet, cells)


def put_on_one_line(sheet: Sheet) -> Mended:
    """L1-14: a break within a value becomes a stroke."""
    return rewrite(
        sheet,
        {
            (row, at): BREAK.join(part.strip() for part in cell.split("\n") if part.strip())
            for row, cells in enumerate(sheet.cells)
            for at, cell in enumerate(cells)
            if "\n" in cell
        },
    )


def spell_out(sheet: Sheet) -> Mended:
    """L1-08: characters of one make become those that all have."""
    return rewrite(
        sheet,
        {
            (row, at): spell(cell)
            for row, cells in enumerate(sheet.cells)
            for at, cell in enumerate(cells)
            if has_platform_sign(cell)
        },
    )


def write_out(sheet: Sheet) -> Mended:
    """L2-02: what was left out gets the value above."""
    layout = layout_of(sheet)
    blank = set(left_out(sheet, layout))
    above: dict[int, str] = {}
    cells: dict[Place, str] = {}
    for row, texts in body(sheet, layout):
        for at, cell in enumerate(texts):
            if (cell.strip() in DITTO or (row, at) in blank) and above.get(at):
                cells[row, at] = above[at]
            elif cell.strip():
                above[at] = cell
    return rewrite(sheet, cells)


def write_alike(sheet: Sheet) -> Mended:
    """L2-04: choices are written as they are written most."""
    layout = layout_of(sheet)
    cells: dict[Place, str] = {}
    for at in choice_columns(sheet, layout):
        found = column(sheet, layout, at)
        usual = usual_choices([cell for _, cell in found])
        cells |= {(row, at): usual.get(cell, cell) for row, cell in found}
    return rewrite(sheet, cells)


def write_western(sheet: Sheet) -> Mended:
    """L3-05: days of eras and of mixed writing become ISO 8601; years of eras become Western in headings and short cells."""
    layout = layout_of(sheet)
    days = set(day_columns(sheet, layout))
    cells: dict[Place, str] = {}
    heads = set(layout.heads)
    for at, head in enumerate(layout.heads):
        if has_era(head):
            cells[layout.bottom, at] = free_name(western(head), heads)
            heads.add(cells[layout.bottom, at])
        if BESIDE.search(head):
            # a note keeps what stood in the cell, in its own words
            continue
        found = column(sheet, layout, at)
        alike = at in days and all(cell == found[0][1] or iso_day(cell) == cell for _, cell in found)
        for row, cell in found:
            day = iso_day(cell)
            if day and (is_of_era(cell) or (at in days and (not alike or is_era_day(cell)))):
                cells[row, at] = day
            elif is_of_era(cell):
                cells[row, at] = western(cell)
    return rewrite(sheet, cells)


def name_regions(sheet: Sheet) -> Mended:
    """L3-06: prefectures get their last letter."""
    layout = layout_of(sheet)
    return rewrite(
        sheet,
        {
            (row, at): SHORT_PREFECTURES.get(cell.strip(), cell)
            for at in prefecture_columns(layout)
            for row, cell in column(sheet, layout, at)
        },
    )
