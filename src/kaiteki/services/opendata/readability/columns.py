"""What the columns of a table hold: numbers, days, choices. Everything goes by shares of their filled cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from kaiteki.services.opendata.readability.sheet import Layout, Sheet, column, is_plain_number
from kaiteki.services.opendata.readability.texts import DITTO, ERROR, MARKS, iso_day, read_dressed
from kaiteki.services.opendata.values import narrow

NUMBERS_SHARE: Final = 0.7
"""Share of the filled cells from which on a column is one of numbers, or of days."""
CHOICES_MAX: Final = 20
CHOICE_ROWS_MIN: Final = 5
"""A column with so few different values in so many rows is one of choices."""
_NOT_COUNTED: Final = re.compile(
    r"コード|番号|電話|ＴＥＬ|FAX|ファックス|ファクス|郵便|(^|[^a-z])(id|no|code|tel|fax|zip|phone)([^a-z]|$)|№|緯度|経度|座標|"
    r"年|月|日|曜|時刻|時間|開始|終了|回数目|階|番地|丁目|順|連番|区分|種別|年齢層|メッシュ|標高の種別|ポイント|lat|lon|url|住所|所在",
    re.I,
)
"""Headings of figures that count nothing: names, numbers of things, places, times."""
BESIDE: Final = re.compile(r"_(注|記号|その他の内容)(_\d+)*$", re.ASCII)
"""Headings of columns that repairs made: what stands there was taken out of another column."""
_SAME: Final = str.maketrans(
    {"〇": "○", "◯": "○", "✕": "×", "✖": "×", "‐": "-", "−": "-", "―": "-", "ー": "-"}
)


def is_counted(head: str) -> bool:
    """Whether the figures of a heading count or measure something."""
    return not _NOT_COUNTED.search(narrow(head))


def number_columns(sheet: Sheet, layout: Layout) -> list[int]:
    """The columns of numbers that count or measure something; signs in the place of a number do not speak against it.
    Numbers beside a column 〈…〉区分 are its codes."""
    return [
        at
        for at, head in enumerate(layout.heads)
        if head
        and is_counted(head)
        and not BESIDE.search(head)
        and f"{head}区分" not in layout.heads
        and _are_numbers([cell for _, cell in column(sheet, layout, at)])
    ]


def _are_numbers(cells: Sequence[str]) -> bool:
    # an error of a spreadsheet stands in the place of a value, and a sign for the one above too, whatever their kind
    said = [
        one for one in cells if not (is_mark(one) or one.strip() in DITTO or ERROR.fullmatch(one.strip()))
    ]
    if set(said) <= {"0", "1"}:
        # yes and no
        return False
    read = [(cell, "", "") if is_plain_number(cell) else read_dressed(cell) for cell in said]
    numbers = [one for one in read if one is not None]
    # where no number stands without a remark, nothing says that the column is one of numbers
    return any(not note for _, _, note in numbers) and len(numbers) >= NUMBERS_SHARE * len(said)


def is_mark(text: str) -> bool:
    """Whether a text is a sign in the place of a number."""
    return text.strip() in MARKS or narrow(text).strip() in MARKS


def day_columns(sheet: Sheet, layout: Layout) -> list[int]:
    """The columns most of whose cells are a day, however it is written."""
    found: list[int] = []
    for at in range(len(layout.heads)):
        cells = [cell for _, cell in column(sheet, layout, at)]
        if cells and sum(1 for cell in cells if iso_day(cell)) >= NUMBERS_SHARE * len(cells):
            found.append(at)
    return found


def choice_columns(sheet: Sheet, layout: Layout) -> list[int]:
    """The columns of choices: few different values, short, no numbers."""
    found: list[int] = []
    for at in range(len(layout.heads)):
        cells = [cell for _, cell in column(sheet, layout, at)]
        different = set(cells)
        if (
            len(cells) >= CHOICE_ROWS_MIN
            and len(different) <= min(CHOICES_MAX, len(cells) / 2)
            and not any(is_plain_number(cell) or len(cell) > 40 for cell in different)
        ):
            found.append(at)
    return found


def folded(choice: str) -> str:
    """A choice without what people write differently: width, case, blanks, round signs, dashes."""
    return re.sub(r"\s", "", narrow(choice).translate(_SAME)).casefold()


def usual_choices(cells: Sequence[str]) -> dict[str, str]:
    """Choice -> the way in which it is written most, for those that are written in several ways."""
    by_key: dict[str, Counter[str]] = {}
    for cell in cells:
        by_key.setdefault(folded(cell), Counter())[cell] += 1
    return {
        cell: max(ways.items(), key=lambda one: (one[1], one[0]))[0]
        for ways in by_key.values()
        if len(ways) > 1
        for cell in ways
    }
