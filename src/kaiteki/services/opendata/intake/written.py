"""Sheets as CSV: for people, and exactly for an import, with the line on which each row begins."""

from __future__ import annotations

import csv
import io

from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.services.opendata.readability.sheet import Sheet


def write_table(sheet: Sheet) -> bytes:
    """A sheet as CSV, UTF-8 with BOM, lines ending with CR LF (RFC 4180); no cell is a formula."""
    text = io.StringIO()
    SheetWriter(text).writerows(sheet.cells)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def write_exactly(sheet: Sheet) -> bytes:
    """A sheet as CSV for the importer, cell by cell: formulas have the apostrophe that the importer takes off."""
    text = io.StringIO()
    SheetWriter(text).writerows(sheet.cells)
    return text.getvalue().encode()


def lines_of_table(sheet: Sheet) -> tuple[tuple[int, int], ...]:
    """Of the table that `write_exactly` writes the line on which each row begins, with the place where that row stood in its file."""
    reader = csv.reader(io.StringIO(write_exactly(sheet).decode(), newline=""))
    begins = [1]
    begins += [reader.line_num + 1 for _ in reader]
    return tuple(zip(begins[: len(sheet.lines)], sheet.lines, strict=True))
