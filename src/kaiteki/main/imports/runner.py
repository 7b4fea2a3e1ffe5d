"""One import from end to end: read, guess, survey, make records, keep them in batches, keep the report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from kaiteki.main.imports.feeds import keep_feed, look_at
from kaiteki.main.imports.targets import BATCH_ROWS, Target
from kaiteki.main.imports.traces import Origin, Trace
from kaiteki.main.imports.upheld import Upholding
from kaiteki.main.imports.withheld import begin_withheld, end_withheld
from kaiteki.ports.clock import Clock
from kaiteki.services.opendata import importing, quality
from kaiteki.services.opendata.intake.clearance import Clearance, LeftOut, Passed, decide, issue_of
from kaiteki.services.opendata.intake.memory import Memory, recall, remember
from kaiteki.services.opendata.intake.privacy import Gate
from kaiteki.services.opendata.mapping import IGNORED, Guess, correct
from kaiteki.services.opendata.model import DataSet, ImportMapping, ImportRun, Record
from kaiteki.services.opendata.naming import Keys
from kaiteki.services.opendata.readability.report import judge_table, report_id, report_of
from kaiteki.services.opendata.reading.source import Issue, Source, Table, Unreadable
from kaiteki.services.opendata.reading.zipped import is_feed
from kaiteki.services.opendata.records import Maker
from kaiteki.services.opendata.surplus import Seen, is_far_fewer, judge
from kaiteki.services.opendata.withdrawal.model import mark_of, withdrawal_id


class Screen(Protocol):
    """What hears of the progress of an import."""

    def begin(self, title: str, rows: int | None) -> None: ...
    def step(self, rows: int) -> None: ...
    def issue(self, file: str, issue: Issue) -> None: ...
    def confirm(self, title: str, gone: int, standing: int) -> bool: ...


class Options(msgspec.Struct, frozen=True):
    """What the command line says of an import. `columns` are corrections: column -> item, `-` leaves it out.

    `prune` removes records of a data set that are no longer in its file; `yes` without asking, however many they are. `cleared` are columns
    that may speak of people and are public for a reason, `cleared_whole` the reason for which somebody cleared the whole file; `origin` is
    where the bytes came from.
    """

    as_type: str = ""
    columns: Mapping[str, str] = {}
    source: str = ""
    licence: str = ""
    ground: importing.Ground = importing.Ground()
    prune: bool = False
    yes: bool = False
    cleared: Mapping[str, str] = {}
    cleared_whole: str = ""
    let: tuple[Clearance, ...] = ()
    """Doubts that staff cleared, each by itself."""
    left_out: tuple[LeftOut, ...] = ()
    """Columns that are left out, now and of every later file of the data set."""
    again: tuple[str, ...] = ()
    """Columns of which nothing counts that was decided at a file before."""
    origin: Origin = Origin()
    removed_max: int | None = None
    """How many records of a table `prune` removes at most, as many as somebody was told; None: as many as there are."""
    file_holds: frozenset[str] = frozenset()
    """Marks of the records of which somebody decided that the file holds, and not what was corrected by hand."""
    draft: bool = False
    """Whether what comes in is for staff alone until somebody publishes it."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of one table, or of a file without any."""

    file: str
    title: str
    type: str = ""
    tally: quality.Tally | None = None
    fault: Issue | None = None
    data_set: str = ""
    is_unstated: bool = False
    """Whether nobody has said who published the data, or under which terms."""
    is_withheld: bool = False
    """Whether what came in is for staff alone: a draft, or new rows of what was withdrawn."""


