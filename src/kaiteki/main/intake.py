"""Brings in the files that staff sent on their way: the repaired table goes through the import like any other, the original stays."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import msgspec
import structlog

from kaiteki.kit.rounds import go_rounds
from kaiteki.kit.views import expand_name, read
from kaiteki.main.imports.runner import Importer, Options, Outcome
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.main.imports.traces import Origin
from kaiteki.main.turns import Turns
from kaiteki.model.area import Area
from kaiteki.model.language.q import parse_q
from kaiteki.model.query import Query, TypeIs
from kaiteki.model.words import Words
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import Entities, Row
from kaiteki.services.opendata import importing
from kaiteki.services.opendata.intake.clearance import decide
from kaiteki.services.opendata.intake.delivery import (
    NAME,
    Delivery,
    is_long,
    source_of,
    whole_of,
)
from kaiteki.services.opendata.intake.geodata import is_geodata, survey_file
from kaiteki.services.opendata.intake.mapped import SourceMapping, mapping_id
from kaiteki.services.opendata.intake.memory import Memory, recall
from kaiteki.services.opendata.intake.privacy import Doubt
from kaiteki.services.opendata.intake.tables import table_source
from kaiteki.services.opendata.intake.written import lines_of_table
from kaiteki.services.opendata.lineage.model import KeptFile, Step
from kaiteki.services.opendata.model import ImportRun
from kaiteki.services.opendata.quality import WORDS
from kaiteki.services.opendata.readability.reading import TEXTS
from kaiteki.services.opendata.readability.repairs.mending import Whole
from kaiteki.services.opendata.readability.sheet import Sheet
from kaiteki.services.opendata.reading.source import Issue, Source, Unreadable

TICK_S: Final = 3.0
BATCH: Final = 20
"""Files that are brought in at one turn."""
EPSG_BEFORE_PLANE_1: Final = 6668
CLEARED_BEFORE: Final = (
    "この取得元の前のファイルで認められています。 / Cleared for an earlier file of this source."
)
LOG: Final = "kaiteki.intake"
UNFORESEEN: Final = Words(
    "取り込みの途中で思わぬことが起きました。記録（ログ）に残っています。",
    "Something unforeseen happened while it was brought in. It stands in the log.",
)


class _Unseen:
    """A screen that nobody looks at: what an import says stands in its report."""

    def begin(self, title: str, rows: int | None) -> None:
        """Nothing to show."""

    def step(self, rows: int) -> None:
        """Nothing to show."""

    def issue(self, file: str, issue: Issue) -> None:
        """It stands in the report of the import."""

    def confirm(self, title: str, gone: int, standing: int) -> bool:
        """Nobody is there to agree."""
        return False


class Intake:
    """Brings in deliveries that were asked for, in all areas. One per node whose turn it is."""

    def __init__(self, entities: Entities, clock: Clock, areas: Mapping[str, Area]) -> None:
        self._entities, self._clock, self._areas = entities, clock, areas
        self._turns = Turns(clock, LOG)

    async def run(self) -> None:
        """Bring in what is asked for, until cancelled."""
        await go_rounds(self.run_due, TICK_S, LOG, "files")

    async def run_due(self) -> int:
        """Bring in what is asked for now; how many files it was."""
        done = 0
        for area in self._areas:
            wanted = Query(
                types=TypeIs(expand_name(NAME)),
                q=parse_q('state=="asked"', expand_name),
                limit=BATCH,
            )
            done += await self._turns.each(self._entities, area, wanted, self._bring, self._mark)
        return done

    async def _mark(self, area: str, row: Row) -> None:
        """Keep that something unforeseen happened with a file; staff may discard it."""
        one = read(Delivery, row.entity())
        failed = msgspec.structs.replace(one, state="failed", fault=UNFORESEEN.ja)
        await LocalTarget(self._entities, self._clock, area).keep_upon(row, [failed])

    async def _bring(self, area: str, row: Row) -> None:
        one = read(Delivery, row.entity())
        target = LocalTarget(self._entities, self._clock, area)
        plane = f"EPSG:{EPSG_BEFORE_PLANE_1 + self._areas[area].plane}"
        options = msgspec.structs.replace(
            _cleared(one),
            source=one.source,
            licence=one.licence,
            ground=importing.Ground("", plane),
            draft=one.draft,
            file_holds=frozenset(one.file_holds),
            prune=one.removes,
            yes=one.sure,
            removed_max=one.left if one.left >= 0 else None,
        )
        mapping = await target.get(SourceMapping, mapping_id(one.harvest)) if one.harvest else None
        outcomes: list[Outcome] = []
        try:
            made = await asyncio.to_thread(_open, one, options, await _memories(target, one))
            if mapping is not None and mapping.record_type and made.count == 1:
                # what was left out stays out, whatever the mapping of the source says of that column
                outs = await _left_out(target, one, made.sources[0][0])
                told = {each.column: each.item for each in mapping.choices if each.column not in outs}
                options = msgspec.structs.replace(options, as_type=mapping.record_type, columns=told)
            for source, origin in made.sources:
                importer = Importer(
                    target, self._clock, _Unseen(), msgspec.structs.replace(options, origin=origin)
                )
                await importer.run(source, outcomes.append)
        except Unreadable as error:
            outcomes.append(Outcome(one.file_name, one.file_name, fault=error.issue))
        except _Held as held:
            await target.keep_upon(row, [msgspec.structs.replace(one, state="held", doubts=held.doubts)])
            return
        await target.keep_upon(row, [_told(one, outcomes)])
        structlog.get_logger(LOG).info(
            "a file was brought in", area=area, file=one.file_name, tables=len(outcomes)
        )


class _Opened(msgspec.Struct, frozen=True):
    """A delivery as an import takes it: its files, each with where it comes from, and how many tables are in them."""

    sources: tuple[tuple[Source, Origin], ...]
    count: int


class _Held(Exception):
    """A file that is brought in as it came, and in which something may speak of people that nobody has cleared."""

    def __init__(self, doubts: tuple[Doubt, ...]) -> None:
        super().__init__()
        self.doubts = doubts


async def _memories(target: LocalTarget, one: Delivery) -> dict[str, Memory]:
    """What was decided before on the tables of a file that comes in as it is, by their slugs. Raises Unreadable."""
    found: dict[str, Memory] = {}
    for slug in await asyncio.to_thread(_slugs, one):
        found[slug] = recall(await target.get(ImportRun, importing.run_id(slug)), one.again)
    return found


async def _left_out(target: LocalTarget, one: Delivery, source: Source) -> frozenset[str]:
    """The columns that were left out of the data set to which the one table of a file goes."""
    (table,) = await asyncio.to_thread(importing.read_tables, source)
    run = await target.get(ImportRun, importing.run_id(importing.slug_of(source, table)))
    return recall(run, one.again).columns


def _slugs(one: Delivery) -> tuple[str, ...]:
    if not is_geodata(one.file_name) and not is_long(whole_of(one)):
        return ()
    source = source_of(one)
    return tuple(importing.slug_of(source, table) for table in importing.read_tables(source))


def _open(one: Delivery, options: Options, memories: Mapping[str, Memory]) -> _Opened:
    """A delivery, mended as staff chose; files of places, and tables that are too long to be mended, as they are, after they were looked
    through whole. Raises Unreadable, _Held."""
    whole = whole_of(one) if not is_geodata(one.file_name) else None
    if whole is not None and not is_long(whole):
        tables = tuple((table_source(one, sheet), _origin(one, whole, sheet)) for sheet in whole.sheets)
        return _Opened(tables, len(tables))
    source = source_of(one)
    seen = survey_file(source, memories)
    if seen.verdict is not None and seen.verdict.faults:
        raise Unreadable(seen.verdict.faults[0])
    if one.without and seen.verdict is not None:
        raise Unreadable(Issue("feed_whole", level="refused"))
    left = [doubt for doubt in seen.doubts if doubt.column not in one.without]
    if decide(0, left, options.cleared, options.let, options.cleared_whole).held:
        raise _Held(seen.doubts)
    return _Opened(((source, _origin_of(one)),), len(importing.read_tables(source)))


def _cleared(one: Delivery) -> Options:
    """What staff said of a file that may speak of people: doubt by doubt, or (before they did so) of the whole of it; columns left out."""
    if one.cleared or one.without:
        return Options(let=one.cleared, left_out=one.outs, again=one.again)
    # (that a file may be shorter than the last one says nothing of people)
    columns = [doubt.column for doubt in one.doubts if doubt.sort != "fewer"]
    return Options(
        cleared=dict.fromkeys(columns, one.reason or CLEARED_BEFORE),
        cleared_whole=one.reason if columns else "",
        again=one.again,
    )


def _origin(one: Delivery, whole: Whole, sheet: Sheet) -> Origin:
    """The file that came, what staff had mended in it, and where the rows of a table of it stood."""
    repairs = tuple(
        Step(step.repair, "", len(step.changes)) for step in whole.steps if step.repair in one.accepted
    )
    unit = "line" if one.file_name.lower().endswith(TEXTS) else "row"
    return msgspec.structs.replace(
        _origin_of(one), repairs=repairs, unit=unit, lines=lines_of_table(sheet), part=sheet.of or sheet.name
    )


def _origin_of(one: Delivery) -> Origin:
    """The file that came."""
    way, file = "harvest" if one.url else "delivery", KeptFile(one.file_name, one.digest, one.size_bytes)
    return Origin(way, (file,), one.url, one.received_at)


def _told(one: Delivery, outcomes: list[Outcome]) -> Delivery:
    fault = next((outcome.fault for outcome in outcomes if outcome.fault is not None), None)
    data_set = next((outcome.data_set for outcome in outcomes if outcome.data_set), "")
    return msgspec.structs.replace(
        one,
        state="in" if data_set else "failed",
        data_set=data_set,
        fault=_words_of(fault) if fault is not None else "",
    )


def _words_of(fault: Issue) -> str:
    """A fault in words, with the place that it names."""
    line = f": {fault.line}" if fault.line else ""
    return WORDS[fault.code].ja + (f"（{fault.column}{line}）" if fault.column else "")
