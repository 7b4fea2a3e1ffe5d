"""Rows of a table put down in a folder that goes away, so that kinds, places and bounds are known before a file is begun.

    pages ─► a line of JSON for each row (names of columns, WKB as hexadecimal digits) ─► Staged ─► a writer reads it line by line

Memory holds one page; the folder holds the table once, and the file that is made of it.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final, cast

import msgspec
import shapely
from starlette.concurrency import run_in_threadpool

from kaiteki.kit.tables import Sort, Table, TableColumn, TableRow
from kaiteki.model.entity import Json

AT_ONCE_MAX: Final = 2
"""Files that are made at the same time; others wait for their turn."""
PART_BYTES: Final = 1 << 18
"""Bytes of a part of a finished file."""
PLACE: Final = "geometry"
ID: Final = "id"
INT64_MAX: Final = 2**63 - 1
_turns: Final = asyncio.Semaphore(AT_ONCE_MAX)

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""


class Staged(msgspec.Struct, frozen=True):
    """A table that was put down: its columns with the kinds that their cells have, its rows as lines, where they lie."""

    table: Table
    columns: tuple[TableColumn, ...]
    lines: Path
    rows: int
    shapes: tuple[str, ...]
    """The kinds of geometry that occur, by their names in WKT (`Point`, `MultiPolygon Z`), sorted."""
    bounds: Bounds | None

    def read(self) -> Iterator[dict[str, Json]]:
        """The rows by the names of their columns, each with ID, and PLACE where it lies somewhere."""
        decode = msgspec.json.Decoder(dict[str, Any]).decode
        with self.lines.open("rb") as file:
            for line in file:
                yield decode(line)


async def through_a_file(
    table: Table, suffix: str, make: Callable[[Staged, Path], None]
) -> AsyncGenerator[bytes, None]:
    """The parts of a file that `make` writes of a table. Everything of it is gone when the parts are closed."""
    async with _turns:
        with TemporaryDirectory(prefix="kaiteki-table-") as folder:
            staged = await stage(table, Path(folder))
            path = Path(folder) / f"{table.name}.{suffix}"
            await run_in_threadpool(make, staged, path)
            with path.open("rb") as file:
                while part := await run_in_threadpool(file.read, PART_BYTES):
                    yield part


async def stage(table: Table, folder: Path) -> Staged:
    """Put the rows of a table down."""
    columns = named_apart(table.columns)
    path = folder / "rows"
    notes = _Notes(columns)
    pages = cast(AsyncGenerator[Sequence[TableRow], None], table.pages)
    with path.open("wb") as file:
        async with aclosing(pages):
            async for rows in pages:
                await run_in_threadpool(notes.put, rows, file)
    sorts = tuple(
        msgspec.structs.replace(column, sort=sort)
        for column, sort in zip(columns, notes.sorts(), strict=True)
    )
    staged = Staged(table, sorts, path, notes.rows, tuple(sorted(notes.shapes)), notes.bounds)
    return await run_in_threadpool(_straightened, staged) if notes.mixed else staged


def named_apart(columns: Sequence[TableColumn]) -> tuple[TableColumn, ...]:
    """Columns whose names differ also for programs that know no case, and from those that every file has."""
    taken = {ID, PLACE, "fid", "geom", "rowid"}
    told: list[TableColumn] = []
    for column in columns:
        name, times = column.name, 1
        while name.casefold() in taken:
            times += 1
            name = f"{column.name}_{times}"
        taken.add(name.casefold())
        told.append(msgspec.structs.replace(column, name=name))
    return tuple(told)


class _Notes:
    """What is noticed of rows while they are put down."""

    def __init__(self, columns: Sequence[TableColumn]) -> None:
        self._columns = columns
        self._seen: list[set[str]] = [set() for _ in columns]
        self.rows = 0
        self.shapes: set[str] = set()
        self.bounds: Bounds | None = None

    def put(self, rows: Sequence[TableRow], file: BinaryIO) -> None:
        places = self._placed(rows)
        lines: list[bytes] = []
        for row, place in zip(rows, places, strict=True):
            told: dict[str, Json] = {ID: row.id}
            for column, seen, cell in zip(self._columns, self._seen, row.cells, strict=True):
                if cell is not None:
                    seen.add(_sort_of(cell, column.sort))
                    told[column.name] = cell
            if place is not None:
                told[PLACE] = place.hex()
            lines.append(msgspec.json.encode(told) + b"\n")
        file.write(b"".join(lines))
        self.rows += len(rows)

    def _placed(self, rows: Sequence[TableRow]) -> Sequence[bytes | None]:
        """The places of rows as WKB (ISO, little endian)."""
        texts = [None if row.place is None else msgspec.json.encode(row.place) for row in rows]
        drawn: Any = shapely.from_geojson(texts)
        there = drawn[~shapely.is_missing(drawn)]
        if len(there):
            self.shapes.update(str(one.geom_type) + (" Z" if one.has_z else "") for one in there)
            west, south, east, north = (float(one) for one in cast(Any, shapely).total_bounds(there))
            known = self.bounds or (west, south, east, north)
            self.bounds = min(known[0], west), min(known[1], south), max(known[2], east), max(known[3], north)
        return list(cast(Any, shapely).to_wkb(drawn, byte_order=1, flavor="iso"))

    @property
    def mixed(self) -> bool:
        """Whether cells of some column are told as texts and are none."""
        return any(
            sort == "text" and not seen <= {"text"}
            for sort, seen in zip(self.sorts(), self._seen, strict=True)
        )

    def sorts(self) -> list[Sort]:
        """The kind of each column: as it was said where all cells are of it, else what holds them all."""
        return [_common(column.sort, seen) for column, seen in zip(self._columns, self._seen, strict=True)]


def _sort_of(cell: Json, said: Sort) -> str:
    if isinstance(cell, bool):
        return "boolean"
    if isinstance(cell, int):
        return "integer" if -INT64_MAX <= cell <= INT64_MAX else "other"
    if isinstance(cell, float):
        return "number"
    if isinstance(cell, str):
        return said if said in ("date", "moment") and _is_a_day(cell[:10]) else "text"
    return "list" if said == "list" else "other"


def _is_a_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10


def _common(said: Sort, seen: set[str]) -> Sort:
    if not seen:
        return "text" if said == "any" else said
    if seen == {"integer"}:
        return "number" if said == "number" else "integer"
    if seen <= {"integer", "number"}:
        return "number"
    (only,) = seen if len(seen) == 1 else ("text",)
    return cast(Sort, only) if only in ("boolean", "date", "moment", "list") else "text"


def text_of(cell: Json) -> str:
    """A cell of any kind as text: texts as they are, lists with `;` between, everything else as JSON."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, list) and all(isinstance(one, str) for one in cast(list[Json], cell)):
        return ";".join(cast(list[str], cell))
    return msgspec.json.encode(cell).decode()


def _straightened(staged: Staged) -> Staged:
    """The same with all cells of columns of texts as texts."""
    texts = [column.name for column in staged.columns if column.sort == "text"]
    path = staged.lines.with_name("straightened")
    with path.open("wb") as file:
        for row in staged.read():
            row.update({name: text_of(row[name]) for name in texts if name in row})
            file.write(msgspec.json.encode(row) + b"\n")
    staged.lines.unlink()
    return msgspec.structs.replace(staged, lines=path)
