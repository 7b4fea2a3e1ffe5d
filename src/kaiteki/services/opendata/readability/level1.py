"""The rules of level 1: a file that a program reads at all. Each check is pure: (sheet, layout) -> what it found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from kaiteki.services.opendata.readability.finding import Found, at_cell, at_column, at_row
from kaiteki.services.opendata.readability.sheet import Layout, Sheet, body, cell_name, is_blank, is_numeral
from kaiteki.services.opendata.readability.texts import has_lost_sign, has_platform_sign, read_dressed, settle
from kaiteki.services.opendata.standard.table import is_known
from kaiteki.services.opendata.values import narrow

_EMPTY_HEAD: Final = re.compile(
    r"(列|column|field|unnamed|項目|カラム|フィールド)[\s:_.-]*\d*|[\d\W_]+", re.I
)
"""Headings that say nothing: a number, a sign, 列3, Column1, Unnamed: 4."""
_LIST: Final = re.compile(r"[;；]|[^\d],(?=\S)|,\s+\S|、.+、|・.+・")
_SENTENCE: Final = re.compile(r"[。．!！?？]|です|ます|https?://|してい|ください")
LIST_LENGTH_MAX: Final = 60
"""A longer text with commas is a sentence."""
_FREE: Final = re.compile(
    r"備考|説明|紹介|特記|摘要|内容|概要|案内|注意|留意|方法|アクセス|詳細|情報|メモ|コメント|理由|住所|所在|料金|"
    r"名称|名前|氏名|(店|店舗|施設|団体|会社|建物|公園|法人|事業所)名|カナ|かな|英語|url|リンク|アドレス|note|description|name",
    re.I,
)
"""Columns of free text, names and addresses: commas and dots in them are their own."""
_NAME: Final = re.compile(r"名([（(].*)?$")
"""Columns of names of other things: 倉庫名."""
_SEMICOLONS: Final = str.maketrans("", "", ";；")
_ADDRESS: Final = re.compile(r"住所|所在|address", re.I)
_MARKED: Final = re.compile(
    r"\s*([ァ-ヶa-zａ-ｚ①-⑳][)）.．]?|[※第]\S{0,3}|[0-9０-９Ⅰ-Ⅻ]{1,3}[.．])\u3000\S", re.I
)
"""A mark, a wide blank, then text: ア　図書館, ※1　見込み, 第5表　人口."""
_BRACKETS: Final = re.compile(r"[（(][^）)]*[）)]")

Check = Callable[[Sheet, Layout], Iterator[Found]]


def find_tables(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L1-02: the headings stand there again, or headings of other columns stand behind a blank row, or beside a blank column."""
    for row in starts_of_tables(sheet, layout):
        yield at_row("L1-02", "second_table", row, " ".join(cell for cell in sheet.cells[row] if cell))


def starts_of_tables(sheet: Sheet, layout: Layout) -> list[int]:
    """The rows of the body where another table begins."""
    heads = sheet.cells[layout.bottom] if sheet.cells else ()
    numeric = {c for _, row in body(sheet, layout) for c, cell in enumerate(row) if _counts(cell)}
    found: list[int] = []
    for at, row in body(sheet, layout):
        above = sheet.cells[at - 1]
        if row == heads:
            found.append(at)
        elif numeric and is_blank(above) and at - 1 > layout.bottom:
            filled = [c for c, cell in enumerate(row) if cell.strip()]
            next_rows = sheet.cells[at + 1 : layout.end]
            has_numbers = bool(next_rows) and any(_counts(next_rows[0][c]) for c in filled)
            if len(filled) >= 2 and has_numbers and not any(_counts(row[c]) for c in filled):
                found.append(at)
    return found


def _counts(text: str) -> bool:
    """Whether a text is a number, with whatever unit or note."""
    return read_dressed(text) is not None