class Importer:
    """Imports sources into a target."""

    def __init__(self, target: Target, clock: Clock, screen: Screen, options: Options) -> None:
        self.target, self.clock, self.screen, self.options = target, clock, screen, options

    async def run(self, source: Source, done: Callable[[Outcome], None]) -> None:
        """Import every table of a file; `done` hears of each."""
        try:
            tables = importing.read_tables(source)
        except Unreadable as error:
            self.screen.issue(source.label, error.issue)
            done(Outcome(source.label, source.name, fault=error.issue))
            return
        came: list[Outcome] = []
        for table in tables:
            try:
                came.append(await self._table(source, table))
            except Unreadable as error:
                self.screen.issue(source.label, error.issue)
                came.append(Outcome(source.label, importing.title_of(source, table), fault=error.issue))
            done(came[-1])
        # what is held back of its tables is not published as a feed either
        if is_feed(source) and all(one.fault is None for one in came):
            await self._feed(source, came, done)

    async def _feed(self, source: Source, came: list[Outcome], done: Callable[[Outcome], None]) -> None:
        """Keep a feed of public transport whole, or say why it is not published."""
        found = await asyncio.to_thread(look_at, source)
        for issue in (*found[1].faults, *found[1].notes):
            self.screen.issue(source.label, issue)
        if found[1].faults:
            done(Outcome(source.label, f"{source.stem} (GTFS)", fault=found[1].faults[0]))
            return
        hidden = [withdrawal_id(one.data_set) for one in came if one.is_withheld]
        data_sets = [one.data_set for one in came]
        await keep_feed(
            self.target, source, found, (data_sets, hidden[0] if hidden else ""), self.clock.now()
        )

    async def guess(self, source: Source, table: Table) -> tuple[Guess, ImportMapping | None]:
        """What a table is taken for, with the mapping that was kept for its header."""
        title = importing.title_of(source, table)
        kept = await self.target.get(ImportMapping, importing.mapping_id(table, title))
        guessed = importing.guess_table(source, table, self.options.as_type, kept)
        before = await self.target.get(ImportRun, importing.run_id(importing.slug_of(source, table)))
        known = dict.fromkeys(recall(before, self.options.again).columns, IGNORED)
        now = {one.column: IGNORED for one in self.options.left_out}
        told = {**known, **self.options.columns, **now}
        return correct(guessed, "", {name: item for name, item in told.items() if name in table.header}), kept

    async def surplus(self, source: Source, table: Table, guessed: Guess) -> tuple[int, int]:
        """How many records an import with `prune` would remove, and of how many; nothing is written."""
        known = await self.target.get(DataSet, importing.data_set_id(importing.slug_of(source, table)))
        surveyed = importing.survey(table, guessed, self.screen.step, None, known)
        plan = importing.plan_table(source, table, guessed, surveyed, self.options.ground)
        maker, seen = Maker(plan), Seen()
        seen.add(made.record.id for row in table.rows() if (made := maker.make(row)).record is not None)
        gone, standing = await find_surplus(self.target, plan.data_set, seen)
        return len(gone), standing

    async def look_through(self, source: Source, table: Table, guessed: Guess) -> Passed:
        """What the gate would say of a table; nothing is written."""
        gate = importing.gate_of(table, guessed)
        importing.survey(table, guessed, self.screen.step, gate)
        before = await self.target.get(ImportRun, importing.run_id(importing.slug_of(source, table)))
        return self._pass(gate, before)

    def _pass(self, gate: Gate, before: ImportRun | None) -> Passed:
        """What the gate says of a table that it has seen whole."""
        known = (*self.options.let, *recall(before, self.options.again).cleared)
        return decide(gate.looked, gate.doubts(), self.options.cleared, known, self.options.cleared_whole)

    def _remember(self, before: ImportRun | None, passed: Passed) -> Memory:
        """What was decided on the columns of a data set, at this file and at those before it."""
        options = self.options
        decided = Memory(options.left_out, (*options.let, *passed.cleared))
        return remember(recall(before, options.again), decided, options.columns, self.clock.now())

    def _hold(self, source: Source, title: str, passed: Passed) -> Outcome:
        """Say why nothing of a table comes in."""
        issues = [issue_of(doubt) for doubt in passed.held]
        for issue in issues:
            self.screen.issue(source.label, issue)
        return Outcome(source.label, title, fault=issues[0])

    async def _table(self, source: Source, table: Table) -> Outcome:
        title = importing.title_of(source, table)
        guessed, mapping = await self.guess(source, table)
        self.screen.begin(title, None)
        gate = importing.gate_of(table, guessed)
        known = await self.target.get(DataSet, importing.data_set_id(importing.slug_of(source, table)))
        surveyed = importing.survey(table, guessed, self.screen.step, gate, known)
        plan = importing.plan_table(source, table, guessed, surveyed, self.options.ground)
        before = await self.target.get(ImportRun, importing.run_id(plan.slug))
        passed = self._pass(gate, before)
        if passed.held:
            return self._hold(source, title, passed)
        kept_decisions = self._remember(before, passed)
        withheld = await begin_withheld(self.target, plan.data_set, title, self.options.draft)
        run = _Run(self, source, table, passed, withheld)
        await run.trace.begin(plan.data_set, guessed.type)
        if withheld:
            run.note((Issue("withheld"),))
        if is_far_fewer(surveyed.rows, before):
            run.note((Issue("fewer_rows", value=f"{before.read if before else 0:,} → {surveyed.rows:,}"),))
        self.screen.begin(title, surveyed.rows)
        run.keys = plan.keys
        await run.keep_rows(table, Maker(plan))
        missing, asked, present = importing.missing_items(guessed)
        run.note((*table.notes, *table.found(), *missing))
        if self.options.prune:
            await run.prune(title)
        mapping_id = importing.mapping_id(table, title)
        await self.target.keep([importing.kept_mapping(mapping_id, title, guessed, mapping)])
        kept = await run.finish(table, guessed, quality.grade(run.tally, asked, present))
        await self.target.keep([run.report(kept.id, guessed, kept_decisions)])
        await end_withheld(self.target, plan.data_set, withheld)
        is_unstated, is_withheld = not (kept.source and kept.licence), withheld != ""
        return Outcome(source.label, title, guessed.type, run.tally, None, kept.id, is_unstated, is_withheld)


