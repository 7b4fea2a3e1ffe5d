"""Keeps where the records of a data set come from while it is imported: the file with its digest, the line of each record, how it was read."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from kaiteki.main.imports.targets import Target
from kaiteki.model.instant import Instant
from kaiteki.services.opendata.intake.clearance import Passed
from kaiteki.services.opendata.lineage.lines import Head, Writer, head_of, keep_only, read_lines
from kaiteki.services.opendata.lineage.model import (
    UNITS,
    KeptFile,
    Let,
    LinesOf,
    SourceFile,
    Step,
    Traced,
    Unit,
    Way,
    file_id,
    lines_id,
    lines_view,
)
from kaiteki.services.opendata.mapping import Guess
from kaiteki.services.opendata.model import KeptChoice
from kaiteki.services.opendata.quality import Tally
from kaiteki.services.opendata.reading.source import Open, Row, Source, Table
from kaiteki.services.opendata.surplus import Seen
from kaiteki.services.opendata.titles import ATTRIBUTES, CONFIG

FILES_MAX: Final = 50
"""Earlier files of a data set that are looked through for records that a new one no longer has."""
BLOCK_BYTES: Final = 1 << 20
PARTS_OF: Final = {".shp": (".dbf", ".shx", ".prj", ".cpg"), ".dbf": (".cpg",)}
"""What belongs to a file of a form besides itself."""
REWRITES: Final = (
    "header_found_below",
    "rewritten",
    "cut_text",
    "swapped_position",
    "mended_geometry",
    "name_from_title",
)
"""What an import puts right by itself."""


class Origin(msgspec.Struct, frozen=True):
    """Where the bytes of a source came from, where they are not those of a file that somebody names: a delivery with its repairs.

    `lines`: of the mended table the line on which each row begins, in their order, with the place where that row stood in the file;
    `part` is the sheet of the file that the table stood in.
    """

    way: Way = "import"
    files: tuple[KeptFile, ...] = ()
    url: str = ""
    received_at: Instant | None = None
    repairs: tuple[Step, ...] = ()
    unit: Unit | None = None
    lines: tuple[tuple[int, int], ...] = ()
    part: str = ""


class Trace:
    """The lineage of one table (its slug, and the Withdrawal for which it is hidden, if it is) while it is imported."""

    def __init__(self, target: Target, source: Source, table: tuple[str, str], origin: Origin) -> None:
        self._target, self._source, self._origin = target, source, origin
        self._slug, self._withheld = table
        self._files = origin.files or read_files(source)
        self._digest = digest_of(self._files)
        self.unit: Unit = origin.unit or UNITS[source.suffix]
        self._begins = [begin for begin, _ in origin.lines]
        self._rows = 0
        self._before: SourceFile | None = None
        self._known: SourceFile | None = None
        self.seen = Seen()

    async def begin(self, data_set: str, record_type: str) -> None:
        """Find the files before; one of the same bytes as the last is that one, read again."""
        traced = await self._target.get(Traced, data_set)
        newest = await self._get(traced.source_file if traced is not None else "")
        if newest is not None and newest.digest == self._digest:
            self._known, self._before = newest, await self._get(newest.before)
        else:
            self._before = newest
        number = self._known.number if self._known else newest.number + 1 if newest else 1
        self.id = file_id(self._slug, number)
        self._number = number
        self._head = Head(record_type, self._slug)
        self._writer = Writer(self.id, self._head)
        if self._known is not None and self._known.record_type != record_type:
            # what its records were called as those of another type would stand beside what they are called now
            parts = [lines_id(self.id, part) for part in range(1, self._known.parts + 1)]
            await self._target.remove(parts)

    async def _get(self, entity_id: str) -> SourceFile | None:
        return await self._target.get(SourceFile, entity_id) if entity_id else None

    def place(self, row: Row) -> int:
        """Where a row stands in its file, in its unit. Each row is asked for once, in their order."""
        self._rows += 1
        if self._begins:
            return self._origin.lines[max(0, bisect_right(self._begins, row.line) - 1)][1]
        return self._rows if self.unit == "feature" else row.line

    async def note(self, placed: Iterable[tuple[int, str]]) -> None:
        """These records were kept, each with the place of its row."""
        full: list[LinesOf] = []
        for line, entity_id in placed:
            self.seen.add((entity_id,))
            part = self._writer.add(line, entity_id)
            full += [part] if part is not None else []
        if full:
            await self._target.keep(full, self._withheld)

    async def end(
        self, table: Table, guessed: Guess, tally: Tally, passed: Passed, times: Sequence[Instant]
    ) -> str:
        """Keep the file with all that is known of it, and of the files before what no later one has; the answer is its id."""
        last = self._writer.end()
        surplus = range(self._writer.parts + 1, (self._known.parts if self._known else 0) + 1)
        await self._target.keep([last] if last is not None else [], self._withheld)
        if surplus:
            await self._target.remove([lines_id(self.id, part) for part in surplus])
        if self._known is None:
            await self._thin(self._before)
        known = self._known or SourceFile(self.id, received_at=self._origin.received_at or times[0])
        counted = {"read": tally.read, "kept": tally.kept, "refused": tally.refused}
        kept = msgspec.structs.replace(
            known,
            data_set=f"urn:ngsi-ld:DataSet:{self._slug}",
            number=self._number,
            before=self._before.id if self._before else "",
            digest=self._digest,
            files=self._files,
            folder=self._source.folder,
            part=self._origin.part or table.part,
            way=self._origin.way,
            url=self._origin.url,
            started_at=times[0],
            finished_at=times[1],
            encoding=table.encoding,
            record_type=self._head.record_type,
            slug=self._slug,
            unit=self.unit,
            mapping=tuple(KeptChoice(c.column, c.item, c.confidence, c.reason) for c in guessed.choices),
            repairs=self._origin.repairs,
            rewritten=tuple(
                Step(one.code, one.column, one.count) for one in tally.issues() if one.code in REWRITES
            ),
            looked=passed.looked,
            let=tuple(Let(one.column, one.sort, one.count) for one in passed.cleared),
            created=tally.created,
            changed=tally.changed,
            parts=self._writer.parts,
            **counted,
        )
        await self._target.keep([kept], self._withheld)
        return self.id

    async def _thin(self, file: SourceFile | None) -> None:
        """Of the files before, keep the lines of records that no later file has."""
        for _ in range(FILES_MAX):
            if file is None:
                return
            left = 0
            for number in range(1, file.parts + 1):
                part = await self._target.get(lines_view(file.record_type), lines_id(file.id, number))
                left += part is not None and await self._thin_part(part, head_of(file))
            if file.parts and not left:
                await self._target.keep([msgspec.structs.replace(file, parts=0)])
            file = await self._get(file.before)

    async def _thin_part(self, part: LinesOf, head: Head) -> bool:
        """Whether anything of a part stays."""
        stays = set(self.seen.without([entity_id for _, entity_id in read_lines(part, head)]))
        kept = keep_only(part, head, stays.__contains__)
        if kept is None:
            await self._target.remove([part.id])
        elif kept is not part:
            await self._target.keep([kept])
        return kept is not None


def read_files(source: Source) -> tuple[KeptFile, ...]:
    """A file and what belongs to it, each with its digest."""
    wanted = [(source.name, source.open)]
    for suffix in PARTS_OF.get(source.suffix, ()):
        opened = source.sibling(suffix)
        if opened is not None:
            wanted.append((source.stem + suffix, opened))
    wanted += [(name, source.beside[name]) for name in (ATTRIBUTES, CONFIG) if name in source.beside]
    return tuple(_read(name, opened) for name, opened in wanted)


def _read(name: str, opened: Open) -> KeptFile:
    digest, size = hashlib.sha256(), 0
    with opened() as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            size += len(block)
    return KeptFile(name, digest.hexdigest(), size)


def digest_of(files: Sequence[KeptFile]) -> str:
    """What tells files from others: the digest of the one, or of the digests of all."""
    if len(files) == 1:
        return files[0].digest
    return hashlib.sha256("\n".join(one.digest for one in files).encode()).hexdigest()
