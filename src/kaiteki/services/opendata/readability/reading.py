"""From a file to its sheets, with all that a reader of records passes over: breaks in cells, merged cells, hidden rows, drawings."""

from __future__ import annotations

import csv
import io
from typing import Final

from kaiteki.services.opendata.readability.sheet import HELD_MAX, ROWS_MAX, Sheet, pad
from kaiteki.services.opendata.readability.workbook import read_sheets
from kaiteki.services.opendata.reading.source import CELLS_MAX, Issue, Source, Unreadable
from kaiteki.services.opendata.reading.text import (
    HEAD_ROWS_MAX,
    as_meant,
    find_delimiter,
    find_encoding,
    find_header,
    need_text,
)
from kaiteki.services.opendata.standard.table import is_known

TEXTS: Final = (".csv", ".tsv")
WORKBOOKS: Final = (".xlsx",)
OTHERS: Final = (".geojson", ".json", ".xml", ".ods", ".shp", ".dbf", ".zip")
"""Forms that programs read, but that are no sheets: only the rule on the form is judged."""


def read_file(source: Source, rows_max: int = ROWS_MAX) -> tuple[Sheet, ...]:
    """The sheets of a file, so many rows of each; none where it is of a form that is no table of cells. Raises Unreadable."""
    if source.suffix in TEXTS:
        return (_read_text(source, rows_max),)
    if source.suffix in WORKBOOKS:
        return read_sheets(source, rows_max)
    if source.suffix in OTHERS:
        return ()
    raise Unreadable(Issue("unknown_format", value=source.suffix, level="refused"))


def _read_text(source: Source, rows_max: int) -> Sheet:
    encoding, _ = find_encoding(source.open)
    need_text(source.open, encoding)
    with io.TextIOWrapper(source.open(), encoding=encoding, errors="replace", newline="") as text:
        lines = [line for _, line in zip(range(HEAD_ROWS_MAX), text, strict=False)]
        delimiter = find_delimiter(lines)
        text.seek(0)
        rows, lines = list[list[str]](), list[int]()
        more, held, first = False, 0, 1
        reader = csv.reader(text, delimiter=delimiter)
        try:
            for row in reader:
                if len(rows) == rows_max or held > HELD_MAX:
                    more = True
                    break
                rows.append(as_meant(row))
                lines.append(first)
                held, first = held + len(row), reader.line_num + 1
        except csv.Error as error:
            raise Unreadable(
                Issue("broken_text", len(rows) + 1, value=str(error), level="refused")
            ) from error
    while rows and not rows[-1]:
        rows.pop()
    if not rows:
        raise Unreadable(Issue("empty_file", level="refused"))
    if max(len(row) for row in rows) > CELLS_MAX:
        raise Unreadable(Issue("too_many_columns", level="refused"))
    rows[0][:1] = [cell.removeprefix("\ufeff") for cell in rows[0][:1]]
    return Sheet(
        pad(rows), encoding=encoding, ragged=_ragged(rows), more=more, lines=tuple(lines[: len(rows)])
    )


def _ragged(rows: list[list[str]]) -> tuple[int, ...]:
    """The rows that are wider than their headings and filled there."""
    at = find_header(rows[:HEAD_ROWS_MAX], is_known)
    width = len(rows[at])
    return tuple(
        number
        for number, row in enumerate(rows)
        if number > at and len(row) > width and any(cell.strip() for cell in row[width:])
    )
