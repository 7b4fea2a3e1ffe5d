"""What an import says at its end: the first warnings and refused rows with line and reason, and how to see all of them."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from kaiteki.main.imports.runner import Outcome
from kaiteki.main.imports.screen import ImportScreen
from kaiteki.services.opendata.quality import Tally
from kaiteki.services.opendata.readability.contents.kinds import KINDS
from kaiteki.services.opendata.readability.contents.notices import Noticed
from kaiteki.services.opendata.readability.finding import Found
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
    assert shown == ["× a.csv:7", "! a.csv: 注意 41 件 / 41 warnings"]
    words = "文字コードとして読めない文字があります。 / Some characters cannot be decoded."
    assert [line.strip() for line in said if line.startswith("    ")] == [
        f"40 × [名称] {words} 行 / line 2, 3, 4… 「値2」",
        f"1 × [住所] {words} 行 / line 50 「値」",
    ]
    assert len(report.read_text("utf-8-sig").splitlines()) == 1 + len(issues)


def test_a_dry_run_says_what_was_noticed_in_a_table_with_its_first_places() -> None:
    out = io.StringIO()
    places = tuple(Found("", "no_such_day", f"B{row}", "2021-13-45") for row in range(2, 7))
    with ImportScreen(Console(file=out, width=300)) as screen:
        screen.show_noticed([Noticed("no_such_day", 5, places)])
    assert [line.rstrip() for line in out.getvalue().splitlines() if line.strip()] == [
        "! 実在しない日付です / No such day — B2 2021-13-45、B3 2021-13-45、B4 2021-13-45 … 5",
        f"  {KINDS['no_such_day'].mend.ja} / {KINDS['no_such_day'].mend.en}",
    ]


def test_what_is_all_there_needs_no_report() -> None:
    out, tally = io.StringIO(), Tally()
    issue = Issue("undecodable", 2, "名称")
    with ImportScreen(Console(file=out, width=200)) as screen:
        tally.note(issue)
        screen.issue("a.csv", issue)
        screen.show_outcomes([Outcome("a.csv", "表", "Shelter", tally)])
    assert "1 × [名称]" in out.getvalue() and "--report" not in out.getvalue()


def test_many_warnings_are_said_by_file_and_column_and_one_by_one_where_somebody_wants_it() -> None:
    for is_verbose in (False, True):
        out, tally = io.StringIO(), Tally()
        with ImportScreen(Console(file=out, width=300), is_verbose=is_verbose) as screen:
            for file in range(30):
                for column in range(10):
                    screen.issue(f"{file:02}.csv", Issue("item_missing", column=f"列{column}"))
                    screen.issue(f"{file:02}.csv", Issue("not_of_kind", 2, f"項目{column}", "値"))
            screen.show_outcomes([Outcome("a.csv", "表", "Shelter", tally)])
        said = out.getvalue().splitlines()
        grouped = [line for line in said if line.endswith("20 warnings")]
        assert [line[2:8] for line in grouped] == [f"{file:02}.csv" for file in range(12)]
        assert sum("10 × 標準の項目の列がありません。" in line for line in said) == 12
        assert sum("… あと 4 件 / 4 more" in line for line in said) == 12
        assert sum("360 more in 18 files" in line for line in said) == 1
        one_by_one = [line for line in said if line.startswith("! ") and "csv:2 [" in line]
        assert len(one_by_one) == (300 if is_verbose else 0)


def test_no_table_is_counted_against_the_rows_of_the_one_before() -> None:
    out = io.StringIO()
    with ImportScreen(Console(file=out, width=200), told_every_s=0.0) as screen:
        for title, total, rows in (("一", 3, 3), ("二", None, 8), ("二", 8, 8)):
            screen.begin(title, total)
            screen.step(rows)
    told = [line for line in out.getvalue().splitlines() if "rows" in line]
    assert told == ["一: 3 / 3 行 / rows", "二 …: 8 行 / rows", "二: 8 / 8 行 / rows"]


def test_what_may_speak_of_people_is_said_with_what_can_be_done() -> None:
    out = io.StringIO()
    fault = Issue("people_name", 0, "氏名", "2 行 / lines (2, 3)", "refused")
    with ImportScreen(Console(file=out, width=400)) as screen:
        screen.issue("a.csv", fault)
        screen.show_outcomes([Outcome("a.csv", "表", fault=fault)])
    assert "× a.csv [氏名] 2 行 / lines (2, 3) — 個人の氏名のような列" in out.getvalue()
    assert '--clear "列=理由"' in out.getvalue() and "--without COLUMN" in out.getvalue()


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
