"""XLSX: every sheet with a header row is a table; values become the text that a person sees, as far as they can."""

from __future__ import annotations

import datetime
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final, cast

import msgspec
import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from kaiteki.services.opendata.reading.archive import check_archive
from kaiteki.services.opendata.reading.source import (
    CELLS_MAX,
    Issue,
    Row,
    Source,
    Table,
    Unreadable,
    name_columns,
)
from kaiteki.services.opendata.reading.text import HEAD_ROWS_MAX, find_header

BROKEN: Final = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,
    LookupError,
    ValueError,
    TypeError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ArithmeticError,
    AttributeError,
    AssertionError,
)
"""What a damaged workbook raises, wherever in it the damage lies; XML that is broken is a SyntaxError, whoever reads it."""
UNPACKED_MAX_BYTES: Final = 500_000_000


def read_workbook(source: Source, known: Callable[[str], bool]) -> list[Table]:
    """The tables of a workbook, one per sheet that holds anything. Raises Unreadable when it is not a workbook."""
    tables: list[Table] = []
    for sheet in _sheets(source):
        head = [cells for _, cells in zip(range(HEAD_ROWS_MAX), _lines(source, sheet), strict=False)]
        if not any(any(cells) for cells in head):
            continue
        at = find_header(head, known)
        cells = head[at][:CELLS_MAX]
        while cells and not cells[-1]:
            cells.pop()
        notes = (Issue("header_found_below", line=at + 1, level="note"),) if at else ()
        tables.append(_table(source, sheet, name_columns(cells), at, notes))
    if not tables:
        raise Unreadable(Issue("empty_file", level="refused"))
    return tables


def _table(source: Source, sheet: str, header: tuple[str, ...], at: int, notes: tuple[Issue, ...]) -> Table:
    def rows() -> Iterator[Row]:
        line = 0
        try:
            for line, cells in enumerate(_lines(source, sheet), start=1):
                if line > at + 1 and any(cells):
                    yield Row(line, dict(zip(header, cells, strict=False)))
        except Unreadable as error:
            yield Row(line + 1, {}, broken=msgspec.structs.replace(error.issue, line=line + 1))

    return Table(header, rows, part=sheet, encoding="xlsx", notes=notes)


def _open(file: Any) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check_archive(file, UNPACKED_MAX_BYTES, xml=True)
            return cast(Any, openpyxl).load_workbook(file, read_only=True, data_only=True)
    except BROKEN as error:
        raise Unreadable(Issue("broken_workbook", value=str(error), level="refused")) from error


def _sheets(source: Source) -> list[str]:
    with source.open() as file:
        book = _open(file)
        names = [str(sheet.title) for sheet in book.worksheets]
        book.close()
    return names


def _lines(source: Source, sheet: str) -> Iterator[list[str]]:
    with source.open() as file:
        book = _open(file)
        try:
            for cells in book[sheet].iter_rows(values_only=True):
                yield [show(value) for value in cells]
        except BROKEN as error:
            raise Unreadable(Issue("broken_workbook", value=str(error), level="refused")) from error
        finally:
            book.close()


def show(value: Any) -> str:
    """A cell as text: whole numbers without a fraction, dates as ISO 8601, times as HH:MM."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return (
            value.date().isoformat()
            if value.time() == datetime.time()
            else value.isoformat(timespec="seconds")
        )
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()
