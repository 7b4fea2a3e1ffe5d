"""The table of NGSI v2 in the page of conformance: every resource has a row, every case of a row exists."""

import re
from pathlib import Path

from conftest import ROOT
from kaiteki.api.ngsi_v2.operations import OPERATIONS

_ROW = re.compile(r"\| ([^|]+) \| [^|]+ \| ([^|]+) \|")
_CODE = re.compile(r"`([^`]+)`")


def rows() -> list[tuple[list[str], list[str]]]:
    """Resources or parts, and cases, of each row."""
    told = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8").partition("\n## NGSI v2")[2]
    found = [
        _ROW.fullmatch(line) for line in told.splitlines() if not line.startswith(("|---", "| resource"))
    ]
    return [(_CODE.findall(row[1]), _CODE.findall(row[2])) for row in found if row is not None]


def test_every_resource_and_parameter_has_a_row() -> None:
    named = {name for names, _ in rows() for name in names}
    resources = {f"/v2{one.path}" for one in OPERATIONS}
    parameters = {name for one in OPERATIONS if one.name == "listEntities" for name in one.parameters}
    assert sorted((resources | parameters) - named) == []


def test_every_case_of_a_row_exists() -> None:
    cases: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        cases.update(re.findall(r"def test_(\w+)\(", path.read_text(encoding="utf-8")))
    assert all(held for _, held in rows())
    assert sorted({case for _, held in rows() for case in held} - cases) == []
