"""What a repair did: each change with its place as it was, and the sheets that came of it; rows and columns taken, moved and added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.model.words import Words
from kaiteki.services.opendata.readability.sheet import ADDED, Layout, Place, Sheet, cell_name

BECAME: Final = {
    "@notes": Words("説明へ移しました", "Moved to the notes", "説明（せつめい）に うつしました"),
    "@shown": Words("表示しました", "Shown", "見（み）える ように しました"),
    "@number": Words("数値にしました", "Made a number", "数（かず）に しました"),
}
"""What became of something that stands in no cell afterwards, by `Change.after`."""


class Change(msgspec.Struct, frozen=True):
    """One change: the cell, row or column (B3, 3, B) as the repair found it (`mend` names it by the file), what stood there, what stands there or became of it."""

    at: str
    before: str
    after: str


class Mended(msgspec.Struct, frozen=True):
    """The sheets after a repair, and its changes; none where there was nothing to mend."""

    sheets: tuple[Sheet, ...]
    changes: tuple[Change, ...] = ()


def rewrite(sheet: Sheet, cells: Mapping[Place, str]) -> Mended:
    """A sheet with other texts in some cells; those that stay as they are are no change."""
    news = {place: text for place, text in cells.items() if sheet.cells[place[0]][place[1]] != text}
    if not news:
        return Mended((sheet,))
    rows = [list(row) for row in sheet.cells]
    for (row, column), text in news.items():
        rows[row][column] = text
    changes = tuple(
        Change(cell_name(*place), sheet.cells[place[0]][place[1]], text)
        for place, text in sorted(news.items())
    )
    return Mended((msgspec.structs.replace(sheet, cells=tuple(tuple(row) for row in rows)),), changes)


def take(sheet: Sheet, rows: Sequence[int], columns: Sequence[int | tuple[str, ...]]) -> Sheet:
    """Some rows and columns of a sheet in their order; a column may also be a new one (a cell for each row of the old sheet).
    What is noted at places moves along with them; what is left out takes its places with it."""
    row_of = {old: new for new, old in enumerate(rows)}
    column_of = {old: new for new, old in enumerate(columns) if isinstance(old, int)}

    def moved(place: Place) -> Place | None:
        row, column = row_of.get(place[0]), column_of.get(place[1])
        return (row, column) if row is not None and column is not None else None

    def places(old: frozenset[Place]) -> frozenset[Place]:
        return frozenset(new for place in old if (new := moved(place)) is not None)

    merged = tuple(
        (first[0], first[1], last[0], last[1])
        for top, left, bottom, right in sheet.merged
        if (first := moved((top, left))) is not None and (last := moved((bottom, right))) is not None
    )
    return msgspec.structs.replace(
        sheet,
        cells=tuple(
            tuple(sheet.cells[row][one] if isinstance(one, int) else one[row] for one in columns)
            for row in rows
        ),
        merged=merged,
        hidden_rows=tuple(row_of[row] for row in sheet.hidden_rows if row in row_of),
        hidden_columns=tuple(column_of[one] for one in sheet.hidden_columns if one in column_of),
        marked=tuple((new, look) for place, look in sheet.marked if (new := moved(place)) is not None),
        formulas=places(sheet.formulas),
        as_text=places(sheet.as_text),
        ragged=tuple(row_of[row] for row in sheet.ragged if row in row_of),
        lines=tuple(sheet.lines[row] for row in rows) if sheet.lines else (),
        file_rows=tuple(sheet.file_rows[row] for row in rows) if sheet.file_rows else (),
        file_columns=tuple(sheet.file_columns[one] if isinstance(one, int) else ADDED for one in columns)
        if sheet.file_columns
        else (),
    )


def beside(
    sheet: Sheet, layout: Layout, columns: Mapping[int, Sequence[tuple[str, Mapping[int, str]]]]
) -> Sheet:
    """A sheet with new columns: behind a column, in their order, each with its heading and its cells by row."""
    heads = {head for head in layout.heads if head}
    wanted: list[int | tuple[str, ...]] = []
    for at in range(sheet.width):
        wanted.append(at)
        for head, cells in columns.get(at, ()):
            name = free_name(head, heads)
            heads.add(name)
            filled = [cells.get(row, "") for row in range(len(sheet.cells))]
            filled[layout.bottom] = name
            wanted.append(tuple(filled))
    return take(sheet, range(len(sheet.cells)), wanted)


def free_name(head: str, taken: set[str]) -> str:
    """A heading that no other column has: 名称, 名称_2, 名称_3."""
    name, times = head, 1
    while name in taken:
        times += 1
        name = f"{head}_{times}"
    return name
