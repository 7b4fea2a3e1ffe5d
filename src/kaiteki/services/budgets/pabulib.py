"""Elections in the format of Pabulib (.pb): three sections of a table with semicolons, META, PROJECTS and VOTES, in UTF-8.

Source: the description of the format at pabulib.org/format. Read are approval, ordinal, cumulative and scoring ballots; every column
of projects and votes and every line of META is kept, so that what was read is written again with nothing lost. A fault is a value that
names the line and the field.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

import msgspec

from kaiteki.services.budgets.equal_shares import PROJECTS_MAX, VOTERS_MAX, Election, Project, Utility

BYTES_MAX: Final = 1_500_000
FIELD_LENGTH_MAX: Final = 4_000
COLUMNS_MAX: Final = 50
META_MAX: Final = 100
KINDS: Final = ("approval", "ordinal", "cumulative", "scoring")
SECTIONS: Final = ("META", "PROJECTS", "VOTES")


class PbFault(msgspec.Struct, frozen=True):
    """Why a file cannot be read: the line (from 1; 0 the whole file), the field, and a code."""

    line: int
    field: str
    code: str


class PbFile(msgspec.Struct, frozen=True):
    """A file as its three tables: META by key, and rows of projects and votes by column, with the columns in their order."""

    meta: Mapping[str, str]
    project_columns: tuple[str, ...]
    projects: tuple[Mapping[str, str], ...]
    vote_columns: tuple[str, ...]
    votes: tuple[Mapping[str, str], ...]


class _Row(msgspec.Struct, frozen=True):
    line: int
    cells: tuple[str, ...]


class _Faulty(Exception):
    """Leaves the reading with its fault."""

    def __init__(self, line: int, field: str, code: str) -> None:
        super().__init__(code)
        self.fault = PbFault(line, field, code)


def read_pb(content: bytes) -> PbFile | PbFault:
    """The file of some bytes, or the first fault: what is needed is there, numbers are numbers, votes name projects, ids are single."""
    try:
        sections = _sections(content)
        meta = _meta(sections["META"])
        project_columns, projects = _table(sections["PROJECTS"], "PROJECTS", "project_id")
        vote_columns, votes = _table(sections["VOTES"], "VOTES", "voter_id")
        _check_projects(projects)
        _check_votes(meta, votes, {cells["project_id"] for _, cells in projects})
    except _Faulty as faulty:
        return faulty.fault
    return PbFile(
        meta,
        project_columns,
        tuple(cells for _, cells in projects),
        vote_columns,
        tuple(cells for _, cells in votes),
    )


def write_pb(file: PbFile) -> bytes:
    """The bytes of a file: sections, columns and rows in their order, quoted only where a cell needs it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerows([("META",), ("key", "value"), *file.meta.items()])
    for name, columns, rows in (
        ("PROJECTS", file.project_columns, file.projects),
        ("VOTES", file.vote_columns, file.votes),
    ):
        writer.writerows([(name,), columns, *([row.get(column, "") for column in columns] for row in rows)])
    return out.getvalue().encode()


def election_of(file: PbFile, utility: Utility = "cost") -> Election:
    """The election of a file that was read. Of an ordinal ballot every named project counts as approved.

    `points`: those of the ballot; a ballot without points gives one to each project that it names.
    """
    projects = tuple(Project(row["project_id"], Fraction(row["cost"])) for row in file.projects)
    ballots = tuple(dict(_worths(row)) for row in file.votes)
    return Election(projects, Fraction(file.meta["budget"]), ballots, utility)


def _worths(row: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    named = _named(row["vote"])
    points = _named(row.get("points", ""))
    for at, project in enumerate(named):
        yield project, int(points[at]) if points else 1


def _named(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(",") if part.strip())


def _sections(content: bytes) -> dict[str, list[_Row]]:
    if len(content) > BYTES_MAX:
        raise _Faulty(0, "", "too_large")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Faulty(content[: error.start].count(b"\n") + 1, "", "not_utf8") from error
    found: dict[str, list[_Row]] = {}
    current: list[_Row] | None = None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=False)
    before = 0
    for cells in _rows(reader):
        line, before = before + 1, reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        name = cells[0].strip()
        if name in SECTIONS and not any(cells[1:]) and name not in found:
            current = found[name] = []
        elif current is None:
            raise _Faulty(line, name, "no_section")
        else:
            _check_cells(line, cells)
            current.append(_Row(line, tuple(cells)))
            if len(current) > VOTERS_MAX + 1:
                raise _Faulty(line, "", "too_many")
    for name in SECTIONS:
        if name not in found:
            raise _Faulty(0, name, "missing_section")
    return found


