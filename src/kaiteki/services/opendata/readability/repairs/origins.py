"""Where something stood in the file that a table was mended from: repairs take rows and columns, and whoever looks a change up has the file.

A repair names its changes by the table that it was given, which those before it may have moved. `named_in_file` says the same place by the
rows and columns of the file: H5 stays H5 though a column was put before it. A column that a repair added stands nowhere in the file: its
cells are named by its heading and the row (備蓄数_注 5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.services.opendata.readability.repairs.change import Change
from kaiteki.services.opendata.readability.sheet import ADDED, Sheet, column_name, layout_of

_PART: Final = re.compile(r"([A-Z]*)([0-9]*)")


def remember(sheet: Sheet) -> Sheet:
    """A sheet as it came from its file, every row and column where it stands."""
    rows, columns = tuple(range(len(sheet.cells))), tuple(range(sheet.width))
    return msgspec.structs.replace(sheet, file_rows=rows, file_columns=columns)


def forget(sheet: Sheet) -> Sheet:
    """A sheet that says nothing of the file any more."""
    return msgspec.structs.replace(sheet, file_rows=(), file_columns=())


def named_in_file(changes: Sequence[Change], sheet: Sheet, is_one_of_many: bool) -> tuple[Change, ...]:
    """The changes of a repair that was given `sheet`, their places by the file; with the sheet of the file where it has many."""
    head = f"{sheet.of or sheet.name}!" if is_one_of_many else ""
    return tuple(
        msgspec.structs.replace(
            change, at=head + ":".join(_place(part, sheet) for part in change.at.split(":"))
        )
        for change in changes
    )


def _place(text: str, sheet: Sheet) -> str:
    found = _PART.fullmatch(text)
    if found is None:
        return text
    row = str(_origin(int(found[2]) - 1, sheet.file_rows) + 1) if found[2] else ""
    if not found[1]:
        return row
    at = _column_of(found[1])
    origin = _origin(at, sheet.file_columns)
    if origin == ADDED:
        return f"{layout_of(sheet).heads[at]} {row}".rstrip()
    return column_name(origin) + row


def _origin(at: int, known: Sequence[int]) -> int:
    """Where a row or column stood; beyond the cells (hidden, drawn) nothing was moved."""
    return known[at] if at < len(known) else at


def _column_of(name: str) -> int:
    at = 0
    for letter in name:
        at = at * 26 + ord(letter) - 64
    return at - 1
