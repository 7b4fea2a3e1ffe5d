"""What an import shows: progress with its rate, the mapping of a dry run, the counts and the refused rows at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid

from kaiteki.main.imports.runner import Outcome
from kaiteki.main.imports.warned import Warnings
from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.services.opendata import quality
from kaiteki.services.opendata.intake.clearance import CODE as PEOPLE
from kaiteki.services.opendata.intake.clearance import Passed, issue_of
from kaiteki.services.opendata.mapping import Guess
from kaiteki.services.opendata.readability.contents.kinds import KINDS
from kaiteki.services.opendata.readability.contents.notices import Noticed
from kaiteki.services.opendata.reading.source import Issue, shorten
from kaiteki.services.opendata.standard.table import standard_types

TOLD_EVERY_S: Final = 10
"""How often a line says how far an import is, where no terminal shows it."""
REFUSED_SHOWN_MAX: Final = 50
NOTICED_SHOWN: Final = 3
"""Places of each kind of what is noticed in a table that a dry run names."""
MARKS: Final = {"refused": ("×", "red"), "warning": ("!", "yellow"), "note": ("・", "dim")}
HINT: Final = (
    '個人についての情報かもしれないため、取り込んでいません。公開してよい列は --clear "列=理由"、公開しない列は --without 列 で示してください。'
    ' / Nothing of these tables came in: they may speak of people. For columns that may be published say --clear "COLUMN=REASON" (the reason'
    " is kept), for those that may not --without COLUMN."
)
REPORT_HEADER: Final = ("file", "line", "column", "level", "code", "value", "ja", "en")


class ImportScreen:
    """The screen of one import; used as a context manager. `report` takes every issue as CSV when it is given; `is_verbose`: each is
    said as it is found."""

    def __init__(
        self,
        console: Console,
        report: Path | None = None,
        told_every_s: float = TOLD_EVERY_S,
        is_verbose: bool = False,
    ) -> None:
        self.console = console
        self._told_every_s = told_every_s
        self._told_s = monotonic()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID = self._progress.add_task("", total=None, rate="")
        self._refused: list[tuple[str, Issue]] = []
        self._doubts: list[tuple[str, Issue]] = []
        self._people = 0
        self._warnings = Warnings()
        self._is_verbose = is_verbose
        self._file = report.open("w", encoding="utf-8-sig", newline="") if report else None
        self._writer = SheetWriter(self._file) if self._file else None
        if self._writer:
            self._writer.writerow(REPORT_HEADER)

    def __enter__(self) -> ImportScreen:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
        if self._file:
            self._file.close()

    def begin(self, title: str, rows: int | None) -> None:
        """Show a table; without a number of rows it is being surveyed."""
        words = escape(shorten(title, 40))
        # a new bar for each: one that is only set back keeps the total of the table before while no other is known
        self._progress.remove_task(self._task)
        self._task = self._progress.add_task(words if rows is not None else f"{words} …", total=rows, rate="")

    def step(self, rows: int) -> None:
        """More rows are done."""
        self._progress.advance(self._task, rows)
        speed = self._progress.tasks[0].speed
        self._progress.update(self._task, rate=f"{speed:,.0f} rows/s" if speed else "")
        if not self.console.is_terminal and monotonic() - self._told_s >= self._told_every_s:
            self._told_s, task = monotonic(), self._progress.tasks[0]
            of = f" / {task.total:,.0f}" if task.total is not None else ""
            self.console.print(f"{task.description}: {task.completed:,.0f}{of} 行 / rows")

    def issue(self, file: str, issue: Issue) -> None:
        """Write an issue to the report, and keep the first refused ones and warnings for the end."""
        words = quality.WORDS[issue.code]
        if self._writer:
            place = (file, issue.line or "", issue.column, issue.level, issue.code)
            self._writer.writerow((*place, shorten(issue.value), words.ja, words.en))
        if self._is_verbose:
            self._show_issues(*MARKS[issue.level], [(file, issue)])
        self._people += issue.code.startswith(PEOPLE)
        if issue.level == "refused" and len(self._refused) < REFUSED_SHOWN_MAX:
            self._refused.append((file, issue))
        if issue.code in quality.OF_THE_WHOLE:
            self._doubts.append((file, issue))
        elif issue.level == "warning":
            self._warnings.note(file, issue)

    def confirm(self, title: str, gone: int, standing: int) -> bool:
        """Ask whether records that are no longer in the file may go; without a terminal the answer is no."""
        words = f"「{title}」の{standing:,}件のうち{gone:,}件がファイルにありません。"
        english = f"{gone:,} of {standing:,} records of {title} are no longer in the file."
        self._progress.stop()
        self.console.print(escape(f"{words} / {english}"), style="yellow")
        agreed = sys.stdin.isatty() and typer.confirm("消しますか / Remove them?", default=False)
        if not agreed:
            self.console.print(
                "消していません。--yes を付けると消します。 / Nothing was removed; --yes removes them."
            )
        self._progress.start()
        return agreed

    def show_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """The counts of every table and their sums, then the refused rows and the first warnings with file, line, column and reason."""
        grid = Grid(
            "データ", "種類", *("読んだ", "新しい", "変わった", "同じ", "受けつけず", "注意", "消した")
        )
        for column in grid.columns[2:]:
            column.justify = "right"
        sums = [0] * 7
        for outcome in outcomes:
            counts = counts_of(outcome)
            sums = [one + more for one, more in zip(sums, counts, strict=True)]
            kind = standard_types()[outcome.type].words.ja if outcome.type else "—"
            grid.add_row(escape(shorten(outcome.title, 44)), kind, *(f"{count:,}" for count in counts))
        grid.add_section()
        grid.add_row(f"{len(outcomes)}", "", *(f"{count:,}" for count in sums))
        self.console.print(grid)
        unstated = sum(1 for outcome in outcomes if outcome.is_unstated)
        if unstated:
            words = f"{unstated:,} 件のデータに出典か利用条件がありません。--source と --licence で示せます。"
            english = f"Source or licence not stated for {unstated:,}; say --source and --licence."
            self.console.print(escape(f"! {words} / {english}"), style="yellow")
        for outcome in outcomes:
            if outcome.tally is not None and outcome.tally.read == outcome.tally.refused == 0:
                words = f"{shorten(outcome.title, 44)}: 取り込む行がありません。 / There is no row in it to import."
                self.console.print(escape(f"! {words}"), style="yellow")
        refused = sums[4] + sum(1 for outcome in outcomes if outcome.fault is not None)
        self._show_issues("×", "red", self._doubts)
        self._show_issues("×", "red", self._refused, max(refused, len(self._refused)))
        if self._people:
            self.console.print(escape(HINT), style="yellow")
        for line in self._warnings.lines():
            self.console.print(escape(line), style="yellow")

    def _show_issues(
        self,
        mark: str,
        style: str,
        issues: Sequence[tuple[str, Issue]],
        count: int = 0,
    ) -> None:
        """Issues, and how many more there are of `count`."""
        for file, issue in issues:
            words = quality.WORDS[issue.code]
            place = f"{file}:{issue.line}" if issue.line else file
            column = f" [{issue.column}]" if issue.column else ""
            value = f" {shorten(issue.value, 60)}" if issue.value else ""
            self.console.print(
                escape(f"{mark} {place}{column}{value} — {words.ja} / {words.en}"), style=style
            )
        if count > len(issues):
            self.console.print(
                f"… 受けつけなかった行 / refused: あと {count - len(issues):,} 件。--report FILE ですべて書き出します。"
                f" / {count - len(issues):,} more; --report FILE writes all of them."
            )

    def show_gate(self, file: str, passed: Passed) -> None:
        """What an import would stop at, or that it would not."""
        self.console.print(
            f"個人についての情報: {passed.looked} 列を確かめ、{len(passed.held)} 件。"
            f" / {len(passed.held)} that may speak of people, {passed.looked} columns looked through."
        )
        self._show_issues("×", "red", [(file, issue_of(doubt)) for doubt in passed.held])
        if passed.held:
            self.console.print(escape(HINT), style="yellow")

    def show_noticed(self, noticed: Sequence[Noticed]) -> None:
        """What was noticed in the contents of a table: each kind with its count and the first places, and what to do."""
        for one in noticed:
            kind = KINDS[one.kind]
            places = "、".join(f"{found.at} {found.value}" for found in one.examples[:NOTICED_SHOWN])
            more = f" … {one.count:,}" if one.count > NOTICED_SHOWN else ""
            self.console.print(
                escape(f"! {kind.words.ja} / {kind.words.en} — {places}{more}"), style="yellow"
            )
            self.console.print(escape(f"  {kind.mend.ja} / {kind.mend.en}"), style="dim")

    def show_surplus(self, gone: int, standing: int) -> None:
        """What an import with --prune would remove."""
        words = f"ファイルにない記録 {gone:,} 件（全 {standing:,} 件）"
        self.console.print(
            f"{words} / {gone:,} of {standing:,} records are not in the file: --prune removes them."
        )

    def show_guess(self, title: str, guessed: Guess) -> None:
        """The mapping of a table as a dry run shows it."""
        kind = standard_types()[guessed.type]
        why = quality.REASONS[guessed.reason]
        self.console.print(
            f"\n[bold]{escape(title)}[/bold] → {kind.words.ja} ({kind.name}) {guessed.confidence:.0%}, {why.ja}"
        )
        grid = Grid("列", "項目", "英字名", "確かさ", "理由")
        for choice in guessed.choices:
            item = kind.item(choice.item) if choice.item else None
            label = item.label if item else "(そのほかの項目)" if not choice.item else "(取り込まない)"
            sure = f"{choice.confidence:.0%}" if choice.item else ""
            grid.add_row(escape(choice.column), label, choice.item, sure, quality.REASONS[choice.reason].ja)
        self.console.print(grid)


def counts_of(outcome: Outcome) -> list[int]:
    """read, created, changed, unchanged, refused, warnings, removed."""
    tally = outcome.tally
    if tally is None:
        return [0] * 7
    return [
        tally.read,
        tally.created,
        tally.changed,
        tally.unchanged,
        tally.refused,
        tally.warnings,
        tally.removed,
    ]