def _rows(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise _Faulty(0, "", "no_table") from error


def _check_cells(line: int, cells: Sequence[str]) -> None:
    if len(cells) > COLUMNS_MAX:
        raise _Faulty(line, "", "too_many_columns")
    if any(len(cell) > FIELD_LENGTH_MAX for cell in cells):
        raise _Faulty(line, "", "too_long")


def _meta(rows: Sequence[_Row]) -> dict[str, str]:
    found: dict[str, str] = {}
    for at, row in enumerate(rows):
        key = row.cells[0].strip()
        if at == 0 and key == "key":
            continue
        if len(row.cells) != 2:
            raise _Faulty(row.line, key, "not_two_cells")
        if key in found:
            raise _Faulty(row.line, key, "twice")
        found[key] = row.cells[1]
        _check_meta(row.line, key, row.cells[1])
    if len(found) > META_MAX:
        raise _Faulty(rows[-1].line, "META", "too_many")
    for needed in ("budget", "vote_type", "rule"):
        if needed not in found:
            raise _Faulty(0, needed, "missing")
    return found


def _check_meta(line: int, key: str, value: str) -> None:
    if key == "budget":
        _amount(line, key, value)
    if key == "vote_type" and value not in KINDS:
        raise _Faulty(line, key, "unknown")


def _table(
    rows: Sequence[_Row], section: str, key: str
) -> tuple[tuple[str, ...], list[tuple[int, dict[str, str]]]]:
    if not rows:
        raise _Faulty(0, section, "no_columns")
    columns = tuple(cell.strip() for cell in rows[0].cells)
    if key not in columns or len(set(columns)) != len(columns):
        raise _Faulty(rows[0].line, key, "missing" if key not in columns else "twice")
    found: list[tuple[int, dict[str, str]]] = []
    seen: set[str] = set()
    for row in rows[1:]:
        if len(row.cells) != len(columns):
            raise _Faulty(row.line, section, "other_number_of_cells")
        cells = dict(zip(columns, row.cells, strict=True))
        if not cells[key] or cells[key] in seen:
            raise _Faulty(row.line, key, "twice" if cells[key] else "missing")
        seen.add(cells[key])
        found.append((row.line, cells))
    return columns, found


def _check_projects(rows: Sequence[tuple[int, Mapping[str, str]]]) -> None:
    if len(rows) > PROJECTS_MAX:
        raise _Faulty(rows[PROJECTS_MAX][0], "PROJECTS", "too_many")
    for line, cells in rows:
        if "cost" not in cells:
            raise _Faulty(line, "cost", "missing")
        _amount(line, "cost", cells["cost"])
        if "," in cells["project_id"]:
            raise _Faulty(line, "project_id", "holds_comma")


def _check_votes(
    meta: Mapping[str, str], rows: Sequence[tuple[int, Mapping[str, str]]], projects: set[str]
) -> None:
    needs_points = meta["vote_type"] in ("cumulative", "scoring")
    for line, cells in rows:
        if "vote" not in cells:
            raise _Faulty(line, "vote", "missing")
        named = _named(cells["vote"])
        if not projects.issuperset(named):
            raise _Faulty(line, "vote", "unknown_project")
        if len(set(named)) != len(named):
            raise _Faulty(line, "vote", "twice")
        points = _named(cells.get("points", ""))
        if (needs_points or points) and len(points) != len(named):
            raise _Faulty(line, "points", "other_number_of_points")
        if any(not _is_whole(one) for one in points):
            raise _Faulty(line, "points", "no_number")


def _is_whole(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdigit() and len(text) < 10


def _amount(line: int, field: str, text: str) -> None:
    whole, _, part = text.strip().partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) < 16) or (part and not _is_whole(part)):
        raise _Faulty(line, field, "no_amount")
    if Fraction(text.strip()) <= 0:
        raise _Faulty(line, field, "not_above_zero")
