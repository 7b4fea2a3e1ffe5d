"""How far our verdicts are those of the sample checker that the Digital Agency gives along with the thirty rules.

Its verdicts on the tables of a town, worked out after its published text, stand in official_verdicts.csv, with source and licence. A pair is (file, rule) that both judge.
`DETERMINISTIC` are the rules of a CSV for which the checker asks no language model. In some files it takes rows of data for headings;
what it says of their columns is then said of another table. Each kind of disagreement is judged in docs/decisions/0040.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Final

import msgspec
import pytest

from kaiteki.main.imports.files import find_sources
from kaiteki.services.opendata.readability.judging import judge
from kaiteki.services.opendata.readability.reading import read_file

VERDICTS: Final = Path(__file__).with_name("official_verdicts.csv")
DECISION: Final = Path(__file__).parents[3] / "docs/decisions/0040-readability.md"
RULES: Final = (
    *(f"L1-{n:02}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 14, 15)),
    *(f"L2-{n:02}" for n in range(1, 6)),
    *(f"L3-{n:02}" for n in (1, 4, 5, 6, 9)),
)
"""What the checker judges of a CSV without its language model."""
DETERMINISTIC: Final = frozenset(
    (
        "L1-01",
        "L1-02",
        "L1-03",
        "L1-04",
        "L1-06",
        "L1-07",
        "L1-08",
        "L1-14",
        "L1-15",
        "L2-03",
        "L3-01",
        "L3-05",
    )
)
SHARE_MIN: Final = 0.95


class Pair(msgspec.Struct, frozen=True):
    """A file and a rule that both judge; `same_table`: the checker found the headings where they are."""

    file: str
    rule: str
    theirs: bool
    ours: bool
    same_table: bool


def pairs_of(town: Path) -> list[Pair]:
    """Every pair of the tables of a town."""
    lines = [line for line in VERDICTS.read_text("utf-8").splitlines() if not line.startswith("#")]
    told = {row["file"]: row for row in csv.DictReader(lines)}
    pairs: list[Pair] = []
    for one in find_sources([town]):
        if one.suffix != ".csv":
            continue
        row = told.pop(one.name)
        failed, skipped = set(row["failed"].split()), set(row["not_judged"].split())
        judged = judge(read_file(one))
        for rule in RULES:
            state = judged.verdict(rule).state
            if rule not in skipped and state in ("kept", "broken"):
                same = row["heading_rows"] == "1-1"
                pairs.append(Pair(one.name, rule, rule not in failed, state == "kept", same))
    assert told == {}
    return pairs


def share(pairs: list[Pair]) -> float:
    """The share of pairs on which both say the same."""
    return sum(1 for one in pairs if one.ours == one.theirs) / len(pairs)


@pytest.mark.shared
def test_verdicts_are_those_of_the_official_checker_where_it_sees_the_same_table(shared_data: Path) -> None:
    sure = [one for one in pairs_of(shared_data / "yaizu") if one.rule in DETERMINISTIC]
    same = [one for one in sure if one.same_table]
    assert len(same) >= 400
    assert share(same) >= SHARE_MIN
    assert share(sure) >= 0.92


@pytest.mark.shared
def test_the_decision_states_the_agreement_rule_by_rule(shared_data: Path) -> None:
    pairs = pairs_of(shared_data / "yaizu")
    asked, agreed = (
        Counter(one.rule for one in pairs),
        Counter(one.rule for one in pairs if one.ours == one.theirs),
    )
    text = DECISION.read_text("utf-8")
    stated = [rule for rule in RULES if f"| {rule} | {asked[rule]} | {agreed[rule]} |" in text]
    assert stated == [*RULES], {rule: (asked[rule], agreed[rule]) for rule in RULES}
    sure = [one for one in pairs if one.rule in DETERMINISTIC]
    for some in (pairs, sure, [one for one in sure if one.same_table]):
        assert f"| {sum(1 for one in some if one.ours == one.theirs):,} of {len(some):,} |" in text
