"""Tables for spreadsheets: no cell begins a formula, honest values stay as they are, and every table of the node is written so."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.model.spreadsheet import SheetWriter, spreadsheet_plain, spreadsheet_safe

SOURCE: Final = Path(__file__).parents[2] / "src" / "kaiteki"
WRITERS: Final = {
    "model/spreadsheet.py",
    # the table of people that a form shows and reads again: a text on a page, never a file
    "services/opendata/people_table.py",
    # .pb files (Pabulib) are read by programs that count votes, cell by cell as the town that held the vote wrote them
    "services/budgets/pabulib.py",
}
FORMULAS: Final = (
    '=HYPERLINK("https://example.org","x")',
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "-A1",
    "+A1:B2",
    "- あり",
)
HONEST: Final = (
    "",
    "-5",
    "-35.6",
    "+1",
    "-1.5e-07",
    "+81 43-245-5111",
    "+81-43-245-5111",
    "+81 (0)43 245 5111",
    "-",
    "--",
    "043-245-5111",
    "駅前=北口",
    "a@example.org",
    "'quoted",
)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_a_text(text: str) -> None:
    assert spreadsheet_safe(text) == f"'{text}"


@pytest.mark.parametrize("text", HONEST)
def test_an_honest_value_stays(text: str) -> None:
    assert spreadsheet_safe(text) == text


NUMBERS: Final = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.lists(st.text(max_size=12) | st.integers() | NUMBERS, min_size=1, max_size=4)))
def test_no_cell_of_a_table_begins_what_could_be_run(rows: list[list[object]]) -> None:
    out = io.StringIO(newline="")
    SheetWriter(out).writerows(rows)
    read = list(csv.reader(io.StringIO(out.getvalue(), newline="")))
    assert [len(row) for row in read if row] == [len(row) for row in rows]
    for cell in (cell for row in read for cell in row):
        assert not re.match(r"[=@\t\r\n]", cell)
        assert not re.match(r"[+-]", cell) or re.fullmatch(r"[0-9 ().,+\-eE]*", cell)


def test_every_table_is_written_by_it() -> None:
    """Whoever writes CSV by other means has a row here that says why it is no file."""
    telling = re.compile(r"csv\.(writer|DictWriter)|import (writer|DictWriter)\b|to_csv|write_csv\(\s*[\"']")
    found = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if "vendor" not in path.parts and telling.search(path.read_text(encoding="utf-8"))
    }
    assert found == WRITERS


@given(st.text(st.sampled_from("'=+-@\t\r\n1A ."), max_size=6) | st.text(max_size=8))
def test_what_was_made_harmless_is_told_as_it_was(text: str) -> None:
    assert spreadsheet_plain(spreadsheet_safe(text)) == text
