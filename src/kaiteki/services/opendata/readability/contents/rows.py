"""What is noticed row by row: totals among the things, numbers of things that stand twice, things without a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kaiteki.services.opendata.readability.contents.view import View, names_of
from kaiteki.services.opendata.readability.finding import Found, at_cell
from kaiteki.services.opendata.readability.sheet import body, cell_name, is_plain_number
from kaiteki.services.opendata.readability.texts import read_dressed
from kaiteki.services.opendata.standard.table import fold
from kaiteki.services.opendata.values import narrow

LABELS_MAX: Final = 4
"""A total is named in one of the first columns."""
_TOTAL: Final = re.compile(
    r"(合|総|小|累|中)?計|総数|総合計|(合計|小計|総計)\(.{1,10}\)|[^、。]{1,12}(合計|小計|総計)|(grand|sub)?[- ]?total",
    re.I,
)
KEY_SHARE: Final = 0.8
"""A column with fewer different values is no column of keys, unless all its values but one are different (a short table)."""
_BRANCH: Final = re.compile(r".*枝番号?|(id|no|番号).?2", re.I)
"""A column beside a key that tells its parts apart: both together are the key."""
_KEYS: Final = frozenset(fold(name) for name in ("識別情報", "施設ID", "施設番号", "項番", "連番"))
NAMED_SHARE: Final = 0.8
"""A column of names that is filled less is not asked for."""


def find_totals(view: View) -> Iterator[Found]:
    """Rows of totals and subtotals: one of the first columns says so, and a number stands in the row."""
    for row, at in total_rows(view):
        yield at_cell("", "total", (row, at), view.sheet.cells[row][at])


def total_rows(view: View) -> Iterator[tuple[int, int]]:
    """The rows of totals, each with the column that says so."""
    for row, cells in body(view.sheet, view.layout):
        for at, cell in enumerate(cells[:LABELS_MAX]):
            if cell and at not in view.numbers and is_total(cell):
                others = (other for other in (*cells[:at], *cells[at + 1 :]) if other)
                if any(is_plain_number(other) or read_dressed(other) is not None for other in others):
                    yield row, at
                break


def is_total(text: str) -> bool:
    """Whether a text names a total: 合　計, 小計, 東部地区合計, Total."""
    return len(text) <= 30 and _TOTAL.fullmatch(re.sub(r"\s", "", narrow(text))) is not None


def tells_parts_apart(heading: str) -> bool:
    """Whether the column of a heading, beside a number, tells the parts of one thing apart."""
    return _BRANCH.fullmatch(narrow(heading).strip()) is not None


def find_twice(view: View) -> Iterator[Found]:
    """Keys that stand there twice, however wide; beside the second one stands where the first is."""
    for at, head in enumerate(view.layout.heads):
        if not head or fold(head) not in names_of("identifier") | _KEYS:
            continue
        if any(tells_parts_apart(other) for other in view.layout.heads[at + 1 : at + 2]):
            return
        first: dict[str, int] = {}
        again: list[tuple[int, str, int]] = []
        for row, cell in view.columns[at]:
            key = narrow(cell).strip()
            if key in first:
                again.append((row, cell, first[key]))
            else:
                first[key] = row
        if len(again) == 1 or len(first) >= KEY_SHARE * len(view.columns[at]):
            for row, cell, before in again:
                yield at_cell("", "key_twice", (row, at), f"{cell.strip()}（{cell_name(before, at)}）")
        return


def find_nameless(view: View) -> Iterator[Found]:
    """Rows in which something stands but no name, where nearly all have one."""
    at = view.named("name")
    if at is None:
        return
    totals = {row for row, _ in total_rows(view)}
    rows = [(row, cells) for row, cells in body(view.sheet, view.layout) if any(cells) and row not in totals]
    if sum(1 for _, cells in rows if cells[at].strip()) < NAMED_SHARE * len(rows):
        return
    for row, cells in rows:
        if not cells[at].strip() and sum(1 for cell in cells if cell.strip()) > 1:
            yield at_cell("", "nameless", (row, at), next(cell for cell in cells if cell.strip()))
