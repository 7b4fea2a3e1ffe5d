"""From a record to its line and from a line to its record, as whoever asks may see them.

record ─► its data set ─► the newest file ─► its lines, else the file before ─► file and line
line ─► the part of the lines that holds it (by halving) ─► the records of that line that the person may see
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from kaiteki.kit.pages import City
from kaiteki.services.opendata.lineage.lines import Placed, head_of, line_in, read_lines
from kaiteki.services.opendata.lineage.model import LinesOf, SourceFile, Traced, lines_id, lines_view

FILES_MAX: Final = 50
"""Files of a data set that are looked through for a record, the newest first."""


class Found(msgspec.Struct, frozen=True):
    """Where a record comes from."""

    file: SourceFile
    line: int


async def newest_file(city: City, data_set: str) -> SourceFile | None:
    """The file that a data set was last read from; None where no import said so."""
    traced: Traced | None = await city.get(Traced, data_set)
    return await _file(city, traced.source_file) if traced is not None else None


async def _file(city: City, entity_id: str) -> SourceFile | None:
    return await city.get(SourceFile, entity_id) if entity_id else None


async def files_from(city: City, newest: SourceFile | None) -> AsyncIterator[SourceFile]:
    """The files of a data set, the newest first, FILES_MAX of them."""
    file = newest
    for _ in range(FILES_MAX):
        if file is None:
            return
        yield file
        file = await _file(city, file.before)


async def find_line(city: City, newest: SourceFile | None, record: str) -> Found | None:
    """The newest line that a record comes from."""
    async for file in files_from(city, newest):
        line = await _line_in(city, file, record)
        if line is not None:
            return Found(file, line)
    return None


async def _line_in(city: City, file: SourceFile, record: str) -> int | None:
    """The line of a record in a file, of several in one part the last; parts are read until one has it."""
    for number in range(1, file.parts + 1):
        part = await _part(city, file, number)
        line = None if part is None else line_in(part, head_of(file), record)
        if line is not None:
            return line
    return None


async def _part(city: City, file: SourceFile, number: int) -> LinesOf | None:
    part: LinesOf | None = await city.get(lines_view(file.record_type), lines_id(file.id, number))
    return part


async def placed_from(city: City, file: SourceFile, line: int, limit: int) -> tuple[Sequence[Placed], int]:
    """The records of a file from a line on that the person may see, in the order of the lines, out of so many (and all of the last line)
    that became of it; and the line from which on there are more, 0 at the end. What may not be seen, or is gone, only makes a page shorter."""
    wanted: list[Placed] = []
    for number in range(await _first_part(city, file, line), file.parts + 1):
        part = await _part(city, file, number)
        if part is None:
            continue
        wanted += [one for one in read_lines(part, head_of(file)) if one[0] >= line]
        if len(wanted) > limit and wanted[-1][0] > wanted[limit - 1][0]:
            break
    more = 0
    if len(wanted) > limit:
        last = wanted[limit - 1][0]
        more = last + 1 if wanted[-1][0] > last else 0
        wanted = [one for one in wanted if one[0] <= last]
    seen = await city.named([entity_id for _, entity_id in wanted])
    return [one for one in wanted if one[1] in seen], more


async def _first_part(city: City, file: SourceFile, line: int) -> int:
    """The first part that ends at a line or behind it; parts that are gone hold nothing and end nowhere."""
    low, high = 1, file.parts
    while low < high:
        middle = (low + high) // 2
        part = await _part(city, file, middle)
        if part is None:
            # an earlier file of which only some lines are left: its few parts are read one after the other
            return 1
        if part.last < line:
            low = middle + 1
        else:
            high = middle
    return low
