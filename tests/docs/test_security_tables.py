"""The tables of security say what is so: each requirement once, each test and file that they name is there, and their counts are right."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
SECURITY = ROOT / "docs" / "security"
LEVELS = {
    "1.1": "22",
    "1.2": "111112222",
    "1.3": "11222222222",
    "1.4": "222",
    "1.5": "12",
    "2.1": "122",
    "2.2": "112",
    "2.3": "1222",
    "2.4": "2",
    "3.2": "11",
    "3.3": "1222",
    "3.4": "112222",
    "3.5": "11122",
    "3.7": "22",
    "4.1": "122",
    "4.2": "2",
    "4.3": "22",
    "4.4": "1222",
    "5.1": "2",
    "5.2": "112",
    "5.3": "11",
    "5.4": "222",
    "6.1": "122",
    "6.2": "111111112222",
    "6.3": "1122",
    "6.4": "1122",
    "6.5": "22222",
    "6.6": "222",
    "6.8": "2222",
    "7.1": "222",
    "7.2": "1111",
    "7.3": "22",
    "7.4": "11222",
    "7.5": "22",
    "7.6": "22",
    "8.1": "12",
    "8.2": "112",
    "8.3": "1",
    "8.4": "2",
    "9.1": "111",
    "9.2": "1222",
    "10.1": "22",
    "10.2": "22",
    "10.3": "2222",
    "10.4": "11111222222",
    "10.5": "22222",
    "10.6": "22",
    "10.7": "222",
    "11.1": "22",
    "11.2": "222",
    "11.3": "112",
    "11.4": "1222",
    "11.5": "2",
    "11.6": "2",
    "12.1": "122",
    "12.2": "11",
    "12.3": "2222",
    "13.1": "2",
    "13.2": "22222",
    "13.3": "22",
    "13.4": "12222",
    "14.1": "22",
    "14.2": "1222",
    "14.3": "122",
    "15.1": "122",
    "15.2": "122",
    "15.3": "1222222",
    "16.1": "2",
    "16.2": "22222",
    "16.3": "2222",
    "16.4": "222",
    "16.5": "222",
    "17.1": "2",
    "17.2": "2222",
    "17.3": "22",
}
"""ASVS 5.0.0: of each section the levels of its requirements 1, 2, 3 …; those of level 3 stand behind them and are left out."""
ANSWERS = ("met", "by design", "not applicable", "open")
MIC_ANSWERS = ("できている", "設計による", "運用者の仕事", "未対応")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
FILE = re.compile(r"`((?:src|docs|cities|scripts|tests)/[^`:]+|[\w-]+\.(?:md|toml|lock))`")


class Row(NamedTuple):
    """A requirement and how it is met."""

    number: str
    level: str
    asks: str
    answer: str
    why: str


@cache
def asvs() -> tuple[Row, ...]:
    """The table of ASVS."""
    text = (SECURITY / "asvs.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (.+?) \| (.+) \|$", text, re.MULTILINE)
    return tuple(Row(*parts) for parts in found)


@cache
def mic() -> tuple[Row, ...]:
    """The table of the guideline of the ministry."""
    text = (SECURITY / "mic.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| ([A-Z]\d) \| (.+?) \| (.+?) \| (.+) \|$", text, re.MULTILINE)
    return tuple(Row(number, "", asks, answer, why) for number, asks, answer, why in found)


@cache
def cases_in(file: str) -> frozenset[str]:
    """The names of the tests of a file, without running it."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def test_every_requirement_has_one_row() -> None:
    wanted = {
        f"{section}.{number}": level
        for section, levels in LEVELS.items()
        for number, level in enumerate(levels, start=1)
    }
    assert Counter(wanted.values()) == {"1": 70, "2": 183}
    assert Counter(row.number for row in asvs()) == Counter(list(wanted))
    assert {row.number: row.level for row in asvs()} == wanted


def test_every_answer_has_what_it_needs() -> None:
    for row in asvs():
        assert row.answer in ANSWERS, row
        assert row.answer != "met" or TEST.search(row.why), row
        assert row.answer != "by design" or FILE.search(row.why) or TEST.search(row.why), row
        assert len(row.asks) > 2 and len(row.why) > 5, row
    for row in mic():
        assert row.answer in MIC_ANSWERS, row
        assert row.answer != "できている" or TEST.search(row.why), row
        assert row.answer != "設計による" or FILE.search(row.why), row
    assert len({row.number for row in mic()}) == len(mic()) > 20


@pytest.mark.parametrize("table", [asvs, mic], ids=["asvs", "mic"])
def test_what_rows_name_is_there(table: object) -> None:
    rows = asvs() if table is asvs else mic()
    named = {(file, name) for row in rows for file, name in TEST.findall(row.why)}
    missing = {pair for pair in named if not (ROOT / pair[0]).is_file() or pair[1] not in cases_in(pair[0])}
    files = {name for row in rows for name in FILE.findall(row.why)}
    assert (missing, {name for name in files if not (ROOT / name).exists()}) == (set(), set())


def test_the_counts_are_right() -> None:
    text = (SECURITY / "asvs.md").read_text(encoding="utf-8")
    told = {
        level: tuple(map(int, counts.split(" | ")))
        for level, counts in re.findall(r"^\| ([12]) \| (\d+(?: \| \d+){4}) \|$", text, re.MULTILINE)
    }
    found = Counter((row.level, row.answer) for row in asvs())
    assert told == {
        level: (
            *(found[level, answer] for answer in ANSWERS),
            sum(found[level, answer] for answer in ANSWERS),
        )
        for level in "12"
    }
