"""The page of conformance and the names of the cases agree: what is held has a case, and each case has its row."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from conftest import ROOT

PAGE = ROOT / "docs" / "conformance.md"
_ROW = re.compile(r"\| (\d[\d.]*) \|[^|]*\|[^|]*\|([^|]*)\| ([^|]+) \|")
_CASE = re.compile(r"def test_(\d+(?:_\d+)*(?:_and_\d+(?:_\d+)*)*)_[a-z]")
_FILE = re.compile(r"`(\w+)`")


def rows() -> dict[str, tuple[set[str], str]]:
    """Of each clause of the page the files that hold it, and its state."""
    told = PAGE.read_text(encoding="utf-8").partition("## Clause by clause")[2].partition("\n## ")[0]
    found = [_ROW.match(line) for line in told.splitlines()]
    clauses = [row[1] for row in found if row is not None]
    assert len(clauses) == len(set(clauses)), "a clause stands there twice"
    return {row[1]: (set(_FILE.findall(row[2])), row[3]) for row in found if row is not None}


def cases() -> dict[str, set[str]]:
    """The files in which the name of a case carries a clause."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in Path(__file__).parent.glob("test_*.py"):
        for clauses in _CASE.findall(path.read_text(encoding="utf-8")):
            for clause in clauses.split("_and_"):
                found[clause.replace("_", ".")].add(path.stem.removeprefix("test_"))
    return found


def test_each_row_has_a_case_in_each_file_that_it_names() -> None:
    held = cases()
    missing = {
        clause: files - held.get(clause, set()) or "no file"
        for clause, (files, _) in rows().items()
        if not files or files - held.get(clause, set())
    }
    assert missing == {}


def test_each_clause_of_a_case_has_a_row() -> None:
    assert sorted(cases().keys() - rows().keys()) == []


def test_each_row_is_held_or_says_what_is_missing() -> None:
    states = {clause: state for clause, (_, state) in rows().items()}
    assert len(states) > 100
    unclear = {
        clause: state
        for clause, state in states.items()
        if state != "held" and not re.match(r"held in part: .{10,}", state)
    }
    assert unclear == {}
