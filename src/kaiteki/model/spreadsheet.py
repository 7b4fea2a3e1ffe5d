"""Tables for spreadsheets (RFC 4180): no cell runs as a formula, and what is no formula stays as it is.

Who opens a CSV runs what its cells begin, when they begin with =, +, -, @, a tab or the end of a line (OWASP, CSV Injection): such a
text gets an apostrophe before it. Numbers with a sign, telephone numbers (+81 43-245-5111) and dashes for "nothing" name no
function and no cell; a table in a form of the standard keeps them. What had such an apostrophe already gets one more, so that
`spreadsheet_plain` tells every text as it was.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import Any, Final, Protocol

_BEGINS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_HARMLESS: Final = re.compile(r"[+-][\d ().,+-]*([eE][+-]?\d+)?", re.ASCII)


class Text(Protocol):
    """What takes a text."""

    def write(self, text: str, /) -> Any: ...


class SheetWriter:
    """Writes rows as lines of CSV into a text."""

    def __init__(self, out: Text, line_end: str = "\r\n", delimiter: str = ",") -> None:
        self._writer = csv.writer(out, lineterminator=line_end, delimiter=delimiter)

    def writerow(self, cells: Iterable[object]) -> None:
        """Write a row; texts as `spreadsheet_safe` makes them."""
        self._writer.writerow([spreadsheet_safe(one) if isinstance(one, str) else one for one in cells])

    def writerows(self, rows: Iterable[Iterable[object]]) -> None:
        """Write several rows."""
        for row in rows:
            self.writerow(row)


def spreadsheet_safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    runs = text.startswith(_BEGINS) and not _HARMLESS.fullmatch(text)
    return "'" + text if runs or spreadsheet_plain(text) != text else text


def spreadsheet_plain(text: str) -> str:
    """The text that `spreadsheet_safe` was given. Law: spreadsheet_plain(spreadsheet_safe(text)) == text."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_BEGINS) else text
