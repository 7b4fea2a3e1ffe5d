"""What is noticed in columns that hold two kinds of values, and in pairs of columns that hold a position."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kaiteki.services.opendata.coordinates import in_japan, read_angle
from kaiteki.services.opendata.readability.columns import NUMBERS_SHARE, is_counted, is_mark
from kaiteki.services.opendata.readability.contents.cells import CUT_OFF
from kaiteki.services.opendata.readability.contents.view import View, names_of
from kaiteki.services.opendata.readability.finding import Found, at_cell, at_column
from kaiteki.services.opendata.readability.sheet import Place, body, is_plain_number
from kaiteki.services.opendata.readability.texts import DITTO, ERROR, read_dressed
from kaiteki.services.opendata.standard.table import fold
from kaiteki.services.opendata.values import narrow

CELLS_MIN: Final = 10
"""Of fewer filled cells nothing is said of their kinds."""
RARE_SHARE: Final = 0.05
"""So few numbers among words are odd."""
WORDS_MAX: Final = 20
"""Different words of a column of choices."""
MIXED_SHARE: Final = 0.3
_FREE: Final = re.compile(
    r"備考|説明|特記|摘要|内容|概要|料金|費|名|号|階|サイズ|規格|寸法|型|住所|所在|場所|位置|方法|情報|カナ|note|name",
    re.I,
)
"""Columns in which numbers and words may stand by their nature."""


def find_text_in_numbers(view: View) -> Iterator[Found]:
    """What is no number in a column of numbers; signs in the place of one are a matter of rule L3-03, errors are told as such."""
    for row, at in strays(view):
        yield at_cell("", "text_in_numbers", (row, at), view.sheet.cells[row][at])


def strays(view: View) -> Iterator[Place]:
    """The cells of columns of numbers that hold none."""
    for at in sorted(view.numbers):
        for row, cell in view.columns[at]:
            is_number = is_plain_number(cell) or is_mark(cell) or read_dressed(cell) is not None
            is_number = is_number or cell.strip() in DITTO
            if not is_number and not any(one.fullmatch(cell.strip()) for one in (ERROR, CUT_OFF)):
                yield row, at


def find_number_in_text(view: View) -> Iterator[Found]:
    """Rare bare numbers in a column of few different words."""
    for at, cells in enumerate(view.columns):
        if at in view.numbers or len(cells) < CELLS_MIN or _FREE.search(view.layout.heads[at]):
            continue
        bare = [(row, cell) for row, cell in cells if is_plain_number(narrow(cell).strip())]
        words = {cell for _, cell in cells} - {cell for _, cell in bare}
        if 0 < len(bare) <= max(1, RARE_SHARE * len(cells)) and len(words) <= min(
            WORDS_MAX, (len(cells) - len(bare)) / 2
        ):
            yield from (at_cell("", "number_in_text", (row, at), cell) for row, cell in bare)


def find_mixed(view: View) -> Iterator[Found]:
    """Columns whose heading counts something and whose cells are numbers and words alike."""
    for at, cells in enumerate(view.columns):
        head = view.layout.heads[at]
        if not head or at in view.numbers or not is_counted(head) or _FREE.search(head):
            continue
        said = [cell for _, cell in cells if not is_mark(cell)]
        numbers = sum(1 for cell in said if is_plain_number(cell) or read_dressed(cell) is not None)
        if len(said) >= CELLS_MIN and MIXED_SHARE * len(said) <= numbers < NUMBERS_SHARE * len(said):
            yield at_column("", "mixed", at, f"{head}（{numbers} / {len(said)}）")


def find_positions(view: View) -> Iterator[Found]:
    """Positions outside of Japan, the wrong way round, or no numbers at all. Plane coordinates (X座標, Y座標) are none of degrees."""
    pair = _pair(view)
    if pair is None:
        return
    for row, cells in body(view.sheet, view.layout):
        told = [(at, cells[at]) for at in pair if cells[at].strip()]
        read = [read_angle(cell) for _, cell in told]
        for (at, cell), angle in zip(told, read, strict=True):
            if angle is None and not is_mark(cell):
                yield at_cell("", "no_position", (row, at), cell)
        angles = [angle[0] for angle in read if angle is not None]
        if len(angles) == 2 and not in_japan((angles[1], angles[0])):
            code = "swapped" if in_japan((angles[0], angles[1])) else "outside_japan"
            yield at_cell("", code, (row, pair[0]), f"{told[0][1].strip()}, {told[1][1].strip()}")


def _pair(view: View) -> tuple[int, int] | None:
    heads = [fold(head) for head in view.layout.heads]
    found = [
        next((at for at, head in enumerate(heads) if head in names_of(key) and "座標" not in head), -1)
        for key in ("latitude", "longitude")
    ]
    return (found[0], found[1]) if min(found) >= 0 else None