async def find_surplus(target: Target, data_set: str, seen: Seen) -> tuple[list[str], int]:
    """The records of a data set that were not seen, and how many records it has."""
    gone: list[str] = []
    standing = 0
    async for ids in target.ids_of(data_set):
        gone += seen.without(ids)
        standing += len(ids)
    return gone, standing


class _Run:
    """The import of one table while it goes on."""

    def __init__(
        self, importer: Importer, source: Source, table: Table, passed: Passed, withheld: str
    ) -> None:
        self.importer, self.source, self.passed, self.withheld = importer, source, passed, withheld
        self.slug = importing.slug_of(source, table)
        self.tally = quality.Tally()
        origin = importer.options.origin
        if table.unit:
            origin = msgspec.structs.replace(origin, unit=table.unit)
        self.trace = Trace(importer.target, source, (self.slug, withheld), origin)
        self.started = importer.clock.now()
        self.contents = importing.Contents()
        self.upholding = Upholding(importer.target, importer.options.file_holds)
        self.keys = Keys()

    def note(self, issues: tuple[Issue, ...]) -> None:
        for issue in issues:
            self.tally.note(issue)
            self.importer.screen.issue(self.source.label, issue)

    async def keep_rows(self, table: Table, maker: Maker) -> None:
        """Keep the records of all rows, but for those that were erased for good."""
        kept = await self.importer.target.get(DataSet, importing.data_set_id(self.slug))
        left_out = frozenset(kept.left_out if kept is not None else ())
        self.upholding.begin(kept)
        for rows in importing.batches(table.rows(), BATCH_ROWS):
            made = [(row.line, self.trace.place(row), maker.make(row)) for row in rows]
            self.tally.read += len(rows)
            records: list[tuple[int, int, Record]] = []
            for line, at, one in made:
                self.note(one.issues)
                if one.record is not None and left_out and mark_of(one.record.id) in left_out:
                    self.note((Issue("erased_before", line, level="refused"),))
                elif one.record is not None:
                    records.append((line, at, await self.upholding.uphold(one.record, line)))
            self.note(self.upholding.issues())
            await self.keep(records)
            await self.upholding.keep()
            self.importer.screen.step(len(rows))

    async def keep(self, records: list[tuple[int, int, Record]]) -> None:
        """Keep records, each with the line of its row and its place in the file."""
        if not records:
            return
        for _, _, record in records:
            self.contents.note(record)
        kept = await self.importer.target.keep([record for _, _, record in records], self.withheld)
        self.tally.created += kept.created
        self.tally.changed += kept.changed
        self.tally.unchanged += kept.unchanged
        for at, why in kept.refused.items():
            self.note((Issue("remote_refused", records[at][0], value=why, level="refused"),))
        # (what is in the file is not removed from the city, also where the node did not take what it says now)
        self.trace.seen.add(records[at][2].id for at in kept.refused)
        await self.trace.note(
            (place, record.id) for at, (_, place, record) in enumerate(records) if at not in kept.refused
        )

    async def prune(self, title: str) -> None:
        """Remove what the file no longer holds, where the file is whole and it is not too much or somebody says so."""
        target, options = self.importer.target, self.importer.options
        gone, standing = await find_surplus(target, importing.data_set_id(self.slug), self.trace.seen)
        verdict = judge(self.tally, len(gone), standing)
        if options.removed_max is not None and len(gone) > options.removed_max:
            verdict = "keep"
        if verdict == "ask" and (options.yes or self.importer.screen.confirm(title, len(gone), standing)):
            verdict = "remove"
        if verdict in ("ask", "keep"):
            self.note((Issue("not_pruned", value=f"{len(gone):,} / {standing:,}"),))
        if verdict == "remove":
            for first in range(0, len(gone), BATCH_ROWS):
                self.tally.removed += await target.remove(gone[first : first + BATCH_ROWS])
            # what is no longer there needs no line of an earlier file
            self.trace.seen.add(gone)

    async def finish(self, table: Table, guessed: Guess, grade: int) -> DataSet:
        """Keep the data set with its counts, and the report of this run; the answer is the data set."""
        target, now = self.importer.target, self.importer.clock.now()
        data_set = importing.data_set_id(self.slug)
        before = await target.get(DataSet, data_set)
        news = before is None or self.tally.created + self.tally.changed + self.tally.removed > 0
        title = importing.title_of(self.source, table)
        told = self.importer.options
        stated = (
            told.source or (before.source if before else ""),
            told.licence or (before.licence if before else ""),
        )
        file = await self.trace.end(table, guessed, self.tally, self.passed, (self.started, now))
        judged = judge_table(self.source, table.part, before.columns if before else (), stated)
        # what staff said of it stays
        kept = msgspec.structs.replace(
            before or DataSet(id=data_set),
            title=title,
            record_type=guessed.type,
            records=self.tally.kept,
            source=stated[0],
            licence=stated[1],
            file_name=self.source.name,
            source_file=file,
            folder=self.source.folder,
            encoding=table.encoding,
            is_lasting=self.keys.is_lasting,
            keyed_by=self.keys.columns,
            columns=table.header,
            fills=importing.fills_of(guessed),
            items=self.contents.items,
            details=self.contents.details,
            detail_sorts=self.contents.detail_sorts,
            located=self.contents.located,
            box=self.contents.box,
            mapping=importing.mapping_id(table, title),
            corrected=await self.upholding.end(before),
            quality=grade,
            readability=judged.score if judged else None,
            changed_at=now if news else before.changed_at if before else now,
            checked_at=now,
        )
        report = report_of(report_id(self.slug), data_set, self.source.name, judged) if judged else None
        if report is not None:
            report = msgspec.structs.replace(report, checked_at=now)
        await target.keep([kept, *([report] if report else [])], self.withheld)
        return kept

    def report(self, data_set: str, guessed: Guess, decisions: Memory) -> ImportRun:
        """What came of this run, with the decisions that stand for the next one."""
        tally = self.tally
        return ImportRun(
            id=importing.run_id(self.slug),
            data_set=data_set,
            file_name=self.source.name,
            started_at=self.started,
            finished_at=self.importer.clock.now(),
            read=tally.read,
            created=tally.created,
            changed=tally.changed,
            unchanged=tally.unchanged,
            refused=tally.refused,
            warnings=tally.warnings,
            removed=tally.removed,
            type_reason=guessed.reason,
            issues=tally.issues(),
            looked=self.passed.looked,
            cleared=decisions.cleared,
            without=decisions.left_out,
        )
