"""The rules of level 3: data that are joined with those of others. Each check is pure: (sheet, layout) -> what it found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from kaiteki.services.opendata.readability.columns import BESIDE, day_columns, is_mark, number_columns
from kaiteki.services.opendata.readability.finding import Found, at_cell, at_column, at_row
from kaiteki.services.opendata.readability.level1 import Check
from kaiteki.services.opendata.readability.sheet import Layout, Sheet, column, is_blank
from kaiteki.services.opendata.readability.texts import (
    SHORT_PREFECTURES,
    UNITS,
    has_era,
    is_iso_day,
    is_year,
    iso_day,
)
from kaiteki.services.opendata.standard.table import is_known
from kaiteki.services.opendata.values import narrow

YEARS_MIN: Final = 3
"""So many headings that are years make a table wide."""
YEAR_LENGTH_MAX: Final = 20
"""A longer text is a sentence."""
_IN_BRACKETS: Final = re.compile(rf"[（(\[【_ ](単位[:：]?)?({UNITS})[)）\]】]?", re.I)
_IMPLIED: Final = re.compile(
    r"(人数|件数|台数|個数|戸数|世帯数|回数|枚数|本数|か所数|箇所数|校数|棟数|者数|定員|人口|数|総数)$|人口|収容人数|円$|(割合|率|比)$|指数|偏差|"
    r"指標|スコア|順位|フラグ|有無|年度|世帯|平方メートル|平米|リットル|メートル|キロ|トン"
)
"""Headings that say what is counted: their unit is no secret."""
_NUMBERED: Final = re.compile(r"_\d+$", re.ASCII)
"""What a heading that stood there twice got."""
_NOTED_UNIT: Final = re.compile(r"単位\s*[:：]?")
_PREFECTURE_HEAD: Final = re.compile(r"都道府県(名)?$|^県(名)?$|prefecture", re.I)


def find_above(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L3-01: rows above the headings, blank or not, and a second row of headings."""
    for row in range(layout.top):
        text = " ".join(cell for cell in sheet.cells[row] if cell.strip())
        yield at_row("L3-01", "blank_row" if is_blank(sheet.cells[row]) else "above", row, text)
    if layout.bottom > layout.top:
        yield at_row("L3-01", "two_headings", layout.bottom)


def find_marks(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L3-03: signs among numbers that no note of the file explains."""
    notes = [*sheet.notes, *(" ".join(sheet.cells[row]) for row in layout.notes)]
    for at in number_columns(sheet, layout):
        for row, cell in column(sheet, layout, at):
            if is_mark(cell) and not any(_explains(note, cell.strip()) for note in notes):
                yield at_cell("L3-03", "mark", (row, at), cell)


def _explains(note: str, mark: str) -> bool:
    return re.search(rf"[「『\"“]?{re.escape(mark)}[」』\"”]?\s*(は|:|：|=|＝|…)", note) is not None


def find_no_unit(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L3-04: columns of numbers whose heading neither states nor implies a unit. The standard states the units of its items."""
    if any(
        _NOTED_UNIT.search(note)
        for note in (*sheet.notes, *(" ".join(sheet.cells[row]) for row in layout.notes))
    ):
        return
    for at in number_columns(sheet, layout):
        head = layout.heads[at]
        if not is_known(_NUMBERED.sub("", head)) and not states_unit(head):
            yield at_column("L3-04", "no_unit", at, head)


def states_unit(head: str) -> bool:
    """Whether a heading states or implies a unit."""
    slim = _NUMBERED.sub("", narrow(head.replace("㎡", "m2")).strip())
    return bool(_IN_BRACKETS.search(slim) or _IMPLIED.search(slim))


def find_eras(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L3-05: years of eras alone in headings and cells of days or years, and days that are not written alike."""
    for at, head in enumerate(layout.heads):
        if has_era(head):
            yield at_cell("L3-05", "era", (layout.bottom, at), head)
    days = set(day_columns(sheet, layout))
    for at, head in enumerate(layout.heads):
        if BESIDE.search(head):
            # what repairs took out of another column keeps its own words
            continue
        cells = column(sheet, layout, at)
        written = {_way(cell) for _, cell in cells} if at in days else set[str]()
        for row, cell in cells:
            if is_of_era(cell) or (at in days and is_era_day(cell)):
                yield at_cell("L3-05", "era", (row, at), cell)
            elif at in days and len(written) > 1 and iso_day(cell) and not is_iso_day(cell):
                yield at_cell("L3-05", "mixed_dates", (row, at), cell)


def is_of_era(cell: str) -> bool:
    """Whether a cell is a year or day of an era alone; in a sentence one may stand."""
    return len(cell) <= YEAR_LENGTH_MAX and has_era(cell)


def is_era_day(cell: str) -> bool:
    """Whether a cell is a day of an era, its era as a word or a letter: 令和6年4月1日, H2.5.10."""
    return iso_day(cell) != "" and not narrow(cell).strip()[:1].isdigit()


def _way(cell: str) -> str:
    """How a day is written: its figures as 9, or that it is of an era; empty where it is none."""
    if is_era_day(cell):
        return "era"
    return re.sub(r"\d+", "9", narrow(cell).strip()) if iso_day(cell) else ""


def find_short_regions(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L3-06: prefectures without their last letter in a column of prefectures, or at the beginning of addresses."""
    for at in prefecture_columns(layout):
        for row, cell in column(sheet, layout, at):
            if cell.strip() in SHORT_PREFECTURES:
                yield at_cell("L3-06", "short_region", (row, at), cell)


def prefecture_columns(layout: Layout) -> list[int]:
    """The columns that name prefectures, by their headings."""
    return [at for at, head in enumerate(layout.heads) if _PREFECTURE_HEAD.search(narrow(head))]


def find_wide(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L3-09: years as headings of several columns."""
    for at in year_columns(layout):
        yield at_column("L3-09", "wide", at, layout.heads[at])


def year_columns(layout: Layout) -> list[int]:
    """The columns whose headings are years, where there are several."""
    found = [at for at, head in enumerate(layout.heads) if is_year(head)]
    return found if len(found) >= YEARS_MIN else []


LEVEL_3: Final[Mapping[str, Check]] = {
    "L3-01": find_above,
    "L3-03": find_marks,
    "L3-04": find_no_unit,
    "L3-05": find_eras,
    "L3-06": find_short_regions,
    "L3-09": find_wide,
}
