"""What an import says at its end: the first warnings and refused rows with line and reason, and how to see all of them."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from kaiteki.main.imports.runner import Outcome
from kaiteki.main.imports.screen import ImportScreen
from kaiteki.services.opendata.quality import Tally
from kaiteki.services.opendata.reading.source import Issue


def test_the_first_warnings_are_said_with_line_and_reason(tmp_path: Path) -> None:
    out, tally, report = io.StringIO(), Tally(), tmp_path / "report.csv"
    issues = [
        *(Issue("undecodable", line, "名称", f"値{line}") for line in range(2, 42)),
        Issue("undecodable", 50, "住所", "値"),
        Issue("not_text", 7, level="refused"),
        Issue("header_found_below", 3, level="note"),
    ]
    with ImportScreen(Console(file=out, width=200), report) as screen:
        for issue in issues:
            tally.note(issue)
            screen.issue("a.csv", issue)
        screen.show_outcomes([Outcome("a.csv", "表", "Shelter", tally)])
    said = out.getvalue().splitlines()
    shown = [line.partition(" — ")[0] for line in said if line.startswith(("!", "×"))]
    assert shown == [
        "× a.csv:7",
        "! a.csv:2 [名称] 値2",
        "! a.csv:3 [名称] 値3",
        "! a.csv:4 [名称] 値4",
        "! a.csv:50 [住所] 値",
    ]
    assert all(
        "読めない文字" in line and "cannot be decoded" in line for line in said if line.startswith("!")
    )
    assert "37 more; --report FILE writes all of them." in out.getvalue()
    assert len(report.read_text("utf-8-sig").splitlines()) == 1 + len(issues)


def test_what_is_all_there_needs_no_report() -> None:
    out, tally = io.StringIO(), Tally()
    issue = Issue("undecodable", 2, "名称")
    with ImportScreen(Console(file=out, width=200)) as screen:
        tally.note(issue)
        screen.issue("a.csv", issue)
        screen.show_outcomes([Outcome("a.csv", "表", "Shelter", tally)])
    assert "! a.csv:2 [名称]" in out.getvalue() and "--report" not in out.getvalue()


def test_a_file_without_rows_is_named() -> None:
    out, full = io.StringIO(), Tally()
    full.read = 1
    with ImportScreen(Console(file=out, width=200)) as screen:
        screen.show_outcomes([Outcome("a.csv", "空", "AED", Tally()), Outcome("b.csv", "満", "AED", full)])
    told = [line for line in out.getvalue().splitlines() if "There is no row" in line]
    assert told == ["! 空: 取り込む行がありません。 / There is no row in it to import."]


def test_without_a_terminal_a_line_says_now_and_then_how_far_it_is() -> None:
    for every_s, lines in ((0.0, 3), (3_600.0, 0)):
        out = io.StringIO()
        with ImportScreen(Console(file=out, width=200), told_every_s=every_s) as screen:
            screen.begin("施設[1]", 3_000)
            for _ in range(3):
                screen.step(1_000)
        told = [line for line in out.getvalue().splitlines() if "rows" in line]
        assert told == [f"施設[1]: {count},000 / 3,000 行 / rows" for count in (1, 2, 3)][:lines]
