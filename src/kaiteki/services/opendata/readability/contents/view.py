"""A table by its columns, read once for all checks: the filled cells of the body, and what the headings ask for."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import msgspec

from kaiteki.services.opendata.readability.columns import BESIDE, number_columns
from kaiteki.services.opendata.readability.sheet import Layout, Sheet, column, layout_of
from kaiteki.services.opendata.standard.table import fold, standard_types
from kaiteki.services.opendata.values import narrow

_HALF_KINDS: Final = frozenset(("コード", "整数", "数値", "日付", "時刻", "URL", "電話", "緯度", "経度"))
_HALF_HEADS: Final = re.compile(
    r"(コード|番号|緯度|経度|url|tel|fax|電話|メールアドレス|年月日)$|^(id|no\.?)$", re.I
)


class View(msgspec.Struct, frozen=True):
    """A sheet with its layout: `columns` are the filled cells with their rows, none for a column that a repair made; `numbers` are the
    columns of numbers that count something."""

    sheet: Sheet
    layout: Layout
    columns: tuple[tuple[tuple[int, str], ...], ...]
    numbers: frozenset[int]

    def named(self, key: str) -> int | None:
        """The column of an item of the standard, by its key (`name`, `identifier`); the first where there are several."""
        names = names_of(key)
        return next((at for at, head in enumerate(self.layout.heads) if head and fold(head) in names), None)


def view_of(sheet: Sheet) -> View:
    """A sheet by its columns."""
    layout = layout_of(sheet)
    columns = tuple(
        () if BESIDE.search(head) else tuple(column(sheet, layout, at))
        for at, head in enumerate(layout.heads)
    )
    numbers = frozenset(at for at in number_columns(sheet, layout) if columns[at])
    return View(sheet, layout, columns, numbers)


@cache
def names_of(key: str) -> frozenset[str]:
    """What an item of the standard tables is called, folded."""
    items = (item for kind in standard_types().values() for item in kind.items if item.key == key)
    return frozenset(fold(name) for item in items for name in (item.label, *item.aliases))


@cache
def _half_names() -> frozenset[str]:
    kinds: dict[str, set[str]] = {}
    for kind in standard_types().values():
        for item in kind.items:
            for name in (item.label, *item.aliases):
                kinds.setdefault(fold(name), set()).add(item.kind)
    return frozenset(name for name, found in kinds.items() if found <= _HALF_KINDS)


def asks_half_width(head: str) -> bool:
    """Whether the standard asks for half-width characters below a heading, or the heading is one of numbers of things."""
    return fold(head) in _half_names() or _HALF_HEADS.search(narrow(head).strip()) is not None
