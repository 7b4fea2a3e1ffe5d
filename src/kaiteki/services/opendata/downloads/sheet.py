"""Records as CSV (RFC 4180): a head, a line for each record, lines end with CR LF; written a page at a time."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any, Final

import msgspec

from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.services.opendata.downloads.asked import Form
from kaiteki.services.opendata.downloads.content import Sheet

BOM: Final = b"\xef\xbb\xbf"
CSV_TYPES: Final = {
    "utf-8": "text/csv; charset=utf-8; header=present",
    "cp932": "text/csv; charset=windows-31j; header=present",
}


class Foreign(msgspec.Struct, frozen=True):
    """A character that an encoding lacks: where the first one stands."""

    character: str
    column: str
    record: str


async def write_csv(
    pages: AsyncIterator[Sequence[Any]], sheet: Sheet, form: Form
) -> AsyncGenerator[bytes, None]:
    """The table. Raises UnicodeEncodeError for a character that the encoding lacks; `find_foreign` looks for one before."""
    head = lines([sheet.headings]).encode(form.encoding)
    yield (BOM if form.bom and form.encoding == "utf-8" else b"") + head
    async for records in pages:
        yield lines([sheet.cells(record) for record in records]).encode(form.encoding)


def lines(rows: Sequence[Sequence[str]]) -> str:
    """Rows as lines of CSV; what a spreadsheet would run is made harmless (model.spreadsheet)."""
    text = io.StringIO()
    SheetWriter(text).writerows(rows)
    return text.getvalue()


async def find_foreign(pages: AsyncIterator[Sequence[Any]], sheet: Sheet, encoding: str) -> Foreign | None:
    """The first character that an encoding lacks, heading by heading, then record by record; None where it has all."""
    for heading in sheet.headings:
        if (character := lacking(heading, encoding)) is not None:
            return Foreign(character, heading, "")
    async for records in pages:
        for record in records:
            for heading, cell in zip(sheet.headings, sheet.cells(record), strict=True):
                if (character := lacking(cell, encoding)) is not None:
                    return Foreign(character, heading, str(record.id))
    return None


def lacking(text: str, encoding: str) -> str | None:
    """The first character of a text that an encoding lacks."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError as error:
        return text[error.start]
    return None
