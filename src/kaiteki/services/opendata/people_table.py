"""A table of single people as it is given to a release: read, counted by two of its columns, cut to what one person may add to it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kaiteki.model.decision import Fault, Refused
from kaiteki.model.release import Place
from kaiteki.model.words import Words

TEXT_LENGTH_MAX: Final = 60_000
PEOPLE_MAX: Final = 5_000
BLANK: Final = "—"
"""Stands where a cell is empty: an empty name is that of a row of totals."""
UNREADABLE: Final = Words(
    "見出しの行と1人1行の表（CSV、UTF-8かShift_JIS、60KB・5,000人まで）を選んでください。",
    "Choose a CSV table with a header and a row for each person (UTF-8 or Shift_JIS, up to 60 KB and 5,000 people).",
)
COLUMN: Final = Words(
    "表にある、別々の列を選んでください。", "Choose columns of the table, each another one."
)

Row = Mapping[str, str]


def people_of(text: str) -> tuple[tuple[str, ...], list[dict[str, str]]] | Refused:
    """The header and the people of a table; refused where it is none."""
    try:
        reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=None))
        header = tuple(name for name in reader.fieldnames or () if name)
        people = [{name: (row.get(name) or "").strip() for name in header} for row in reader]
    except csv.Error:
        return refuse("text", UNREADABLE)
    too_many = len(people) > PEOPLE_MAX or len(text) > TEXT_LENGTH_MAX or len(set(header)) < len(header)
    return refuse("text", UNREADABLE) if too_many or len(header) < 2 or not people else (header, people)


def written(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as the text of a table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def group_of(row: Row, column: str) -> str:
    """The group of a person in a column; all are in one where there is no column."""
    return (row[column] or BLANK) if column else ""


def counted(people: Iterable[Row], down: str, across: str) -> dict[Place, int]:
    """How many people there are in each group of two columns."""
    return dict(Counter((group_of(one, down), group_of(one, across)) for one in people))


def cut_to(people: Sequence[Row], person: str, rows_max: int) -> list[Row]:
    """Of each person at most so many rows, in an order that follows from their own rows alone, whoever else is there.

    `person` is the column that says whose a row is; empty: the table is taken at its word.
    """
    if not person:
        return list(people)
    left: Counter[str] = Counter()
    kept: list[Row] = []
    for one in sorted(people, key=lambda row: (row[person], *row.values())):
        left[one[person]] += 1
        if left[one[person]] <= rows_max:
            kept.append(one)
    return kept


def refuse(field: str, words: Words) -> Refused:
    """A refusal with one fault."""
    return Refused("invalid", (Fault(field, "invalid", words),))
