"""Repairs that part what stands in one cell or column: numbers from units, notes and signs; choices from details; lists; years."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

from kaiteki.services.opendata.readability.columns import is_mark, number_columns
from kaiteki.services.opendata.readability.level1 import is_list, listing_columns
from kaiteki.services.opendata.readability.level2 import OTHER
from kaiteki.services.opendata.readability.level3 import states_unit, year_columns
from kaiteki.services.opendata.readability.repairs.cells import BREAK
from kaiteki.services.opendata.readability.repairs.change import (
    Change,
    Mended,
    beside,
    free_name,
    rewrite,
    take,
)
from kaiteki.services.opendata.readability.repairs.contents import put_beside
from kaiteki.services.opendata.readability.sheet import (
    Place,
    Sheet,
    body,
    cell_name,
    column,
    is_plain_number,
    layout_of,
)
from kaiteki.services.opendata.readability.texts import DITTO, read_dressed
from kaiteki.services.opendata.standard.table import is_known
from kaiteki.services.opendata.values import narrow

PARTS_MAX: Final = 10
"""A list of more values is not parted: so many columns would say less than the list."""
SIGNS: Final = "記号"
DETAILS: Final = "その他の内容"
YEAR: Final = "年"
VALUE: Final = "値"
_UNIT_WORDS: Final = {
    "m2": "平方メートル",
    "km2": "平方キロメートル",
    "m3": "立方メートル",
    "%": "パーセント",
}
_SEPARATORS: Final = re.compile(r"\s*(?:[;；、・\n]|,(?!\d{3}(?!\d))| / )\s*")


def part_numbers(sheet: Sheet) -> Mended:
    """L2-01, L3-04: numbers become bare; the unit that most of them have goes into the heading, any other one and notes into a column."""
    layout = layout_of(sheet)
    cells: dict[Place, str] = {}
    notes: dict[int, Mapping[int, str]] = {}
    for at in number_columns(sheet, layout):
        found = {row: (cell, read_dressed(cell)) for row, cell in column(sheet, layout, at)}
        dressed = {
            row: one for row, (cell, one) in found.items() if one is not None and not is_plain_number(cell)
        }
        units = Counter(unit for _, unit, _ in dressed.values() if unit)
        usual = units.most_common(1)[0][0] if units else ""
        cells |= {(row, at): number for row, (number, _, _) in dressed.items()}
        head = layout.heads[at]
        if usual and not _says(head, usual):
            if states_unit(head) or is_known(head):
                # the heading stands for another unit, or is a name of the standard: the unit stays beside the number
                usual = ""
            else:
                cells[layout.bottom, at] = free_name(
                    f"{head}（{_UNIT_WORDS.get(usual, usual)}）", set(layout.heads)
                )
        rest = {
            row: " ".join(part for part in (unit if unit != usual else "", note) if part)
            for row, (_, unit, note) in dressed.items()
            if note or (unit and unit != usual)
        }
        if rest:
            notes[at] = rest
    done = rewrite(sheet, cells)
    changes = [*done.changes]
    as_text = sorted(place for place in sheet.as_text if place[1] in number_columns(sheet, layout))
    changes += [
        Change(cell_name(*one), sheet.cells[one[0]][one[1]], "@number") for one in as_text if one not in cells
    ]
    return Mended((_without_text(put_beside(done.sheets[0], layout, notes), bool(as_text)),), tuple(changes))


def _says(head: str, unit: str) -> bool:
    """Whether a heading has a unit in it: 人 in 収容人数, 平方メートル, ㎡."""
    slim = narrow(head.replace("㎡", "m2"))
    words = {
        unit,
        _UNIT_WORDS.get(unit, unit),
        *({"人", "定員"} if unit == "名" else {"定員"} if unit == "人" else set[str]()),
    }
    return any(word in slim for word in words)


def _without_text(sheet: Sheet, had: bool) -> Sheet:
    return msgspec.structs.replace(sheet, as_text=frozenset()) if had else sheet


def part_signs(sheet: Sheet) -> Mended:
    """L3-03: signs in the place of a number go into a column of their own."""
    layout = layout_of(sheet)
    cells: dict[Place, str] = {}
    signs: dict[int, list[tuple[str, Mapping[int, str]]]] = {}
    for at in number_columns(sheet, layout):
        found = {row: cell.strip() for row, cell in column(sheet, layout, at) if is_mark(cell)}
        if found:
            cells |= {(row, at): "" for row in found}
            signs[at] = [(f"{layout.heads[at]}_{SIGNS}", found)]
    done = rewrite(sheet, cells)
    return Mended((beside(done.sheets[0], layout, signs),), done.changes) if signs else Mended((sheet,))


def part_others(sheet: Sheet) -> Mended:
    """L2-05: the details of その他 go into a column."""
    layout = layout_of(sheet)
    cells: dict[Place, str] = {}
    details: dict[int, list[tuple[str, Mapping[int, str]]]] = {}
    for at, head in enumerate(layout.heads):
        found = {row: told for row, cell in column(sheet, layout, at) if (told := OTHER.fullmatch(cell))}
        if found:
            cells |= {(row, at): told[1] for row, told in found.items()}
            details[at] = [(f"{head}_{DETAILS}", {row: told[2] for row, told in found.items()})]
    done = rewrite(sheet, cells)
    return Mended((beside(done.sheets[0], layout, details),), done.changes) if details else Mended((sheet,))


def part_lists(sheet: Sheet) -> Mended:
    """L1-07: a column of lists becomes as many columns as its longest list has values: 設備1, 設備2. In a column of the municipal
    standard, which has its own name for it, the values are separated as the standard does it: by semicolons."""
    layout = layout_of(sheet)
    cells: dict[Place, str] = {}
    new: dict[int, list[tuple[str, Mapping[int, str]]]] = {}
    for at in listing_columns(sheet, layout):
        found = column(sheet, layout, at)
        if is_known(layout.heads[at]):
            listed = {row: ";".join(parts_of(cell)) for row, cell in found if is_list(cell, True)}
            cells |= {(row, at): text for row, text in listed.items() if not is_list(text, True)}
            continue
        if not any(is_list(cell) for _, cell in found):
            continue
        parts = {row: parts_of(cell) if is_list(cell) else [cell] for row, cell in found}
        most = max(len(one) for one in parts.values())
        if not 1 < most <= PARTS_MAX or any(is_list(part) for one in parts.values() for part in one):
            continue
        cells |= {(row, at): one[0] for row, one in parts.items()} | {
            (layout.bottom, at): free_name(f"{layout.heads[at]}1", set(layout.heads))
        }
        new[at] = [
            (f"{layout.heads[at]}{n + 1}", {row: one[n] for row, one in parts.items() if n < len(one)})
            for n in range(1, most)
        ]
    done = rewrite(sheet, cells)
    return Mended((beside(done.sheets[0], layout, new),), done.changes) if cells else Mended((sheet,))


def parts_of(text: str) -> list[str]:
    """The values of a list."""
    return [part for part in _SEPARATORS.split(text.replace(BREAK, "\n")) if part]


def put_years_down(sheet: Sheet) -> Mended:
    """L3-09: columns of years become two columns, the year and the value; the other columns stand there once for each year. Not while a 〃 stands
    there that nobody wrote out: another value would be above it."""
    layout = layout_of(sheet)
    years = year_columns(layout)
    says_above = any(cell.strip() in DITTO for _, cells in body(sheet, layout) for cell in cells)
    if not years or says_above or layout.end == layout.bottom + 1:
        return Mended((sheet,))
    others = [at for at in range(sheet.width) if at not in years]
    rows: list[tuple[str, ...]] = [(*(sheet.cells[layout.bottom][at] for at in others), YEAR, VALUE)]
    came = [layout.bottom]
    for row in range(layout.bottom + 1, layout.end):
        told = sheet.cells[row]
        rows += [(*(told[at] for at in others), layout.heads[at], told[at]) for at in years]
        came += [row] * len(years)
    changes = tuple(
        Change(cell_name(layout.bottom, at), layout.heads[at], f"{YEAR}＝{layout.heads[at]}、{VALUE}")
        for at in years
    )
    flat, lines = take(sheet, [], []), tuple(sheet.lines[row] for row in came) if sheet.lines else ()
    stood = take(sheet, came, [*others, *[("",) * len(sheet.cells)] * 2])
    done = msgspec.structs.replace(
        flat, cells=tuple(rows), lines=lines, file_rows=stood.file_rows, file_columns=stood.file_columns
    )
    return Mended((done,), changes)
