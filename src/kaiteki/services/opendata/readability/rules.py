"""The thirty rules as data, read from rules.csv.

Source: 「行政データにおける機械可読性に関するルール」(2026-03-31, 各府省庁DX推進連絡会議・デジタル社会推進会議幹事会決定), in the form of
machine-readability-rules.json of digital-go-jp/machine_readability_rule (commit 3a764843). From there are the numbers L1-01..15,
L2-01..06, L3-01..09 and what each asks for; all thirty were read. From the sample checker of that repository are the severities and the
points (docs/guides/scoring.md, docs/rules_with_severity.json). The words here are our own short ones, and how a program
decides each rule is our reading, said beside each check. `judged` no: only people can tell; it stands in the report and costs nothing.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, TypeAlias

import msgspec

from kaiteki.model.words import Words
from kaiteki.services.opendata import readability

Severity: TypeAlias = Literal["fatal", "critical", "major", "minor"]
SOURCE: Final = "https://www.cas.go.jp/jp/seisaku/digital_gyozaikaikaku/pdf/gyouseidata_rule.pdf"
POINTS: Final[dict[tuple[str, int], int]] = {
    ("critical", 1): 10,
    ("critical", 2): 40,
    ("critical", 3): 15,
    ("major", 1): 5,
    ("major", 2): 30,
    ("major", 3): 10,
    ("minor", 1): 2,
    ("minor", 2): 10,
    ("minor", 3): 5,
}
"""What a broken rule of a severity takes from the 100 points of its level; a fatal one takes them all."""


class Rule(msgspec.Struct, frozen=True):
    """One rule: `words` say what it asks for, `mend` what to do where it is broken; `format` is the only one it is for, or `any`."""

    id: str
    format: Literal["any", "csv", "xlsx"]
    severity: Severity
    judged: bool
    words: Words
    mend: Words

    @property
    def level(self) -> int:
        """1: a file, 2: a table, 3: data that are used together with others."""
        return int(self.id[1])

    @property
    def points(self) -> int:
        """What it takes from its level when it is broken."""
        return 100 if self.severity == "fatal" else POINTS[self.severity, self.level]


@cache
def rules() -> dict[str, Rule]:
    """The rules by id, in their order."""
    text = files(readability).joinpath("rules.csv").read_text("utf-8")
    return {row["id"]: _rule(row) for row in csv.DictReader(text.splitlines())}


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(
        row["id"],
        row["format"],
        row["severity"],
        row["judged"] == "yes",
        Words(ja=row["ja"], en=row["en"], easy=row["easy"]),
        Words(ja=row["mend_ja"], en=row["mend_en"], easy=row["mend_easy"]),
    )