def find_gaps(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L1-03: blank rows of the body but for those before another table, and columns in which nothing stands."""
    starts = starts_of_tables(sheet, layout)
    for at, row in body(sheet, layout):
        if is_blank(row) and at + 1 not in starts:
            yield at_row("L1-03", "blank_row", at)
    yield from (at_column("L1-03", "blank_column", at) for at in blank_columns(sheet))


def blank_columns(sheet: Sheet) -> list[int]:
    """Columns in which nothing stands, not even a heading."""
    return [at for at in range(sheet.width) if not any(row[at].strip() for row in sheet.cells)]


def find_notes(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L1-04: what stands above and below the table."""
    for row in layout.notes:
        column, text = next((c, cell) for c, cell in enumerate(sheet.cells[row]) if cell.strip())
        yield at_cell("L1-04", "outside", (row, column), text)


def find_headings(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L1-05: columns with values and no heading, or one that says nothing. Names of the standard always count."""
    for at, head in enumerate(layout.heads):
        filled = any(row[at].strip() for n, row in body(sheet, layout) if n not in sheet.ragged)
        if not head and filled:
            yield at_cell("L1-05", "no_heading", (layout.bottom, at))
        elif head and _EMPTY_HEAD.fullmatch(narrow(head).strip()) and not is_known(head):
            yield at_cell("L1-05", "blank_heading", (layout.bottom, at), head)


def find_looks(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L1-06: blanks at the ends, between the letters of a word, several in a row, wide ones but for those in addresses and behind a
    mark; breaks in headings. Rows of notes are not looked at."""
    addresses = {at for at, head in enumerate(layout.heads) if _ADDRESS.search(head)}
    for at in range(layout.top, layout.end):
        for column, cell in enumerate(sheet.cells[at]):
            if cell and cell != settle(cell) and not _is_wide_alone(cell, column in addresses):
                yield at_cell("L1-06", "blanks", (at, column), cell)
            elif "\n" in cell and at <= layout.bottom:
                yield at_cell("L1-06", "break", (at, column), cell)


def _is_wide_alone(cell: str, of_address: bool) -> bool:
    """Whether single wide blanks are all that is amiss in a cell, and stand where they may."""
    slim = cell.replace("\u3000", " ")
    return slim == settle(slim) and settle(cell) == slim and (of_address or _MARKED.match(cell) is not None)


def find_lists(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L1-07: cells that list short values. The municipal standard separates several values by a semicolon: in its columns that is no
    fault, another separator is."""
    for column in listing_columns(sheet, layout):
        for at, row in body(sheet, layout):
            if is_list(row[column], is_known(layout.heads[column])):
                yield at_cell("L1-07", "list", (at, column), row[column])


def listing_columns(sheet: Sheet, layout: Layout) -> list[int]:
    """The columns in which a list counts as one. A comma in a few names is part of these names (港倉庫, 第二): where less than half of
    the names of a column would be lists, none is."""
    return [
        at
        for at, head in enumerate(layout.heads)
        if head and not _FREE.search(head) and (not _NAME.search(head) or _lists_names(sheet, layout, at))
    ]


def _lists_names(sheet: Sheet, layout: Layout, at: int) -> bool:
    names = [row[at] for _, row in body(sheet, layout) if row[at].strip()]
    return sum(is_list(name) for name in names) * 2 >= len(names)


def is_list(text: str, of_standard: bool = False) -> bool:
    """Whether a text lists values: no sentence, no number with separators, short. `of_standard`: a semicolon may stand there."""
    if of_standard:
        text = text.translate(_SEMICOLONS)
    if not text or len(text) > LIST_LENGTH_MAX or _SENTENCE.search(_BRACKETS.sub("", text)):
        return False
    if "\n" in text:
        return True
    return not is_numeral(text) and _LIST.search(text) is not None


def find_signs(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L1-08: ①, ㈱, ㎡ and the like, characters of somebody's own, and what could not be decoded."""
    for at, row in enumerate(sheet.cells):
        for column, cell in enumerate(row):
            if has_platform_sign(cell):
                yield at_cell("L1-08", "sign", (at, column), cell)
            elif not cell.isascii() and has_lost_sign(cell):
                yield at_cell("L1-08", "lost_sign", (at, column), cell)


def find_drawn(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L1-10: pictures, shapes, charts."""
    yield from (at_cell("L1-10", one.sort, one.cell, one.text) for one in sheet.drawn)


def find_marked(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L1-11: cells of the body that look unlike the rest of their column."""
    for (row, column), look in sheet.marked:
        if layout.bottom < row < layout.end:
            yield at_cell("L1-11", "look", (row, column), look)


def find_merged(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L1-12: merged cells."""
    for top, left, bottom, right in sheet.merged:
        name = f"{cell_name(top, left)}:{cell_name(bottom, right)}"
        yield Found("L1-12", "merged", name, sheet.cells[top][left] if left < sheet.width else "")


def find_hidden(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L1-13: hidden rows and columns."""
    yield from (at_row("L1-13", "hidden_row", row) for row in sheet.hidden_rows)
    yield from (at_column("L1-13", "hidden_column", column) for column in sheet.hidden_columns)


def find_breaks(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L1-14: values with a line break."""
    for at, row in enumerate(sheet.cells):
        yield from (at_cell("L1-14", "break", (at, c), cell) for c, cell in enumerate(row) if "\n" in cell)


def find_ragged(sheet: Sheet, layout: Layout) -> Iterator[Found]:
    """L1-15: rows with more cells than headings, as commas without quotation marks make them."""
    for row in sheet.ragged:
        yield at_row("L1-15", "ragged", row, ",".join(cell for cell in sheet.cells[row] if cell))


LEVEL_1: Final[Mapping[str, Check]] = {
    "L1-02": find_tables,
    "L1-03": find_gaps,
    "L1-04": find_notes,
    "L1-05": find_headings,
    "L1-06": find_looks,
    "L1-07": find_lists,
    "L1-08": find_signs,
    "L1-10": find_drawn,
    "L1-11": find_marked,
    "L1-12": find_merged,
    "L1-13": find_hidden,
    "L1-14": find_breaks,
    "L1-15": find_ragged,
}
